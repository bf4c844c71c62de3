package queue_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/queue"
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

// A store that fails once, whichever statement it is, or whichever commit's answer gets lost, fails no task, loses and doubles nothing.
func TestEachStatementFailsOnce(t *testing.T) {
	t.Parallel()
	for _, mode := range []struct {
		lose bool
		long int
	}{{false, 1}, {true, 1}, {false, 3}} {
		total := 1
		for at := 0; at <= total; at += everyStatement(t) {
			ok := t.Run(fmt.Sprint("lose=", mode.lose, " long=", mode.long, " at=", at), func(t *testing.T) {
				oneFault(t, &stepped{at: at, lose: mode.lose, long: mode.long}, &total)
			})
			if !ok && at == 0 {
				return
			}
		}
	}
}

func oneFault(t *testing.T, s *stepped, total *int) {
	inBubbleHere(t, func(t *testing.T, w *world) {
		s.Store = w.store.Store
		whole := w.store.Store
		w.store.Store = s
		ctx := context.Background()
		w.ingest = builds(1, 1)
		q := w.make()
		for try := 0; ; try++ {
			err := q.Start(ctx)
			if err == nil {
				break
			}
			q.Stop()
			if try == 3 {
				t.Fatal(err)
			}
			q = w.make()
		}
		add := func(q *queue.Queue, text string) {
			t.Helper()
			made := decode(t, text)
			for try := 0; ; try++ {
				err := q.Add(ctx, made)
				if err == nil || try > 0 && strings.Contains(err.Error(), "already exists") {
					return
				}
				if try == 4 {
					t.Fatal(err)
				}
				time.Sleep(time.Second)
			}
		}
		want := map[string]string{}
		expect := func(q *queue.Queue) {
			t.Helper()
			s.mu.Lock()
			at := s.at
			s.at = 0
			s.mu.Unlock()
			defer func() { s.mu.Lock(); s.at = at; s.mu.Unlock() }()
			for id, wanted := range want {
				if got := w.status(q, id); got != wanted {
					t.Errorf("task %s is %s, want %s; failed:%s", id, got, wanted, s.what)
				}
			}
		}
		add(q, index("append1", 1, 2, "append"))
		add(q, index("append2", 0, 0, "append'useConcurrentLocks':true"))
		add(q, index("replace", 0, 0, ""))
		add(q, noop("n", 3_600_000))
		want["append1"], want["append2"], want["replace"], want["n"] = "SUCCESS", "SUCCESS", "SUCCESS", "FAILED: why"
		time.Sleep(time.Minute)
		var err error
		for range 4 {
			if err = q.Shutdown(ctx, "n", "why"); err == nil {
				break
			}
			time.Sleep(time.Second)
		}
		if err != nil {
			t.Error(err)
		}
		time.Sleep(time.Minute)
		expect(q)
		if err := whole.Update(ctx, markOldest); err != nil {
			t.Fatal(err)
		}
		add(q, `{'type':'kill','id':'k','dataSource':'wiki','interval':'2026-02-01/2026-03-01'}`)
		time.Sleep(time.Minute)
		add(q, index("append3", 1, 2, "append"))
		want["k"], want["append3"] = "SUCCESS", "SUCCESS"
		time.Sleep(time.Minute)
		expect(q)
		s.mu.Lock()
		*total = max(*total, s.calls)
		s.at = 0
		s.mu.Unlock()
		w.store.Store = whole
		rows, err := whole.UsedSegments(ctx, "wiki", nil)
		if err != nil {
			t.Fatal(err)
		}
		unused, err := whole.UnusedSegments(ctx, metadata.UnusedQuery{DataSource: "wiki", Interval: druid.Eternity})
		if err != nil {
			t.Fatal(err)
		}
		specs := map[string]bool{}
		for _, row := range append(rows, unused...) {
			specs[string(row.Segment.LoadSpec)] = true
			if w.storage.kept[string(row.Segment.LoadSpec)] == "" {
				t.Errorf("segment %s has no files; failed:%s", row.Segment.ID(), s.what)
			}
		}
		if len(w.storage.kept) != len(specs) || len(rows) != 2 || len(unused) > 0 {
			t.Errorf("%d used and %d unused segments, files of %d; failed:%s", len(rows), len(unused), len(w.storage.kept), s.what)
		}
		w.clean()
		q.Stop()
	})
}

// kill -9 at each statement and after each commit: the next start brings every task to its end, and no segment lacks its files.
func TestProcessEndsAtEachStatement(t *testing.T) {
	t.Parallel()
	for _, lose := range []bool{false, true} {
		total := 1
		for at := 0; at <= total; at += everyStatement(t) {
			t.Run(fmt.Sprint("committed=", lose, " at=", at), func(t *testing.T) {
				oneDeath(t, &stepped{at: at, lose: lose, long: 1, die: true}, &total)
			})
		}
	}
}

// everyStatement is the step from one place to the next: 1 with OVATE_EVERY_STATEMENT in the environment, which takes a minute or two.
func everyStatement(t *testing.T) int {
	if os.Getenv("OVATE_EVERY_STATEMENT") != "" {
		return 1
	}
	return 13
}

func oneDeath(t *testing.T, s *stepped, total *int) {
	inBubbleHere(t, func(t *testing.T, w *world) {
		whole := w.store.Store
		s.Store, w.store.Store = whole, s
		ctx := context.Background()
		w.ingest = builds(1, 1)
		w.storage.undelete = func(string) error {
			if s.isDead() {
				return errDead
			}
			return nil
		}
		q := w.make()
		if err := q.Start(ctx); err != nil && !s.isDead() {
			t.Fatal(err)
		}
		again := func() {
			if !s.isDead() {
				return
			}
			q.Stop()
			s.mu.Lock()
			s.dead, s.at = false, 0
			s.mu.Unlock()
			w.store.Store = whole
			q = w.make()
			if err := q.Start(ctx); err != nil {
				t.Fatal(err)
			}
		}
		add := func(text string) {
			t.Helper()
			again()
			if err := q.Add(ctx, decode(t, text)); err == nil {
				return
			}
			again()
			if err := q.Add(ctx, decode(t, text)); err != nil && !strings.Contains(err.Error(), "already exists") {
				t.Fatal(err, s.what)
			}
		}
		wait := func() { time.Sleep(time.Minute); again(); time.Sleep(time.Minute) }
		add(index("append1", 1, 2, "append"))
		add(index("append2", 0, 0, "append'useConcurrentLocks':true"))
		add(index("replace", 0, 0, ""))
		add(noop("n", 3_600_000))
		wait()
		if err := q.Shutdown(ctx, "n", "why"); err != nil {
			again()
			if err := q.Shutdown(ctx, "n", "why"); err != nil {
				t.Fatal(err, s.what)
			}
		}
		wait()
		if err := whole.Update(ctx, markOldest); err != nil {
			t.Fatal(err)
		}
		add(`{'type':'kill','id':'k','dataSource':'wiki','interval':'2026-02-01/2026-03-01'}`)
		wait()
		add(index("append3", 1, 2, "append"))
		wait()
		s.mu.Lock()
		*total = max(*total, s.calls)
		s.at = 0 // what follows is the test's own
		s.mu.Unlock()
		t.Log("ended at:", s.what)
		for id, want := range map[string]string{"append1": "SUCCESS", "append2": "SUCCESS", "replace": "SUCCESS", "n": "FAILED: why", "k": "SUCCESS", "append3": "SUCCESS"} {
			if got := w.status(q, id); got != want {
				t.Errorf("task %s is %s, want %s; ended at:%s", id, got, want, s.what)
			}
		}
		rows, err := whole.UsedSegments(ctx, "wiki", nil)
		if err != nil {
			t.Fatal(err)
		}
		unused, err := whole.UnusedSegments(ctx, metadata.UnusedQuery{DataSource: "wiki", Interval: druid.Eternity})
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range append(rows, unused...) {
			if w.storage.kept[string(row.Segment.LoadSpec)] == "" {
				t.Errorf("segment %s has no files; ended at:%s", row.Segment.ID(), s.what)
			}
		}
		if len(rows) != 2 || len(unused) > 0 {
			t.Errorf("%d used and %d unused segments; ended at:%s", len(rows), len(unused), s.what)
		}
		w.clean()
		q.Stop()
	})
}
