// Package sink gathers rows in memory, column by column: one Index per time chunk, all of a task in a Set.
//
// A Set takes batches in order, decides after which row something has to give (too many rows in memory, a segment
// full), and hands out its indexes sorted, ready to be written as a segment or as a run to be merged later.
package sink

import (
	"ovate/druid"
	"ovate/internal/ingest/row"
	"ovate/internal/spec"
)

// Index is the rows of one time chunk that are in memory. With rollup a row is a group.
type Index struct {
	Interval druid.Interval
	// RowsBefore is how many rows of the same segment have left memory already.
	RowsBefore int

	Dimensions []*Dimension // listed ones first, then discovered ones in the order in which they were seen
	Metrics    []*Metric

	time      []druid.Instant
	byName    map[string]*Dimension // discovered ones
	keepEmpty bool                  // discovered ones without any value stay
	groups    groupTable
	held      []int32 // with rollup: how many discovered dimensions a group has a value in
	lists     int64   // values of lists in the segment so far

	// Rows of the batch at hand that go into this index; with rollup those that go into a group there is already.
	rows    []int32
	rowsFor []int32 // with rollup: the groups of rows
}

func newIndex(interval druid.Interval, set *Set) *Index {
	x := &Index{Interval: interval, keepEmpty: set.schema.Dimensions.IncludeAll}
	for i, d := range set.schema.Dimensions.Dimensions {
		x.Dimensions = append(x.Dimensions, &Dimension{Dimension: d, values: set.listed[i]})
	}
	for _, a := range set.schema.Metrics {
		x.Metrics = append(x.Metrics, &Metric{Aggregator: a})
	}
	return x
}

// Rows is how many rows are in memory.
func (x *Index) Rows() int { return len(x.time) }

// SegmentRows is how many rows the segment has so far, those that have left memory included.
func (x *Index) SegmentRows() int { return x.RowsBefore + len(x.time) }

// appendRows adds rows of the batch, in order, without rollup.
func (x *Index) appendRows(set *Set, b *row.Batch, rows []int32) {
	first := len(x.time)
	x.time = gather(x.time, set.time, rows)
	for i := range set.schema.Dimensions.Dimensions {
		x.Dimensions[i].appendRows(&b.Dimensions[i], rows)
	}
	for _, k := range set.fieldsOf(rows) {
		d := x.dimension(set, k)
		set.found -= d.sparse.bytes()
		d.found(&b.Discovered[k], rows, first)
		set.found += d.sparse.bytes()
	}
	set.cells += int64(len(rows)) * int64(len(x.Dimensions))
	for i, m := range x.Metrics {
		m.appendRows(&b.Metrics[i], rows)
	}
}

// dimension returns the discovered dimension k of the batch at hand, which is added if the index does not have it.
func (x *Index) dimension(set *Set, k int32) *Dimension {
	last := &set.last[k]
	if last.index == x {
		return last.dimension
	}
	name := set.batch.Discovered[k].Name
	d := x.byName[name]
	if d == nil {
		d = &Dimension{Dimension: Discovered(name), Discovered: true, values: set.discovered[name]}
		if x.byName == nil {
			x.byName = make(map[string]*Dimension)
		}
		x.byName[name] = d
		x.Dimensions = append(x.Dimensions, d)
		set.columns++
		set.cells += int64(len(x.time))
	}
	*last = lastDimension{x, d}
	return d
}

// Discovered is what a dimension is that the spec does not list.
func Discovered(name string) spec.Dimension {
	return spec.Dimension{Name: name, Type: spec.String, MultiValue: spec.SortedArray, Bitmap: true}
}
