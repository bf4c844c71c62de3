package ingest

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"

	"ovate/internal/spec"
	"ovate/segment"
)

// run is the part of a segment that left memory before the segment was full: sorted rows in a folder of the same
// format as a segment, without indexes and without compression, as it is read once and then removed.
type run struct {
	dir        string
	dimensions []dimension
	rows       int
}

// runSpec is quick to write and to read.
var runSpec = segment.IndexSpec{DimensionCompression: "uncompressed", MetricCompression: "none", LongEncoding: "longs"}

func (r *run) write(ctx context.Context, t table, s *spec.Ingestion, buffers *segment.Buffers) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	r.dimensions, r.rows = t.Dimensions(), t.Rows()
	if _, err := writeSegment(r.dir, t, s, layout{spec: runSpec, workers: 1, buffers: buffers}); err != nil {
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
func mergedDimensions(runs []*run) []dimension {
	var merged []dimension
	var longest []dimension
	byName := make(map[string]dimension)
	for i, r := range runs {
		var found []dimension
		for _, d := range r.dimensions {
			switch {
			case d.discovered:
				found = append(found, d)
				byName[d.Name] = d
			case i == 0:
				merged = append(merged, d)
			}
		}
		if len(found) > len(longest) {
			longest = found
		}
	}
	for _, r := range runs {
		if !inOrder(r.dimensions, longest) {
			return append(merged, sortedByName(byName)...)
		}
	}
	return append(merged, longest...)
}

// inOrder tells whether the discovered ones among dims all occur in order, and come in that order.
func inOrder(dims, order []dimension) bool {
	at := 0
	for _, d := range dims {
		if !d.discovered {
			continue
		}
		for at < len(order) && order[at].Name != d.Name {
			at++
		}
		if at == len(order) {
			return false
		}
	}
	return true
}

func sortedByName(dims map[string]dimension) []dimension {
	sorted := slices.Collect(maps.Values(dims))
	slices.SortFunc(sorted, func(a, b dimension) int { return segment.CompareJava([]byte(a.Name), []byte(b.Name)) })
	return sorted
}
