package segment

import (
	"fmt"
	"io"
	"slices"

	"ovate/segment/internal/block"
	"ovate/segment/internal/roaring"
)

// StringColumn is a column of strings. Its rows hold ids, places in a dictionary that is in the order of CompareJava,
// null first.
type StringColumn struct {
	s          *Segment
	name       string
	rows       int
	dictionary *block.Strings // nil if the column is nothing but null
	ids        *block.Numbers[int32]
	lists      *block.Lists // instead of ids
	bitmaps    *block.Generic
}

// String returns the column name, which must hold strings.
func (s *Segment) String(name string) (*StringColumn, error) {
	c, err := s.find(name)
	if err == nil && c.strings == nil {
		err = s.wrongType(c, "STRING")
	}
	return c.strings, err
}

// readStrings reads a column of strings up to its values.
func (s *Segment) readStrings(c *block.Cursor, name string, col *column) *StringColumn {
	n := &StringColumn{s: s, name: name}
	version, flags := c.U8(), 0
	switch version {
	case stringsCompressed, stringsPlainFlags:
		flags = c.Int("the flags")
	case stringsPlainLists:
		flags = flagLists
	case stringsPlain:
	default:
		c.Fail("the strings have version %d, and 0 to 3 are known", version)
	}
	if flags&^(flagLists|flagListsV3|flagNoBitmap) != 0 {
		c.Fail("the flags are %#x, and some of them are not known", flags)
	}
	dictionary := c.Strings()
	n.dictionary = &dictionary
	n.readValues(c, version, flags)
	if flags&flagNoBitmap == 0 && c.Err() == nil {
		bitmaps := c.Generic()
		n.bitmaps = &bitmaps
		if c.Err() == nil && bitmaps.Len() != dictionary.Len() {
			c.Fail("there are %d bitmaps for %d values", bitmaps.Len(), dictionary.Len())
		}
	}
	col.rows = n.rows
	col.info.MultiValue = n.lists != nil
	col.info.HasNulls = n.HasNull()
	col.info.HasBitmaps = n.bitmaps != nil
	col.info.Cardinality = n.Len()
	col.info.Encoding = dictionary.Encoding() + " dictionary, "
	if n.lists != nil {
		col.info.Encoding += n.lists.Encoding()
	} else if n.ids != nil {
		col.info.Encoding += n.ids.Encoding()
	}
	return n
}

func (c *StringColumn) readValues(r *block.Cursor, version byte, flags int) {
	if r.Err() != nil {
		return
	}
	if flags&(flagLists|flagListsV3) == 0 {
		ids := r.PlainOrCompressedInts(version == stringsCompressed)
		c.ids, c.rows = &ids, ids.Len()
		return
	}
	var lists block.Lists
	switch {
	case flags&flagListsV3 != 0 && version == stringsCompressed:
		lists = r.CompressedLists()
	case flags&flagLists != 0 && version != stringsCompressed:
		lists = r.PlainLists()
	default:
		r.Fail("the lists have a form that is no longer written (version %d, flags %#x), which is not supported", version, flags)
	}
	c.lists, c.rows = &lists, lists.Len()
}

// Len is the number of entries in the dictionary. With At, a column is its own Dictionary.
func (c *StringColumn) Len() int {
	if c.dictionary == nil {
		return 1
	}
	return c.dictionary.Len()
}

// At returns entry i of the dictionary as UTF-8, or nil if it is null. It must not be written to.
func (c *StringColumn) At(i int) []byte {
	if c.dictionary == nil {
		return nil
	}
	return c.dictionary.At(i)
}

// HasNull tells whether entry 0 of the dictionary is null.
func (c *StringColumn) HasNull() bool { return c.dictionary == nil || c.dictionary.HasNull() }

// MultiValue tells whether rows are lists.
func (c *StringColumn) MultiValue() bool { return c.lists != nil }

// Rows is the number of rows.
func (c *StringColumn) Rows() int { return c.rows }

// HasBitmaps tells whether RowsOf has an answer.
func (c *StringColumn) HasBitmaps() bool { return c.bitmaps != nil }

// RowsOf appends to dst the rows that hold entry id of the dictionary, ascending.
func (c *StringColumn) RowsOf(dst []uint32, id int) ([]uint32, error) {
	if c.bitmaps == nil {
		return dst, fmt.Errorf("segment %s: column %q has no bitmaps", c.s.path, c.name)
	}
	bitmap, _ := c.bitmaps.At(id)
	dst, err := roaring.Decode(dst, bitmap, c.rows)
	if err != nil {
		err = c.s.corrupt(c.name, &block.CorruptError{Offset: c.bitmaps.Offset(id), Problem: err.Error()})
	}
	return dst, err
}

// Reader returns a new reader, which begins at the first row.
func (c *StringColumn) Reader() *StringReader {
	r := &StringReader{column: c}
	switch {
	case c.lists != nil:
		r.lists = c.lists.Reader()
	case c.ids != nil:
		r.ids = c.ids.Reader()
	}
	return r
}

// StringReader reads a column of strings from front to back. It is for one goroutine at a time.
type StringReader struct {
	column *StringColumn
	ids    *block.NumberReader[int32]
	lists  *block.ListReader
	row    int
}

// NextIDs reads the next rows of a column without lists, at most len(dst), and returns how many; io.EOF if there are
// no more.
func (r *StringReader) NextIDs(dst []int32) (int, error) {
	c := r.column
	if r.lists != nil {
		return 0, fmt.Errorf("segment %s: column %q holds lists and was asked for single values", c.s.path, c.name)
	}
	n := min(len(dst), c.rows-r.row)
	if n == 0 && len(dst) > 0 {
		return 0, io.EOF
	}
	if r.ids == nil {
		clear(dst[:n])
	} else if err := r.ids.Read(dst[:n], r.row); err != nil {
		return 0, c.s.corrupt(c.name, err)
	}
	if err := r.check(dst[:n]); err != nil {
		return 0, err
	}
	r.row += n
	return n, nil
}

// NextLists reads the next rows, at most n; io.EOF if there are no more. It appends their ids to ids and, for every
// row, where its ids end there to ends. The row of a column without lists is a list of one.
func (r *StringReader) NextLists(ends, ids []int32, n int) ([]int32, []int32, error) {
	c := r.column
	n = min(n, c.rows-r.row)
	if n <= 0 {
		return ends, ids, io.EOF
	}
	before := len(ids)
	if r.lists == nil {
		ids = slices.Grow(ids, n)[:before+n]
		if _, err := r.NextIDs(ids[before:]); err != nil {
			return ends, ids[:before], err
		}
		for i := range n {
			ends = append(ends, int32(before+i+1))
		}
		return ends, ids, nil
	}
	ends, ids, err := r.lists.Append(ends, ids, r.row, n)
	if err != nil {
		return ends, ids, c.s.corrupt(c.name, err)
	}
	if err := r.check(ids[before:]); err != nil {
		return ends, ids, err
	}
	r.row += n
	return ends, ids, nil
}

// check makes sure that ids are in the dictionary.
func (r *StringReader) check(ids []int32) error {
	c := r.column
	size := uint32(c.Len())
	for _, id := range ids {
		if uint32(id) >= size {
			return c.s.corrupt(c.name, fmt.Errorf("a row from %d on holds id %d, and the dictionary has %d", r.row, id, size))
		}
	}
	return nil
}

// Seek makes row the next to be read. It must not be beyond the end.
func (r *StringReader) Seek(row int) { r.row = row }
