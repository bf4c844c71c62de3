package queue_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/queue"
)

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
