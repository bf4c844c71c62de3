package queue_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ovate/druid"
	"ovate/internal/ingest"
	"ovate/internal/metadata"
)

// markOldest makes every segment of wiki unused.
func markOldest(tx metadata.Tx) error {
	_, err := tx.MarkUnused("wiki", druid.Eternity, nil, druid.Now())
	return err
}

func TestRestart(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.slots = 1
		q := w.start()
		runs := 0
		w.ingest = func(ctx context.Context, job ingest.Job) (*ingest.Result, error) {
			runs++
			if runs == 1 {
				<-ctx.Done()
				return nil, ctx.Err()
			}
			locks, err := w.store.Locks(ctx)
			if err != nil {
				t.Error(err)
			}
			for _, held := range locks {
				if held.Lock.Priority != 50 {
					t.Errorf("a lock has priority %d after the restart", held.Lock.Priority)
				}
			}
			return builds(1)(ctx, job)
		}
		w.add(q, index("running", 1, 2, ""))
		synctest.Wait()
		w.add(q, noop("pending", 1))
		w.add(q, index("waiting", 1, 2, "'Priority':1")) // a key that means nothing: names are exact
		synctest.Wait()
		before, err := w.store.Locks(context.Background())
		if err != nil || len(before) != 1 {
			t.Fatalf("locks %+v, %v", before, err)
		}
		q.Stop()
		time.Sleep(time.Hour)

		q = w.start()
		synctest.Wait()
		time.Sleep(time.Second)
		synctest.Wait()
		for _, id := range []string{"running", "pending", "waiting"} {
			w.expect(q, id, "SUCCESS")
		}
		rows, err := w.store.UsedSegments(context.Background(), "wiki", nil)
		if err != nil || len(rows) != 2 || rows[0].Segment.Version != before[0].Lock.Version {
			t.Errorf("published %+v, %v, want the first under the old lock %s", rows, err, before[0].Lock.Version)
		}
		w.clean()
	})
}

// An append that is run again after a crash gets the same ids, so that nothing is doubled or skipped.
func TestRestartAppend(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		q := w.start()
		w.ingest = builds(1, 2, 2)
		crashed := false
		w.storage.hook = func(string) {
			w.storage.mu.Lock()
			first := !crashed
			crashed = true
			w.storage.mu.Unlock()
			if first {
				// From now on nothing gets into the store, as if the process were dead.
				w.store.set(func() error { return errors.New("dead") })
			}
		}
		w.add(q, index("a", 0, 0, "append"))
		synctest.Wait()
		q.Stop()
		w.store.set(nil)
		pending, err := w.store.PendingSegments(context.Background(), "wiki", nil)
		if err != nil || len(pending) != 3 {
			t.Fatalf("pending %+v, %v", pending, err)
		}
		q = w.start()
		synctest.Wait()
		w.expect(q, "a", "SUCCESS")
		if got := w.used(); got != "1 0/0,2 0/0,2 1/0" {
			t.Errorf("used %s", got)
		}
		w.clean()
	})
}

func TestRowsThatCannotRun(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		insert := func(id, group, typ, payload string, locks ...druid.TaskLock) {
			t.Helper()
			row := &metadata.TaskRow{
				ID: id, GroupID: group, Type: typ, DataSource: "wiki", Created: druid.Now(), Payload: []byte(strings.ReplaceAll(payload, "'", `"`)),
				Status: druid.TaskStatus{ID: id, State: druid.Running, Duration: -1, Location: druid.UnknownLocation},
			}
			err := w.store.Update(ctx, func(tx metadata.Tx) error {
				if err := tx.InsertTasks(row); err != nil {
					return err
				}
				for _, l := range locks {
					if _, err := tx.InsertLocks(metadata.LockRow{TaskID: id, Lock: l}); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		lock := func(group string, priority int) druid.TaskLock {
			return druid.TaskLock{
				Granularity: druid.TimeChunkLock, Type: druid.Exclusive, GroupID: group, DataSource: "wiki", Interval: day(1),
				Version: "2026-01-01T00:00:00.000Z", Priority: priority,
			}
		}
		insert("rubbish", "rubbish", "noop", `{`)
		insert("foreign", "foreign", "index_kafka", `{'type':'index_kafka','id':'foreign','dataSource':'wiki'}`)
		insert("old", "", "", noop("old", 1))
		insert("loser", "g", "noop", `{'type':'noop','id':'loser','groupId':'g','dataSource':'wiki'}`, lock("g", 10)) // not its priority
		insert("mate", "g", "noop", `{'type':'noop','id':'mate','groupId':'g','dataSource':'wiki'}`)
		segment := lock("keeper", 50)
		segment.Granularity, segment.Interval = druid.SegmentLock, day(2)
		second := segment
		second.PartitionID, second.NoPriority = 1, true
		insert("keeper", "keeper", "noop", `{'type':'noop','id':'keeper','dataSource':'wiki','runTime':1}`, segment, second)
		elsewhere := lock("elsewhere", 0)
		elsewhere.DataSource, elsewhere.Interval = "news", day(3)
		insert("elsewhere", "elsewhere", "noop", `{'type':'noop','id':'elsewhere','dataSource':'wiki','runTime':1}`, elsewhere)
		if err := w.store.Update(ctx, func(tx metadata.Tx) error {
			_, err := tx.InsertLocks(metadata.LockRow{TaskID: "gone", Lock: lock("gone", 50)})
			return err
		}); err != nil {
			t.Fatal(err)
		}
		q := w.start()
		time.Sleep(time.Second)
		synctest.Wait()
		const lost = "FAILED: Shutting down forcefully as task failed to reacquire lock while becoming leader"
		for id, want := range map[string]string{
			"rubbish": "RUNNING/WAITING",
			"foreign": "FAILED: the stored payload is no task that can run here: could not resolve type id 'index_kafka'",
			"old":     "SUCCESS", "loser": lost, "mate": lost, "keeper": "SUCCESS", "elsewhere": lost,
		} {
			if got := w.status(q, id); !strings.HasPrefix(got, want) {
				t.Errorf("%s is %s, want %s", id, got, want)
			}
		}
		w.clean()
	})
}

// A stop in the middle of many tasks loses none and runs each to its end.
func TestRestartManyTimes(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.ingest = builds(1)
		q := w.start()
		const n = 12
		for i := range n {
			more := []string{"", "append", "'priority':60"}[i%3]
			w.add(q, index(fmt.Sprint("t", i), (i%2)*1, (i%2)*2, more))
			if i%4 == 3 {
				q.Stop()
				q = w.start()
			}
		}
		synctest.Wait()
		time.Sleep(time.Minute)
		synctest.Wait()
		for i := range n {
			got := w.status(q, fmt.Sprint("t", i))
			if got != "SUCCESS" && !strings.Contains(got, "revoked") {
				t.Errorf("t%d is %s", i, got)
			}
		}
		w.clean()
	})
}

// A task that replaces and one that appends, both of one group, share a lock after a restart as little as before: the ids that the
// second would get are those of the first.
func TestReplaceAndAppendOfOneGroupAfterRestart(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		var pushed []string
		stuck := make(chan struct{})
		w.storage.hook = func(id string) {
			w.storage.mu.Lock()
			pushed = append(pushed, id)
			first := len(pushed) == 1
			w.storage.mu.Unlock()
			if first {
				<-stuck
			}
		}
		takes := map[bool]time.Duration{false: 0, true: time.Hour} // by whether it appends
		w.ingest = func(ctx context.Context, job ingest.Job) (*ingest.Result, error) {
			select {
			case <-time.After(takes[job.Spec.IO.Append]):
				return builds(1)(ctx, job)
			case <-ctx.Done():
				return nil, context.Cause(ctx)
			}
		}
		q := w.start()
		w.add(q, strings.Replace(index("replaces", 0, 0, ""), "'id'", "'groupId':'g','id'", 1))
		w.add(q, strings.Replace(index("appends", 0, 0, "append"), "'id'", "'groupId':'g','id'", 1))
		synctest.Wait()
		time.AfterFunc(time.Millisecond, func() { close(stuck) })
		q.Stop()
		takes = map[bool]time.Duration{false: 20 * time.Second, true: 5 * time.Second}
		pushed = nil
		q = w.start()
		time.Sleep(10 * time.Minute)
		w.expect(q, "replaces", "SUCCESS")
		w.expect(q, "appends", "SUCCESS")
		if got := w.used(); got != "1 0/1,1 1/1" {
			t.Errorf("used %s, pushed %v, want the replacing task's segment and the appended one after it", got, pushed)
		}
		if len(pushed) != 2 || pushed[0] == pushed[1] {
			t.Errorf("pushed %v, want two segments of two ids", pushed)
		}
		w.clean()
	})
}

// A task that its process alone was to run fails at the next start, whatever it was doing, and leaves its locks to others; one of the
// same data source that is anybody's runs again.
func TestRestartOfTasksThatEndWithTheirProcess(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.ingest = func(ctx context.Context, _ ingest.Job) (*ingest.Result, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}
		q := w.start()
		w.add(q, index("running", 1, 2, "'endsWithProcess':true"))
		synctest.Wait()
		w.add(q, index("waiting", 1, 2, "'endsWithProcess':true"))
		w.add(q, index("anyone", 1, 2, "'endsWithProcess':false"))
		synctest.Wait()
		w.expect(q, "running", "RUNNING/RUNNING")
		q.Stop()
		w.ingest = builds(1)
		w.options.MaxLostRuns, w.options.Runs = 3, lostRuns{"running": {Times: 1, Sole: true}}
		q = w.start()
		synctest.Wait()
		for _, id := range []string{"running", "waiting"} {
			if got := w.status(q, id); !strings.HasPrefix(got, "FAILED: The process that ran this task ended") {
				t.Errorf("%s is %s", id, got)
			}
		}
		w.expect(q, "anyone", "SUCCESS")
		rows, err := w.store.UsedSegments(context.Background(), "wiki", nil)
		if err != nil || len(rows) != 1 {
			t.Errorf("published %+v, %v", rows, err)
		}
		w.clean()
	})
}

// However many locks of tasks are left that are not active, a start asks the store for nothing more often than with few.
func TestLocksOfNobodyAreDeletedTogether(t *testing.T) {
	t.Parallel()
	calls := func(locks int) (n int) {
		inBubbleHere(t, func(t *testing.T, w *world) {
			left := make([]metadata.LockRow, locks)
			for i := range left {
				left[i] = metadata.LockRow{TaskID: "gone", Lock: druid.TaskLock{
					Granularity: druid.TimeChunkLock, Type: druid.Exclusive, GroupID: "gone", DataSource: "wiki",
					Interval: druid.Interval{Start: druid.Instant(i), End: druid.Instant(i + 1)}, Version: "2026-01-01T00:00:00.000Z",
				}}
			}
			err := w.store.Update(t.Context(), func(tx metadata.Tx) error {
				_, err := tx.InsertLocks(left...)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			counted := &stepped{Store: w.store.Store}
			w.store.Store = counted
			w.start()
			counted.mu.Lock()
			n = counted.calls
			counted.mu.Unlock()
			if rows, err := w.store.Locks(t.Context()); err != nil || len(rows) > 0 {
				t.Errorf("%d locks are left, %v", len(rows), err)
			}
		})
		return n
	}
	if few, many := calls(2), calls(500); many != few {
		t.Errorf("%d calls with 2 locks, %d with 500", few, many)
	}
}
