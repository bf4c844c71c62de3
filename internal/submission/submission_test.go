package submission

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"ovate/druid"
	"ovate/internal/deepstorage/local"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite/sqlitetest"
	"ovate/internal/queue"
	"ovate/internal/runner"
	"ovate/internal/runner/inprocess"
	"ovate/internal/task"
	"ovate/internal/tasklog"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is a clock and a store, on which leaders follow each other.
type world struct {
	t     *testing.T
	store metadata.Store
	wall  atomic.Int64
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, store: metadata.Classified(sqlitetest.Open(t))}
	w.wall.Store(int64(druid.Now()))
	return w
}

// lead begins a term, which ends that of whoever led before.
func (w *world) lead() (*Submissions, *queue.Queue, *metadata.Term) {
	w.t.Helper()
	log := slog.New(slog.DiscardHandler)
	logs, err := tasklog.Open(filepath.Join(w.t.TempDir(), "logs"), log)
	if err != nil {
		w.t.Fatal(err)
	}
	deep, err := local.Open(local.Options{Directory: filepath.Join(w.t.TempDir(), "segments")})
	if err != nil {
		w.t.Fatal(err)
	}
	term := metadata.NewTerm(context.Background(), w.store, 0)
	if err := term.Begin(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	q := queue.New(queue.Options{
		Store: term, Logs: logs, Log: log,
		Runner: inprocess.New(inprocess.Options{Kit: &task.Kit{Storage: deep, Logs: logs, Workers: 1}, Worker: runner.Worker{Capacity: 1}, Log: log}),
	})
	if err := q.Start(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	s := New(Options{Store: term, Log: log, Wall: func() druid.Instant { return druid.Instant(w.wall.Load()) }})
	if err := s.Start(w.t.Context(), q); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		s.Stop()
		q.Stop()
		term.End()
	})
	return s, q, term
}

func (w *world) submit(s *Submissions, id string, more func(*Request)) {
	w.t.Helper()
	r := &Request{Task: []byte(`{"type":"noop","dataSource":"d","runTime":1,"id":"` + id + `"}`)}
	more(r)
	if _, _, err := s.Submit(w.t.Context(), r, Sender{}); err != nil {
		w.t.Fatal(err)
	}
}

// TestNextLeader: who does not lead any more submits nothing and changes nothing, and who leads next submits what is due, once.
func TestNextLeader(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	old, _, _ := w.lead()
	due := druid.Instant(w.wall.Load()) + 3_600_000
	w.submit(old, "later", func(r *Request) { r.NotBefore = &due })
	w.submit(old, "after", func(r *Request) { r.After = []string{"later"} })
	if _, err := w.store.BeginTerm(t.Context(), 0); err != nil { // another server leads, and has not come to submissions yet
		t.Fatal(err)
	}
	w.wall.Store(int64(due))
	if err := old.look(t.Context(), "later"); !errors.Is(err, metadata.ErrTermOver) {
		t.Errorf("the old leader submits: %v", err)
	}
	if err := old.Cancel(t.Context(), "later", ""); !errors.Is(err, metadata.ErrTermOver) {
		t.Errorf("the old leader cancels: %v", err)
	}
	next, q, _ := w.lead()
	for {
		if got, err := next.Get(t.Context(), "after"); err != nil || got.State == Success {
			if err != nil || got.After[0].Ended != Success {
				t.Errorf("after: %+v, %v", got, err)
			}
			break
		}
		time.Sleep(time.Millisecond)
	}
	page, err := q.Page(t.Context(), queue.PageQuery{Max: 10})
	if err != nil || len(page.Tasks) != 2 {
		t.Errorf("tasks: %+v, %v", page.Tasks, err)
	}
}

// TestTakenID: a submission whose id another task of its data source has taken meanwhile fails, and says so. One whose id was taken by a task of another data source, as anybody
// may have done who knows it, becomes a task of another id.
func TestTakenID(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s, q, _ := w.lead()
	due := druid.Instant(w.wall.Load()) + 3_600_000
	for id, dataSource := range map[string]string{"x": "d", "y": "other"} {
		w.submit(s, id, func(r *Request) { r.NotBefore = &due })
		taker, err := task.Decode(fmt.Appendf(nil, `{"type":"noop","dataSource":%q,"runTime":1,"id":%q}`, dataSource, id), 0)
		if err != nil {
			t.Fatal(err)
		}
		if err := q.Add(t.Context(), taker); err != nil {
			t.Fatal(err)
		}
	}
	w.wall.Store(int64(due))
	for _, id := range []string{"x", "y"} {
		if err := s.look(t.Context(), id); err != nil && !errors.Is(err, metadata.ErrChanged) { // by the loop, which may have seen the clock
			t.Fatal(err)
		}
	}
	if got, err := s.Get(t.Context(), "x"); err != nil || got.State != Failed || got.Error != "It could not be submitted: Task[x] already exists" {
		t.Errorf("%+v, %v", got, err)
	}
	got, err := s.Get(t.Context(), "y")
	if err != nil || got.State == Failed || !strings.HasPrefix(got.Task, "y_else_") {
		t.Fatalf("%+v, %v", got, err)
	}
	if of, err := s.OfTask(t.Context(), got.Task); err != nil || of.ID != "y" {
		t.Errorf("the submission of %s is %+v, %v", got.Task, of, err)
	}
}

// TestPauses: each attempt waits twice as long as the one before, up to a bound.
func TestPauses(t *testing.T) {
	t.Parallel()
	r := &Retry{MaxAttempts: 100, Backoff: "PT10S", MaxBackoff: "PT1M"}
	var pauses []time.Duration
	for attempt := range 5 {
		pauses = append(pauses, r.pause(attempt+1)/time.Second)
	}
	if want := []time.Duration{10, 20, 40, 60, 60}; !slices.Equal(pauses, want) {
		t.Errorf("%v, want %v", pauses, want)
	}
	rapid.Check(t, func(t *rapid.T) {
		r := &Retry{Backoff: rapid.SampledFrom([]string{"", "PT0S", "PT0.001S", "P366D", "PT1H"}).Draw(t, "backoff"), MaxBackoff: rapid.SampledFrom([]string{"", "PT0S", "P366D"}).Draw(t, "most")}
		most, _ := length(r.MaxBackoff, usualLongest)
		before := time.Duration(0)
		for attempt := range mostAttempts {
			pause := r.pause(attempt + 1)
			if pause < before || pause > most {
				t.Fatalf("attempt %d waits %v after %v", attempt+1, pause, before)
			}
			before = pause
		}
	})
}

// TestCovers: only the failures that are meant are retried, and nothing that somebody has shut down.
func TestCovers(t *testing.T) {
	t.Parallel()
	r := &Retry{MaxAttempts: 3, Errors: []string{"timed out", "refused"}, ExceptErrors: []string{"for good"}}
	for why, want := range map[string]bool{"it timed out": true, "refused": true, "refused for good": false, "": false, "parse": false, queue.ShutdownReason: false} {
		if got := r.covers(why); got != want {
			t.Errorf("%q: %v", why, got)
		}
	}
	if any := (&Retry{}); !any.covers("whatever") || any.covers(queue.ShutdownReason) {
		t.Error("without texts")
	}
}
