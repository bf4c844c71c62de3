package block

import (
	"fmt"
	"slices"
)

// Lists is a column whose rows hold any number of ids each.
type Lists struct {
	rows    int
	offsets Numbers[int32]
	values  Numbers[int32]
	// The offsets are either the beginning of every row and the end of the last, counted in ids, or the end of every row,
	// counted in bytes of unit each.
	ends bool
	unit int
}

// CompressedLists reads lists in blocks (V3CompressedVSizeColumnarMultiInts).
func (c *Cursor) CompressedLists() Lists {
	if v := c.U8(); c.err == nil && v != multiV3Version {
		c.Fail("the lists begin with version %d and should with %d", v, multiV3Version)
	}
	l := Lists{unit: 1, offsets: c.wideInts()}
	if c.err == nil && l.offsets.Len() == 0 {
		c.Fail("the lists have no offsets, not even the end of the last")
	}
	l.rows = l.offsets.Len() - 1
	l.values = c.CompressedInts()
	return l
}

// PlainLists reads lists without blocks (VSizeColumnarMultiInts).
func (c *Cursor) PlainLists() Lists {
	if v := c.U8(); c.err == nil && v != multiVersion {
		c.Fail("the lists begin with version %d and should with %d", v, multiVersion)
	}
	l := Lists{ends: true, unit: c.width()}
	end := c.Int("the size of the lists")
	end += c.off
	l.rows = c.Int("the number of lists")
	if c.err == nil && (end > len(c.data) || 4*l.rows > end-c.off) {
		c.Fail("%d lists are announced in %d bytes, and %d are left", l.rows, end-c.off, c.Left())
	}
	if c.err != nil {
		return l
	}
	l.offsets = c.bigInts(4, l.rows, 4*l.rows)
	size := end - c.off
	padding := 4 - l.unit
	if size < padding || (size-padding)%l.unit != 0 {
		c.Fail("%d bytes are announced for ids of %d bytes and %d of padding", size, l.unit, padding)
		return l
	}
	l.values = c.bigInts(l.unit, (size-padding)/l.unit, size)
	return l
}

// Len is the number of rows.
func (l *Lists) Len() int { return l.rows }

// Encoding tells how the lists are stored, for people.
func (l *Lists) Encoding() string { return "lists of " + l.values.Encoding() }

// ListReader reads lists. It is for one goroutine at a time.
type ListReader struct {
	*Lists
	offsets, values *NumberReader[int32]
}

// Reader returns a new reader of l.
func (l *Lists) Reader() *ListReader { return &ListReader{l, l.offsets.Reader(), l.values.Reader()} }

// Append appends the lists of the rows at to at+n, which must exist: their ids to ids, and where each ends there to ends.
func (r *ListReader) Append(ends, ids []int32, at, n int) ([]int32, []int32, error) {
	if at < 0 || at+n > r.rows {
		return ends, ids, fmt.Errorf("lists %d to %d of %d are wanted", at, at+n, r.rows)
	}
	if n == 0 {
		return ends, ids, nil
	}
	start, err := r.start(at)
	if err != nil {
		return ends, ids, err
	}
	first := len(ends)
	ends = grow(ends, n)
	fresh := ends[first:]
	if !r.ends {
		at++
	}
	if err := r.offsets.Read(fresh, at); err != nil {
		return ends[:first], ids, err
	}
	previous, before := start, len(ids)
	for i, end := range fresh {
		end /= int32(r.unit)
		if end < previous || int(end) > r.values.Len() {
			return ends[:first], ids, &CorruptError{r.offsets.pages.at(at + i), fmt.Sprintf("list %d ends at id %d, after one that ends at %d, of %d", at+i, end, previous, r.values.Len())}
		}
		fresh[i] = end - start + int32(before)
		previous = end
	}
	ids = grow(ids, int(previous-start))
	if err := r.values.Read(ids[before:], int(start)); err != nil {
		return ends[:first], ids[:before], err
	}
	return ends, ids, nil
}

// start is where the ids of a row begin.
func (r *ListReader) start(row int) (int32, error) {
	var one [1]int32
	if r.ends {
		if row == 0 {
			return 0, nil
		}
		row--
	}
	err := r.offsets.Read(one[:], row)
	start := one[0] / int32(r.unit)
	if err == nil && (start < 0 || int(start) > r.values.Len()) {
		err = &CorruptError{r.offsets.pages.at(row), fmt.Sprintf("list %d begins at id %d of %d", row, start, r.values.Len())}
	}
	return start, err
}

// grow makes s n longer.
func grow(s []int32, n int) []int32 {
	return slices.Grow(s, n)[:len(s)+n]
}
