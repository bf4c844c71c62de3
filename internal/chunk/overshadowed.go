package chunk

import (
	"context"
	"slices"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/timeline"
)

// Overshadowed returns the chunks that newer ones, of which all core partitions are there, hide everywhere, of those that overlap
// the intervals: of each at least those that what was published in the intervals can have hidden. It reads the chunks there, and those
// above and below what seems hidden, but of no chunk more than the summary.
// A chunk of which nothing can be told hides nothing, and the others are told of; there is an UnreadableError for each. They are in
// order of time.
func Overshadowed(ctx context.Context, r metadata.Reader, dataSource string, intervals []druid.Interval) ([]timeline.Chunk, []*UnreadableError, error) {
	intervals = druid.CondenseIntervals(intervals)
	found, err := r.UsedChunks(ctx, dataSource, intervals)
	if err != nil || len(found) < 2 {
		return nil, nil, err
	}
	// What is seen if every chunk is taken for complete cannot be hidden by those that are: the index alone tells of most.
	shown := map[timeline.Chunk]bool{}
	for _, s := range timeline.NewCover(found, complete).Slices {
		if druid.OverlapsAny(intervals, s.Interval) {
			shown[s.Chunk] = true
		}
	}
	var below []druid.Interval
	for _, c := range found {
		if !shown[c] {
			below = append(below, c.Interval)
		}
	}
	if len(below) == 0 {
		return nil, nil, nil
	}
	if found, err = r.UsedChunks(ctx, dataSource, druid.CondenseIntervals(below)); err != nil {
		return nil, nil, err
	}
	return hidden(ctx, r, dataSource, found, timeline.NewCover(found, complete).Hidden)
}

func complete(timeline.Chunk) bool { return true }

// Hidden returns those of the chunks that newer ones hide everywhere, in order of time, and of what nothing can be told as Overshadowed
// does.
func Hidden(ctx context.Context, r metadata.Reader, dataSource string, chunks []timeline.Chunk) ([]timeline.Chunk, []*UnreadableError, error) {
	found, err := r.UsedChunks(ctx, dataSource, intervalsOf(chunks))
	if err != nil {
		return nil, nil, err
	}
	return hidden(ctx, r, dataSource, found, chunks)
}

// hidden finds out which of the chunks are hidden by those found, which are all that overlap them. Of the others nothing is read.
func hidden(ctx context.Context, r metadata.Reader, dataSource string, found, chunks []timeline.Chunk) ([]timeline.Chunk, []*UnreadableError, error) {
	intervals := intervalsOf(chunks)
	var faults []*UnreadableError
	cover, err := cover(found, func(chunks []timeline.Chunk, tell func(timeline.Chunk, bool)) error {
		near := slices.DeleteFunc(chunks, func(c timeline.Chunk) bool { return !druid.OverlapsAny(intervals, c.Interval) })
		return summarize(ctx, r, dataSource, near, func(c timeline.Chunk, s *Summary, unreadable *UnreadableError) error {
			if unreadable != nil {
				faults = append(faults, unreadable)
			}
			tell(c, s != nil)
			return nil
		})
	})
	if err != nil {
		return nil, nil, err
	}
	asked := make(map[timeline.Chunk]bool, len(chunks))
	for _, c := range chunks {
		asked[c] = true
	}
	var hidden []timeline.Chunk
	for _, c := range cover.Hidden {
		if asked[c] {
			hidden = append(hidden, c)
		}
	}
	slices.SortFunc(hidden, func(a, b timeline.Chunk) int { return druid.CompareIntervals(a.Interval, b.Interval) })
	return hidden, faults, nil
}

func intervalsOf(chunks []timeline.Chunk) []druid.Interval {
	intervals := make([]druid.Interval, len(chunks))
	for i, c := range chunks {
		intervals[i] = c.Interval
	}
	return druid.CondenseIntervals(intervals)
}
