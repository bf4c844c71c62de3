package block

import (
	"encoding/binary"
	"errors"
	"math"
)

// Generic is a list of values of any length, some of which may be null: Druid's GenericIndexed, version 1.
//
//	u8 1 | u8 sorted | be32 size of the rest | be32 n | n x be32 end | values
//
// Every value has a marker of four bytes in front, -1 for null; ends count from the first marker.
type Generic struct {
	Sorted bool // it may be searched: values are unique and in order
	n      int
	ends   []byte
	values []byte
	offset int // of values in the file
}

const (
	genericVersion      = 1
	genericVersionLarge = 2
	markerSize          = 4
)

// Generic reads a list.
func (c *Cursor) Generic() Generic {
	switch version := c.U8(); {
	case c.err != nil:
	case version == genericVersionLarge:
		c.Fail("the list is spread over several files (GenericIndexed version 2, for more than 2 GiB), which is not supported")
	case version != genericVersion:
		c.Fail("a list begins with version %d and should with %d", version, genericVersion)
	}
	g := Generic{Sorted: c.U8()&1 == 1}
	size := c.Int("the size of a list")
	end := c.off + size
	if size > c.Left() {
		c.Fail("a list of %d bytes is announced and %d are left", size, c.Left())
	}
	g.n = c.Int("the length of a list")
	if g.n > (end-c.off)/4 {
		c.Fail("a list of %d values is announced in %d bytes", g.n, size)
	}
	g.ends = c.Take(4 * g.n)
	if end < c.off {
		c.Fail("a list of %d values does not fit into its %d bytes", g.n, size)
	}
	g.offset = c.off
	g.values = c.Take(end - c.off)
	if c.err != nil {
		return Generic{}
	}
	if g.check(c); c.err != nil {
		return Generic{}
	}
	return g
}

// check makes sure that every value lies where At will look for it.
func (g *Generic) check(c *Cursor) {
	previous := 0
	for i := range g.n {
		end := int(int32(binary.BigEndian.Uint32(g.ends[4*i:])))
		if end < previous+markerSize || end > len(g.values) {
			c.off = g.offset - 4*(g.n-i)
			c.Fail("value %d of a list ends at %d, after one that ends at %d, in %d bytes", i, end, previous, len(g.values))
			return
		}
		previous = end
	}
	if previous != len(g.values) {
		c.Fail("a list of %d values has %d bytes after the last", g.n, len(g.values)-previous)
	}
}

// Len is the number of values.
func (g *Generic) Len() int { return g.n }

// At returns value i, which aliases the file; ok is false for null.
func (g *Generic) At(i int) (value []byte, ok bool) {
	start, end := g.span(i)
	value = g.values[start+markerSize : end : end]
	return value, len(value) > 0 || binary.BigEndian.Uint32(g.values[start:]) != math.MaxUint32
}

// Offset is where value i begins in the file.
func (g *Generic) Offset(i int) int {
	start, _ := g.span(i)
	return g.offset + start + markerSize
}

func (g *Generic) span(i int) (start, end int) {
	if i > 0 {
		start = int(binary.BigEndian.Uint32(g.ends[4*(i-1):]))
	}
	return start, int(binary.BigEndian.Uint32(g.ends[4*i:]))
}

// Size is how many bytes the list takes in the file.
func (g *Generic) Size() int { return genericHeader + len(g.ends) + len(g.values) }

const genericHeader = 10

// GenericWriter collects a list. The zero value is an empty list.
type GenericWriter struct {
	ends, values []byte
	announced    int // bytes of values that are not here
	n            int
}

// Reset empties the list and keeps its memory.
func (w *GenericWriter) Reset() {
	w.ends, w.values, w.announced, w.n = w.ends[:0], w.values[:0], 0, 0
}

// Len is the number of values so far.
func (w *GenericWriter) Len() int { return w.n }

// Add adds a value.
func (w *GenericWriter) Add(value []byte) error { return w.End(append(w.Begin(), value...)) }

// AddNull adds a null.
func (w *GenericWriter) AddNull() error {
	return w.End(append(w.values, 0xFF, 0xFF, 0xFF, 0xFF))
}

// Begin begins a value: it is appended to what Begin returns, and the result is handed to End.
func (w *GenericWriter) Begin() []byte { return append(w.values, 0, 0, 0, 0) }

// ErrTooLarge says that a list has more bytes than the format can say.
var ErrTooLarge = errors.New("a column has more than 2 GiB of one kind of data, more than a segment can hold: make smaller segments")

// End ends a value.
func (w *GenericWriter) End(values []byte) error {
	w.values = values
	return w.end(len(values))
}

// Announce adds a value of so many bytes that is not held: all values are then written by AppendEntry, after Head.
func (w *GenericWriter) Announce(size int) error {
	w.announced += markerSize + size
	return w.end(w.announced)
}

func (w *GenericWriter) end(at int) error {
	w.n++
	if at+4*w.n > math.MaxInt32-genericHeader {
		return ErrTooLarge
	}
	w.ends = binary.BigEndian.AppendUint32(w.ends, uint32(at))
	return nil
}

// Announced is how many bytes all values have that were announced.
func (w *GenericWriter) Announced() int64 { return int64(w.announced) }

// AppendEntry appends a value as it stands in a list; nil is null.
func AppendEntry(dst, value []byte) []byte {
	if value == nil {
		return append(dst, 0xFF, 0xFF, 0xFF, 0xFF)
	}
	return append(append(dst, 0, 0, 0, 0), value...)
}

// AppendParts appends to parts the pieces of memory that make the list in a file. They are valid until the next use of w.
func (w *GenericWriter) AppendParts(parts [][]byte, sorted bool) [][]byte {
	return append(w.AppendHead(parts, sorted), w.values)
}

// AppendHead is AppendParts without the values.
func (w *GenericWriter) AppendHead(parts [][]byte, sorted bool) [][]byte {
	head := make([]byte, 0, genericHeader)
	head = append(head, genericVersion, 0)
	if sorted {
		head[1] = 1
	}
	head = binary.BigEndian.AppendUint32(head, uint32(4+len(w.ends)+len(w.values)+w.announced))
	head = binary.BigEndian.AppendUint32(head, uint32(w.n))
	return append(parts, head, w.ends)
}
