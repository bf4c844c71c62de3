package chunk

import (
	"context"
	"slices"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/timeline"
)

// cover is the cover of chunks, of which ask tells which are complete; those it tells nothing of are not. It is asked of many at once, as each question
// may be a way to a server and back: first of those that are seen if all are complete, and then of those that are seen as others are not. So it is asked
// of none that complete ones hide.
func cover(found []timeline.Chunk, ask func(chunks []timeline.Chunk, tell func(timeline.Chunk, bool)) error) (*timeline.Cover, error) {
	complete := map[timeline.Chunk]bool{}
	for {
		var unknown []timeline.Chunk
		c := timeline.NewCover(found, func(c timeline.Chunk) bool {
			is, known := complete[c]
			if !known {
				unknown = append(unknown, c)
				complete[c] = false
			}
			return is || !known
		})
		if len(unknown) == 0 {
			return c, nil
		}
		if err := ask(unknown, func(c timeline.Chunk, is bool) { complete[c] = is }); err != nil {
			return nil, err
		}
	}
}

// together is how many chunks are summed up at once.
const together = 100

// summarize calls fn with the summary of each chunk, which is nil if a core partition is missing, or why nothing can be told of it.
func summarize(ctx context.Context, r metadata.Reader, dataSource string, chunks []timeline.Chunk, fn func(timeline.Chunk, *Summary, *UnreadableError) error) error {
	for some := range slices.Chunk(chunks, together) {
		last, err := r.LastSegments(ctx, dataSource, some, true)
		if err != nil {
			return err
		}
		cores, overwritten := map[timeline.Chunk]int{}, map[timeline.Chunk][]metadata.SegmentRow{}
		for c, row := range last {
			switch core := row.Segment.ShardSpec.CorePartitions(); {
			case row.Unreadable != nil:
			case row.Segment.ShardSpec.Overwrites():
				overwritten[c] = nil
			case core > 0:
				cores[c] = core
			}
		}
		counts, err := countAll(ctx, r, dataSource, cores)
		if err == nil {
			err = readAll(ctx, r, dataSource, overwritten)
		}
		if err != nil {
			return err
		}
		for _, c := range some {
			row, there := last[c]
			var s *Summary
			var unreadable *UnreadableError
			switch {
			case !there || counts[c] < cores[c]:
			case row.Unreadable != nil:
				unreadable = &UnreadableError{c, row.Segment.ID().String(), row.Unreadable}
			case row.Segment.ShardSpec.Overwrites():
				s, unreadable = visible(c, overwritten[c])
			default:
				s = &Summary{Chunk: c, Last: row.Segment}
			}
			if err := fn(c, s, unreadable); err != nil {
				return err
			}
		}
	}
	return nil
}

func countAll(ctx context.Context, r metadata.Reader, dataSource string, below map[timeline.Chunk]int) (map[timeline.Chunk]int, error) {
	if len(below) == 0 {
		return nil, nil
	}
	return r.CountSegments(ctx, dataSource, below)
}

// readAll fills in the used segments of chunks.
func readAll(ctx context.Context, r metadata.Reader, dataSource string, of map[timeline.Chunk][]metadata.SegmentRow) error {
	if len(of) == 0 {
		return nil
	}
	var intervals []druid.Interval
	for c := range of {
		intervals = append(intervals, c.Interval)
	}
	rows, err := r.UsedSegments(ctx, dataSource, intervals)
	if err != nil {
		return err
	}
	for _, row := range rows {
		c := timeline.Chunk{Interval: row.Segment.Interval, Version: row.Segment.Version}
		if _, asked := of[c]; asked {
			of[c] = append(of[c], row)
		}
	}
	return nil
}

// visible is the summary of a chunk in which partitions overwrite others.
func visible(c timeline.Chunk, rows []metadata.SegmentRow) (*Summary, *UnreadableError) {
	var segments []druid.DataSegment
	for _, row := range rows {
		if row.Unreadable != nil {
			return nil, &UnreadableError{c, row.Segment.ID().String(), row.Unreadable}
		}
		segments = append(segments, row.Segment)
	}
	seen := timeline.New(segments).Visible([]druid.Interval{c.Interval})
	if len(seen) == 0 {
		return nil, nil
	}
	return &Summary{Chunk: c, Last: seen[len(seen)-1], Segments: seen}, nil
}
