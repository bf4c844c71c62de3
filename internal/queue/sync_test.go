package queue_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"ovate/druid"
	"ovate/internal/action"
	"ovate/internal/ingest"
	"ovate/internal/metadata"
)

// storedElsewhere stores a task as another program does.
func (w *world) storedElsewhere(text string) {
	w.t.Helper()
	row := w.row(decode(w.t, text), druid.InstantOf(time.Now()))
	if err := w.store.Update(w.t.Context(), func(tx metadata.Tx) error { return tx.InsertTasks(row) }); err != nil {
		w.t.Fatal(err)
	}
}

// A task that another program has stored while the queue runs, as an Overlord that was frozen while it led, is run as well.
func TestTaskOfAnotherProgram(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.options.SyncRate = time.Minute
		q := w.start()
		w.add(q, noop("ours", 3_600_000))
		w.storedElsewhere(noop("theirs", 1000))
		synctest.Wait()
		w.expect(q, "theirs", "RUNNING/WAITING")
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		w.expect(q, "theirs", "SUCCESS")
		w.expect(q, "ours", "RUNNING/RUNNING")
		w.add(q, noop("next", 1000))
		time.Sleep(time.Minute)
		w.expect(q, "next", "SUCCESS")
	})
}

// A lock that another program has given a task of its own, beside one that is held here, does not keep that task from running when another server leads.
func TestTaskOfAnotherProgramWithItsLock(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.options.SyncRate = time.Minute
		w.ingest = func(ctx context.Context, _ ingest.Job) (*ingest.Result, error) {
			<-ctx.Done()
			return nil, context.Cause(ctx)
		}
		q := w.start()
		w.add(q, index("ours", 1, 2, ""))
		synctest.Wait()
		w.storedElsewhere(index("theirs", 1, 2, ""))
		lock := druid.TaskLock{
			Granularity: druid.TimeChunkLock, Type: druid.Exclusive, GroupID: "theirs", DataSource: "wiki", Interval: day(1), Version: q.Now().String(), Priority: 50,
		}
		if err := w.store.Update(t.Context(), func(tx metadata.Tx) error {
			_, err := tx.InsertLocks(metadata.LockRow{TaskID: "theirs", Lock: lock})
			return err
		}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		w.expect(q, "theirs", "RUNNING/WAITING")
		q.Stop()
		q = w.start()
		synctest.Wait()
		w.expect(q, "ours", "RUNNING/RUNNING")
		w.expect(q, "theirs", "RUNNING/WAITING")
	})
}

// A task that another program has ended runs no longer.
func TestTaskThatAnotherProgramEnded(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.options.SyncRate = time.Minute
		q := w.start()
		w.add(q, noop("n", 3_600_000))
		w.add(q, noop("other", 3_600_000))
		synctest.Wait()
		w.endedElsewhere("n")
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		w.expect(q, "n", "FAILED: ended elsewhere")
		w.expect(q, "other", "RUNNING/RUNNING")
		if used := q.Capacity().Used; used != 1 {
			t.Errorf("%d slots are in use, want 1", used)
		}
	})
}

// endedElsewhere ends a task as another program does, which removes nothing of what the task has.
func (w *world) endedElsewhere(id string) {
	w.t.Helper()
	ended := druid.TaskStatus{ID: id, State: druid.Failed, Location: druid.UnknownLocation, ErrorMsg: "ended elsewhere"}
	if err := w.store.Update(w.t.Context(), func(tx metadata.Tx) error { return tx.SetTaskStatus(ended) }); err != nil {
		w.t.Fatal(err)
	}
}

// What a task has left that another program has ended goes all the same, whether that is found when it ends here or before: its lock, the notes of what was
// appended beside it, and the segment ids that it has reserved.
func TestWhatATaskLeavesThatAnotherProgramEnded(t *testing.T) {
	for name, rate := range map[string]time.Duration{"when it is looked for": time.Minute, "when the task ends": 0} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world) {
				w.options.SyncRate = rate
				q := w.start()
				w.add(q, noop("n", 600_000))
				synctest.Wait()
				n := elsewhere{q, "n"}
				if lock, err := action.Do(t.Context(), n, action.LockTryAcquire{LockType: druid.Replace, Interval: day(1)}); err != nil || lock == nil {
					t.Fatalf("lock %+v, %v", lock, err)
				}
				id, err := action.Do(t.Context(), n, action.SegmentAllocate{
					DataSource: "wiki", Timestamp: day(2).Start, PreferredGranularity: druid.Day, SequenceName: "s", SkipLineageCheck: true,
				})
				if err != nil || id == nil {
					t.Fatalf("allocated %+v, %v", id, err)
				}
				note := metadata.UpgradeRow{TaskID: "n", SegmentID: "appended", LockVersion: "v"}
				if err := w.store.Update(t.Context(), func(tx metadata.Tx) error { return tx.InsertUpgrades([]metadata.UpgradeRow{note}) }); err != nil {
					t.Fatal(err)
				}
				w.endedElsewhere("n")
				time.Sleep(time.Hour)
				synctest.Wait()
				w.expect(q, "n", "FAILED: ended elsewhere")
				notes, err := w.store.Upgrades(t.Context(), []string{"n"})
				if err != nil || len(notes) > 0 {
					t.Errorf("left are the notes %+v, %v", notes, err)
				}
				w.clean()
			})
		})
	}
}

// The segment ids of a task that another program has ended stay reserved as long as it is at work here.
func TestTaskThatAnotherProgramEndedKeepsReservedIDsWhileAtWork(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.options.SyncRate = time.Minute
		w.ingest = builds(1)
		q := w.start()
		pushing := make(chan struct{})
		w.storage.hook = func(string) { <-pushing }
		w.add(q, index("a", 1, 2, "append"))
		synctest.Wait()
		w.endedElsewhere("a")
		time.Sleep(2 * time.Minute)
		w.expect(q, "a", "FAILED: ended elsewhere")
		if n := w.reserved(); n != 1 {
			t.Errorf("%d ids are reserved while it is pushing, want 1", n)
		}
		close(pushing)
		synctest.Wait()
		w.clean()
	})
}

// past is a store whose active tasks are those of a while ago.
type past struct {
	metadata.Store
	ids []string
}

func (p past) ActiveTaskIDs(context.Context) ([]string, error) { return p.ids, nil }

// What ends, or comes, while it is looked what others have stored is taken for neither theirs nor ended.
func TestSyncBesideItsOwn(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.store.Store = past{w.store.Store, []string{"ended", "gone"}}
		w.options.SyncRate = time.Minute
		q := w.start()
		w.add(q, noop("ended", 1000))
		w.add(q, noop("runs", 3_600_000))
		time.Sleep(3 * time.Minute)
		synctest.Wait()
		w.expect(q, "ended", "SUCCESS")
		w.expect(q, "runs", "RUNNING/RUNNING")
		if used := q.Capacity().Used; used != 1 {
			t.Errorf("%d slots are in use, want 1", used)
		}
	})
}
