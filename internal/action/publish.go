package action

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"

	"ovate/druid"
	"ovate/internal/commit"
	"ovate/internal/deepstorage"
	"ovate/internal/lockbox"
	"ovate/internal/metadata"
	"ovate/internal/span"
	"ovate/internal/timeline"
)

// SegmentTransactionalInsert publishes segments: all of them, in one transaction, or none. Segments whose id is
// there already are skipped, so repeating it does no harm. It is refused with an error unless the task is active and
// holds a lock over each segment. What was read of a stream for them is published along with them, and only after what comes before it in the
// stream: repeating that fails, without an error, as it was read before.
type SegmentTransactionalInsert struct {
	Segments []druid.DataSegment `json:"segments"`
	// Overwritten are those that were locked one by one, for which the segments are to stand.
	Overwritten []druid.DataSegment `json:"segmentsToBeOverwritten,omitempty"`
	// DataSource is the task's. It is needed where there are no segments.
	DataSource string `json:"dataSource,omitempty"`
	// Start and End are from where to where the stream was read: both or neither.
	Start *commit.Metadata `json:"startMetadata,omitempty"`
	End   *commit.Metadata `json:"endMetadata,omitempty"`
}

// Type is segmentTransactionalInsert.
func (SegmentTransactionalInsert) Type() string { return "segmentTransactionalInsert" }

func (a SegmentTransactionalInsert) check(given fields) error {
	if err := (offsets{a.Start, a.End}).check(); err != nil {
		return err
	}
	if len(a.Segments) == 0 && len(a.Overwritten) == 0 {
		if err := given.need("dataSource", "startMetadata", "endMetadata"); err != nil {
			return fmt.Errorf("%w, and there are no segments", err)
		}
	}
	return nil
}

// Perform publishes.
func (a SegmentTransactionalInsert) Perform(ctx context.Context, box *Box, by Identity) (PublishResult, error) {
	if len(a.Overwritten) > 0 {
		return a.overwrite(ctx, box, by)
	}
	if err := checkSegments(a.Segments); err != nil {
		return PublishResult{}, err
	}
	if a.DataSource != "" && a.DataSource != by.DataSource {
		return PublishResult{}, druid.InvalidInput("task[%s] of data source[%s] cannot publish to data source[%s]", by.TaskID, by.DataSource, a.DataSource)
	}
	return publication{segments: a.Segments, read: offsets{a.Start, a.End}}.publish(ctx, box, by)
}

// SegmentTransactionalInsertAndEnd is SegmentTransactionalInsert that gives the task its final status in the same transaction, with its
// locks and pending segments removed: then a task has ended exactly if its segments are there. Such a task cannot have published
// before, so an id that is there already is somebody else's, and nothing is published. Under APPEND and REPLACE locks it is a
// SegmentTransactionalAppend or SegmentTransactionalReplace. In Druid a task ends later.
type SegmentTransactionalInsertAndEnd struct {
	Segments []druid.DataSegment `json:"segments"`
	Status   druid.TaskStatus    `json:"status"`
}

// Type is segmentTransactionalInsertAndEnd.
func (SegmentTransactionalInsertAndEnd) Type() string { return "segmentTransactionalInsertAndEnd" }

func (SegmentTransactionalInsertAndEnd) check(given fields) error { return given.need("status") }

// Perform publishes and ends the task.
func (a SegmentTransactionalInsertAndEnd) Perform(ctx context.Context, box *Box, by Identity) (PublishResult, error) {
	p := publication{segments: a.Segments, status: &a.Status}
	locks := map[druid.LockType]bool{}
	for _, l := range box.Locks.Locks(by.Holder) {
		locks[l.Type] = true
	}
	switch {
	case len(a.Segments) == 0:
	case locks[druid.Replace]:
		return p.replace(ctx, box, by)
	case locks[druid.Append]:
		return p.append(ctx, box, by)
	}
	return p.publish(ctx, box, by)
}

// publication is what all of them have in common.
type publication struct {
	segments []druid.DataSegment
	status   *druid.TaskStatus // nil if the task does not end with it
	read     offsets
}

func (a publication) publish(ctx context.Context, box *Box, by Identity) (PublishResult, error) {
	return a.perform(ctx, box, by, func(commit publishing) error {
		return box.Locks.Guard(ctx, by.Holder, a.ids(), func() error {
			return commit(func(tx metadata.Tx) ([]druid.DataSegment, error) { return a.write(ctx, tx, box, by) })
		})
	})
}

// publishing runs a transaction that publishes segments, and tells which ones it has inserted.
type publishing func(write func(metadata.Tx) ([]druid.DataSegment, error)) error

// perform publishes what is committed under the guard of the locks.
func (a publication) perform(ctx context.Context, box *Box, by Identity, guard func(publishing) error) (PublishResult, error) {
	ctx, traced := span.Begin(ctx, "publish transaction")
	traced.Set(span.Segments, int64(len(a.segments)))
	result := PublishResult{Success: true}
	publish := func() error {
		return guard(func(write func(metadata.Tx) ([]druid.DataSegment, error)) error {
			if err := a.check(ctx, box, by.TaskID); err != nil {
				return err
			}
			err := box.Store.Update(ctx, func(tx metadata.Tx) (err error) {
				result.Segments, err = write(tx)
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
		intervals := make([]druid.Interval, 0, len(a.segments))
		for _, s := range a.segments {
			intervals = append(intervals, s.Interval)
		}
		for _, s := range result.Segments { // those that were made from others may be wider
			intervals = append(intervals, s.Interval)
		}
		box.Published(by.DataSource, druid.CondenseIntervals(intervals))
	}
	if err == nil && a.status != nil {
		box.Meter.Ended(by, *a.status)
	}
	traced.End(err)
	if !metadata.IsTransient(err) { // else it is tried again
		box.Meter.Published(by, result.Segments, err == nil)
	}
	var revoked *lockbox.Revoked
	var refused *commit.Refused
	switch {
	case errors.As(err, &refused):
		return PublishResult{Retryable: refused.Ahead, ErrorMsg: refused.Error()}, nil
	case errors.As(err, &revoked) && a.status != nil: // it would have ended with its publication
		return PublishResult{ErrorMsg: revoked.Error()}, nil
	case errors.As(err, &revoked):
		return afterRevocation(ctx, box, by, a.segments, revoked)
	case err != nil:
		return PublishResult{}, fmt.Errorf("publish %d segments of task[%s]: %w", len(a.segments), by.TaskID, err)
	}
	return result, nil
}

func (a publication) ids() []druid.SegmentID {
	ids := make([]druid.SegmentID, len(a.segments))
	for i := range a.segments {
		ids[i] = a.segments[i].ID()
	}
	return ids
}

// check refuses segments with files of another one, which are removed with whichever of the two goes first, and segments without files. Our own
// tasks publish what they have just pushed.
func (a publication) check(ctx context.Context, box *Box, taskID string) error {
	if box.Storage == nil {
		return nil
	}
	for i := range a.segments {
		s := &a.segments[i]
		if err := box.Storage.CheckPushed(s); err != nil {
			return druid.InvalidInput("task[%s] cannot publish segment[%s]: %v", taskID, s.ID(), err)
		}
	}
	if a.status != nil {
		return nil
	}
	for i, err := range a.checkThere(ctx, box.Storage) {
		s := &a.segments[i]
		if missing, is := errors.AsType[*deepstorage.MissingError](err); is {
			return druid.InvalidInput("task[%s] cannot publish segment[%s]: field [loadSpec]: %v. Push its files first", taskID, s.ID(), missing)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// looksAtOnce is how many segments are looked for at the same time: a bucket takes its time for each.
const looksAtOnce = 16

// checkThere tells of each segment why it has no files; nil of those that have.
func (a publication) checkThere(ctx context.Context, storage Storage) []error {
	missing := make([]error, len(a.segments))
	var looks errgroup.Group
	looks.SetLimit(looksAtOnce)
	for i := range a.segments {
		looks.Go(func() error {
			missing[i] = storage.CheckThere(ctx, &a.segments[i])
			return nil
		})
	}
	_ = looks.Wait() // each has its own
	return missing
}

func (a publication) write(ctx context.Context, tx metadata.Tx, box *Box, by Identity) ([]druid.DataSegment, error) {
	if err := a.begin(ctx, tx, box, by); err != nil {
		return nil, err
	}
	if len(a.segments) == 0 {
		return nil, nil
	}
	hidden := map[druid.SegmentID]bool{}
	for _, s := range timeline.Overshadowed(a.segments) {
		hidden[s.ID()] = true
	}
	rows := newBatch(box.Now())
	for i, s := range a.segments {
		rows.add(s, "")
		rows.rows[i].Used = !hidden[s.ID()]
	}
	inserted, err := a.insert(ctx, tx, rows)
	if err != nil {
		return nil, err
	}
	if err := checkCores(ctx, tx, inserted); err != nil {
		return nil, err
	}
	if a.status != nil { // the numbers are taken for good; a busy group would keep the reservations for long
		_, err = tx.DeletePendingByID(rows.ids())
	}
	return inserted, err
}

// begin ends a task that ends with its publication, or makes sure that it may publish.
func (a publication) begin(ctx context.Context, tx metadata.Tx, box *Box, by Identity) error {
	if a.status != nil {
		return box.end(tx, by, *a.status)
	}
	if err := mayPublish(ctx, tx, by, a.segments); err != nil {
		return err
	}
	return a.read.advance(ctx, tx, by.DataSource, box.Now())
}

// withCopies are the rows of the segments, and of what they are to be seen as, too.
func (a publication) withCopies(at druid.Instant, copies []upgraded) *batch {
	rows := newBatch(at)
	for _, s := range a.segments {
		rows.add(s, "")
	}
	for _, c := range copies {
		rows.add(c.segment, c.from)
	}
	return rows
}

// insert inserts rows that are not there yet, and tells which segments these are. All must be new to a task that ends with its publication.
func (a publication) insert(ctx context.Context, tx metadata.Tx, rows *batch) ([]druid.DataSegment, error) {
	inserted, err := rows.insert(ctx, tx)
	if err != nil {
		return nil, err
	}
	if there := len(rows.rows) - len(inserted); a.status != nil && there > 0 {
		return nil, druid.InvalidInput("%d of the segments are there already, published by another task", there)
	}
	return inserted, nil
}

// mayPublish refuses segments of a task that is not active any more, and such as do not fit to those that are there.
func mayPublish(ctx context.Context, tx metadata.Tx, by Identity, segments []druid.DataSegment) error {
	if err := mustBeActive(ctx, tx, by.TaskID); err != nil {
		return err
	}
	return mustFit(ctx, tx, by.DataSource, segments)
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
