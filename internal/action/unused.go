package action

import (
	"context"

	"ovate/internal/metadata"
	"ovate/internal/timeline"
)

// avoidUnused moves an id past those of unused segments, if it is one of them: publishing under an id that exists would publish nothing. It
// tells whether there is a number left for it.
func (a SegmentAllocate) avoidUnused(ctx context.Context, tx metadata.Tx, e *extent, got *Allocation) (free bool, err error) {
	if taken, err := isThere(ctx, tx, got); err != nil || !taken {
		return err == nil, err
	}
	chunk := timeline.Chunk{Interval: got.ID.Interval, Version: got.ID.Version}
	var last int
	known := true
	if a.Partial.overwrites() {
		last, err = lastPartition(ctx, tx, got.ID.DataSource, chunk)
	} else {
		last, known, err = lastUnusedRoot(ctx, tx, got.ID.DataSource, chunk)
	}
	if err != nil || !known {
		return false, err
	}
	got.ID.PartitionNum = max(got.ID.PartitionNum, last+1)
	for ; got.ID.PartitionNum <= maxPartition; got.ID.PartitionNum++ {
		taken, err := isThere(ctx, tx, got) // by one that cannot be read, of which nothing else tells
		if err != nil {
			return false, err
		}
		if !taken {
			got.ShardSpec = a.Partial.complete(got.ID.PartitionNum, e.core)
			return true, nil
		}
	}
	return false, nil
}

// isThere tells whether there is a segment of that id, used or not.
func isThere(ctx context.Context, tx metadata.Tx, got *Allocation) (bool, error) {
	rows, err := tx.SegmentsByID(ctx, got.ID.DataSource, []string{got.ID.String()})
	return len(rows) > 0, err
}

// lastUnusedRoot is the highest lastRoot of the unused segments of a chunk; -1 if there are none. Only where one of them overwrites others does
// it look at more than the last one.
func lastUnusedRoot(ctx context.Context, r metadata.Reader, dataSource string, chunk timeline.Chunk) (last int, known bool, err error) {
	row, err := r.LastSegment(ctx, dataSource, chunk, false)
	if err != nil || row == nil {
		return -1, true, err
	}
	rows := []metadata.SegmentRow{*row}
	if row.Segment.ShardSpec.Overwrites() {
		query := metadata.UnusedQuery{DataSource: dataSource, Interval: chunk.Interval, Versions: []string{chunk.Version}}
		if rows, err = r.UnusedSegments(ctx, query); err != nil {
			return 0, false, err
		}
	}
	last = -1
	for _, row := range rows {
		if row.Segment.Interval != chunk.Interval {
			continue
		}
		root, known := lastRoot(row.Segment.ShardSpec)
		if !known {
			return 0, false, nil
		}
		last = max(last, root)
	}
	return last, true, nil
}
