package sink

import (
	"cmp"
	"slices"
)

// Column reads a string dimension of a Sorted in segment order, from front to back. It is for one goroutine.
type Column struct {
	sorted *Sorted
	codes  *Codes
	absent bool     // rows without a value have an empty list
	byRow  []int32  // the code of each row of the index, or else
	placed []placed // the rows that have a value, in segment order, as far as they are still to come
}

// placed is a code and the place of its row in segment order.
type placed struct{ place, code int32 }

// Column begins at the first row of a string dimension.
func (s *Sorted) Column(dimension int) *Column {
	d := s.Dimensions[dimension]
	c := &Column{sorted: s, codes: &s.Strings[dimension], absent: d.Discovered}
	if !d.scattered(len(s.rows)) {
		c.byRow = d.dense(len(s.rows))
		return c
	}
	c.placed = make([]placed, 0, len(d.codes))
	d.each(func(row int, codes []int32) {
		for i, code := range codes {
			if code != 0 {
				c.placed = append(c.placed, placed{s.places[row+i], code})
			}
		}
	})
	slices.SortFunc(c.placed, func(a, b placed) int { return cmp.Compare(a.place, b.place) })
	return c
}

// code is that of the row at a place, which must not come before the one asked for last.
func (c *Column) code(place int) int32 {
	if c.byRow != nil {
		return c.byRow[c.sorted.rows[place]]
	}
	if len(c.placed) == 0 || int(c.placed[0].place) != place {
		return 0
	}
	code := c.placed[0].code
	c.placed = c.placed[1:]
	return code
}

// IDs appends the dictionary entries of rows [from, to) of a single-valued dimension.
func (c *Column) IDs(dst []int32, from, to int) []int32 {
	dst = slices.Grow(dst, to-from)
	local := c.codes.local
	if c.byRow != nil {
		for _, r := range c.sorted.rows[from:to] {
			dst = append(dst, local[c.byRow[r]])
		}
		return dst
	}
	first := len(dst)
	dst = dst[:first+to-from]
	clear(dst[first:]) // null is entry 0
	for len(c.placed) > 0 && int(c.placed[0].place) < to {
		dst[first+int(c.placed[0].place)-from] = local[c.placed[0].code]
		c.placed = c.placed[1:]
	}
	return dst
}

// Lists appends the same of a multi-valued dimension: row by row the end of its list within ids. A row that lacks a
// discovered dimension has an empty list there, one whose listed dimension is null a list of null; both read as null.
func (c *Column) Lists(ends, ids []int32, from, to, enough int) ([]int32, []int32) {
	var one [1]int32
	for place := from; place < to && len(ids) < enough; place++ {
		if code := c.code(place); code != 0 || !c.absent {
			for _, id := range c.codes.entries(code, &one) {
				ids = append(ids, c.codes.local[id])
			}
		}
		ends = append(ends, int32(len(ids)))
	}
	return ends, ids
}
