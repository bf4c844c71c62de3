package segment

import (
	"encoding/binary"
	"fmt"
	"slices"

	"ovate/druid"
	"ovate/segment/internal/block"
)

// Index lists a segment's columns and says what they mean.
type Index struct {
	// Dimensions in the order of the segment, those without a value (NullColumn) included.
	Dimensions []string
	// Metrics in any order; segments hold them in the order of their names.
	Metrics  []string
	Metadata Metadata
}

// bitmapSerde names the form of bitmaps in index.drd.
const bitmapSerde = `{"type":"roaring"}`

// appendIndex appends the content of index.drd: the columns and the dimensions that have values, the interval, the
// form of bitmaps; then columns and dimensions once more, with the names of those that have no values and null for
// each of the others.
func appendIndex(dst []byte, index Index, null []string, interval druid.Interval) ([]byte, error) {
	metrics := slices.Clone(index.Metrics)
	slices.SortFunc(metrics, func(a, b string) int { return CompareJava([]byte(a), []byte(b)) })
	columns := append(metrics, index.Dimensions...)
	isNull := make(map[string]bool, len(null))
	for _, name := range null {
		isNull[name] = true
	}
	var err error
	list := func(names []string) {
		if err == nil {
			dst, err = appendNames(dst, names, func(name string) nameKind {
				if isNull[name] {
					return omitted
				}
				return stored
			})
		}
	}
	list(columns)
	list(index.Dimensions)
	dst = binary.BigEndian.AppendUint64(dst, uint64(interval.Start))
	dst = binary.BigEndian.AppendUint64(dst, uint64(interval.End))
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(bitmapSerde)))
	dst = append(dst, bitmapSerde...)
	all := func(names []string) {
		if err == nil {
			dst, err = appendNames(dst, names, func(name string) nameKind {
				if isNull[name] {
					return stored
				}
				return asNull
			})
		}
	}
	all(columns)
	all(index.Dimensions)
	return dst, err
}

// nameKind is what becomes of a name in a list of names.
type nameKind uint8

const (
	omitted nameKind = iota
	stored
	asNull
)

// appendNames appends a list of names. Druid's writer marks such a list as sorted as long as no name fails to be
// greater than the name before it, where a null before is not compared; so do we, to make the same bytes.
func appendNames(dst []byte, names []string, kind func(string) nameKind) ([]byte, error) {
	var list block.GenericWriter
	sorted, previous := true, ""
	compare := false
	for _, name := range names {
		var err error
		switch kind(name) {
		case stored:
			sorted = sorted && (!compare || CompareJava([]byte(previous), []byte(name)) < 0)
			previous, compare = name, true
			err = list.Add([]byte(name))
		case asNull:
			sorted = sorted && !compare
			compare = false
			err = list.AddNull()
		}
		if err != nil {
			return dst, err
		}
	}
	for _, part := range list.AppendParts(nil, sorted) {
		dst = append(dst, part...)
	}
	return dst, nil
}

// readIndex reads index.drd into the names of all columns but the time, in order, those of all dimensions, and the
// interval.
func readIndex(data []byte) (columns, dimensions []string, interval druid.Interval, err error) {
	c := block.NewCursor(data, 0)
	columns, dimensions = readNames(c), readNames(c)
	interval.Start, interval.End = druid.Instant(c.Int64()), druid.Instant(c.Int64())
	if c.Err() == nil && interval.End < interval.Start {
		c.Fail("the interval ends at %v, before it starts, at %v", interval.End, interval.Start)
	}
	if c.Err() == nil && c.Left() > 0 {
		serde := c.Take(c.Int("the length of the bitmaps' form"))
		if c.Err() == nil && !slices.Contains([]string{bitmapSerde, `{"type":"roaring","compressRunOnSerialization":true}`, `{"type":"roaring","compressRunOnSerialization":false}`}, string(serde)) {
			c.Fail("the bitmaps are %s, and only %s can be read", serde, bitmapSerde)
		}
	}
	if c.Err() == nil && c.Left() > 0 {
		columns = interleave(c, columns)
		dimensions = interleave(c, dimensions)
	}
	if err := c.Err(); err != nil {
		return nil, nil, interval, err
	}
	if err := unique(columns, dimensions); err != nil {
		return nil, nil, interval, err
	}
	return columns, dimensions, interval, nil
}

func readNames(c *block.Cursor) (names []string) {
	list := c.Generic()
	for i := range list.Len() {
		name, ok := list.At(i)
		if !ok {
			c.Fail("name %d of a list of columns is null", i)
			return nil
		}
		names = append(names, string(name))
	}
	return names
}

// interleave reads a list that has null where the next of names belongs.
func interleave(c *block.Cursor, names []string) (all []string) {
	list := c.Generic()
	for i := range list.Len() {
		name, ok := list.At(i)
		if ok {
			all = append(all, string(name))
			continue
		}
		if len(names) == 0 {
			c.Fail("entry %d of a list of columns refers to a column that is not listed", i)
			return nil
		}
		all, names = append(all, names[0]), names[1:]
	}
	if c.Err() == nil && len(names) > 0 {
		c.Fail("a list of columns leaves out %q", names[0])
	}
	return all
}

// unique makes sure that no column is listed twice and that every dimension is a column.
func unique(columns, dimensions []string) error {
	seen := map[string]int{TimeColumn: 2}
	for _, name := range columns {
		if seen[name] > 0 {
			return fmt.Errorf("column %q is listed twice", name)
		}
		seen[name] = 1
	}
	for _, name := range dimensions {
		if seen[name] != 1 {
			return fmt.Errorf("dimension %q is listed twice or is no column", name)
		}
		seen[name] = 2
	}
	return nil
}
