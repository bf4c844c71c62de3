package ingest

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"

	"ovate/internal/ingest/sink"
	"ovate/internal/spec"
	"ovate/segment"
)

// run is the part of a segment that left memory before the segment was full: sorted rows in a folder of the same
// format as a segment, without indexes and without compression, as it is read once and then removed. There can be very many
// of them, so that what a run holds is known from its folder.
type run struct {
	dir     string
	columns int // that sort its rows
	rows    int
}

// runSpec is quick to write and to read.
var runSpec = segment.IndexSpec{DimensionCompression: "uncompressed", MetricCompression: "none", LongEncoding: "longs"}

func (r *run) write(ctx context.Context, t table, s *spec.Ingestion, buffers *segment.Buffers) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	r.columns, r.rows = 1+len(t.Dimensions()), t.Rows()
	if _, err := writeSegment(ctx, r.dir, t, s, layout{spec: runSpec, workers: 1, buffers: buffers}); err != nil {
		return fmt.Errorf("spilling %d rows: %w", r.rows, err)
	}
	return nil
}

func (r *run) remove() error {
	if err := os.RemoveAll(r.dir); err != nil {
		return fmt.Errorf("removing a run: %w", err)
	}
	return nil
}

// mergedDimensions is the dimensions of the segment that runs make together, by Druid's rule: listed ones as listed, then
// discovered ones in the order of the run that has most, if those of every other run come in that order as well,
// else in the order of their names.
func mergedDimensions(listed []spec.Dimension, runs []*openRun) []dimension {
	var merged []dimension
	for _, d := range listed {
		merged = append(merged, dimension{Dimension: d})
	}
	var longest []string
	for _, r := range runs {
		if d := r.discovered(len(listed)); len(d) > len(longest) {
			longest = d
		}
	}
	for _, r := range runs {
		if !inOrder(r.discovered(len(listed)), longest) {
			longest = allDiscovered(len(listed), runs)
			break
		}
	}
	for _, name := range longest {
		merged = append(merged, dimension{sink.Discovered(name), true})
	}
	return merged
}

// discovered is the names of the dimensions after those that the spec lists.
func (r *openRun) discovered(listed int) []string { return r.segment.Dimensions()[listed:] }

// inOrder tells whether the names all occur in order, and come in that order.
func inOrder(names, order []string) bool {
	at := 0
	for _, name := range names {
		for at < len(order) && order[at] != name {
			at++
		}
		if at == len(order) {
			return false
		}
	}
	return true
}

// allDiscovered is every dimension that a run discovered, in the order of their names.
func allDiscovered(listed int, runs []*openRun) []string {
	seen := make(map[string]bool)
	for _, r := range runs {
		for _, name := range r.discovered(listed) {
			seen[name] = true
		}
	}
	return slices.SortedFunc(maps.Keys(seen), func(a, b string) int { return segment.CompareJava([]byte(a), []byte(b)) })
}
