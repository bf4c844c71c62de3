package queue_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"ovate/druid"
	"ovate/internal/datasource"
	"ovate/internal/metadata"
	"ovate/internal/queue"
)

// threeUnused publishes three segments and marks them as unused.
func (w *world) threeUnused(q *queue.Queue) *datasource.Marker {
	w.t.Helper()
	w.ingest = builds(1, 2, 3)
	w.add(q, index("a", 0, 0, ""))
	synctest.Wait()
	marker := datasource.New(w.store, druid.Now, w.storage)
	if n, err := marker.MarkUnused(context.Background(), "wiki", datasource.Filter{Interval: &druid.Eternity}, nil); err != nil || n != 3 {
		w.t.Fatal(n, err)
	}
	return marker
}

const killFebruary = `{'type':'kill','id':'k','dataSource':'wiki','interval':'2026-02-01/2026-03-01'}`

// haveFiles checks that there are so many rows, each with its files, and so many segments in deep storage.
func (w *world) haveFiles(rows, stored int) {
	w.t.Helper()
	found := 0
	if err := w.store.AllSegments(context.Background(), func(row *metadata.SegmentRow) error {
		found++
		if w.storage.kept[string(row.Segment.LoadSpec)] == "" {
			w.t.Errorf("segment %s has a row and no files", row.Segment.ID())
		}
		return nil
	}); err != nil {
		w.t.Fatal(err)
	}
	if found != rows || w.storage.len() != stored {
		w.t.Errorf("%d rows are left and %d segments are stored, want %d and %d", found, w.storage.len(), rows, stored)
	}
}

// Segments are marked as used while a kill task is at work: all whose rows it has not removed yet, and these have their files whatever it does then.
func TestMarkUsedBesideAKillTask(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		q := w.start()
		marker := w.threeUnused(q)
		release := make(chan struct{})
		w.storage.unhook = func() { <-release }
		w.add(q, killFebruary)
		synctest.Wait()
		if n, err := marker.MarkUsed(context.Background(), "wiki", datasource.Filter{Interval: &druid.Eternity}); err != nil || n != 2 {
			t.Errorf("%d segments are used again, %v", n, err)
		}
		close(release)
		synctest.Wait()
		w.expect(q, "k", "SUCCESS")
		if got := report(t, q, "k"); !strings.Contains(got, `"numSegmentsKilled":1,`) {
			t.Errorf("report %s", got)
		}
		w.haveFiles(2, 2)
		w.clean()
	})
}

// Whatever cuts a kill task off between rows and files, each row that is left has its files, and the files that are left without a row are named.
func TestKillThatIsCutOff(t *testing.T) {
	shutDown := func(t *testing.T, w *world, q *queue.Queue, longer time.Duration) {
		release := w.holdSecondDeletion()
		w.add(q, killFebruary)
		synctest.Wait()
		if err := q.Shutdown(context.Background(), "k", "enough"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(longer)
		close(release) // the deletion that has begun is finished
		synctest.Wait()
	}
	failing := func(which int) func(t *testing.T, w *world, q *queue.Queue) {
		return func(t *testing.T, w *world, q *queue.Queue) {
			n := 0
			w.storage.undelete = func(string) error {
				if n++; n == which {
					return errors.New("no permission")
				}
				return nil
			}
			w.add(q, killFebruary)
			synctest.Wait()
			if got := w.status(q, "k"); !strings.Contains(got, "no permission") || !strings.Contains(got, "the files of 1 segments stay") {
				t.Error(got)
			}
		}
	}
	for _, c := range []struct {
		name string
		// cut runs the task and cuts it off, or keeps files from being removed.
		cut          func(t *testing.T, w *world, q *queue.Queue)
		rows, stored int
	}{
		{"a shutdown", func(t *testing.T, w *world, q *queue.Queue) { shutDown(t, w, q, 0) }, 0, 0},
		{"a shutdown, and a storage that takes long", func(t *testing.T, w *world, q *queue.Queue) { shutDown(t, w, q, time.Minute) }, 0, 1},
		{"a stop of the server", func(t *testing.T, w *world, q *queue.Queue) {
			release := w.holdSecondDeletion()
			w.add(q, killFebruary)
			synctest.Wait()
			go func() { time.Sleep(time.Second); close(release) }()
			q.Stop()
		}, 0, 0},
		{"a deletion that fails", failing(2), 0, 1},
		{"the first deletion fails", failing(1), 2, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world) {
				q := w.start()
				w.threeUnused(q)
				c.cut(t, w, q)
				w.storage.unhook, w.storage.undelete = nil, nil
				w.haveFiles(c.rows, c.stored)
				log := w.logs.logs["k"].String()
				if left := strings.Count(log, "files stay that no row names"); left != c.stored-c.rows {
					t.Errorf("%d places are named of %d\n%s", left, c.stored-c.rows, log)
				}
			})
		})
	}
}

// A leader is frozen at each step of a kill task. The next one shuts that down and marks all that is there as used. When the first one goes on, it
// removes nothing of that.
func TestLeaderFrozenInAKillTask(t *testing.T) {
	t.Parallel()
	frozen, last := true, 0
	for step := 1; frozen; step++ {
		inBubbleHere(t, func(t *testing.T, w *world) { frozen = w.freezeKill(t, step) })
		last = step
	}
	if last < 8 { // two transactions and two deletions of two batches
		t.Errorf("a kill task has %d steps", last)
	}
}

// freezeKill tells whether a kill task has so many steps: transactions and deletions.
func (w *world) freezeKill(t *testing.T, at int) bool {
	ctx, database := t.Context(), w.store.Store
	first, next := metadata.NewTerm(ctx, database, 1), metadata.NewTerm(ctx, database, 2)
	if err := first.Begin(ctx); err != nil {
		t.Fatal(err)
	}
	w.store.Store = first
	armed := make(chan struct{})
	w.wrap = func(r queue.Runner) queue.Runner {
		return &late{r, func(id string) {
			if id == "k" {
				<-armed
			}
		}, func(string) {}}
	}
	q := w.start()
	w.threeUnused(q)
	var steps atomic.Int32
	thaw := make(chan struct{})
	step := func() {
		if int(steps.Add(1)) == at {
			<-thaw
		}
	}
	w.storage.unhook = step
	w.add(q, killFebruary)
	w.store.set(func() error { step(); return nil })
	close(armed)
	synctest.Wait()
	if int(steps.Load()) < at {
		return false
	}
	if err := next.Begin(ctx); err != nil {
		t.Fatal(err)
	}
	err := next.Update(ctx, func(tx metadata.Tx) error { return tx.SetTaskStatus(druid.TaskStatus{ID: "k", State: druid.Failed}) })
	if err != nil && !errors.Is(err, metadata.ErrNotActive) {
		t.Fatal(err)
	}
	marked, err := datasource.New(next, druid.Now, w.storage).MarkUsed(ctx, "wiki", datasource.Filter{Interval: &druid.Eternity})
	if err != nil {
		t.Error(err)
	}
	close(thaw)
	synctest.Wait()
	q.Stop()
	w.storage.unhook = nil
	w.haveFiles(marked, w.storage.len())
	return true
}

// looking is a store that does something after others were looked for that share files.
type looking struct {
	metadata.Store
	looked func()
}

func (l looking) SegmentsElsewhere(ctx context.Context, fn func(*metadata.SegmentRow) error) error {
	err := l.Store.SegmentsElsewhere(ctx, fn)
	l.looked()
	return err
}

// Two kill tasks remove the rows of two segments with the same files at the same time, each of which was there when the other looked: the later one
// takes the files along.
func TestKillsOfSegmentsWithTheSameFiles(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		var q *queue.Queue
		var second atomic.Bool
		w.store.Store = looking{w.store.Store, func() { // the other one runs between the look of the one and its transaction
			if !second.Swap(true) {
				w.add(q, `{'type':'kill','id':'j','dataSource':'other','interval':'2026-02-01/2026-03-01'}`)
				time.Sleep(time.Minute)
			}
		}}
		q = w.start()
		w.ingest = builds(1)
		w.add(q, index("a", 1, 2, ""))
		synctest.Wait()
		rows, err := w.store.UsedSegments(t.Context(), "wiki", nil)
		if err != nil || len(rows) != 1 {
			t.Fatal(rows, err)
		}
		other := rows[0]
		other.Segment.DataSource = "other"
		if err := errors.Join(w.markUnused(), w.store.Update(t.Context(), func(tx metadata.Tx) error {
			other.Used = false
			_, err := tx.InsertSegments([]metadata.SegmentRow{other})
			return err
		})); err != nil {
			t.Fatal(err)
		}
		w.add(q, killFebruary)
		time.Sleep(time.Hour)
		synctest.Wait()
		w.expect(q, "j", "SUCCESS")
		w.expect(q, "k", "SUCCESS")
		w.haveFiles(0, 0)
		w.clean()
	})
}

// holdSecondDeletion lets the second segment that is deleted wait until release is closed.
func (w *world) holdSecondDeletion() (release chan struct{}) {
	release = make(chan struct{})
	n := 0
	w.storage.unhook = func() {
		if n++; n == 2 {
			<-release
		}
	}
	return release
}

// A kill task counts what it removes once, and removes all of it, if the store fails for a moment.
func TestKillWhileTheStoreFails(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		q := w.start()
		w.ingest = builds(1, 2, 3, 4)
		w.add(q, index("a", 0, 0, ""))
		synctest.Wait()
		marker := datasource.New(w.store, druid.Now, w.storage)
		if n, err := marker.MarkUnused(context.Background(), "wiki", datasource.Filter{Interval: &druid.Eternity}, nil); err != nil || n != 4 {
			t.Fatal(n, err)
		}
		failed := false
		w.storage.unhook = func() {
			w.store.set(func() error {
				if !failed {
					failed = true
					return errors.New("for a moment")
				}
				return nil
			})
		}
		w.add(q, `{'type':'kill','id':'k','dataSource':'wiki','interval':'2026-02-01/2026-03-01','batchSize':2,'limit':4}`)
		time.Sleep(time.Minute)
		synctest.Wait()
		w.expect(q, "k", "SUCCESS")
		if got := report(t, q, "k"); !failed || !strings.Contains(got, `"numSegmentsKilled":4,`) || w.storage.len() != 0 {
			t.Errorf("report %s, %d left in storage", got, w.storage.len())
		}
	})
}
