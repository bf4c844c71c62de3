package action

import (
	"cmp"
	"context"
	"fmt"
	"math"

	"ovate/druid"
	"ovate/internal/lockbox"
	"ovate/internal/metadata"
	"ovate/internal/timeline"
)

// The values of SegmentAllocate.Granularity, as they are written.
const (
	timeChunkGranularity = "TIME_CHUNK"
	segmentGranularity   = "SEGMENT"
)

func (a SegmentAllocate) locksSegment() bool { return a.Granularity == segmentGranularity }

func (a SegmentAllocate) checkGranularity() error {
	switch {
	case a.Granularity != "" && a.Granularity != timeChunkGranularity && !a.locksSegment():
		return fmt.Errorf("field [lockGranularity] is %q, but must be TIME_CHUNK or SEGMENT", a.Granularity)
	case a.locksSegment() && a.LockType != "":
		return checkSegmentLockType("taskLockType", a.LockType)
	}
	return nil
}

// trySegment allocates in an interval, and takes the lock over the segment alone: others append to the same time chunk meanwhile. It returns
// nil if either is not to be had. After a crash in between, the same request gets the same id, and the lock.
func (a SegmentAllocate) trySegment(ctx context.Context, box *Box, by Identity, interval druid.Interval) (*Allocation, error) {
	typ := cmp.Or(a.LockType, druid.Exclusive)
	// No other task has a lock over a partition that nobody has got yet. Whoever has the interval would be in its way, too.
	if !box.Locks.CanAcquire(by.Holder, segmentRequest(typ, interval, "", math.MaxInt32)) {
		return nil, mustNotHaveLost(ctx, box, by, interval)
	}
	version, err := box.Locks.FreshVersion(ctx, a.DataSource, interval)
	if err != nil {
		return nil, err
	}
	got, err := a.reserve(ctx, box, by, interval, version)
	if got == nil || err != nil {
		return nil, err
	}
	lock, err := atOnce(ctx, box, by, segmentRequest(typ, got.ID.Interval, got.ID.Version, got.ID.PartitionNum))
	if lock == nil || err != nil {
		return nil, err
	}
	return got, nil
}

// mustNotHaveLost refuses a task that had a lock over a segment of the interval, and has lost it to whoever has the interval now.
func mustNotHaveLost(ctx context.Context, box *Box, by Identity, interval druid.Interval) error {
	locks, err := box.Locks.CertainLocks(ctx, by.Holder)
	if err != nil {
		return err
	}
	for _, l := range locks {
		if l.Revoked && l.Granularity == druid.SegmentLock && l.Interval.Overlaps(interval) {
			return &lockbox.Revoked{TaskID: by.TaskID, Lock: l}
		}
	}
	return nil
}

// PartialShardSpec is what a task knows of the shard spec of a segment that has no number yet.
type PartialShardSpec struct {
	// Kind is numbered, or numbered_overwrite of a segment that is to stand for the root partitions from Start until before End.
	Kind  string `json:"type"`
	Start int    `json:"startRootPartitionId,omitempty"`
	End   int    `json:"endRootPartitionId,omitempty"`
	Minor int    `json:"minorVersion,omitempty"`
}

// overwrites tells whether the segment is to stand for others.
func (p *PartialShardSpec) overwrites() bool { return p != nil && p.Kind == "numbered_overwrite" }

// first is the number of the first partition of the kind.
func (p *PartialShardSpec) first() int {
	if p.overwrites() {
		return timeline.Roots
	}
	return 0
}

func (p *PartialShardSpec) check() error {
	switch {
	case p == nil || p.Kind == "numbered":
		return nil
	case !p.overwrites():
		return fmt.Errorf("its type is %q, but only numbered and numbered_overwrite are built in this version", p.Kind)
	}
	whole := *p
	return timeline.CheckRange(whole.overwriting(timeline.Roots, 1))
}

// complete is the shard spec with its number. How many partitions overwrite together is known, and filled in by the task, when it has made all.
func (p *PartialShardSpec) complete(n, core int) druid.ShardSpec {
	if p.overwrites() {
		return p.overwriting(n, -1)
	}
	return druid.Numbered(n, core)
}

func (p *PartialShardSpec) overwriting(n, together int) (s druid.ShardSpec) {
	text := fmt.Sprintf(`{"type":"numbered_overwrite","partitionId":%d,"startRootPartitionId":%d,"endRootPartitionId":%d,"minorVersion":%d,"atomicUpdateGroupSize":%d}`,
		n, p.Start, p.End, p.Minor, together)
	if err := s.UnmarshalJSON([]byte(text)); err != nil {
		panic(err) // numbers alone are put in
	}
	return s
}

// overwritten notes the highest number that a segment of the chunk has which stands for others, whether it is used or not: none is given
// twice.
func (e *extent) overwritten(ctx context.Context, r metadata.Reader, dataSource string) error {
	last, err := lastPartitions(ctx, r, dataSource, []timeline.Chunk{e.chunk.Chunk})
	if n, there := last[e.chunk.Chunk]; there && n >= timeline.Roots {
		e.consider(druid.SegmentID{DataSource: dataSource, Interval: e.chunk.Chunk.Interval, Version: e.chunk.Chunk.Version, PartitionNum: n})
	}
	return err
}

// lastPartitions are the highest numbers of the segments of chunks, used or not, of those that have any.
func lastPartitions(ctx context.Context, r metadata.Reader, dataSource string, chunks []timeline.Chunk) (map[timeline.Chunk]int, error) {
	last := make(map[timeline.Chunk]int, len(chunks))
	for _, used := range []bool{true, false} {
		rows, err := r.LastSegments(ctx, dataSource, chunks, used)
		if err != nil {
			return nil, err
		}
		for c, row := range rows {
			last[c] = max(last[c], row.Segment.ShardSpec.PartitionNum())
		}
	}
	return last, nil
}
