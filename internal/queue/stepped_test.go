package queue_test

import (
	"context"
	"errors"
	"sync"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/timeline"
)

// stepped is a store of which the n-th call fails, counted over all that it does, statements within transactions too.
type stepped struct {
	metadata.Store
	mu    sync.Mutex
	calls int
	at    int    // the call that fails; 0: none
	lose  bool   // fail only commits, after they were done
	long  int    // how many calls fail from there on
	what  string // that failed
	die   bool   // nothing works from there on, as after a kill -9
	dead  bool
}

var errDead = &metadata.PermanentError{Err: errors.New("the process has ended")}

func (s *stepped) isDead() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dead
}

func (s *stepped) step(what string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dead {
		return errDead
	}
	if s.lose {
		return nil
	}
	s.calls++
	if s.at > 0 && s.calls >= s.at && s.calls < s.at+s.long {
		s.what += " " + what
		if s.die {
			s.dead = true
			return errDead
		}
		return &metadata.TransientError{Err: errors.New("connection reset in " + what)}
	}
	return nil
}

func (s *stepped) commit(err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil || !s.lose {
		return err
	}
	if s.calls++; s.calls == s.at {
		s.what = "answer of commit"
		if s.die {
			s.dead = true
			return metadata.Unknown(errDead)
		}
		return &metadata.TransientError{Err: metadata.Unknown(errors.New("unexpected EOF"))}
	}
	return nil
}

func (s *stepped) Update(ctx context.Context, fn func(metadata.Tx) error) error {
	if err := s.step("Update"); err != nil {
		return err
	}
	return s.commit(s.Store.Update(ctx, func(tx metadata.Tx) error { return fn(steppedTx{tx, s}) }))
}

type steppedTx struct {
	metadata.Tx
	*stepped
}

func (s *stepped) Task(ctx context.Context, id string) (got *metadata.TaskRow, err error) {
	if err := s.step("Store.Task"); err != nil {
		return got, err
	}
	return s.Store.Task(ctx, id)
}

func (s *stepped) TaskStatuses(ctx context.Context, ids []string) (got []metadata.TaskRow, err error) {
	if err := s.step("Store.TaskStatuses"); err != nil {
		return got, err
	}
	return s.Store.TaskStatuses(ctx, ids)
}

func (s *stepped) Locks(ctx context.Context) (got []metadata.LockRow, err error) {
	if err := s.step("Store.Locks"); err != nil {
		return got, err
	}
	return s.Store.Locks(ctx)
}

func (s *stepped) UsedSegments(ctx context.Context, ds string, is []druid.Interval) (got []metadata.SegmentRow, err error) {
	if err := s.step("Store.UsedSegments"); err != nil {
		return got, err
	}
	return s.Store.UsedSegments(ctx, ds, is)
}

func (s *stepped) UsedChunks(ctx context.Context, ds string, is []druid.Interval) (got []timeline.Chunk, err error) {
	if err := s.step("Store.UsedChunks"); err != nil {
		return got, err
	}
	return s.Store.UsedChunks(ctx, ds, is)
}

func (s *stepped) LastSegments(ctx context.Context, ds string, cs []timeline.Chunk, used bool) (got map[timeline.Chunk]metadata.SegmentRow, err error) {
	if err := s.step("Store.LastSegments"); err != nil {
		return got, err
	}
	return s.Store.LastSegments(ctx, ds, cs, used)
}

func (s *stepped) CountSegments(ctx context.Context, ds string, below map[timeline.Chunk]int) (got map[timeline.Chunk]int, err error) {
	if err := s.step("Store.CountSegments"); err != nil {
		return got, err
	}
	return s.Store.CountSegments(ctx, ds, below)
}

func (s *stepped) UnusedSegments(ctx context.Context, q metadata.UnusedQuery) (got []metadata.SegmentRow, err error) {
	if err := s.step("Store.UnusedSegments"); err != nil {
		return got, err
	}
	return s.Store.UnusedSegments(ctx, q)
}

func (s *stepped) SegmentsElsewhere(ctx context.Context, fn func(*metadata.SegmentRow) error) error {
	if err := s.step("Store.SegmentsElsewhere"); err != nil {
		return err
	}
	return s.Store.SegmentsElsewhere(ctx, fn)
}

func (s *stepped) SegmentsByID(ctx context.Context, ds string, ids []string) (got []metadata.SegmentRow, err error) {
	if err := s.step("Store.SegmentsByID"); err != nil {
		return got, err
	}
	return s.Store.SegmentsByID(ctx, ds, ids)
}

func (s *stepped) PendingSegments(ctx context.Context, ds string, is []druid.Interval) (got []metadata.PendingRow, err error) {
	if err := s.step("Store.PendingSegments"); err != nil {
		return got, err
	}
	return s.Store.PendingSegments(ctx, ds, is)
}

func (s steppedTx) Task(ctx context.Context, id string) (got *metadata.TaskRow, err error) {
	if err := s.step("Tx.Task"); err != nil {
		return got, err
	}
	return s.Tx.Task(ctx, id)
}

func (s steppedTx) TaskStatuses(ctx context.Context, ids []string) (got []metadata.TaskRow, err error) {
	if err := s.step("Tx.TaskStatuses"); err != nil {
		return got, err
	}
	return s.Tx.TaskStatuses(ctx, ids)
}

func (s steppedTx) Locks(ctx context.Context) (got []metadata.LockRow, err error) {
	if err := s.step("Tx.Locks"); err != nil {
		return got, err
	}
	return s.Tx.Locks(ctx)
}

func (s steppedTx) UsedSegments(ctx context.Context, ds string, is []druid.Interval) (got []metadata.SegmentRow, err error) {
	if err := s.step("Tx.UsedSegments"); err != nil {
		return got, err
	}
	return s.Tx.UsedSegments(ctx, ds, is)
}

func (s steppedTx) UsedChunks(ctx context.Context, ds string, is []druid.Interval) (got []timeline.Chunk, err error) {
	if err := s.step("Tx.UsedChunks"); err != nil {
		return got, err
	}
	return s.Tx.UsedChunks(ctx, ds, is)
}

func (s steppedTx) LastSegments(ctx context.Context, ds string, cs []timeline.Chunk, used bool) (got map[timeline.Chunk]metadata.SegmentRow, err error) {
	if err := s.step("Tx.LastSegments"); err != nil {
		return got, err
	}
	return s.Tx.LastSegments(ctx, ds, cs, used)
}

func (s steppedTx) CountSegments(ctx context.Context, ds string, below map[timeline.Chunk]int) (got map[timeline.Chunk]int, err error) {
	if err := s.step("Tx.CountSegments"); err != nil {
		return got, err
	}
	return s.Tx.CountSegments(ctx, ds, below)
}

func (s steppedTx) UnusedSegments(ctx context.Context, q metadata.UnusedQuery) (got []metadata.SegmentRow, err error) {
	if err := s.step("Tx.UnusedSegments"); err != nil {
		return got, err
	}
	return s.Tx.UnusedSegments(ctx, q)
}

func (s steppedTx) SegmentsElsewhere(ctx context.Context, fn func(*metadata.SegmentRow) error) error {
	if err := s.step("Tx.SegmentsElsewhere"); err != nil {
		return err
	}
	return s.Tx.SegmentsElsewhere(ctx, fn)
}

func (s steppedTx) SegmentsByID(ctx context.Context, ds string, ids []string) (got []metadata.SegmentRow, err error) {
	if err := s.step("Tx.SegmentsByID"); err != nil {
		return got, err
	}
	return s.Tx.SegmentsByID(ctx, ds, ids)
}

func (s steppedTx) PendingSegments(ctx context.Context, ds string, is []druid.Interval) (got []metadata.PendingRow, err error) {
	if err := s.step("Tx.PendingSegments"); err != nil {
		return got, err
	}
	return s.Tx.PendingSegments(ctx, ds, is)
}

func (s steppedTx) InsertTasks(rows ...*metadata.TaskRow) error {
	if err := s.step("Tx.InsertTasks"); err != nil {
		return err
	}
	return s.Tx.InsertTasks(rows...)
}

func (s steppedTx) SetTaskStatus(status druid.TaskStatus) error {
	if err := s.step("Tx.SetTaskStatus"); err != nil {
		return err
	}
	return s.Tx.SetTaskStatus(status)
}

func (s steppedTx) InsertLocks(rows ...metadata.LockRow) (got []int64, err error) {
	if err := s.step("Tx.InsertLocks"); err != nil {
		return got, err
	}
	return s.Tx.InsertLocks(rows...)
}

func (s steppedTx) ReplaceLocks(rows []metadata.LockRow) (got int, err error) {
	if err := s.step("Tx.ReplaceLocks"); err != nil {
		return got, err
	}
	return s.Tx.ReplaceLocks(rows)
}

func (s steppedTx) DeleteLocks(ids []int64) (got int, err error) {
	if err := s.step("Tx.DeleteLocks"); err != nil {
		return got, err
	}
	return s.Tx.DeleteLocks(ids)
}

func (s steppedTx) DeleteLocksOfTask(id string) (got int, err error) {
	if err := s.step("Tx.DeleteLocksOfTask"); err != nil {
		return got, err
	}
	return s.Tx.DeleteLocksOfTask(id)
}

func (s steppedTx) InsertSegments(rows []metadata.SegmentRow) (got []string, err error) {
	if err := s.step("Tx.InsertSegments"); err != nil {
		return got, err
	}
	return s.Tx.InsertSegments(rows)
}

func (s steppedTx) DeleteSegments(ids []string) (got int, err error) {
	if err := s.step("Tx.DeleteSegments"); err != nil {
		return got, err
	}
	return s.Tx.DeleteSegments(ids)
}

func (s steppedTx) InsertPending(rows []metadata.PendingRow) (got []string, err error) {
	if err := s.step("Tx.InsertPending"); err != nil {
		return got, err
	}
	return s.Tx.InsertPending(rows)
}

func (s steppedTx) DeletePendingByID(ids []string) (got int, err error) {
	if err := s.step("Tx.DeletePendingByID"); err != nil {
		return got, err
	}
	return s.Tx.DeletePendingByID(ids)
}

func (s steppedTx) DeletePendingOfGroup(ds, group string) (got int, err error) {
	if err := s.step("Tx.DeletePendingOfGroup"); err != nil {
		return got, err
	}
	return s.Tx.DeletePendingOfGroup(ds, group)
}

func (s steppedTx) InsertAudit(rows ...metadata.AuditRow) error {
	if err := s.step("Tx.InsertAudit"); err != nil {
		return err
	}
	return s.Tx.InsertAudit(rows...)
}
