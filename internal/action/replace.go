package action

import (
	"context"
	"errors"

	"ovate/druid"
	"ovate/internal/metadata"
)

// SegmentTransactionalReplace publishes segments that replace time chunks, under REPLACE locks, beside which others may append: all of them, in
// one transaction, or none. What was appended beneath its locks since it got them is carried over: a copy under the new version follows the
// task's own segments. What is still being appended gets an id there, under which it is published, too. Repeating it carries over
// nothing twice.
//
// It fails, without an error, where the task's time chunks are finer than those to which was appended: then nothing is published.
type SegmentTransactionalReplace struct {
	Segments []druid.DataSegment `json:"segments"`
}

// Type is segmentTransactionalReplace.
func (SegmentTransactionalReplace) Type() string { return "segmentTransactionalReplace" }

func (SegmentTransactionalReplace) check(given fields) error { return given.need("segments") }

// Perform publishes.
func (a SegmentTransactionalReplace) Perform(ctx context.Context, box *Box, by Identity) (PublishResult, error) {
	if len(a.Segments) == 0 {
		return PublishResult{}, druid.InvalidInput("field [segments] is empty, but must name what is to be published")
	}
	if err := checkSegments(a.Segments); err != nil {
		return PublishResult{}, err
	}
	for i := range a.Segments {
		if a.Segments[i].ShardSpec.Overwrites() {
			return PublishResult{}, druid.InvalidInput("field [segments[%d].shardSpec.type] is [%s], but such partitions replace others within a time chunk, and action[%s] whole time chunks",
				i, a.Segments[i].ShardSpec.Type(), a.Type())
		}
	}
	return publication{segments: a.Segments}.replace(ctx, box, by)
}

// replace publishes under REPLACE locks.
func (a publication) replace(ctx context.Context, box *Box, by Identity) (PublishResult, error) {
	var upgraded []metadata.PendingRow
	result, err := a.perform(ctx, box, by, func(commit publishing) error {
		return box.Locks.Guard(ctx, by.Holder, a.ids(), func() error {
			if err := box.mustHold(by, []druid.LockType{druid.Replace, druid.Exclusive}, a.ids()); err != nil {
				return err
			}
			return commit(func(tx metadata.Tx) (inserted []druid.DataSegment, err error) {
				inserted, upgraded, err = a.writeReplaced(ctx, tx, box, by)
				return inserted, err
			})
		})
	})
	if finer, is := errors.AsType[*finerError](err); is {
		return PublishResult{ErrorMsg: finer.Error()}, nil
	}
	if err == nil && result.Success && len(upgraded) > 0 {
		box.Supervisors.Upgraded(upgraded)
	}
	return result, err
}

// writeReplaced inserts the segments, and what has to be carried over to them. It also tells the ids that what is being appended has in their
// version.
func (a publication) writeReplaced(ctx context.Context, tx metadata.Tx, box *Box, by Identity) (inserted []druid.DataSegment, ids []metadata.PendingRow, err error) {
	r, err := newReplacement(ctx, tx, a.segments)
	if err != nil {
		return nil, nil, err
	}
	copies, err := r.carryOver(ctx, by.TaskID) // before the end of the task removes what they are known from
	if err != nil {
		return nil, nil, err
	}
	if err := a.begin(ctx, tx, box, by); err != nil {
		return nil, nil, err
	}
	now := box.Now()
	if ids, err = r.upgradePending(ctx, now); err != nil {
		return nil, nil, err
	}
	if inserted, err = a.insert(ctx, tx, a.withCopies(now, copies)); err != nil {
		return nil, nil, err
	}
	return inserted, ids, checkCores(ctx, tx, inserted)
}
