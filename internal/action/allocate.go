package action

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"ovate/druid"
	"ovate/internal/lockbox"
	"ovate/internal/metadata"
	"ovate/internal/timeline"
)

// SegmentAllocate hands out the id of a segment to be appended, and takes the lock over its interval. Asking again
// with the same sequence gives the same id.
type SegmentAllocate struct {
	DataSource string
	// Timestamp lies in the segment, as does its whole QueryGranularity bucket.
	Timestamp        druid.Instant
	QueryGranularity druid.Granularity
	// PreferredGranularity is that of a time chunk without segments, unless it is locked; then a finer one is tried.
	PreferredGranularity druid.Granularity
	// SequenceName and PreviousID tell requests apart: each segment of a sequence names the one before it.
	SequenceName, PreviousID string
	// SkipLineageCheck gives a sequence one segment for each interval, whatever came before.
	SkipLineageCheck bool
	LockType         druid.LockType
}

// Allocation is a segment id with its shard spec.
type Allocation struct {
	ID        druid.SegmentID
	ShardSpec druid.ShardSpec
}

// allocateAttempts bounds how often an allocation starts over because segments were published meanwhile.
const allocateAttempts = 90

// Perform allocates. It answers nil without an error if no id can be had: the chunk's segments do not fit the
// request, or other tasks hold locks.
func (a SegmentAllocate) Perform(ctx context.Context, box *Box, task Task) (*Allocation, error) {
	if a.DataSource != task.DataSource {
		return nil, fmt.Errorf("task[%s] of data source[%s] cannot allocate segments of data source[%s]", task.TaskID, task.DataSource, a.DataSource)
	}
	if task.Allocator == "" {
		return nil, fmt.Errorf("task[%s] is of a type that does not allocate segments", task.TaskID)
	}
	row := a.QueryGranularity.Bucket(a.Timestamp)
	var before []druid.DataSegment
	for attempt := range allocateAttempts {
		used, err := SegmentListUsed{DataSource: a.DataSource, Intervals: []druid.Interval{row}}.Perform(ctx, box, task)
		if err != nil {
			return nil, err
		}
		if attempt > 0 && slices.EqualFunc(used, before, func(x, y druid.DataSegment) bool { return x.ID() == y.ID() }) {
			return nil, nil
		}
		before = used
		for _, interval := range a.candidates(row, used) {
			got, err := a.try(ctx, box, task, interval)
			if got != nil || err != nil {
				return got, err
			}
		}
	}
	return nil, fmt.Errorf("allocate a segment of data source[%s] at[%s]: its segments kept changing", a.DataSource, a.Timestamp)
}

// candidates are the intervals the segment may have: that of the segments already there, or else the buckets that
// hold the row, coarse to fine.
func (a SegmentAllocate) candidates(row druid.Interval, used []druid.DataSegment) []druid.Interval {
	if len(used) > 0 {
		if used[0].Interval.Encloses(row) {
			return []druid.Interval{used[0].Interval}
		}
		return nil
	}
	var intervals []druid.Interval
	for _, g := range Finer(a.PreferredGranularity) {
		if bucket := g.Bucket(a.Timestamp); bucket.Encloses(row) {
			intervals = append(intervals, bucket)
		}
	}
	return intervals
}

// try takes the lock over an interval and allocates there. It returns nil if either is not to be had.
func (a SegmentAllocate) try(ctx context.Context, box *Box, task Task, interval druid.Interval) (*Allocation, error) {
	locks, err := box.locks.TryAcquire(ctx, task.Holder, lockbox.Request{Type: a.LockType, Intervals: []druid.Interval{interval}})
	var refused *lockbox.Refused
	switch {
	case errors.As(err, &refused):
		return nil, nil
	case err != nil:
		return nil, err
	case locks[0].Revoked:
		return nil, &lockbox.Revoked{TaskID: task.TaskID, Lock: locks[0]}
	}
	var got *Allocation
	err = box.store.Update(ctx, func(tx metadata.Tx) (err error) {
		got, err = a.allocate(ctx, tx, interval, locks[0].Version, task.Allocator, box.now())
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("allocate a segment of data source[%s] in[%s]: %w", a.DataSource, interval, err)
	}
	return got, nil
}

// allocate finds the id this request was given before, or makes the next one
// (IndexerSQLMetadataStorageCoordinator.allocatePendingSegment).
func (a SegmentAllocate) allocate(
	ctx context.Context, tx metadata.Tx, interval druid.Interval, lockVersion, allocator string, now druid.Instant,
) (*Allocation, error) {
	chunk, ok, err := usedChunk(ctx, tx, a.DataSource, interval)
	if err != nil || !ok {
		return nil, err
	}
	pending, err := tx.PendingSegments(ctx, a.DataSource, interval)
	if err != nil {
		return nil, err
	}
	pending = slices.DeleteFunc(pending, func(p metadata.PendingRow) bool {
		return !rootPartition(p.ShardSpec) || chunk != nil && p.ID.Version != chunk.Version
	})
	for _, p := range pending {
		if a.made(p, interval) {
			if p.ID.Interval != interval {
				return nil, nil
			}
			return &Allocation{ID: p.ID, ShardSpec: p.ShardSpec}, nil
		}
	}
	got := a.next(chunk, pending, interval, lockVersion)
	if got == nil {
		return nil, nil
	}
	if err := avoidUnused(ctx, tx, got); err != nil {
		return nil, err
	}
	row := metadata.PendingRow{
		ID: got.ID, ShardSpec: got.ShardSpec, Created: now, SequenceName: a.SequenceName, PreviousID: a.PreviousID, Allocator: allocator,
		Key: metadata.LineageKey(a.SequenceName, a.PreviousID, got.ID.Version),
	}
	if a.SkipLineageCheck {
		row.Key = metadata.IntervalKey(a.SequenceName, interval, got.ID.Version)
	}
	return got, tx.InsertPending(row)
}

// made tells whether a pending segment answered this request before.
func (a SegmentAllocate) made(p metadata.PendingRow, interval druid.Interval) bool {
	if p.SequenceName != a.SequenceName {
		return false
	}
	if a.SkipLineageCheck {
		return p.ID.Interval == interval
	}
	return p.PreviousID == a.PreviousID
}

// next is the id after the highest one there is, published or pending, or nil if the interval cannot be extended.
// The core partitions are those of published segments alone: appended ones never wait for each other.
func (a SegmentAllocate) next(chunk *timeline.Chunk, pending []metadata.PendingRow, interval druid.Interval, lockVersion string) *Allocation {
	var highest *druid.SegmentID
	core := 0
	consider := func(id druid.SegmentID) {
		if highest == nil || id.Version > highest.Version || id.Version == highest.Version && id.PartitionNum > highest.PartitionNum {
			highest = &id
		}
	}
	if chunk != nil {
		for _, s := range chunk.Segments {
			if rootPartition(s.ShardSpec) {
				consider(s.ID())
				core = s.ShardSpec.CorePartitions()
			}
			if s.ShardSpec.Type() == "single" && core == 0 {
				return nil // from before sets of `single` partitions had a known size
			}
		}
	}
	for _, p := range pending {
		consider(p.ID)
	}
	id := druid.SegmentID{DataSource: a.DataSource, Interval: interval, Version: lockVersion}
	switch {
	case highest != nil && highest.Interval != interval:
		return nil
	case highest != nil:
		id.Version, id.PartitionNum = highest.Version, highest.PartitionNum+1
	case chunk != nil:
		id.Version = chunk.Version
	}
	return &Allocation{ID: id, ShardSpec: druid.Numbered(id.PartitionNum, core)}
}

// usedChunk is the one visible chunk of published segments in the interval; nil if there is none. It is not ok if
// there are several: no id can extend them all.
func usedChunk(ctx context.Context, tx metadata.Tx, dataSource string, interval druid.Interval) (chunk *timeline.Chunk, ok bool, err error) {
	rows, err := tx.UsedSegments(ctx, dataSource, []druid.Interval{interval})
	if err != nil {
		return nil, false, err
	}
	segments := make([]druid.DataSegment, len(rows))
	for i, row := range rows {
		segments[i] = row.Segment
	}
	switch visible := timeline.New(segments).Lookup(interval); len(visible) {
	case 0:
		return nil, true, nil
	case 1:
		return visible[0].Chunk, true, nil
	default:
		return nil, false, nil
	}
}

// rootPartition tells whether a partition number counts from 0 with those of other types; overwriting partitions
// have numbers of their own, from 32768.
func rootPartition(s druid.ShardSpec) bool { return s.Type() != "numbered_overwrite" }

// avoidUnused moves the id past those of unused segments: publishing under an id that exists would publish nothing.
func avoidUnused(ctx context.Context, tx metadata.Tx, got *Allocation) error {
	there, err := tx.SegmentsByID(ctx, got.ID.DataSource, []string{got.ID.String()})
	if err != nil || len(there) == 0 {
		return err
	}
	unused, err := tx.UnusedSegments(ctx, metadata.UnusedQuery{
		DataSource: got.ID.DataSource, Interval: got.ID.Interval, Versions: []string{got.ID.Version},
	})
	if err != nil {
		return err
	}
	for _, row := range unused {
		if row.Segment.Interval == got.ID.Interval {
			got.ID.PartitionNum = max(got.ID.PartitionNum, row.Segment.ShardSpec.PartitionNum()+1)
		}
	}
	got.ShardSpec = druid.Numbered(got.ID.PartitionNum, got.ShardSpec.CorePartitions())
	return nil
}
