package queue_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"ovate/druid"
	"ovate/internal/action"
	"ovate/internal/lockbox"
	"ovate/internal/metadata"
	"ovate/internal/queue"
	"ovate/internal/race"
	"ovate/internal/runner"
)

// late is a runner to which a task is given at a moment of the test's choice.
type late struct {
	queue.Runner
	before, after func(id string)
}

func (l *late) Run(a runner.Assignment) (bool, error) {
	l.before(a.ID())
	starts, err := l.Runner.Run(a)
	l.after(a.ID())
	return starts, err
}

// A kill task that was shut down just before the runner knew it does run, for the moment until whoever gave it to the runner cancels it. It
// removes nothing then.
func TestShutdownBeforeTheRunnerKnows(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		l := &late{before: func(string) {}, after: func(string) {}}
		w.wrap = func(r queue.Runner) queue.Runner { l.Runner = r; return l }
		q := w.start()
		w.threeUnused(q)
		l.before = func(id string) {
			if err := q.Shutdown(context.Background(), id, "not needed"); err != nil {
				t.Error(err)
			}
		}
		l.after = func(string) { time.Sleep(time.Second) } // the processor is given to somebody else for a moment
		w.add(q, killFebruary)
		time.Sleep(time.Minute)
		synctest.Wait()
		w.expect(q, "k", "FAILED: not needed")
		w.haveFiles(3, 3)
	})
}

// What a task elsewhere has published is looked at for what it overshadows, also if the answer of the commit got lost and the task sent
// the action again: the second time nothing is inserted.
func TestPublicationWhoseAnswerWasLostIsTold(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		f := &flaky{Store: w.store.Store}
		w.store.Store = f
		told := 0
		w.options.Published = func(string, []druid.Interval) { told++ }
		q := w.start()
		w.add(q, noop("n", 3_600_000))
		synctest.Wait()
		perform := func(text string) (action.Request, error) {
			t.Helper()
			r, err := action.Read([]byte(text))
			if err != nil {
				t.Fatal(err)
			}
			return r, q.Perform(t.Context(), "n", r)
		}
		if _, err := perform(`{"type":"lockTryAcquire","interval":"2026-02-01/2026-02-02"}`); err != nil {
			t.Fatal(err)
		}
		locks := q.Locks().Find(lockbox.Filter{DataSource: "wiki"})
		if len(locks) != 1 {
			t.Fatal(locks)
		}
		s := druid.DataSegment{DataSource: "wiki", Interval: day(1), Version: locks[0].Version, ShardSpec: druid.Numbered(0, 1), BinaryVersion: 9, LoadSpec: []byte(`{"type":"local"}`)}
		publish := string(append(s.AppendJSON([]byte(`{"type":"segmentTransactionalInsert","segments":[`)), `]}`...))
		f.lose.Store(1)
		_, first := perform(publish)
		_, second := perform(publish)
		if first == nil || second != nil || w.used() == "" {
			t.Fatal(first, second, w.used())
		}
		if told == 0 {
			t.Error("nobody is told that segments were published: what they overshadow stays used until the next start")
		}
	})
}

// 200 for a shutdown means that the task has ended and that its slots are free, also if the row was ended by another program: a Java
// Overlord that led for a moment, or somebody with a SQL shell.
func TestShutdownOfATaskThatAnotherProgramEnded(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		q := w.start()
		w.add(q, noop("n", 3_600_000))
		synctest.Wait()
		ended := druid.TaskStatus{ID: "n", State: druid.Failed, Location: druid.UnknownLocation, ErrorMsg: "ended elsewhere"}
		if err := w.store.Update(t.Context(), func(tx metadata.Tx) error { return tx.SetTaskStatus(ended) }); err != nil {
			t.Fatal(err)
		}
		if err := q.Shutdown(t.Context(), "n", "why"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if used := q.Capacity().Used; used > 0 {
			t.Errorf("%d slots are in use after the shutdown, and the task is %s", used, w.status(q, "n"))
		}
	})
}

// A task whose work a replica has done has succeeded, wherever it was in its life, and does nothing more; one that has ended stays as it is.
func TestSucceed(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.slots = 1
		q := w.start()
		w.add(q, noop("failed", 3_600_000))
		if err := q.Shutdown(t.Context(), "failed", "not needed"); err != nil {
			t.Fatal(err)
		}
		w.add(q, noop("running", 3_600_000))
		w.add(q, noop("pending", 3_600_000))
		synctest.Wait()
		away := errors.New("the disk is full")
		w.store.set(func() error { return away })
		if err := q.Succeed(t.Context(), "running", "a replica has"); !errors.Is(err, away) {
			t.Errorf("while the store fails: %v", err)
		}
		w.store.set(nil)
		w.expect(q, "running", "RUNNING/RUNNING")
		for _, id := range []string{"pending", "running", "failed"} {
			if err := q.Succeed(t.Context(), id, "a replica has"); err != nil {
				t.Errorf("%s: %v", id, err)
			}
		}
		if err := q.Succeed(t.Context(), "never", "a replica has"); !errors.Is(err, queue.ErrNotFound) {
			t.Errorf("one that there is not: %v", err)
		}
		if err := failure(action.Do(t.Context(), elsewhere{q, "running"}, action.LockTryAcquire{Interval: day(1)})); !errors.Is(err, lockbox.ErrInactive) {
			t.Errorf("it still gets locks: %v", err)
		}
		synctest.Wait()
		if used := q.Capacity().Used; used > 0 {
			t.Errorf("%d slots are in use", used)
		}
		q.Stop()
		again := w.start()
		w.expect(again, "running", "SUCCESS")
		w.expect(again, "pending", "SUCCESS")
		w.expect(again, "failed", "FAILED: not needed")
		w.clean()
	})
}

// What a list remembers of complete tasks, lest one that ends meanwhile is told twice, is bounded by the active tasks and not by history. It does
// not run beside other tests, whose memory would be counted.
func TestListRemembersNoHistory(t *testing.T) {
	history := 20_000
	if race.Enabled {
		history = 5000 // it takes longest to store them
	}
	inBubbleHere(t, func(t *testing.T, w *world) {
		q := w.start()
		err := w.store.Update(t.Context(), func(tx metadata.Tx) error {
			for i := range history {
				row := w.row(decode(t, noop(fmt.Sprintf("old-%040d", i), 1)), druid.Now())
				row.Status.State, row.Payload = druid.Success, nil
				if err := tx.InsertTasks(row); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		held := func() uint64 {
			t.Helper()
			n, most, before := 0, uint64(0), heap()
			err := q.List(t.Context(), queue.Filter{Max: -1}, func(*druid.TaskStatusPlus) error {
				if n++; n == history {
					most = heap() - min(before, heap())
				}
				return nil
			})
			if err != nil || n < history {
				t.Fatal(n, err)
			}
			return most
		}
		alone := held()
		w.add(q, noop("n", 3_600_000))
		synctest.Wait()
		if beside := held(); beside > 2*alone+500_000 {
			t.Errorf("a list of %d complete tasks holds %d bytes, %d where one task is active", history, alone, beside)
		}
	})
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
