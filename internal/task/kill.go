package task

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"ovate/druid"
	"ovate/internal/action"
	"ovate/internal/lockbox"
	"ovate/internal/spec"
)

// Kill removes unused segments for good: their files, then their rows.
type Kill struct {
	header druid.Task
	asked  spec.Kill
}

const typeKill = "kill"

func killKind() Kind {
	return Kind{
		TakesLocks: true, RemovesSegments: true, Audited: true,
		decode: decodeKill,
		alone:  func(bool) bool { return true },
	}
}

func decodeKill(h druid.Task, d *spec.Document, now druid.Instant) (Task, error) {
	asked, err := d.Kill()
	if err != nil {
		return nil, err
	}
	h.DataSource = asked.DataSource
	if h.ID == "" {
		h.ID = druid.NewTaskID(typeKill, h.DataSource, &asked.Interval, now)
		if err := druid.ValidateID("task ID", h.ID); err != nil { // the data source is part of it
			return nil, err
		}
	}
	h.Complete()
	return &Kill{h, asked}, nil
}

// Header is the common part.
func (t *Kill) Header() *druid.Task { return &t.header }

// Priority is 0 unless the context says otherwise.
func (t *Kill) Priority() int { return priority(&t.header) }

// Locks is the whole interval: concurrent appends are no obstacle if the context allows them.
func (t *Kill) Locks() lockbox.Request {
	typ := contextLockType(&t.header.Context, druid.Exclusive)
	if concurrentLocks(&t.header.Context) {
		typ = druid.Replace
	}
	return lockbox.Request{Type: typ, Intervals: []druid.Interval{t.asked.Interval}}
}

// Ready takes the lock.
func (t *Kill) Ready(ctx context.Context, c action.Client) (bool, error) {
	return lockAll(ctx, c, t.header.ID, t.Locks())
}

// Run removes the segments batch by batch, files before rows: as long as the rows are there nobody is given the ids again, and whatever is
// cut off is done again by the next run, or by the next task. What a crash leaves between the two cannot be used again, as it has no files.
// Files that a segment needs whose row stays are not removed.
func (t *Kill) Run(ctx context.Context, tools *Toolbox) error {
	killed, batches := 0, 0
	for t.asked.Limit == 0 || killed < t.asked.Limit && batches < (t.asked.Limit+t.asked.BatchSize-1)/t.asked.BatchSize {
		size := t.asked.BatchSize
		if t.asked.Limit > 0 {
			size = min(size, t.asked.Limit-killed)
		}
		found, n, err := t.killBatch(ctx, tools, size)
		if err != nil {
			return err
		}
		batches++
		killed += n
		if found == 0 {
			break
		}
	}
	tools.Log.Info("removed unused segments", "segments", killed, "batches", batches)
	return tools.Publish(ctx, nil, t.report(killed, batches))
}

// killBatch removes at most size segments; it tells how many it found, and of how many the files were removed. The rows of these go
// whatever happens meanwhile: one that is marked as used again must have its files.
func (t *Kill) killBatch(ctx context.Context, tools *Toolbox, size int) (found, killed int, err error) {
	if err := t.holdsLock(ctx, tools.Actions); err != nil {
		return 0, 0, err
	}
	unused, err := action.Do(ctx, tools.Actions, action.SegmentListUnused{
		DataSource: t.header.DataSource, Interval: t.asked.Interval, Versions: t.asked.Versions, Limit: size, UpdatedUntil: t.asked.UpdatedUntil,
	})
	if err != nil || len(unused) == 0 {
		return 0, 0, err
	}
	shared, err := action.Do(ctx, tools.Actions, action.SegmentListShared{Segments: unused})
	if err != nil {
		return 0, 0, err
	}
	keep := make(map[string]bool, len(shared))
	for _, id := range shared {
		keep[id] = true
	}
	gone := 0
	for _, s := range unused {
		if s.ShardSpec.IsTombstone() {
			tools.Log.Debug("a tombstone has no files", "segment", s.ID())
		} else if keep[s.ID().String()] {
			tools.Log.Info("kept the files of a segment, as another one has the same", "segment", s.ID())
		} else if err = removeFiles(ctx, tools, &s); err != nil {
			break
		} else {
			killed++
		}
		gone++
	}
	return len(unused), killed, errors.Join(err, removeRows(ctx, tools.Actions, unused[:gone]))
}

func removeFiles(ctx context.Context, tools *Toolbox, s *druid.DataSegment) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err := tools.Storage.Delete(ctx, s.LoadSpec); err != nil {
		return fmt.Errorf("remove the files of segment[%s]: %w", s.ID(), err)
	}
	return nil
}

// removeRowsPatience is how long a task that was shut down waits for a store that does not answer. The rows stay then, and the next kill
// task removes them.
const removeRowsPatience = 5 * time.Second

// removeRows removes the rows of segments whose files are gone, also if the task is being shut down: nobody is told that these segments
// may be used again before its run has ended.
func removeRows(ctx context.Context, actions action.Client, segments []druid.DataSegment) error {
	if len(segments) == 0 {
		return nil
	}
	_, err := action.Do(ctx, actions, action.SegmentNukeWithoutFiles{Segments: segments})
	if ctx.Err() != nil {
		late, cancel := context.WithTimeout(context.WithoutCancel(ctx), removeRowsPatience)
		defer cancel()
		_, err = action.Do(late, actions, action.SegmentNukeWithoutFiles{Segments: segments})
	}
	return err
}

// holdsLock makes sure that no task of higher priority has taken the lock away.
func (t *Kill) holdsLock(ctx context.Context, actions action.Client) error {
	locks, err := action.Do(ctx, actions, action.LockList{})
	if err != nil {
		return err
	}
	for _, lock := range locks {
		if lock.Revoked {
			return &lockbox.Revoked{TaskID: t.header.ID, Lock: lock}
		}
	}
	return nil
}

func (t *Kill) report(killed, batches int) []byte {
	dst := druid.AppendString([]byte(`{"killUnusedSegments":{"type":"killUnusedSegments","taskId":`), t.header.ID)
	dst = strconv.AppendInt(append(dst, `,"payload":{"numSegmentsKilled":`...), int64(killed), 10)
	dst = strconv.AppendInt(append(dst, `,"numBatchesProcessed":`...), int64(batches), 10)
	return append(dst, `}}}`...)
}

// AppendJSON appends the fields in Druid's order.
func (t *Kill) AppendJSON(dst []byte) []byte {
	h := &t.header
	dst = appendHead(dst, h)
	dst = druid.AppendString(append(dst, `,"dataSource":`...), h.DataSource)
	dst = t.asked.Interval.AppendTo(append(dst, `,"interval":"`...))
	dst = append(dst, `","versions":`...)
	if t.asked.Versions == nil {
		dst = append(dst, `null`...)
	} else {
		dst = append(dst, '[')
		for i, v := range t.asked.Versions {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = druid.AppendString(dst, v)
		}
		dst = append(dst, ']')
	}
	dst = h.Context.AppendJSON(append(dst, `,"context":`...))
	dst = strconv.AppendInt(append(dst, `,"batchSize":`...), int64(t.asked.BatchSize), 10)
	dst = append(dst, `,"limit":`...)
	if t.asked.Limit == 0 {
		dst = append(dst, `null`...)
	} else {
		dst = strconv.AppendInt(dst, int64(t.asked.Limit), 10)
	}
	dst = append(dst, `,"maxUsedStatusLastUpdatedTime":`...)
	if t.asked.UpdatedUntil == nil {
		dst = append(dst, `null`...)
	} else {
		dst = append(t.asked.UpdatedUntil.AppendTo(append(dst, '"')), '"')
	}
	dst = druid.AppendString(append(dst, `,"groupId":`...), h.GroupID)
	dst = h.Resource.AppendJSON(append(dst, `,"resource":`...))
	return append(dst, '}')
}
