package task

import (
	"context"
	"slices"
	"time"

	"ovate/druid"
	"ovate/internal/action"
	"ovate/internal/timeline"
)

// lockExisting takes the locks of a task that may lock segments (forceTimeChunkLock false), and overwrites these with ones of a granularity; nil
// is theirs. It is the lock over each of them where all have the time chunks that the new ones will have, so that others may overwrite others
// in the same chunk, and where not, that over the time chunks. Both are as in Druid, whose worker asks for the same once more. What is
// published into the chunks meanwhile stays beside.
func lockExisting(ctx context.Context, c action.Client, h *druid.Task, segments []druid.DataSegment, to *druid.Granularity) (bool, error) {
	switch {
	case len(segments) == 0:
		return true, nil
	case !keepsChunks(segments, to):
		return lockChunksOf(ctx, c, h, segments, to)
	}
	locks, err := action.Do(ctx, c, action.SegmentLockTryAcquireAll{LockType: druid.Exclusive, Segments: segments})
	if err != nil || locks == nil {
		return false, err
	}
	if err := timeline.CheckWhole(segments); err != nil {
		return false, err
	}
	return true, notRevoked(h.ID, locks)
}

// lockChunksOf takes the locks over the time chunks of segments that are overwritten.
func lockChunksOf(ctx context.Context, c action.Client, h *druid.Task, segments []druid.DataSegment, to *druid.Granularity) (bool, error) {
	chunks := make([]druid.Interval, len(segments))
	for i := range segments {
		chunks[i] = segments[i].Interval
	}
	return lockAll(ctx, c, h.ID, batchLocks(&h.Context, widened(chunks, to), false))
}

// keepsChunks tells whether segments of a granularity have the time chunks of those that are there. As in Druid only granularities with a name
// count, and where there is none all chunks must be of one length.
func keepsChunks(segments []druid.DataSegment, to *druid.Granularity) bool {
	if to != nil {
		return to.IsNamedPeriod() && !slices.ContainsFunc(segments, func(s druid.DataSegment) bool { return !to.IsAligned(s.Interval) })
	}
	first := lengthOf(segments[0].Interval)
	return !slices.ContainsFunc(segments, func(s druid.DataSegment) bool { return lengthOf(s.Interval) != first })
}

// length is how long an interval is on the calendar: all months are equal.
type length struct {
	months int
	beyond druid.Instant // in milliseconds
}

func lengthOf(i druid.Interval) length {
	from, to := i.Start.Time(), i.End.Time()
	months := 12*(to.Year()-from.Year()) + int(to.Month()-from.Month())
	whole := func() druid.Instant {
		return druid.Period{Years: int32(months / 12), Months: int32(months % 12)}.AddTo(i.Start, 1, time.UTC)
	}
	if whole() > i.End {
		months--
	}
	return length{months, i.End - whole()}
}
