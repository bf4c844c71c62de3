package action

import (
	"context"
	"fmt"
	"slices"

	"ovate/druid"
	"ovate/internal/chunk"
)

// SegmentAllocate hands out the id of a segment to be appended, and takes the lock over its interval, or over it alone. Asking again
// with the same sequence gives the same id.
type SegmentAllocate struct {
	DataSource string `json:"dataSource"`
	// Timestamp lies in the segment, as does its whole QueryGranularity bucket.
	Timestamp        druid.Instant     `json:"timestamp"`
	QueryGranularity druid.Granularity `json:"queryGranularity"`
	// PreferredGranularity is that of a time chunk without segments, unless it is locked; then a finer one is tried.
	PreferredGranularity druid.Granularity `json:"preferredSegmentGranularity"`
	// SequenceName and PreviousID tell requests apart: each segment of a sequence names the one before it.
	SequenceName string `json:"sequenceName"`
	PreviousID   string `json:"previousSegmentId"`
	// SkipLineageCheck gives a sequence one segment for each interval, whatever came before.
	SkipLineageCheck bool           `json:"skipSegmentLineageCheck"`
	LockType         druid.LockType `json:"taskLockType,omitempty"` // none: EXCLUSIVE
	// Granularity is that of the lock: TIME_CHUNK, or none, or SEGMENT.
	Granularity string `json:"lockGranularity,omitempty"`
	// Partial is what is known of the shard spec before it has a number; nil is that of an appended segment.
	Partial *PartialShardSpec `json:"shardSpecFactory,omitempty"`
	// Chunk and Rows, unless empty, stand in place of the granularities: the segment has that interval and no other, and its rows
	// lie within Rows. Druid has nothing like it.
	Chunk druid.Interval `json:"chunk,omitzero"`
	Rows  druid.Interval `json:"rows,omitzero"`
}

// Type is segmentAllocate.
func (SegmentAllocate) Type() string { return "segmentAllocate" }

func (a SegmentAllocate) check(given fields) error {
	if err := given.need("dataSource", "timestamp", "sequenceName"); err != nil {
		return err
	}
	if !given.has("chunk") || !given.has("rows") {
		if err := given.need("queryGranularity", "preferredSegmentGranularity"); err != nil {
			return err
		}
	}
	if err := a.checkGranularity(); err != nil {
		return err
	}
	if err := a.Partial.check(); err != nil {
		return fmt.Errorf("field [shardSpecFactory]: %w", err)
	}
	return checkLockType(given, "taskLockType", a.LockType)
}

// allocateAttempts bounds how often an allocation starts over because segments were published meanwhile.
const allocateAttempts = 90

// Perform allocates. It answers nil without an error if no id can be had: the chunk's segments do not fit the
// request, or other tasks hold locks.
func (a SegmentAllocate) Perform(ctx context.Context, box *Box, by Identity) (*Allocation, error) {
	if a.DataSource != by.DataSource {
		return nil, druid.InvalidInput("task[%s] of data source[%s] cannot allocate segments of data source[%s]", by.TaskID, by.DataSource, a.DataSource)
	}
	if !by.Allocates {
		return nil, druid.InvalidInput("task[%s] is of a type that does not allocate segments", by.TaskID)
	}
	row := a.row()
	for _, i := range []druid.Interval{row, a.preferred()} {
		if i.IsEmpty() || !druid.Eternity.Encloses(i) {
			return nil, druid.InvalidInput("field [timestamp] is [%s], but its time chunk does not lie within what instants can tell", a.Timestamp)
		}
	}
	var before []chunk.Slice
	for attempt := range allocateAttempts {
		used, err := chunk.Slices(ctx, box.Store, a.DataSource, row)
		if err != nil {
			return nil, fmt.Errorf("allocate a segment of data source[%s] at[%s]: %w", a.DataSource, a.Timestamp, err)
		}
		if attempt > 0 && slices.EqualFunc(used, before, func(x, y chunk.Slice) bool { return x.Chunk.Last.ID() == y.Chunk.Last.ID() }) {
			return nil, nil
		}
		before = used
		for _, interval := range a.candidates(row, used) {
			got, err := a.try(ctx, box, by, interval)
			if got != nil || err != nil {
				return got, err
			}
		}
	}
	return nil, fmt.Errorf("allocate a segment of data source[%s] at[%s]: its segments kept changing", a.DataSource, a.Timestamp)
}

// row is the time that must lie in the segment.
func (a SegmentAllocate) row() druid.Interval {
	if !a.Rows.IsEmpty() {
		return a.Rows
	}
	return a.QueryGranularity.Bucket(a.Timestamp)
}

// preferred is the interval of a time chunk without segments.
func (a SegmentAllocate) preferred() druid.Interval {
	if !a.Chunk.IsEmpty() {
		return a.Chunk
	}
	return a.PreferredGranularity.Bucket(a.Timestamp)
}

// candidates are the intervals the segment may have: that of the segments already there, or else the buckets that
// hold the row, coarse to fine.
func (a SegmentAllocate) candidates(row druid.Interval, used []chunk.Slice) []druid.Interval {
	if !a.Chunk.IsEmpty() {
		return []druid.Interval{a.Chunk}
	}
	if len(used) > 0 {
		if used[0].Chunk.Interval.Encloses(row) {
			return []druid.Interval{used[0].Chunk.Interval}
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
func (a SegmentAllocate) try(ctx context.Context, box *Box, by Identity, interval druid.Interval) (*Allocation, error) {
	if a.locksSegment() {
		return a.trySegment(ctx, box, by, interval)
	}
	lock, err := atOnce(ctx, box, by, lockRequest(a.LockType, []druid.Interval{interval}))
	if lock == nil || err != nil {
		return nil, err
	}
	return a.reserve(ctx, box, by, interval, lock.Version)
}

// reserve finds or makes the id in an interval; it has the version if it is the first one there.
func (a SegmentAllocate) reserve(ctx context.Context, box *Box, by Identity, interval druid.Interval, version string) (*Allocation, error) {
	w := wish{SegmentAllocate: a, by: by, interval: interval, version: version}
	if a.isApart() {
		return w.outcome(allocateTogether(ctx, box, []*wish{&w}))
	}
	return w.outcome(box.allocations.Do(ctx, &w))
}

// hasLineage tells whether the id before has a say in where the segment lies.
func (a SegmentAllocate) hasLineage() bool { return !a.SkipLineageCheck && a.Chunk.IsEmpty() }

// asked is what two requests have in common that get the same id.
func (a SegmentAllocate) asked(interval druid.Interval) asked {
	if a.SkipLineageCheck {
		return asked{sequence: a.SequenceName, interval: interval}
	}
	return asked{sequence: a.SequenceName, previous: a.PreviousID, lineage: true}
}
