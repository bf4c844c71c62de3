package ingest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"ovate/internal/ingest/sink"
	"ovate/internal/spec"
	"ovate/segment"
)

// written is a segment on disk.
type written struct {
	dimensions []string
	size       int64
}

// layout says how a table is written.
type layout struct {
	spec      segment.IndexSpec
	omitEmpty bool // with indexed: columns of nulls only are left out
	indexed   bool // with bitmap indexes, and columns of nulls only left out where Druid leaves them out
	workers   int  // columns written at the same time
	buffers   *segment.Buffers
	unsynced  bool // it is left to the caller to make the segment survive a crash
}

// writeSegment writes t as a segment into dir, which it creates. When it returns nil the segment is durable, unless l says otherwise.
// When ctx ends it ends after the columns that are being written.
func writeSegment(ctx context.Context, dir string, t table, s *spec.Ingestion, l layout) (_ written, err error) {
	w, err := segment.Create(dir, segment.Options{
		Interval: t.Interval(), Spec: l.spec, Buffers: l.buffers, Temporary: !l.indexed || l.unsynced,
	})
	if err != nil {
		return written{}, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("segment of %v: %w", t.Interval(), err), w.Abort())
		}
	}()
	tasks := limited(l.workers)
	tasks.Go(func() error { return writeTime(w, t) })
	metrics := metricsByName(s.Schema.Metrics)
	for _, i := range metrics {
		tasks.Go(func() error {
			a := s.Schema.Metrics[i]
			return writeNumbers(w, a.Name, a.Type, func(fn func(*sink.Numbers) error) error { return t.EachMetric(i, fn) })
		})
	}
	index := segment.Index{Metadata: metadata(&s.Schema)}
	for _, i := range metrics {
		index.Metrics = append(index.Metrics, s.Schema.Metrics[i].Name)
	}
	for i, d := range t.Dimensions() {
		if ctx.Err() != nil {
			break
		}
		if l.indexed && l.omitEmpty && d.Type == spec.String && t.Strings(i).allNull() {
			continue
		}
		index.Dimensions = append(index.Dimensions, d.Name)
		if l.indexed && d.Type == spec.String && t.Strings(i).allNull() {
			tasks.Go(func() error { return w.NullColumn(d.Name, t.Rows()) })
			continue
		}
		d.Bitmap = d.Bitmap && l.indexed
		tasks.Go(func() error { return writeDimension(w, t, i, d) })
	}
	if err := cmp.Or(tasks.Wait(), ctx.Err()); err != nil {
		return written{}, err
	}
	size, err := w.Finish(index)
	return written{dimensions: index.Dimensions, size: size}, err
}

func indexSpec(s spec.IndexSpec) segment.IndexSpec {
	return segment.IndexSpec{
		DimensionCompression: s.DimensionCompression,
		MetricCompression:    s.MetricCompression,
		LongEncoding:         s.LongEncoding,
	}
}

// metricsByName is the places of the metrics in the order in which segments hold them.
func metricsByName(metrics []spec.Aggregator) []int {
	order := make([]int, len(metrics))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(metrics[a].Name, metrics[b].Name) })
	return order
}

func writeTime(w *segment.Writer, t table) error {
	c := w.Long("__time")
	if err := t.EachTime(func(times []int64) error { return c.Append(times, nil) }); err != nil {
		return err
	}
	return c.Close()
}

func writeDimension(w *segment.Writer, t table, i int, d dimension) error {
	if d.Type != spec.String {
		return writeNumbers(w, d.Name, d.Type, func(fn func(*sink.Numbers) error) error { return t.EachNumber(i, fn) })
	}
	s := t.Strings(i)
	c := w.String(d.Name, segment.StringOptions{
		Dictionary: s.Dictionary,
		HasNull:    s.HasNull,
		MultiValue: s.Multi,
		Bitmap:     d.Bitmap,
	})
	var err error
	if s.Multi {
		err = t.EachLists(i, c.AppendLists)
	} else {
		err = t.EachIDs(i, c.AppendIDs)
	}
	if err != nil {
		return err
	}
	return c.Close()
}

func writeNumbers(w *segment.Writer, name string, typ spec.ColumnType, each func(func(*sink.Numbers) error) error) error {
	switch typ {
	case spec.Long:
		c := w.Long(name)
		if err := each(func(n *sink.Numbers) error { return c.Append(n.Longs, n.Null) }); err != nil {
			return err
		}
		return c.Close()
	case spec.Float:
		c := w.Float(name)
		if err := each(func(n *sink.Numbers) error { return c.Append(n.Floats, n.Null) }); err != nil {
			return err
		}
		return c.Close()
	default:
		c := w.Double(name)
		if err := each(func(n *sink.Numbers) error { return c.Append(n.Doubles, n.Null) }); err != nil {
			return err
		}
		return c.Close()
	}
}

// metadata says how the rows came about, for queries and for those who merge segments.
func metadata(s *spec.DataSchema) segment.Metadata {
	m := segment.Metadata{
		TimestampSpec: segment.TimestampSpec{
			Column: s.Timestamp.Column, Format: s.Timestamp.Format, MissingValue: s.Timestamp.Missing,
		},
		QueryGranularity: s.Granularity.Query,
		Rollup:           s.Granularity.Rollup,
		Ordering:         []string{segment.TimeColumn},
	}
	for _, i := range metricsByName(s.Metrics) {
		m.Aggregators = append(m.Aggregators, segment.Aggregator{Type: combining(s.Metrics[i]), Name: s.Metrics[i].Name})
	}
	for _, d := range s.Dimensions.Dimensions {
		m.Ordering = append(m.Ordering, d.Name)
	}
	return m
}

// combining is the type of the aggregator that combines rows of an ingested metric: counts are summed.
func combining(a spec.Aggregator) string {
	if a.Aggregate == spec.Count {
		return "longSum"
	}
	typ := map[spec.ColumnType]string{spec.Long: "long", spec.Float: "float", spec.Double: "double"}[a.Type]
	return typ + map[spec.Aggregate]string{spec.Sum: "Sum", spec.Min: "Min", spec.Max: "Max"}[a.Aggregate]
}
