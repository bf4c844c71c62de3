package queue_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"

	"ovate/druid"
	"ovate/internal/datasource"
)

// What a kill task has locked is being removed until its run has ended, also if it was shut down before.
func TestRemoving(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		q := w.start()
		ctx := context.Background()
		w.ingest = builds(1)
		w.add(q, index("a", 1, 2, ""))
		synctest.Wait()
		marker := datasource.New(w.store, druid.Now, q.Removing)
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
