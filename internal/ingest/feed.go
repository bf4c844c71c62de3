package ingest

import (
	"fmt"

	"ovate/segment"
)

// columnOf finds a numeric column of a segment.
type columnOf[T segment.Number] func(*segment.Segment, string) (*segment.NumberColumn[T], error)

// numberFeed reads a numeric column of a run row by row.
type numberFeed[T segment.Number] struct {
	reader  *segment.NumberReader[T]
	hasNull bool
	values  []T
	null    []bool
	at, n   int
}

func feedOf[T segment.Number](m *mergedTable, r *openRun, name string, column columnOf[T]) (*numberFeed[T], error) {
	c, err := column(r.segment, name)
	if err != nil {
		return nil, err
	}
	reader, err := c.Reader()
	if err != nil {
		return nil, err
	}
	size := min(m.feedRows, c.Len())
	return &numberFeed[T]{reader: reader, hasNull: c.HasNulls(), values: make([]T, size), null: make([]bool, size)}, nil
}

// next returns the next row; reading beyond the last one is an error.
func (f *numberFeed[T]) next() (v T, null bool, err error) {
	if f.at == f.n {
		f.at = 0
		if f.n, err = f.reader.Next(f.values, f.null); err != nil {
			f.n = 0
			return v, false, fmt.Errorf("reading a run: %w", err)
		}
	}
	f.at++
	return f.values[f.at-1], f.null[f.at-1], nil
}

// listFeed reads a string column of a run row by row, as entries of the merged dictionary.
type listFeed struct {
	reader *segment.StringReader
	rows   int     // to read at a time
	merged []int32 // by entry of the run's dictionary
	ends   []int32
	ids    []int32
	at     int
}

// next returns the entries of the next row, valid until the call after; reading beyond the last row is an error.
func (f *listFeed) next() (list []int32, err error) {
	if f.at == len(f.ends) {
		f.at = 0
		if f.ends, f.ids, err = f.reader.NextLists(f.ends[:0], f.ids[:0], f.rows); err != nil {
			return nil, fmt.Errorf("reading a run: %w", err)
		}
		for i, id := range f.ids {
			f.ids[i] = f.merged[id]
		}
	}
	start := int32(0)
	if f.at > 0 {
		start = f.ends[f.at-1]
	}
	f.at++
	if list = f.ids[start:f.ends[f.at-1]]; len(list) == 0 {
		return nullList, nil
	}
	return list, nil
}

// nullList is the row of a run without a value. It is not written to.
var nullList = []int32{0}
