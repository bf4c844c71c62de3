package inventory

import (
	"encoding/json"
	"fmt"

	"ovate/druid"
	"ovate/segment"
)

// Column is a column of a segment, with what its files tell without reading its rows.
type Column struct {
	segment.ColumnInfo
	// Min and Max are the least and the greatest value, null left out, as JSON: of a column of strings in the order of its dictionary, of the time where rows are sorted by it
	// first. Nil if the files do not tell.
	Min, Max json.RawMessage
}

// Kind is time, dimension or metric.
func (c *Column) Kind() string {
	switch {
	case c.Name == segment.TimeColumn:
		return "time"
	case c.Dimension:
		return "dimension"
	}
	return "metric"
}

// Contents is what a segment says of itself.
type Contents struct {
	Rows     int
	Interval druid.Interval
	Metadata *segment.Metadata // nil if the segment does not tell
	Columns  []Column
	Size     int64 // of all columns, in bytes
}

// mostValue is the most bytes of a value that is shown as the least or the greatest; what is longer is cut.
const mostValue = 200

// Look reads what a segment says of itself and of its columns.
func Look(s *segment.Segment) (*Contents, error) {
	c := &Contents{Rows: s.Rows(), Interval: s.Interval(), Metadata: s.Metadata()}
	for _, info := range s.Columns() {
		column, err := look(s, info)
		if err != nil {
			return nil, err
		}
		c.Columns, c.Size = append(c.Columns, column), c.Size+info.Size
	}
	return c, nil
}

func look(s *segment.Segment, info segment.ColumnInfo) (Column, error) {
	c := Column{ColumnInfo: info}
	switch {
	case info.Name == segment.TimeColumn:
		first, last, err := endsOfTime(s)
		if err == nil && first <= last {
			c.Min, c.Max = textOf(first.String()), textOf(last.String())
		}
		return c, err
	case info.Readable && info.Type == "STRING":
		values, err := s.String(info.Name)
		if err != nil {
			return c, err
		}
		first, last := 0, values.Len()-1
		if values.HasNull() {
			first = 1
		}
		if first <= last {
			c.Min, c.Max = textOf(string(values.At(first))), textOf(string(values.At(last)))
		}
	}
	return c, nil
}

// endsOfTime are the times of the first and the last row; the first is greater if the rows are not sorted by time before all, or there are none.
func endsOfTime(s *segment.Segment) (first, last druid.Instant, err error) {
	none := func(err error) (druid.Instant, druid.Instant, error) { return 1, 0, err }
	if m := s.Metadata(); s.Rows() == 0 || m != nil && len(m.Ordering) > 0 && m.Ordering[0] != segment.TimeColumn {
		return none(nil)
	}
	column, err := s.Long(segment.TimeColumn)
	if err != nil {
		return none(err)
	}
	reader, err := column.Reader()
	if err != nil {
		return none(err)
	}
	var at [2]druid.Instant
	for i, row := range []int{0, s.Rows() - 1} {
		var one [1]int64
		reader.Seek(row)
		if _, err := reader.Next(one[:], nil); err != nil {
			return none(err)
		}
		at[i] = druid.Instant(one[0])
	}
	return at[0], at[1], nil
}

// textOf is a text as JSON, cut where it is long.
func textOf(text string) json.RawMessage {
	if r := []rune(text); len(text) > mostValue && len(r) > mostValue {
		text = string(r[:mostValue]) + "…"
	}
	return druid.AppendString(nil, text)
}

// Rows are rows of a segment as JSON objects, from one on, in the order in which it keeps them: at most so many, and no more once they have so many bytes together.
// leftOut are the columns that cannot be read.
func Rows(s *segment.Segment, from, most, bytes int) (rows []json.RawMessage, leftOut []string, err error) {
	reader, err := s.RowReader()
	if err != nil {
		return nil, nil, err
	}
	for row := from; row < min(s.Rows(), from+most) && bytes > 0; row++ {
		text, err := reader.AppendJSON(nil, row)
		if err != nil {
			return nil, nil, fmt.Errorf("row %d: %w", row, err)
		}
		rows, bytes = append(rows, text), bytes-len(text)
	}
	return rows, reader.LeftOut(), nil
}
