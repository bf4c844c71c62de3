package action

import (
	"context"
	"errors"
	"slices"
	"sync"

	"ovate/druid"
)

// gathering has allocations in the same time chunk share transactions. Each reads all that was given there, so that of two at once one would have to
// start over, and a commit takes longer than many rows. Whoever comes while a transaction is at work waits; the next one is that of all who wait.
type gathering struct {
	mu    sync.Mutex
	lines map[spot]*line
}

// spot is a time chunk.
type spot struct {
	dataSource string
	interval   druid.Interval
}

// line is who allocates in a spot.
type line struct {
	turn    chan struct{} // held by who is at work
	members int           // who wait, or are at work
	waiting []*wish
}

// wish is an allocation that waits for its answer.
type wish struct {
	SegmentAllocate
	by      Identity
	version string // of the lock

	answered chan struct{} // closed once the following count
	got      *Allocation
	err      error
	gone     bool // the error is that of another, whose context has ended
}

// errFault is what those hear who share a transaction that ends in a panic.
var errFault = errors.New("the segment could not be allocated through a fault of the server")

// reserve answers a wish: by perform, of which there is one call at a time in each spot, or by that of another. perform sets what was got.
func (g *gathering) reserve(ctx context.Context, at spot, w wish, perform func(context.Context, []*wish) error) (*Allocation, error) {
	for {
		w.answered = make(chan struct{})
		mine := w
		if err := g.wait(ctx, at, &mine, perform); err != nil {
			return nil, err
		}
		if !mine.gone || ctx.Err() != nil {
			return mine.got, mine.err
		}
	}
}

// wait returns once the wish is answered, or with an error if ctx ends before somebody is at work on it.
func (g *gathering) wait(ctx context.Context, at spot, w *wish, perform func(context.Context, []*wish) error) error {
	l := g.join(at, w)
	defer g.leave(at, l)
	select {
	case <-w.answered:
	case l.turn <- struct{}{}:
		defer func() { <-l.turn }()
		select {
		case <-w.answered:
		default:
			answer(ctx, g.take(l), perform)
		}
	case <-ctx.Done():
		if g.withdraw(l, w) {
			return context.Cause(ctx)
		}
	}
	<-w.answered // whoever took it is at work, and what comes of that is waited for
	return nil
}

// answer performs all wishes. They are answered after a panic, too.
func answer(ctx context.Context, all []*wish, perform func(context.Context, []*wish) error) {
	err := errFault
	defer func() {
		for _, w := range all {
			if w.err = err; err != nil {
				w.got, w.gone = nil, ctx.Err() != nil
			}
			close(w.answered)
		}
	}()
	err = perform(ctx, all)
}

func (g *gathering) join(at spot, w *wish) *line {
	g.mu.Lock()
	defer g.mu.Unlock()
	l := g.lines[at]
	if l == nil {
		l = &line{turn: make(chan struct{}, 1)}
		g.lines[at] = l
	}
	l.members++
	l.waiting = append(l.waiting, w)
	return l
}

func (g *gathering) leave(at spot, l *line) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if l.members--; l.members == 0 {
		delete(g.lines, at)
	}
}

// take is all that wait, for whoever has the turn, and waits, too.
func (g *gathering) take(l *line) (all []*wish) {
	g.mu.Lock()
	defer g.mu.Unlock()
	all, l.waiting = l.waiting, nil
	return all
}

// withdraw takes back a wish, unless somebody has taken it.
func (g *gathering) withdraw(l *line, w *wish) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	i := slices.Index(l.waiting, w)
	if i >= 0 {
		l.waiting = slices.Delete(l.waiting, i, i+1)
	}
	return i >= 0
}
