package table

import (
	"bytes"
	"strings"

	"ovate/internal/moment"
)

// valueLike tells whether a text of a first row is like the values of its column, in a way in which names are not: of the same shape, as numbers of
// parts and addresses are, or where the first column is in order.
func valueLike(first record, rest []record, times *moment.Reader) bool {
	for i, c := range first.cells {
		if lookOf(c.Raw, times) == word && sameShape(c.Raw, rest, i) {
			return true
		}
	}
	return inOrder(first, rest)
}

// sameShape tells whether a text has a shape that shows, and nine of ten values of a column have it, too.
func sameShape(text []byte, rows []record, column int) bool {
	shape := shapeOf(text)
	if shape == "" {
		return false
	}
	same, all := 0, 0
	for _, r := range rows {
		if column < len(r.cells) && len(r.cells[column].Raw) > 0 {
			all++
			if shapeOf(r.cells[column].Raw) == shape {
				same++
			}
		}
	}
	return all > 0 && same*10 >= all*9
}

// shapeOf is what kind of value a text is, "" if it may as well be a name: an address, key=value, or else what stands around its digits.
func shapeOf(text []byte) string {
	text = bytes.TrimSpace(text)
	key, _, assigned := bytes.Cut(text, []byte{'='})
	switch {
	case bytes.Contains(text, []byte("://")):
		return "://"
	case bytes.IndexByte(text, '@') > 0 && bytes.IndexByte(text, ' ') < 0:
		return "@"
	case assigned && len(key) > 0 && bytes.IndexByte(key, ' ') < 0:
		return "="
	case !bytes.ContainsAny(text, "0123456789") || len(text) > 64:
		return ""
	}
	var shape strings.Builder
	last := byte(0)
	for _, c := range text {
		kind := c
		switch {
		case c-'0' <= 9:
			kind = '9'
		case c-'a' < 26:
			kind = 'a'
		case c-'A' < 26:
			kind = 'A'
		}
		if kind != last {
			shape.WriteByte(kind)
		}
		last = kind
	}
	return shape.String()
}

// inOrder tells whether the values of the first column are in order, the first row's among them, which is no longer or shorter than all others.
func inOrder(first record, rest []record) bool {
	const enough = 8
	if len(rest) < enough {
		return false
	}
	last := folded(first.cells[0].Raw)
	shortest, longest := len(rest[0].cells[0].Raw), 0
	distinct := 0
	for _, r := range rest {
		text := folded(r.cells[0].Raw)
		if text < last {
			return false
		}
		if text > last {
			distinct++
		}
		last = text
		shortest, longest = min(shortest, len(r.cells[0].Raw)), max(longest, len(r.cells[0].Raw))
	}
	n := len(first.cells[0].Raw)
	return distinct >= enough && n >= shortest && n <= longest
}
