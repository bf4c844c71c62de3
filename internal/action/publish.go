package action

import (
	"context"
	"errors"
	"fmt"

	"ovate/druid"
	"ovate/internal/lockbox"
	"ovate/internal/metadata"
	"ovate/internal/timeline"
)

// SegmentTransactionalInsert publishes segments: all of them, in one transaction, or none. Segments whose id is
// there already are skipped, so repeating it does no harm. It is refused with an error unless the task is active and
// holds a lock over each segment.
type SegmentTransactionalInsert struct {
	Segments []druid.DataSegment `json:"segments"`
}

// Type is segmentTransactionalInsert.
func (SegmentTransactionalInsert) Type() string { return "segmentTransactionalInsert" }

func (SegmentTransactionalInsert) check(given fields) error {
	for _, name := range []string{"startMetadata", "endMetadata"} {
		if given.has(name) {
			return given.notBuilt(name, "this version does not keep the offsets of streams")
		}
	}
	if given.has("segmentsToBeOverwritten") && string(given["segmentsToBeOverwritten"]) != "[]" {
		return given.notBuilt("segmentsToBeOverwritten", "segment locks are not built in this version")
	}
	return nil
}

// Perform publishes.
func (a SegmentTransactionalInsert) Perform(ctx context.Context, box *Box, by Identity) (PublishResult, error) {
	if err := checkSegments(a.Segments); err != nil {
		return PublishResult{}, err
	}
	return publication{a.Segments, nil}.publish(ctx, box, by)
}

// SegmentTransactionalInsertAndEnd is SegmentTransactionalInsert that gives the task its final status in the same transaction, with its
// locks and pending segments removed: then a task has ended exactly if its segments are there. Such a task cannot have published
// before, so an id that is there already is somebody else's, and nothing is published. In Druid a task ends later.
type SegmentTransactionalInsertAndEnd struct {
	Segments []druid.DataSegment `json:"segments"`
	Status   druid.TaskStatus    `json:"status"`
}

// Type is segmentTransactionalInsertAndEnd.
func (SegmentTransactionalInsertAndEnd) Type() string { return "segmentTransactionalInsertAndEnd" }

func (SegmentTransactionalInsertAndEnd) check(given fields) error { return given.need("status") }

// Perform publishes and ends the task.
func (a SegmentTransactionalInsertAndEnd) Perform(ctx context.Context, box *Box, by Identity) (PublishResult, error) {
	return publication{a.Segments, &a.Status}.publish(ctx, box, by)
}

// publication is what both have in common.
type publication struct {
	segments []druid.DataSegment
	status   *druid.TaskStatus // nil if the task does not end with it
}

func (a publication) publish(ctx context.Context, box *Box, by Identity) (PublishResult, error) {
	ids := make([]druid.SegmentID, len(a.segments))
	for i := range a.segments {
		ids[i] = a.segments[i].ID()
	}
	result := PublishResult{Success: true}
	publish := func() error {
		return box.Locks.Guard(by.Holder, ids, func() error {
			if err := a.check(box, by.TaskID); err != nil {
				return err
			}
			err := box.Store.Update(ctx, func(tx metadata.Tx) (err error) {
				result.Segments, err = a.write(ctx, tx, box, by)
				return err
			})
			if a.status == nil {
				return err // publishing again does no harm
			}
			return box.settle(ctx, err, by, *a.status)
		})
	}
	var err error
	if a.status != nil {
		err = box.finish(by, publish)
	} else {
		err = publish()
	}
	// Told also of those that were there already: the answer of the time before may have got lost, and nobody was told then.
	if len(a.segments) > 0 && (err == nil || errors.Is(err, metadata.ErrOutcomeUnknown)) {
		intervals := make([]druid.Interval, len(a.segments))
		for i, s := range a.segments {
			intervals[i] = s.Interval
		}
		box.Published(by.DataSource, druid.CondenseIntervals(intervals))
	}
	var revoked *lockbox.Revoked
	switch {
	case errors.As(err, &revoked):
		return PublishResult{ErrorMsg: revoked.Error()}, nil
	case err != nil:
		return PublishResult{}, fmt.Errorf("publish %d segments of task[%s]: %w", len(a.segments), by.TaskID, err)
	}
	return result, nil
}

// check refuses segments with files of another one: they are removed with whichever of the two goes first.
func (a publication) check(box *Box, taskID string) error {
	if box.Storage == nil {
		return nil
	}
	for i := range a.segments {
		if err := box.Storage.CheckPushed(&a.segments[i]); err != nil {
			return druid.InvalidInput("task[%s] cannot publish segment[%s]: %v", taskID, a.segments[i].ID(), err)
		}
	}
	return nil
}

func (a publication) write(ctx context.Context, tx metadata.Tx, box *Box, by Identity) ([]druid.DataSegment, error) {
	if a.status != nil {
		if err := box.end(tx, by, *a.status); err != nil {
			return nil, err
		}
	} else if err := mustBeActive(ctx, tx, by.TaskID); err != nil {
		return nil, err
	} else if err := mustFit(ctx, tx, by.DataSource, a.segments); err != nil {
		return nil, err
	}
	if len(a.segments) == 0 {
		return nil, nil
	}
	now := box.Now()
	rows := make([]metadata.SegmentRow, len(a.segments))
	byID := make(map[string]druid.DataSegment, len(a.segments))
	hidden := map[druid.SegmentID]bool{}
	for _, s := range timeline.Overshadowed(a.segments) {
		hidden[s.ID()] = true
	}
	for i, s := range a.segments {
		id := s.ID().String()
		byID[id] = s
		rows[i] = metadata.SegmentRow{Segment: s, Created: now, Used: !hidden[s.ID()], UsedStatusLastUpdated: now}
	}
	inserted, err := tx.InsertSegments(rows)
	if err != nil {
		return nil, err
	}
	if a.status != nil && len(inserted) < len(rows) {
		return nil, druid.InvalidInput("%d of the segments are there already, published by another task", len(rows)-len(inserted))
	}
	if err := a.checkCores(ctx, tx); err != nil {
		return nil, err
	}
	if a.status != nil { // the numbers are taken for good; a busy group would keep the reservations for long
		if _, err := tx.DeletePendingByID(inserted); err != nil {
			return nil, err
		}
	}
	segments := make([]druid.DataSegment, len(inserted))
	for i, id := range inserted {
		segments[i] = byID[id]
	}
	return segments, nil
}

// checkCores refuses to append to a time chunk whose core partitions are not all used any more: no query would see what is appended.
func (a publication) checkCores(ctx context.Context, tx metadata.Tx) error {
	seen := map[timeline.Chunk]bool{}
	for i := range a.segments {
		s := &a.segments[i]
		chunk, cores := timeline.Chunk{Interval: s.Interval, Version: s.Version}, s.ShardSpec.CorePartitions()
		if s.ShardSpec.PartitionNum() < cores || cores <= 0 || seen[chunk] {
			continue
		}
		seen[chunk] = true
		used, err := tx.CountSegments(ctx, s.DataSource, chunk, cores)
		if err != nil {
			return err
		}
		if used < cores {
			return druid.InvalidInput("the time chunk[%s] of version[%s] has %d of its %d core partitions, the others were marked as unused meanwhile, and queries would not "+
				"see what is appended to it: run the task again", s.Interval, s.Version, used, cores)
		}
	}
	return nil
}

// mustBeActive keeps a task that was shut down from publishing late.
func mustBeActive(ctx context.Context, tx metadata.Tx, taskID string) error {
	row, err := metadata.TaskStatus(ctx, tx, taskID)
	if err != nil {
		return err
	}
	if row.Status.State != druid.Running {
		return fmt.Errorf("task[%s] is %s: %w", taskID, row.Status.State, metadata.ErrNotActive)
	}
	return nil
}
