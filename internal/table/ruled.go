package table

import (
	"bytes"
)

// ruledLayout is the layout of a table that has a line of dashes below its names, a piece for each column, as clients of databases and reST have it; nil if
// there is none that all lines keep to. header is the line of the names.
func (d *Dialect) ruledLayout(head []byte, whole bool, begin int64) (l *layout, header int64) {
	at, above := d.Skip, 0 // lines right above that are none of dashes
	for line := range bytes.SplitSeq(head, []byte{d.Break}) {
		text := bytes.TrimRight(line, " \r\n")
		if at++; at > begin+titleRows {
			break
		}
		pieces := piecesOf(text)
		switch {
		case len(text) == 0:
			above = 0
		case len(pieces) == 0 && !isDashes(text):
			above++
		case len(pieces) > 1 && above == 1:
			l = &layout{rule: bytes.Clone(text), values: pieces}
			for i := range pieces[1:] {
				l.gutters = append(l.gutters, gutter{pieces[i].end, pieces[i+1].begin})
			}
			if d.keepsTo(l, head, whole, at-1) {
				return l, at - 1
			}
			return nil, 0
		default:
			above = 0
		}
	}
	return nil, 0
}

// keepsTo tells whether no line has text in the gutters of a line of dashes, and finds out at which ends of the dashes the values of each column stand.
func (d *Dialect) keepsTo(l *layout, head []byte, whole bool, header int64) bool {
	ruled := *d
	ruled.places = l
	l.sides = make([]side, len(l.values))
	seen := make([]edges, len(l.values))
	for k, line := range ruled.linesOf(head, whole, header) {
		within := 0 // words
		for i, dashes := range l.values {
			zone := l.zone(i)
			words, _ := line.within(zone)
			if len(words) == 0 {
				continue
			}
			within += len(words)
			cell := span{words[0].begin, words[len(words)-1].end}
			if cell.end > zone.end {
				return false
			}
			if k > 0 { // the first line is that of the names
				seen[i].add(cell, dashes)
			}
		}
		if within < len(line.words) {
			return false
		}
	}
	for i := range seen {
		l.sides[i] = seen[i].side()
	}
	return true
}

// edges counts the values of a column by the ends of its dashes at which they stand.
type edges struct{ values, left, right, either int }

func (e *edges) add(cell, dashes span) {
	e.values++
	left, right := cell.begin == dashes.begin, cell.end == dashes.end
	if left {
		e.left++
	}
	if right {
		e.right++
	}
	if left || right {
		e.either++
	}
}

// side is the end at which all values stand; both if all stand at both, or some at one and some at the other, and none if some stand elsewhere.
func (e *edges) side() (s side) {
	if e.either < e.values {
		return 0
	}
	if e.left == e.values || e.right < e.values {
		s |= leftSide
	}
	if e.right == e.values || e.left < e.values {
		s |= rightSide
	}
	return s
}

// piecesOf are the places of the pieces of a line of dashes; nil if it is something else.
func piecesOf(text []byte) []span {
	if len(text) < 3 || len(bytes.Trim(text, "-= ")) > 0 || bytes.IndexByte(text, '-') >= 0 && bytes.IndexByte(text, '=') >= 0 {
		return nil
	}
	return place(text).words
}

// isDashes tells whether a line is one unbroken piece of dashes.
func isDashes(text []byte) bool {
	return len(text) > 2 && (text[0] == '-' || text[0] == '=') && len(bytes.Trim(text, string(text[:1]))) == 0
}
