package segment

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"

	"ovate/segment/internal/block"
	"ovate/segment/internal/compress"
	"ovate/segment/internal/roaring"
	"ovate/segment/smoosh"
)

// Dictionary is the distinct values of a string column, in the order of CompareJava.
type Dictionary interface {
	Len() int
	// At returns entry i as UTF-8. It is not kept.
	At(i int) []byte
}

// StringOptions describe a string column.
type StringOptions struct {
	// Dictionary holds exactly the values that occur. With Bitmap, one that is in no row is refused.
	Dictionary Dictionary
	// HasNull says that entry 0 of the dictionary is null; what the dictionary has there does not matter.
	HasNull bool
	// MultiValue says that rows hold lists. A list without entries is null, as is one of nothing but a null.
	MultiValue bool
	// Bitmap asks for the rows of every value, without which filters have to look at all rows (createBitmapIndex).
	Bitmap bool
}

// Versions and flags of string columns.
const (
	stringsPlain      = 0
	stringsPlainLists = 1
	stringsCompressed = 2
	stringsPlainFlags = 3

	flagLists    = 1
	flagListsV3  = 2
	flagNoBitmap = 4
)

// StringWriter writes a column of strings, given as ids: places in its dictionary.
type StringWriter struct {
	w       *Writer
	name    string
	options StringOptions
	scratch *scratch
	size    int // of the dictionary
	width   int // bytes per id
	// keep says that ids, and the ends of lists, are held until Close: bitmaps and the uncompressed layout need all of
	// them.
	keep bool
	rows int
	ids  int
	err  error
}

// String begins a column of strings.
func (w *Writer) String(name string, o StringOptions) *StringWriter {
	s := w.options.Buffers.get()
	c := &StringWriter{w: w, name: name, options: o, scratch: s, size: o.Dictionary.Len(), err: w.begin(name)}
	c.keep = o.Bitmap || !c.compressed()
	c.width = block.IntWidth(c.size)
	s.ids, s.ends = s.ids[:0], s.ends[:0]
	s.values.Reset(w.layout.strings, c.width, block.IntsPerBlock(c.width))
	s.offsets.Reset(w.layout.strings, 4, block.IntsPerBlock(4))
	if c.size == 0 {
		c.fail(fmt.Errorf("the dictionary is empty"))
	}
	return c
}

func (c *StringWriter) compressed() bool { return c.w.layout.strings != compress.Uncompressed }

func (c *StringWriter) fail(err error) {
	if err != nil && c.err == nil {
		c.err = fmt.Errorf("column %q: %w", c.name, err)
	}
}

// AppendIDs adds rows of one value each to a column without lists. ids is not kept.
func (c *StringWriter) AppendIDs(ids []int32) error {
	if c.options.MultiValue {
		c.fail(fmt.Errorf("its rows are lists, and single ids came"))
	}
	c.add(ids, len(ids))
	return c.err
}

// AppendLists adds rows to a column of lists: row k holds ids[ends[k-1]:ends[k]], the first one ids[:ends[0]]. Neither
// slice is kept.
func (c *StringWriter) AppendLists(ends, ids []int32) error {
	if !c.options.MultiValue {
		c.fail(fmt.Errorf("its rows are single values, and lists came"))
	}
	previous := int32(0)
	for i, end := range ends {
		if end < previous || int(end) > len(ids) {
			c.fail(fmt.Errorf("list %d ends at %d, after one that ends at %d, of %d ids", i, end, previous, len(ids)))
			break
		}
		if end == previous && !c.options.HasNull {
			c.fail(fmt.Errorf("row %d is an empty list, which is null, and the dictionary has no null", c.rows+i))
			break
		}
		previous = end
	}
	if int(previous) != len(ids) {
		c.fail(fmt.Errorf("lists end at %d, and %d ids came", previous, len(ids)))
	}
	before := c.ids
	c.add(ids, len(ends))
	if c.err == nil {
		c.fail(c.addEnds(ends, before))
	}
	return c.err
}

// add adds ids that make rows.
func (c *StringWriter) add(ids []int32, rows int) {
	if c.err == nil && (c.ids+len(ids) > math.MaxInt32 || c.rows+rows >= math.MaxInt32) {
		c.fail(block.ErrTooLarge)
	}
	for _, id := range ids {
		if uint(id) >= uint(c.size) {
			c.fail(fmt.Errorf("id %d is not in the dictionary of %d", id, c.size))
		}
	}
	if c.err != nil {
		return
	}
	if c.keep {
		c.scratch.ids = append(c.scratch.ids, ids...)
	}
	if c.compressed() {
		c.fail(c.scratch.values.Ints(ids))
	}
	c.ids += len(ids)
	c.rows += rows
}

// addEnds adds where lists end, of which the first begins at id start of the column.
func (c *StringWriter) addEnds(ends []int32, start int) error {
	var chunk [512]int32
	at := int32(start) // where the list begins that ends next
	for len(ends) > 0 {
		n := min(len(ends), len(chunk))
		for i, end := range ends[:n] {
			chunk[i], at = at, int32(start)+end
			if c.keep {
				c.scratch.ends = append(c.scratch.ends, at)
			}
		}
		if c.compressed() {
			if err := c.scratch.offsets.Ints(chunk[:n]); err != nil {
				return err
			}
		}
		ends = ends[n:]
	}
	return nil
}

// Close ends the column and writes it into the segment. It must be called once, and gives back the memory.
func (c *StringWriter) Close() error {
	s := c.scratch
	if s == nil {
		return fmt.Errorf("column %q is closed already", c.name)
	}
	c.scratch = nil
	defer c.w.options.Buffers.put(s)
	if c.err != nil {
		return c.err
	}
	parts, err := c.parts(s)
	if err != nil {
		return fmt.Errorf("column %q: %w", c.name, err)
	}
	descriptor := fmt.Sprintf(`{"valueType":"STRING","hasMultipleValues":%t,"parts":[{"type":"stringDictionary","bitmapSerdeFactory":{"type":"roaring"},"byteOrder":"LITTLE_ENDIAN"}]}`, c.options.MultiValue)
	return c.w.addParts(c.name, descriptor, c.rows, parts)
}

func (c *StringWriter) parts(s *scratch) ([]smoosh.Part, error) {
	s.dictionary.Reset()
	if err := c.addDictionary(&s.dictionary); err != nil {
		return nil, err
	}
	parts := appendPieces(nil, s.dictionary.AppendHead([][]byte{c.header()}, true))
	parts = append(parts, smoosh.Part{Size: s.dictionary.Announced(), Write: c.writeDictionary})
	pieces, err := c.appendValues(s.parts[:0], s)
	if err != nil {
		return nil, err
	}
	if c.options.Bitmap {
		s.bitmaps.Reset()
		if err := c.addBitmaps(s); err != nil {
			return nil, err
		}
		pieces = s.bitmaps.AppendParts(pieces, false)
	}
	s.parts = pieces
	return appendPieces(parts, pieces), nil
}

// header is the version and, where the version has them, the flags.
func (c *StringWriter) header() []byte {
	flags := uint32(0)
	if !c.options.Bitmap {
		flags |= flagNoBitmap
	}
	switch {
	case c.compressed():
		if c.options.MultiValue {
			flags |= flagListsV3
		}
		return binary.BigEndian.AppendUint32([]byte{stringsCompressed}, flags)
	case flags != 0:
		if c.options.MultiValue {
			flags |= flagLists
		}
		return binary.BigEndian.AppendUint32([]byte{stringsPlainFlags}, flags)
	case c.options.MultiValue:
		return []byte{stringsPlainLists}
	}
	return []byte{stringsPlain}
}

// addDictionary announces the dictionary. Its values stay where they are until they are written: together they may be as large as
// all rows.
func (c *StringWriter) addDictionary(list *block.GenericWriter) error {
	var previous []byte
	for i := range c.size {
		if i == 0 && c.options.HasNull {
			if err := list.Announce(0); err != nil {
				return err
			}
			continue
		}
		value := c.options.Dictionary.At(i)
		if first := i == 0 || i == 1 && c.options.HasNull; !first && CompareJava(previous, value) >= 0 {
			return fmt.Errorf("the dictionary has %q before %q, which is not Java's order", previous, value)
		}
		if err := list.Announce(len(value)); err != nil {
			return err
		}
		previous = append(previous[:0], value...)
	}
	return nil
}

// writeDictionary writes the values of the dictionary as they stand in a list.
func (c *StringWriter) writeDictionary(out io.Writer) error {
	const batch = 1 << 14
	var entries []byte
	for i := range c.size {
		var value []byte
		if i > 0 || !c.options.HasNull {
			value = c.options.Dictionary.At(i)
			if value == nil {
				value = []byte{}
			}
		}
		entries = block.AppendEntry(entries, value)
		if len(entries) < batch && i < c.size-1 {
			continue
		}
		if _, err := out.Write(entries); err != nil {
			return err
		}
		entries = entries[:0]
	}
	return nil
}

func (c *StringWriter) appendValues(parts [][]byte, s *scratch) ([][]byte, error) {
	switch {
	case !c.compressed() && c.options.MultiValue:
		return s.values.AppendPlainLists(parts, s.ends, s.ids, c.width)
	case !c.compressed():
		return s.values.AppendPlainIDs(parts, s.ids, c.width)
	case !c.options.MultiValue:
		return s.values.AppendIDs(parts)
	}
	if err := s.offsets.Ints([]int32{int32(c.ids)}); err != nil {
		return nil, err
	}
	parts, err := s.offsets.AppendValues(append(parts, []byte{block.ListsVersion}))
	if err != nil {
		return nil, err
	}
	return s.values.AppendIDs(parts)
}

// addBitmaps adds the rows of every id in turn, which a counting sort of the rows by id brings together.
func (c *StringWriter) addBitmaps(s *scratch) error {
	sorted := sortRows(s, c.size, c.options.MultiValue)
	start := int32(0)
	for id, end := range s.counts {
		if start == end {
			return fmt.Errorf("entry %d of the dictionary is in no row, and Druid fails to read its empty bitmap", id)
		}
		if err := s.bitmaps.End(roaring.Append(s.bitmaps.Begin(), dedupe(sorted[start:end]))); err != nil {
			return err
		}
		start = end
	}
	return nil
}
