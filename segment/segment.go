package segment

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"ovate/druid"
)

// Segment is an open segment. Any number of goroutines may read it, each with readers of its own.
type Segment struct {
	path       string
	closer     io.Closer // nil if there is nothing to close
	files      map[string]file
	interval   druid.Interval
	metadata   *Metadata
	dimensions []string
	names      []string // of the columns: the time, the dimensions, the metrics
	columns    map[string]column
	rows       int
}

// Close releases the segment's files. Nothing that came from the segment may be used any more.
func (s *Segment) Close() error {
	if s.closer == nil {
		return nil
	}
	err := s.closer.Close()
	s.closer = nil
	if err != nil {
		return fmt.Errorf("segment %s: %w", s.path, err)
	}
	return nil
}

// Forget gives memory back to the system that holds what was read so far. All stays as it is; reading it again takes a little longer.
func (s *Segment) Forget() error {
	if m, ok := s.closer.(*mappings); ok {
		if err := m.forget(); err != nil {
			return fmt.Errorf("segment %s: %w", s.path, err)
		}
	}
	return nil
}

// Rows is the number of rows.
func (s *Segment) Rows() int { return s.rows }

// Interval is the time chunk that the segment belongs to.
func (s *Segment) Interval() druid.Interval { return s.interval }

// Dimensions are the names of the dimensions, in order.
func (s *Segment) Dimensions() []string { return s.dimensions }

// Metadata says how the rows came about; nil if the segment does not.
func (s *Segment) Metadata() *Metadata { return s.metadata }

// ColumnInfo describes a column.
type ColumnInfo struct {
	Name string
	// Type is LONG, FLOAT, DOUBLE, STRING or COMPLEX<name of the type>.
	Type string
	// Readable is false if the values can not be read: those of columns of other types than the first four.
	Readable bool
	// Dimension is false for metrics and for the time.
	Dimension  bool
	MultiValue bool
	HasNulls   bool
	// NullOnly is true for a string dimension without a single value, of which only the number of rows is stored.
	NullOnly bool
	// HasBitmaps tells whether a string column says which rows hold a value.
	HasBitmaps bool
	// Cardinality is the number of distinct values of a string column, null included; 0 for others.
	Cardinality int
	// Size is what the column takes in the segment, in bytes.
	Size int64
	// Encoding tells in words how the values are stored.
	Encoding string
}

// Columns describes all columns: the time, the dimensions in order, then the metrics.
func (s *Segment) Columns() []ColumnInfo {
	infos := make([]ColumnInfo, len(s.names))
	for i, name := range s.names {
		infos[i] = s.columns[name].info
	}
	return infos
}

// ErrNoColumn says that a segment has no column of a name.
var ErrNoColumn = errors.New("there is no such column")

// find returns a column.
func (s *Segment) find(name string) (column, error) {
	c, ok := s.columns[name]
	if !ok {
		return c, fmt.Errorf("segment %s: column %q: %w", s.path, name, ErrNoColumn)
	}
	return c, nil
}

// readIndex reads what is about the segment as a whole.
func (s *Segment) readIndex() error {
	f, ok := s.files[indexFile]
	if !ok {
		return fmt.Errorf("segment %s: %s: %w", s.path, indexFile, os.ErrNotExist)
	}
	columns, dimensions, interval, err := readIndex(f.data)
	if err != nil {
		return s.corrupt(indexFile, err)
	}
	s.interval, s.dimensions = interval, dimensions
	isDimension := make(map[string]bool)
	for _, name := range dimensions {
		isDimension[name] = true
	}
	s.names = append([]string{TimeColumn}, dimensions...)
	for _, name := range columns {
		if !isDimension[name] {
			s.names = append(s.names, name)
		}
	}
	f, ok = s.files[metaFile]
	if !ok {
		return nil
	}
	s.metadata = new(Metadata)
	if err := json.Unmarshal(f.data, s.metadata); err != nil {
		return s.corrupt(metaFile, err)
	}
	return nil
}
