package queue_test

import (
	"context"
	"errors"
	"io"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"ovate/druid"
	"ovate/internal/ingest"
	"ovate/internal/queue"
)

// What is in the store holds from the moment at which it can be read there, even if the one who wrote it does not know
// yet: after one answer has told that a task is complete, no other may tell that it is active.
func TestEndIsSeenAtOnce(t *testing.T) {
	for name, end := range map[string]func(w *world, q *queue.Queue){
		"published": func(w *world, q *queue.Queue) {
			w.ingest = builds(1)
			w.add(q, index("x", 0, 0, ""))
		},
		"ended": func(w *world, q *queue.Queue) {
			w.add(q, noop("x", 1))
			time.Sleep(time.Second)
		},
		"shut down": func(w *world, q *queue.Queue) {
			w.add(q, noop("x", 60_000))
			go func() {
				if err := q.Shutdown(context.Background(), "x", "why"); err != nil {
					w.t.Error(err)
				}
			}()
		},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world) {
				q := w.start()
				release := make(chan struct{})
				w.store.delay(func() {
					if row, err := w.store.Task(context.Background(), "x"); err == nil && row.Status.State != druid.Running {
						<-release
					}
				})
				end(w, q)
				synctest.Wait()
				w.expectEnded(q, "x")
				close(release)
				synctest.Wait()
				w.expectEnded(q, "x")
			})
		})
	}
}

// expectEnded checks that every way to ask tells that a task is complete.
func (w *world) expectEnded(q *queue.Queue, id string) {
	w.t.Helper()
	ctx := context.Background()
	if s, err := q.Status(ctx, id); err != nil || s.State == druid.Running {
		w.t.Errorf("status: %+v, %v", s, err)
	}
	err := q.Statuses(ctx, []string{id}, func(s druid.TaskStatus) error {
		if s.State == druid.Running {
			w.t.Errorf("statuses: %+v", s)
		}
		return nil
	})
	if err != nil {
		w.t.Error(err)
	}
	for state, want := range map[string]int{"": 1, "complete": 1, "running": 0, "pending": 0, "waiting": 0} {
		got := 0
		err := q.List(ctx, queue.Filter{State: state, Max: -1}, func(s *druid.TaskStatusPlus) error {
			got++
			if s.State == druid.Running {
				w.t.Errorf("list[%s]: %+v", state, s)
			}
			return nil
		})
		if err != nil || got != want {
			w.t.Errorf("list[%s]: %d tasks, %v", state, got, err)
		}
	}
	if w.logs.reports[id] == nil {
		return
	}
	report, err := q.Report(ctx, id)
	if err != nil {
		w.t.Errorf("report: %v", err)
		return
	}
	if text, err := io.ReadAll(report); err != nil || string(text) != string(w.logs.reports[id]) {
		w.t.Errorf("report: %s, %v", text, err)
	}
}

// A shutdown that fails has done nothing: the task goes on, even if the lock it waits for was freed in that very moment.
func TestShutdownThatFails(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		q := w.start()
		release, full := make(chan struct{}), make(chan struct{})
		w.ingest = func(ctx context.Context, job ingest.Job) (*ingest.Result, error) {
			<-release
			return builds(1)(ctx, job)
		}
		w.add(q, index("a", 1, 2, ""))
		w.add(q, index("b", 1, 2, ""))
		synctest.Wait()
		var first atomic.Bool
		w.store.set(func() error {
			if !first.CompareAndSwap(false, true) {
				return nil
			}
			<-full
			return errors.New("disk full")
		})
		failed := make(chan error)
		go func() { failed <- q.Shutdown(context.Background(), "b", "why") }()
		synctest.Wait()
		close(release)
		synctest.Wait()
		w.expect(q, "a", "SUCCESS")
		close(full)
		if err := <-failed; err == nil || !strings.Contains(err.Error(), "disk full") {
			t.Errorf("shutdown: %v", err)
		}
		synctest.Wait()
		w.expect(q, "b", "SUCCESS")
		w.clean()
	})
}

// A pending task gets its turn and succeeds while its shutdown is on its way to the store. What others of its group have
// reserved stays theirs.
func TestShutdownOvertakenBySuccess(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		q := w.start()
		ctx := context.Background()
		grouped := func(task string) string { return strings.Replace(task, `'id'`, `'groupId':'g','id'`, 1) }
		pushed, late := make(chan struct{}), make(chan struct{})
		var pushes, updates atomic.Int32
		w.storage.hook = func(string) {
			if pushes.Add(1) == 1 {
				<-pushed
			}
		}
		w.ingest = builds(1)
		w.add(q, grouped(index("slow", 1, 2, "append")))
		synctest.Wait()
		w.add(q, noop("before", 60_000))
		synctest.Wait()
		w.ingest = builds(2)
		w.add(q, grouped(index("quick", 2, 3, "")))
		synctest.Wait()
		w.expect(q, "quick", "RUNNING/PENDING")
		w.store.set(func() error {
			if updates.Add(1) == 1 {
				<-late
			}
			return nil
		})
		shut := make(chan error)
		go func() { shut <- q.Shutdown(ctx, "quick", "why") }()
		synctest.Wait()
		if err := q.Shutdown(ctx, "before", "why"); err != nil {
			t.Fatal(err)
		}
		for q.Capacity().Used > 1 { // the queue waits for the shutdown, so that synctest cannot wait for the queue
			runtime.Gosched()
		}
		close(late)
		if err := <-shut; err != nil {
			t.Errorf("shutdown: %v", err)
		}
		synctest.Wait()
		w.expect(q, "quick", "SUCCESS")
		if rows, err := w.store.PendingSegments(ctx, "wiki", nil); err != nil || len(rows) != 1 {
			t.Errorf("reserved are %+v, %v, want what the slow task will publish", rows, err)
		}
		close(pushed)
		synctest.Wait()
		w.expect(q, "slow", "SUCCESS")
		w.clean()
	})
}

// A task that was shut down may still be writing files under the ids it has reserved: these are not cleaned up.
func TestDeletePendingSparesWhoIsLeaving(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		q := w.start()
		ctx := context.Background()
		w.ingest = builds(1)
		release := make(chan struct{})
		w.storage.hook = func(string) { <-release }
		w.add(q, index("a", 1, 2, "append"))
		time.Sleep(time.Second)
		if err := q.Shutdown(ctx, "a", "why"); err != nil {
			t.Fatal(err)
		}
		if n, err := q.DeletePending(ctx, "wiki", nil); n != 0 || err != nil {
			t.Errorf("deleted %d, %v", n, err)
		}
		close(release)
		synctest.Wait()
		w.expect(q, "a", "FAILED: why")
		w.clean()
	})
}

// TestFailedShutdownChangesNothing: a running task that asks for a lock just while its shutdown is written waits for what becomes of
// that, and goes on if it fails.
func TestFailedShutdownChangesNothing(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		q := w.start()
		w.ingest = builds(1)
		release := make(chan struct{})
		w.storage.hook = func(string) { <-release }
		w.add(q, index("a", 0, 0, "")) // which has locked the day
		synctest.Wait()
		w.add(q, index("b", 0, 0, "")) // which has built, and waits for it
		synctest.Wait()
		goOn, writes := make(chan struct{}), 0
		w.store.set(func() error {
			if writes++; writes == 1 {
				<-goOn
				return errors.New("disk full")
			}
			return nil
		})
		told := make(chan error, 1)
		go func() { told <- q.Shutdown(context.Background(), "b", "enough") }()
		synctest.Wait()
		close(release) // a publishes, and b gets its turn
		synctest.Wait()
		close(goOn)
		if err := <-told; err == nil {
			t.Error("shut down without a store")
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if got := w.status(q, "b"); got != "SUCCESS" {
			t.Errorf("the shutdown failed, and the task is %s", got)
		}
	})
}
