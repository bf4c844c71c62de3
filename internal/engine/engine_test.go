package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"ovate/druid"
	"ovate/internal/action"
	"ovate/internal/deepstorage"
	"ovate/internal/deepstorage/local"
	"ovate/internal/engine"
	"ovate/internal/leadership"
	"ovate/internal/leadership/leadershiptest"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite/sqlitetest"
	"ovate/internal/orphans"
	"ovate/internal/queue"
	"ovate/internal/runner"
	"ovate/internal/supervisor"
	"ovate/internal/task"
	"ovate/internal/tasklog"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// workshop is a runner whose tasks run until it stops.
type workshop struct {
	start   func() error // called at Start, unless nil
	given   map[string]bool
	stopped bool
	storage deepstorage.Storage
	leads   func() bool
}

func (w *workshop) Start(runner.Events) error {
	if w.start != nil {
		return w.start()
	}
	return nil
}
func (w *workshop) Stop() { w.stopped = true }
func (w *workshop) Run(a runner.Assignment) (bool, error) {
	w.given[a.ID()] = true
	return true, nil
}
func (w *workshop) Cancel(string, error) bool                             { return false }
func (w *workshop) Report(context.Context, string) (io.ReadCloser, error) { return nil, fs.ErrNotExist }
func (w *workshop) Workers() []runner.Worker                              { return nil }
func (w *workshop) Capacity() runner.Capacity                             { return runner.Capacity{} }

// recovery is a store that does something before it reads the active tasks.
type recovery struct {
	metadata.Store
	mu   sync.Mutex
	step func(context.Context) error // unless nil
}

// before sets what is done.
func (r *recovery) before(step func(context.Context) error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.step = step
}

func (r *recovery) ActiveTasks(ctx context.Context, fn func(*metadata.TaskRow) error) error {
	r.mu.Lock()
	step := r.step
	r.mu.Unlock()
	if step != nil {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return r.Store.ActiveTasks(ctx, fn)
}

// office is a holder with all that it needs, and the engines' runners.
type office struct {
	*engine.Holder
	seat  *leadershiptest.Seat
	store *recovery
	kinds []supervisor.Kind // of supervisors

	begin func(*workshop) // changes a runner before it is given to an engine; may be nil
	over  func()          // withdraws the announcement of the lead; may be nil

	mu   sync.Mutex
	made []*workshop
}

// runners are those of the engines that were made so far.
func (o *office) runners() []*workshop {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.made)
}

// folders are deep storage and logs in a folder that goes with the test.
func folders(t *testing.T, log *slog.Logger) (*local.Storage, *tasklog.Store) {
	t.Helper()
	dir := t.TempDir()
	deep, err := local.Open(local.Options{Directory: filepath.Join(dir, "segments")})
	if err != nil {
		t.Fatal(err)
	}
	logs, err := tasklog.Open(filepath.Join(dir, "logs"), log)
	if err != nil {
		t.Fatal(err)
	}
	return deep, logs
}

// inOffice runs a test in a bubble. What it leaves running is an error.
func inOffice(t *testing.T, test func(t *testing.T, o *office)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log := slog.New(slog.DiscardHandler)
		store := sqlitetest.Open(t)
		deep, logs := folders(t, log)
		o := &office{seat: leadershiptest.NewSeat("http://localhost:8090"), store: &recovery{Store: store}}
		o.Holder = engine.NewHolder(o.seat, func(lead *leadership.Lead) *engine.Engine {
			w := &workshop{given: map[string]bool{}}
			o.mu.Lock()
			o.made = append(o.made, w)
			o.mu.Unlock()
			if o.begin != nil {
				o.begin(w)
			}
			return engine.New(engine.Options{
				Store: o.store, Lead: lead, Storage: deep, Logs: logs, Log: log, Kinds: o.kinds,
				Runner: func(s deepstorage.Storage, leads func() bool) queue.Runner { w.storage, w.leads = s, leads; return w },
			})
		}, func() (over func()) {
			return func() {
				if o.over != nil {
					o.over()
				}
			}
		}, log)
		t.Cleanup(func() {
			o.Stop()
			for i, w := range o.runners() {
				if !w.stopped {
					t.Errorf("the runner of engine %d was not stopped", i)
				}
			}
			if err := deep.Close(); err != nil {
				t.Error(err)
			}
		})
		test(t, o)
	})
}

func noop(t *testing.T, id string) task.Task {
	t.Helper()
	decoded, err := task.Decode(json.RawMessage(fmt.Sprintf(`{"type":"noop","id":%q}`, id)), druid.Now())
	if err != nil {
		t.Fatal(err)
	}
	return decoded
}

// start starts the holder, and adds a task.
func (o *office) start(t *testing.T) {
	t.Helper()
	if err := o.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := o.Engine().Queue().Add(t.Context(), noop(t, "a")); err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
}

// runs fails unless engine n, and no later one, is there and runs the task.
func (o *office) runs(t *testing.T, n int) {
	t.Helper()
	synctest.Wait()
	if len(o.runners()) != n+1 || o.Engine() == nil || !o.runners()[n].given["a"] {
		t.Fatalf("there are %d engines, one is ready: %v; want one more than %d, that runs the task", len(o.runners()), o.Engine() != nil, n)
	}
	for i, w := range o.runners()[:n] {
		if !w.stopped {
			t.Errorf("engine %d goes on", i)
		}
	}
}

// TestLeadLostAtEveryStep loses the lead at each step of an engine's life. The next engine has the task.
func TestLeadLostAtEveryStep(t *testing.T) {
	for name, lose := range map[string]func(o *office){
		"before the engine is made": func(o *office) {
			o.begin = func(*workshop) { o.begin = nil; o.seat.Lose() }
		},
		"while the tasks are recovered": func(o *office) {
			o.store.before(func(ctx context.Context) error {
				o.store.before(nil)
				o.seat.Lose()
				<-ctx.Done()
				return ctx.Err()
			})
		},
		"after they are recovered": func(o *office) {
			o.begin = func(w *workshop) { o.begin = nil; w.start = func() error { o.seat.Lose(); return nil } }
		},
	} {
		t.Run(name, func(t *testing.T) {
			inOffice(t, func(t *testing.T, o *office) {
				o.start(t)
				o.runs(t, 0)
				former := o.Engine()
				lose(o)
				o.seat.Lose()
				o.runs(t, 2) // the first one, the one that lost it at that step, and one more
				if err := former.Queue().Add(t.Context(), noop(t, "late")); !errors.Is(err, queue.ErrStopped) {
					t.Errorf("a former engine takes a task: %v", err)
				}
				if err := former.Queue().Shutdown(t.Context(), "a", "why"); !errors.Is(err, metadata.ErrTermOver) && !errors.Is(err, queue.ErrStopped) {
					t.Errorf("a former engine shuts down a task: %v", err)
				}
				if _, err := former.Remove(t.Context(), orphans.Query{}); !errors.Is(err, metadata.ErrTermOver) {
					t.Errorf("a former engine removes files: %v", err)
				}
				if o.runners()[0].leads() {
					t.Error("the runner of a former engine is told that it leads")
				}
				if err := o.runners()[0].storage.Delete(t.Context(), []byte(`{}`)); !errors.Is(err, metadata.ErrTermOver) {
					t.Errorf("a task of a former engine removes files: %v", err)
				}
				if s, err := o.Engine().Queue().Status(t.Context(), "a"); err != nil || s.State != druid.Running {
					t.Errorf("the task is %+v, %v", s, err)
				}
			})
		})
	}
}

// TestTermBegunElsewhere: where the election has not told of it, the store tells that another server leads. Nothing more is stored; the
// lead is given back, and sought again after a while, until the election counts further than the store.
func TestTermBegunElsewhere(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		o.start(t)
		former := o.Engine()
		if _, err := o.store.BeginTerm(t.Context(), 4); err != nil {
			t.Fatal(err)
		}
		if err := former.Queue().Add(t.Context(), noop(t, "late")); !errors.Is(err, metadata.ErrTermOver) {
			t.Errorf("a former engine takes a task: %v", err)
		}
		if o.Engine() != nil {
			t.Error("the former engine still answers")
		}
		time.Sleep(time.Minute)
		o.runs(t, 3) // the terms 1 to 4
		if _, err := o.Engine().Queue().Status(t.Context(), "late"); !errors.Is(err, queue.ErrNotFound) {
			t.Errorf("the task that was refused: %v", err)
		}
	})
}

// An engine that cannot begin is the error of the first Start; a later one tries again, after a while.
func TestEngineThatCannotBegin(t *testing.T) {
	broken := errors.New("broken")
	fail := func(context.Context) error { return broken }
	t.Run("first", func(t *testing.T) {
		inOffice(t, func(t *testing.T, o *office) {
			o.store.before(fail)
			if err := o.Start(t.Context()); !errors.Is(err, broken) {
				t.Errorf("start: %v", err)
			}
			if o.Engine() != nil || o.Leader() != "" {
				t.Errorf("an engine is there, or the lead of %q", o.Leader())
			}
		})
	})
	t.Run("later", func(t *testing.T) {
		inOffice(t, func(t *testing.T, o *office) {
			o.start(t)
			o.store.before(fail)
			o.seat.Lose()
			time.Sleep(3 * time.Minute)
			synctest.Wait()
			if n := len(o.runners()); o.Engine() != nil || n < 10 || n > 200 {
				t.Errorf("it has tried %d times in three minutes", n)
			}
			o.store.before(nil)
			time.Sleep(10 * time.Second)
			o.runs(t, len(o.runners())-1)
		})
	})
}

// TestHolderLife calls Start and Stop in every order, and gives up a Start.
func TestHolderLife(t *testing.T) {
	t.Run("stop start", func(t *testing.T) {
		inOffice(t, func(t *testing.T, o *office) {
			o.Stop()
			o.Stop()
			if err := o.Start(t.Context()); !errors.Is(err, engine.ErrStopped) {
				t.Error(err)
			}
		})
	})
	t.Run("start start stop stop", func(t *testing.T) {
		inOffice(t, func(t *testing.T, o *office) {
			o.start(t)
			if err := o.Start(t.Context()); !errors.Is(err, engine.ErrStarted) {
				t.Error(err)
			}
			go o.Stop()
			o.Stop()
			if o.Engine() != nil || !o.runners()[0].stopped {
				t.Error("the engine goes on")
			}
		})
	})
	t.Run("given up", func(t *testing.T) {
		inOffice(t, func(t *testing.T, o *office) {
			ctx, cancel := context.WithCancel(t.Context())
			o.store.before(func(recovering context.Context) error { cancel(); <-recovering.Done(); return recovering.Err() })
			if err := o.Start(ctx); !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		})
	})
	t.Run("lost when about to stop", func(t *testing.T) {
		inOffice(t, func(t *testing.T, o *office) {
			o.start(t)
			o.AboutToStop()
			if o.Engine() == nil {
				t.Error("the engine does not answer any more")
			}
			o.seat.Lose()
			if o.Engine() != nil {
				t.Error("the engine answers without the lead")
			}
			synctest.Wait()
			if o.Engine() != nil || len(o.runners()) != 1 {
				t.Errorf("%d engines were made", len(o.runners()))
			}
		})
	})
	t.Run("another leads", func(t *testing.T) {
		inOffice(t, func(t *testing.T, o *office) {
			lead, err := o.seat.Gain(t.Context(), func() {})
			if err != nil {
				t.Fatal(err)
			}
			if err := o.Start(t.Context()); err != nil || o.Engine() != nil {
				t.Errorf("start: %v", err)
			}
			lead.Resign()
			synctest.Wait()
			if o.Engine() == nil {
				t.Error("it does not lead")
			}
		})
	})
}

// An announcement that cannot be withdrawn holds up neither the end of the engine nor the next leader, but the next announcement.
func TestEngineEndsBeforeItsAnnouncement(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		withdrawn := make(chan struct{})
		o.over = func() { <-withdrawn }
		o.start(t)
		o.seat.Lose()
		synctest.Wait()
		if !o.runners()[0].stopped {
			t.Error("the engine goes on")
		}
		lead, err := o.seat.Gain(t.Context(), func() {})
		if err != nil {
			t.Fatal(err)
		}
		lead.Resign()
		if len(o.runners()) != 1 {
			t.Error("the next engine is made while the last one is announced")
		}
		close(withdrawn)
		o.runs(t, 1)
	})
}

// reading is a supervisor that reads a stream, and notes what becomes of it.
type reading struct {
	supervisor.Life
	tell func(string)
}

func (r *reading) Start()                                 { r.tell("start") }
func (r *reading) Stop(_ context.Context, f bool)         { r.tell(fmt.Sprint("stop ", f)) }
func (r *reading) Status(context.Context) ([]byte, error) { return nil, nil }
func (r *reading) Reset(context.Context, json.RawMessage) error {
	r.tell("reset")
	return nil
}
func (r *reading) CheckPoint(_ context.Context, group int, _ json.RawMessage) error {
	r.tell(fmt.Sprint("checkpoint ", group))
	return nil
}
func (r *reading) Handoff(context.Context, []int) error        { return nil }
func (r *reading) Upgraded(ids []metadata.PendingRow)          { r.tell(fmt.Sprint("upgraded ", len(ids))) }
func (r *reading) Stats(context.Context) ([]byte, error)       { return nil, nil }
func (r *reading) ParseErrors(context.Context) ([]byte, error) { return nil, nil }

// A supervisor runs in each term, and is left with its tasks at the end of each. Tasks of its data source ask it, and those of others nobody.
func TestSupervisorsOfTheTerm(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		var mu sync.Mutex
		var told []string
		o.kinds = []supervisor.Kind{{Type: "reading", Run: func(s *supervisor.Spec, h supervisor.Host) (supervisor.Supervising, error) {
			if h.Tasks == nil || h.Store == nil {
				t.Error("it has no tasks or no store")
			}
			return &reading{tell: func(what string) {
				mu.Lock()
				defer mu.Unlock()
				told = append(told, what)
			}}, nil
		}}}
		o.start(t)
		for _, of := range []string{"none", "other"} { // the first one is of the task
			if _, err := o.Engine().Supervisors().Submit(t.Context(), []byte(`{"type":"reading","dataSource":"`+of+`"}`), false); err != nil {
				t.Fatal(err)
			}
		}
		perform := func(document, want string) {
			t.Helper()
			r, _, err := action.ReadOfDruid([]byte(document))
			if err != nil {
				t.Fatal(err)
			}
			if err := o.Engine().Queue().Perform(t.Context(), "a", r); err != nil {
				t.Fatal(err)
			}
			if answer, err := r.AppendAnswer(nil); err != nil || string(answer) != want {
				t.Errorf("%s is answered %s, %v", document, answer, err)
			}
		}
		perform(`{"type":"resetDataSourceMetadata","dataSource":"none"}`, "true")
		perform(`{"type":"resetDataSourceMetadata","dataSource":"other"}`, "false")
		perform(`{"type":"checkPointDataSourceMetadata","supervisorId":"none","taskGroupId":7,"checkpointMetadata":{}}`, "true")
		perform(`{"type":"checkPointDataSourceMetadata","supervisorId":"other","taskGroupId":8,"checkpointMetadata":{}}`, "false")
		o.Engine().Supervisors().Upgraded([]metadata.PendingRow{{ID: druid.SegmentID{DataSource: "none"}}})
		former := o.Engine().Supervisors()
		o.seat.Lose()
		o.runs(t, 1)
		if _, err := former.Suspend(t.Context(), "none", true); !errors.Is(err, metadata.ErrTermOver) {
			t.Errorf("a former engine suspends a supervisor: %v", err)
		}
		if s, err := o.Engine().Supervisors().Get("none"); err != nil || !s.Runs() {
			t.Errorf("the next engine has %+v, %v", s, err)
		}
		const want = "[start start reset checkpoint 7 upgraded 1 stop false stop false start start]"
		mu.Lock()
		defer mu.Unlock()
		if got := fmt.Sprint(told); got != want {
			t.Errorf("it went %s, want %s", got, want)
		}
	})
}

// TestEngineLife calls an engine's own Start and Stop in every order.
func TestEngineLife(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		w := &workshop{given: map[string]bool{}}
		lasts, lose := context.WithCancel(t.Context())
		e := engine.New(engine.Options{
			Store: o.store, Lead: &leadership.Lead{Lasts: lasts}, Log: slog.New(slog.DiscardHandler),
			Runner: func(deepstorage.Storage, func() bool) queue.Runner { return w },
		})
		if lose(); e.Leads() {
			t.Error("it leads without the lead")
		}
		e.Stop()
		if err := e.Start(t.Context()); !errors.Is(err, metadata.ErrTermOver) {
			t.Error(err)
		}
		e.AboutToStop()
		e.Stop()
	})
}
