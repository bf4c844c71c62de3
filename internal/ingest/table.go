package ingest

import (
	"sync"

	"ovate/druid"
	"ovate/internal/ingest/sink"
	"ovate/internal/spec"
)

// chunkRows is how many rows pass from a table to a writer at a time, and chunkIDs with how many values of lists there are no more of them.
const (
	chunkRows = 8192
	chunkIDs  = 1 << 18
)

// table is sorted rows of one segment, read column by column in chunks: an index in memory or the merge of several runs.
// Its columns may be read at the same time. Slices given to callbacks are valid only during the call.
type table interface {
	Interval() druid.Interval
	Rows() int
	Dimensions() []dimension
	// Strings is what a writer has to know of string dimension i before its rows.
	Strings(i int) stringColumn
	EachTime(fn func(times []int64) error) error
	// EachIDs reads a single-valued string dimension, EachLists a multi-valued one (row by row the end of its list in ids).
	EachIDs(i int, fn func(ids []int32) error) error
	EachLists(i int, fn func(ends, ids []int32) error) error
	EachNumber(i int, fn func(*sink.Numbers) error) error
	EachMetric(i int, fn func(*sink.Numbers) error) error
}

// dimension is one dimension of a table.
type dimension struct {
	spec.Dimension
	discovered bool
}

// stringColumn is the dictionary of a string dimension: sorted in Java's order, null first if there is one.
type stringColumn struct {
	Dictionary interface {
		Len() int
		At(i int) []byte
	}
	HasNull bool
	Multi   bool
}

// allNull tells whether no row has a value, not even in a list.
func (c stringColumn) allNull() bool { return c.HasNull && c.Dictionary.Len() == 1 }

// memoryTable is an index in memory as a table.
type memoryTable struct {
	*sink.Sorted
	ids *sync.Pool // of *[]int32, lent to one column after the other
}

func borrow(pool *sync.Pool) *[]int32 {
	if ids, ok := pool.Get().(*[]int32); ok {
		return ids
	}
	return new([]int32)
}

func (m memoryTable) Interval() druid.Interval { return m.Sorted.Interval }

func (m memoryTable) Dimensions() []dimension {
	dims := make([]dimension, len(m.Sorted.Dimensions))
	for i, d := range m.Sorted.Dimensions {
		dims[i] = dimension{d.Dimension, d.Discovered}
	}
	return dims
}

func (m memoryTable) Strings(i int) stringColumn {
	c := &m.Sorted.Strings[i]
	return stringColumn{c, c.HasNull, c.Multi}
}

// chunks calls fn for consecutive ranges of rows.
func (m memoryTable) chunks(fn func(from, to int) error) error {
	for from := 0; from < m.Rows(); from += chunkRows {
		if err := fn(from, min(from+chunkRows, m.Rows())); err != nil {
			return err
		}
	}
	return nil
}

func (m memoryTable) EachTime(fn func([]int64) error) error {
	var times []int64
	return m.chunks(func(from, to int) error {
		times = m.GatherTime(times[:0], from, to)
		return fn(times)
	})
}

func (m memoryTable) EachIDs(i int, fn func([]int32) error) error {
	ids := borrow(m.ids)
	defer m.ids.Put(ids)
	column := m.Column(i)
	return m.chunks(func(from, to int) error {
		*ids = column.IDs((*ids)[:0], from, to)
		return fn(*ids)
	})
}

func (m memoryTable) EachLists(i int, fn func(ends, ids []int32) error) error {
	var ends, ids []int32
	column := m.Column(i)
	return m.chunks(func(from, to int) error {
		for from < to {
			ends, ids = column.Lists(ends[:0], ids[:0], from, to, chunkIDs)
			if err := fn(ends, ids); err != nil {
				return err
			}
			from += len(ends)
		}
		return nil
	})
}

func (m memoryTable) EachNumber(i int, fn func(*sink.Numbers) error) error {
	var n sink.Numbers
	return m.chunks(func(from, to int) error {
		m.GatherDimension(&n, i, from, to)
		return fn(&n)
	})
}

func (m memoryTable) EachMetric(i int, fn func(*sink.Numbers) error) error {
	var n sink.Numbers
	return m.chunks(func(from, to int) error {
		m.GatherMetric(&n, i, from, to)
		return fn(&n)
	})
}
