package supervisortest

import (
	"context"
	"log/slog"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"ovate/druid"
	"ovate/internal/clock"
	"ovate/internal/leadership"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite/sqlitetest"
	"ovate/internal/queue"
	"ovate/internal/runner"
	"ovate/internal/runner/inprocess"
	"ovate/internal/runner/runnertest"
	"ovate/internal/supervisor"
	"ovate/internal/task"
	"ovate/internal/tasklog"
)

// Host is where the tasks of a case run.
type Host struct {
	// Runner makes the runner of a queue.
	Runner func() queue.Runner
	Places task.Places
}

// InProcess has tasks run in this process, which has room for a few.
func InProcess(t *testing.T) Host {
	kit := runnertest.Kit(t.TempDir(), druid.UnknownLocation)
	return Host{Runner: func() queue.Runner {
		return inprocess.New(inprocess.Options{Kit: kit, Worker: runner.Worker{Capacity: 9}, Log: slog.New(slog.DiscardHandler)})
	}}
}

// patience is far longer than anything takes that a test waits for.
const patience = 2 * time.Minute

// world is a store with what a leader makes of it.
type world struct {
	t *testing.T
	Case
	log   *slog.Logger
	logs  queue.Logs
	disk  metadata.Store
	clock *clock.Clock
	id    string // of the supervisor, once it was submitted

	term    *metadata.Term
	store   metadata.Store // the term's
	queue   *queue.Queue
	manager *supervisor.Manager
}

func newWorld(t *testing.T, c Case) *world {
	t.Helper()
	w := &world{t: t, Case: c, log: slog.New(slog.DiscardHandler), disk: sqlitetest.Open(t), clock: clock.New(druid.Now)}
	logs, err := tasklog.Open(filepath.Join(t.TempDir(), "logs"), w.log)
	if err != nil {
		t.Fatal(err)
	}
	w.logs = logs
	w.lead()
	t.Cleanup(func() { w.end() })
	return w
}

// lead begins a term.
func (w *world) lead() {
	w.t.Helper()
	lead := &leadership.Lead{Lasts: context.Background()}
	w.term = metadata.NewTerm(lead.Lasts, metadata.Classified(w.disk), 0)
	w.store = w.term
	if err := w.term.Begin(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	w.manager = supervisor.New(supervisor.Options{Store: w.term, Now: w.clock.Now, Log: w.log, Kinds: []supervisor.Kind{w.Kind}})
	w.queue = queue.New(queue.Options{Store: w.term, Runner: w.Runner(), Logs: w.logs, Log: w.log, Clock: w.clock, Places: w.Places, Supervisors: w.manager})
	if err := w.queue.Start(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	if err := w.manager.Start(w.t.Context(), w.queue); err != nil {
		w.t.Fatal(err)
	}
}

// end ends the term.
func (w *world) end() {
	w.manager.Stop()
	w.queue.Stop()
	w.term.End()
}

// restart has another lead.
func (w *world) restart() {
	w.t.Helper()
	w.end()
	w.lead()
}

func (w *world) submit(spec string) {
	w.t.Helper()
	s, err := w.manager.Submit(w.t.Context(), []byte(spec), false)
	if err != nil {
		w.t.Fatal(err)
	}
	w.id = s.ID
}

// at is the supervisor as it is now.
func (w *world) at() *supervisor.Supervisor {
	w.t.Helper()
	s, err := w.manager.Get(w.id)
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

func (w *world) stage() supervisor.Stage { return w.at().State.Stage }

// active are the ids of the tasks, in order.
func (w *world) active() (ids []string) {
	w.t.Helper()
	active, err := w.queue.Active(w.t.Context(), "", w.TaskType)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, s := range active {
		ids = append(ids, s.ID)
	}
	slices.Sort(ids)
	return ids
}

// waitFor waits until something is so.
func (w *world) waitFor(what string, is func() bool) {
	w.t.Helper()
	for begun := time.Now(); !is(); {
		if time.Since(begun) > patience {
			s, err := w.manager.Get(w.id)
			w.t.Fatalf("it is never %s: it is %+v, %v, and there are the tasks %q", what, s, err, w.active())
		}
		clock.Pause(w.t.Context(), 10*time.Millisecond)
	}
}
