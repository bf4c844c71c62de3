package task

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"ovate/druid"
	"ovate/internal/action"
	"ovate/internal/deepstorage"
	"ovate/internal/lockbox"
	"ovate/internal/spec"
)

// Kill removes unused segments for good: their rows, then their files.
type Kill struct {
	header druid.Task
	asked  spec.Kill
}

const typeKill = "kill"

func killKind() Kind {
	return Kind{
		Type: typeKill, TakesLocks: true, Audited: true,
		group:   ownGroup,
		decode:  decodeKill,
		alone:   func(bool) bool { return true },
		check:   (*spec.Document).CheckKill,
		outline: outlineOfInterval(killLockType), strict: true,
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

// check refuses locks that there are not.
func (t *Kill) check(spec.Limits) error { return checkLocks(&t.header.Context) }

// Locks is the whole interval: concurrent appends are no obstacle if the context allows them.
func (t *Kill) Locks() lockbox.Request {
	return lockbox.Request{Type: killLockType(&t.header.Context), Intervals: []druid.Interval{t.asked.Interval}}
}

// killLockType is the type of the lock of a kill task with that context.
func killLockType(c *druid.Context) druid.LockType {
	if concurrentLocks(c) {
		return druid.Replace
	}
	return contextLockType(c, druid.Exclusive)
}

// Ready takes the lock.
func (t *Kill) Ready(ctx context.Context, c action.Client) (bool, error) {
	return lockAll(ctx, c, t.header.ID, t.Locks())
}

// Run removes the segments batch by batch, rows before files: what has no row cannot be used again, whoever leads by the time that its files go, also if
// this process was frozen between the two. Files whose rows are gone and that stay, as the run was cut off there or they could not be removed,
// are orphans. Files that a segment needs whose row stays are not removed, nor are those that it may need.
func (t *Kill) Run(ctx context.Context, tools *Toolbox) error {
	k := killing{Kill: t, tools: tools, elsewhere: map[druid.SegmentID]bool{}}
	for len(k.elsewhere) < mostElsewhere && (t.asked.Limit == 0 || k.killed < t.asked.Limit && k.batches < (t.asked.Limit+t.asked.BatchSize-1)/t.asked.BatchSize) {
		size := t.asked.BatchSize
		if t.asked.Limit > 0 {
			size = min(size, t.asked.Limit-k.killed)
		}
		found, err := k.batch(ctx, size)
		if err != nil {
			return err
		}
		k.batches++
		if k.all = found == 0; k.all {
			break
		}
	}
	tools.Log.Info("removed unused segments", "segments", k.killed, "batches", k.batches, "filesKept", k.kept)
	switch n := len(k.elsewhere); {
	case n >= mostElsewhere:
		return fmt.Errorf("%d segments and perhaps more stay, as %s: too many to go on, with %d removed. Name an interval "+
			"or versions that leave them out. The first: %w", n, k.whyAll(), k.killed, k.why)
	case n > 0 && k.all:
		return fmt.Errorf("%d segments stay, as %s; all others are removed. The first: %w", n, k.whyAll(), k.why)
	case n > 0:
		return fmt.Errorf("%d segments stay, as %s; %d others are removed, and there may be more, as the limit is %d. The first: %w",
			n, k.whyAll(), k.killed, t.asked.Limit, k.why)
	}
	return tools.Publish(ctx, nil, k.report())
}

// whyAll is why segments stay.
func (k *killing) whyAll() string {
	if errors.Is(k.why, deepstorage.ErrElsewhere) {
		return "their files are not in this deep storage"
	}
	return "they cannot be removed"
}

// mostElsewhere is how many segments may stay whose files are not in this deep storage before a run gives up: each batch reads them again.
const mostElsewhere = 1000

// killing is one run of a Kill.
type killing struct {
	*Kill
	tools            *Toolbox
	killed, batches  int
	all              bool                     // there are no others
	tried            map[druid.SegmentID]bool // those of the last batch whose rows were to be removed
	elsewhere        map[druid.SegmentID]bool // segments that stay, as their files are not in this deep storage, or their rows cannot be removed
	why              error                    // of the first of them
	kept, unreadable int                      // segments whose files stayed for another one; and those among them where the row of that one cannot be read
}

// batch removes at most size segments, and tells how many it found.
//
// A segment that comes again after its row was to be removed stays, whatever it is that keeps the row: the task says so in the end, and goes on with
// the others. A row that stays comes in each batch, so that those of the last one are all that has to be known.
func (k *killing) batch(ctx context.Context, size int) (found int, err error) {
	actions := k.tools.Actions
	if err := k.holdsLock(ctx, actions); err != nil {
		return 0, err
	}
	unused, err := action.Do(ctx, actions, action.SegmentListUnused{
		DataSource: k.header.DataSource, Interval: k.asked.Interval, Versions: k.asked.Versions, Limit: size + len(k.elsewhere), UpdatedUntil: k.asked.UpdatedUntil,
	})
	if err != nil {
		return 0, err
	}
	before := len(k.elsewhere)
	unused = slices.DeleteFunc(unused, func(s druid.DataSegment) bool {
		id := s.ID()
		if k.tried[id] {
			k.stays(&s, errors.New("its row in the metadata is still there after it was removed"))
		}
		return k.elsewhere[id]
	})
	found = len(unused) + len(k.elsewhere) - before
	k.tried = make(map[druid.SegmentID]bool, len(unused))
	if k.killed == 0 && len(unused) > 1 { // where no files can be removed, those of one segment are left without a row, and not those of a batch
		if err := k.remove(ctx, unused[:1]); err != nil {
			return found, err
		}
		unused = unused[1:]
	}
	return found, k.remove(ctx, unused)
}

// stays notes a segment that cannot be removed.
func (k *killing) stays(s *druid.DataSegment, why error) {
	k.tools.Log.Warn("a segment stays", "segment", s.ID(), "error", why)
	k.elsewhere[s.ID()] = true
	k.why = cmp.Or(k.why, fmt.Errorf("segment[%s]: %w", s.ID(), why))
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

func (k *killing) report() []byte {
	dst := druid.AppendString([]byte(`{"killUnusedSegments":{"type":"killUnusedSegments","taskId":`), k.header.ID)
	dst = strconv.AppendInt(append(dst, `,"payload":{"numSegmentsKilled":`...), int64(k.killed), 10)
	dst = strconv.AppendInt(append(dst, `,"numBatchesProcessed":`...), int64(k.batches), 10)
	if k.kept > 0 { // a key that Druid's reports do not have
		dst = strconv.AppendInt(append(dst, `,"filesKept":{"segments":`...), int64(k.kept), 10)
		dst = append(strconv.AppendInt(append(dst, `,"forUnreadable":`...), int64(k.unreadable), 10), '}')
	}
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
