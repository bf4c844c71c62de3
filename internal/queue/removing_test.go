package queue_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ovate/druid"
	"ovate/internal/datasource"
	"ovate/internal/metadata"
	"ovate/internal/queue"
)

// What a kill task has locked is being removed until its run has ended, also if it was shut down before.
func TestRemoving(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		q := w.start()
		ctx := context.Background()
		w.ingest = builds(1)
		w.add(q, index("a", 1, 2, ""))
		synctest.Wait()
		marker := datasource.New(w.store, druid.Now, q, w.storage)
		if n, err := marker.MarkUnused(ctx, "wiki", datasource.Filter{Interval: &druid.Eternity}, nil); err != nil || n != 1 {
			t.Fatal(n, err)
		}
		expect := func(want ...druid.Interval) {
			t.Helper()
			if got := q.Removing("wiki"); !slices.Equal(got, want) {
				t.Errorf("removing in %v, want %v", got, want)
			}
			if _, err := marker.MarkUsed(ctx, "wiki", datasource.Filter{Interval: &druid.Eternity}); (err == nil) != (want == nil) {
				t.Errorf("marking as used: %v", err)
			}
		}
		release := make(chan struct{})
		w.storage.unhook = func() { <-release }
		w.add(q, `{'type':'kill','id':'k','dataSource':'wiki','interval':'2026-02-01/2026-03-01'}`)
		synctest.Wait()
		expect(druid.Interval{Start: day(1).Start, End: day(28).End})
		w.store.set(func() error { return errors.New("disk full") })
		if err := q.Shutdown(ctx, "k", "enough"); err == nil {
			t.Error("shut down without a store")
		}
		w.store.set(nil)
		expect(druid.Interval{Start: day(1).Start, End: day(28).End}) // it goes on
		w.store.delay(func() {
			w.store.delay(nil) // the end is written, and the locks are about to be freed
			if got := q.Removing("wiki"); !slices.Equal(got, []druid.Interval{druid.Eternity}) {
				t.Errorf("removing in %v while the end is written", got)
			}
		})
		shut := make(chan error)
		go func() { shut <- q.Shutdown(ctx, "k", "enough") }()
		spared := true
		for done := false; !done; { // at every moment of the shutdown
			select {
			case err := <-shut:
				if err != nil {
					t.Error(err)
				}
				done = true
			default:
				spared = spared && len(q.Removing("wiki")) > 0
			}
		}
		if !spared {
			t.Error("a kill task is at work, and nothing is being removed")
		}
		expect(druid.Eternity)
		close(release)
		synctest.Wait()
		expect()
		w.clean()
	})
}

// A segment in use always has its files, whatever cuts a kill task off between files and rows.
func TestKillThatIsCutOffLeavesNoUsedSegmentWithoutFiles(t *testing.T) {
	kill := `{'type':'kill','id':'k','dataSource':'wiki','interval':'2026-02-01/2026-03-01'}`
	for _, c := range []struct {
		name string
		// cut runs the task and cuts it off when the files of one segment of three are gone.
		cut func(t *testing.T, w *world, q *queue.Queue)
		// rows are left of three, and can all be used again.
		rows int
	}{
		{"a shutdown", func(t *testing.T, w *world, q *queue.Queue) {
			release := w.holdSecondDeletion()
			w.add(q, kill)
			synctest.Wait()
			if err := q.Shutdown(context.Background(), "k", "enough"); err != nil {
				t.Fatal(err)
			}
			close(release) // the deletion that has begun is finished
			synctest.Wait()
		}, 1},
		{"a stop of the server", func(t *testing.T, w *world, q *queue.Queue) {
			release := w.holdSecondDeletion()
			w.add(q, kill)
			synctest.Wait()
			go func() { time.Sleep(time.Second); close(release) }()
			q.Stop()
		}, 1},
		{"a deletion that fails", func(t *testing.T, w *world, q *queue.Queue) {
			n := 0
			w.storage.undelete = func(string) error {
				if n++; n == 2 {
					return errors.New("no permission")
				}
				return nil
			}
			w.add(q, kill)
			synctest.Wait()
			if got := w.status(q, "k"); !strings.Contains(got, "no permission") {
				t.Error(got)
			}
		}, 2},
		{"a store that fails while it is shut down", func(t *testing.T, w *world, q *queue.Queue) {
			release := w.holdSecondDeletion()
			w.add(q, kill)
			synctest.Wait()
			if err := q.Shutdown(context.Background(), "k", "enough"); err != nil {
				t.Fatal(err)
			}
			w.store.set(func() error { return errors.New("disk full") })
			close(release)
			synctest.Wait()
			if got := q.Removing("wiki"); !slices.Equal(got, []druid.Interval{druid.Eternity}) {
				t.Errorf("removing in %v while the rows wait for the store", got)
			}
			time.Sleep(time.Second)
			w.store.set(nil)
			time.Sleep(time.Minute)
			synctest.Wait()
		}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world) {
				q := w.start()
				ctx := context.Background()
				w.ingest = builds(1, 2, 3)
				w.add(q, index("a", 0, 0, ""))
				synctest.Wait()
				marker := datasource.New(w.store, druid.Now, q, w.storage)
				if n, err := marker.MarkUnused(ctx, "wiki", datasource.Filter{Interval: &druid.Eternity}, nil); err != nil || n != 3 {
					t.Fatal(n, err)
				}
				c.cut(t, w, q)
				w.storage.unhook, w.storage.undelete = nil, nil
				rows, err := w.store.UnusedSegments(ctx, metadata.UnusedQuery{DataSource: "wiki", Interval: druid.Eternity})
				if err != nil || len(rows) != c.rows {
					t.Errorf("%d rows are left, want %d (%v)", len(rows), c.rows, err)
				}
				for _, row := range rows {
					if w.storage.kept[string(row.Segment.LoadSpec)] == "" {
						t.Errorf("the row of segment %s is left without its files", row.Segment.ID())
					}
				}
			})
		})
	}
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
		marker := datasource.New(w.store, druid.Now, q, w.storage)
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
