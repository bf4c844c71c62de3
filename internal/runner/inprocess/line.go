package inprocess

import (
	"cmp"
	"slices"

	"ovate/internal/runner"
)

// line holds assignments by their precedence, and those of the same in the order in which they came.
type line struct {
	parts []part // the highest precedence first; none is empty
}

// part is what waits with the same precedence.
type part struct {
	precedence int
	fifo       *fifo
}

func (l *line) push(a runner.Assignment) {
	at, there := slices.BinarySearchFunc(l.parts, a.Precedence(), func(p part, precedence int) int { return cmp.Compare(precedence, p.precedence) })
	if !there {
		l.parts = slices.Insert(l.parts, at, part{a.Precedence(), &fifo{}})
	}
	l.parts[at].fifo.push(a)
}

// first is the one whose turn it is, or nil.
func (l *line) first() runner.Assignment {
	if len(l.parts) == 0 {
		return nil
	}
	return l.parts[0].fifo.first()
}

// pop takes out what first returned.
func (l *line) pop() { l.remove(l.first().ID()) }

func (l *line) remove(id string) {
	for i, p := range l.parts {
		if p.fifo.remove(id) {
			if p.fifo.first() == nil {
				l.parts = slices.Delete(l.parts, i, i+1)
			}
			return
		}
	}
}
