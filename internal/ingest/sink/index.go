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

	batch int    // the one that known is about
	known []bool // by set of fields of the batch: its dimensions are all there

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
	before := len(x.time)
	x.time = gather(x.time, set.time, rows)
	for i := range set.schema.Dimensions.Dimensions {
		x.Dimensions[i].appendRows(&b.Dimensions[i], rows)
	}
	x.discover(set, b, rows, before)
	for _, d := range x.Dimensions[len(b.Dimensions):] {
		if c := set.columns[d.Name]; c != nil {
			d.appendRows(c, rows)
		} else {
			d.appendNull(len(rows))
		}
	}
	for i, m := range x.Metrics {
		m.appendRows(&b.Metrics[i], rows)
	}
}

// discover adds the dimensions that the given rows have and the index does not, in the order in which the rows have
// them; they are null in the have rows before.
func (x *Index) discover(set *Set, b *row.Batch, rows []int32, have int) {
	if len(b.Discovered) == 0 {
		return
	}
	if x.batch != set.batches {
		x.batch = set.batches
		x.known = append(x.known[:0], make([]bool, len(b.FieldSets))...)
	}
	for _, r := range rows {
		fields := b.Fields[r]
		if x.known[fields] {
			continue
		}
		x.known[fields] = true
		for _, k := range b.FieldSets[fields] {
			if name := b.Discovered[k].Name; x.byName[name] == nil {
				x.add(name, set.discovered[name], have)
			}
		}
	}
}

// add adds a discovered dimension, which is null in the have rows before.
func (x *Index) add(name string, values *Values, have int) {
	d := &Dimension{Dimension: Discovered(name), Discovered: true, values: values}
	d.appendNull(have)
	if x.byName == nil {
		x.byName = make(map[string]*Dimension)
	}
	x.byName[name] = d
	x.Dimensions = append(x.Dimensions, d)
}

// Discovered is what a dimension is that the spec does not list.
func Discovered(name string) spec.Dimension {
	return spec.Dimension{Name: name, Type: spec.String, MultiValue: spec.SortedArray, Bitmap: true}
}
