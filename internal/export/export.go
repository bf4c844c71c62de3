// Package export writes rows of segments as JSON lines, CSV or Parquet. Segments of one data source may have different
// columns: all rows are written with the columns of all, null where a segment does not have one.
package export

import (
	"fmt"
	"io"
	"slices"

	"ovate/segment"
)

// Type is the type of a column of the output.
type Type int

// The types: milliseconds of time, the three of numbers, a text, and a list of texts.
const (
	none Type = iota // there is nothing but null
	Time
	Long
	Float
	Double
	Text
	List
)

const timeColumn = segment.TimeColumn

// Column is a column of the output.
type Column struct {
	Name string
	Type Type
}

// Columns are those of all segments added, in the order in which they were met: the time, then dimensions and metrics of the
// first segment, then what others have beside.
type Columns struct {
	list   []Column
	byName map[string]int
	// Mixed are those that are of one type here and of another there, and are written as texts.
	Mixed []string
	// LeftOut are those whose values can not be read.
	LeftOut []string
}

// Add adds the columns of a segment.
func (c *Columns) Add(s *segment.Segment) {
	if c.byName == nil {
		c.byName = map[string]int{}
	}
	for _, info := range s.Columns() {
		kind, ok := typeOf(s, info)
		if !ok {
			if !slices.Contains(c.LeftOut, info.Name) {
				c.LeftOut = append(c.LeftOut, info.Name)
			}
			continue
		}
		at, known := c.byName[info.Name]
		if !known {
			c.byName[info.Name] = len(c.list)
			c.list = append(c.list, Column{info.Name, kind})
			continue
		}
		both, mixed := join(c.list[at].Type, kind)
		if c.list[at].Type = both; mixed && !slices.Contains(c.Mixed, info.Name) {
			c.Mixed = append(c.Mixed, info.Name)
		}
	}
}

// List is the columns.
func (c *Columns) List() []Column {
	list := slices.Clone(c.list)
	for i := range list {
		if list[i].Type == none {
			list[i].Type = Text
		}
	}
	return list
}

func typeOf(s *segment.Segment, info segment.ColumnInfo) (Type, bool) {
	switch {
	case info.Name == timeColumn:
		return Time, true
	case !info.Readable:
		_, err := s.Complex(info.Name)
		return Text, err == nil
	case info.NullOnly:
		return none, true
	case info.MultiValue:
		return List, true
	}
	kind, ok := map[string]Type{"LONG": Long, "FLOAT": Float, "DOUBLE": Double, "STRING": Text}[info.Type]
	return kind, ok
}

// join is the type that keeps the values of both; mixed, if numbers become texts for it.
func join(a, b Type) (both Type, mixed bool) {
	switch {
	case a == b, b == none:
		return a, false
	case a == none:
		return b, false
	case a == Float && b == Double, a == Double && b == Float:
		return Double, false
	case a == List || b == List:
		return List, !(a == Text || b == Text)
	}
	return Text, true
}

// Writer takes rows.
type Writer interface {
	// Write writes the rows of a batch, which has the columns that the writer was made with.
	Write(*Batch) error
	// Close writes what ends the file. It does not close the stream.
	Close() error
}

// Formats are the names that NewWriter knows.
var Formats = [...]string{"json", "csv", "parquet"}

// NewWriter makes a writer of a format.
func NewWriter(format string, out io.Writer, columns []Column) (Writer, error) {
	switch format {
	case "json":
		return newJSON(out, columns), nil
	case "csv":
		return newCSV(out, columns)
	case "parquet":
		return newParquet(out, columns)
	}
	return nil, fmt.Errorf("format %q must be one of %v", format, Formats)
}
