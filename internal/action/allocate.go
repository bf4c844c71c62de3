package action

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"ovate/druid"
	"ovate/internal/chunk"
	"ovate/internal/lockbox"
	"ovate/internal/metadata"
	"ovate/internal/timeline"
)

// SegmentAllocate hands out the id of a segment to be appended, and takes the lock over its interval. Asking again
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
	if kind := string(given["lockGranularity"]); given.has("lockGranularity") && kind != `"TIME_CHUNK"` {
		return given.notBuilt("lockGranularity", "only TIME_CHUNK locks are built in this version")
	}
	if given.has("shardSpecFactory") {
		var wanted struct {
			Type string `json:"type"`
		}
		if err := json.Unmarshal(given["shardSpecFactory"], &wanted); err != nil || wanted.Type != "numbered" {
			return given.notBuilt("shardSpecFactory", `only {"type":"numbered"} is built in this version`)
		}
	}
	return checkLockType("taskLockType", a.LockType)
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
	locks, err := box.Locks.TryAcquire(ctx, by.Holder, lockRequest(a.LockType, []druid.Interval{interval}))
	var refused *lockbox.Refused
	switch {
	case errors.As(err, &refused):
		return nil, nil
	case err != nil:
		return nil, err
	case locks[0].Revoked:
		return nil, &lockbox.Revoked{TaskID: by.TaskID, Lock: locks[0]}
	}
	var got *Allocation
	err = box.Store.Update(ctx, func(tx metadata.Tx) error {
		extent, err := readExtent(ctx, tx, a.DataSource, interval)
		if err == nil {
			got, err = a.allocate(ctx, tx, extent, locks[0].Version, by.GroupID, box.Now())
		}
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
	ctx context.Context, tx metadata.Tx, e *extent, lockVersion, group string, now druid.Instant,
) (*Allocation, error) {
	if e == nil || !e.shows(a.row()) {
		return nil, nil
	}
	if p, there := e.made[a.asked(e.interval)]; there {
		if p.ID.Interval != e.interval {
			return nil, nil
		}
		return &Allocation{ID: p.ID, ShardSpec: p.ShardSpec}, nil
	}
	got := e.next(a.DataSource, lockVersion)
	if got == nil {
		return nil, nil
	}
	if err := avoidUnused(ctx, tx, got); err != nil {
		return nil, err
	}
	row := metadata.PendingRow{
		ID: got.ID, ShardSpec: got.ShardSpec, Created: now, SequenceName: a.SequenceName, PreviousID: a.PreviousID, Allocator: group,
		Key: metadata.LineageKey(a.SequenceName, a.PreviousID, got.ID.Version),
	}
	if a.SkipLineageCheck {
		row.Key = metadata.IntervalKey(a.SequenceName, e.interval, got.ID.Version)
	}
	if err := tx.InsertPending(row); err != nil {
		return nil, err
	}
	e.add(row)
	return got, nil
}

// asked is what two requests have in common that get the same id.
func (a SegmentAllocate) asked(interval druid.Interval) asked {
	if a.SkipLineageCheck {
		return asked{sequence: a.SequenceName, interval: interval}
	}
	return asked{sequence: a.SequenceName, previous: a.PreviousID, lineage: true}
}

// avoidUnused moves the id past those of unused segments: publishing under an id that exists would publish nothing.
func avoidUnused(ctx context.Context, tx metadata.Tx, got *Allocation) error {
	there, err := tx.SegmentsByID(ctx, got.ID.DataSource, []string{got.ID.String()})
	if err != nil || len(there) == 0 {
		return err
	}
	unused, err := tx.LastSegment(ctx, got.ID.DataSource, timeline.Chunk{Interval: got.ID.Interval, Version: got.ID.Version}, false)
	if err != nil {
		return err
	}
	if unused != nil {
		got.ID.PartitionNum = max(got.ID.PartitionNum, unused.Segment.ShardSpec.PartitionNum()+1)
	}
	got.ShardSpec = druid.Numbered(got.ID.PartitionNum, got.ShardSpec.CorePartitions())
	return nil
}
