package inprocess_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"ovate/druid"
	"ovate/internal/action"
	"ovate/internal/lockbox"
	"ovate/internal/queue"
	"ovate/internal/runner"
	"ovate/internal/runner/inprocess"
	"ovate/internal/runner/runnertest"
	"ovate/internal/task"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// storage has a staging folder and stores nothing.
type storage struct{ staging string }

func (s storage) Staging() string { return s.staging }
func (s storage) Push(context.Context, string, druid.DataSegment, string) (json.RawMessage, error) {
	return nil, os.ErrInvalid
}
func (s storage) Delete(context.Context, json.RawMessage) error         { return os.ErrInvalid }
func (s storage) Exists(context.Context, json.RawMessage) (bool, error) { return false, os.ErrInvalid }

// logs forgets what it is told.
type logs struct{ io.Writer }

func (l logs) Append(string) (io.WriteCloser, error) { return l, nil }
func (l logs) PutReport(string, []byte) error        { return nil }
func (l logs) PrepareReport(string, []byte) error    { return nil }
func (l logs) AcceptReport(string) error             { return nil }
func (l logs) DropReport(string) error               { return nil }
func (l logs) Close() error                          { return nil }

func newRunner(t *testing.T, capacity int) *inprocess.Runner {
	return inprocess.New(inprocess.Options{
		Kit:    &task.Kit{Storage: storage{t.TempDir()}, Logs: logs{io.Discard}, Location: druid.TaskLocation{Host: "localhost", Port: 8090, TLSPort: -1}},
		Worker: runner.Worker{Scheme: "http", Host: "localhost:8090", IP: "localhost", Capacity: capacity, Version: "0", Category: "_default_worker_category"},
		Log:    slog.New(slog.DiscardHandler),
	})
}

func TestRunner(t *testing.T) {
	t.Parallel()
	runnertest.Exercise(t, func(t *testing.T, capacity int) queue.Runner { return newRunner(t, capacity) })
}

func TestStartClearsStaging(t *testing.T) {
	t.Parallel()
	staging := t.TempDir()
	for _, name := range []string{"task-1/segment/00000.smoosh", "kept/file"} {
		path := filepath.Join(staging, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r := inprocess.New(inprocess.Options{Kit: &task.Kit{Storage: storage{staging}, Logs: logs{io.Discard}}, Log: slog.New(slog.DiscardHandler)})
	if err := r.Start(nil); err != nil {
		t.Fatal(err)
	}
	r.Stop()
	entries, err := os.ReadDir(staging)
	if err != nil || len(entries) != 1 || entries[0].Name() != "kept" {
		t.Errorf("left %v, %v", entries, err)
	}
}

// suspect is a task that waits, and is suspected.
type suspect struct {
	runner.Assignment
	id        string
	suspicion runner.Suspicion
}

func (s suspect) ID() string                  { return s.id }
func (s suspect) Slots() int                  { return 1 }
func (s suspect) Suspicion() runner.Suspicion { return s.suspicion }
func (s suspect) Client() action.Client {
	return action.NewBox(action.Options{Locks: lockbox.New(nil, druid.Now, nil), Now: druid.Now}).For(action.Identity{Holder: lockbox.Holder{TaskID: s.id}})
}
func (s suspect) Load(ctx context.Context) (task.Task, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// ids hears which tasks run.
type ids struct{ running chan string }

func (i ids) Running(id string, _ druid.TaskLocation) { i.running <- id }
func (i ids) Done(runner.Assignment, runner.Result)   {}

// A suspect that runs for long does not hold up the others; but one that has to be alone is.
func TestSuspectsDoNotWaitForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRunner(t, 10)
		heard := ids{make(chan string, 10)}
		if err := r.Start(heard); err != nil {
			t.Fatal(err)
		}
		for _, s := range []suspect{{id: "a", suspicion: runner.Suspect}, {id: "b", suspicion: runner.Suspect}, {id: "c", suspicion: runner.SuspectAlone}} {
			if _, err := r.Run(s); err != nil {
				t.Fatal(err)
			}
		}
		expect := func(n int) {
			t.Helper()
			synctest.Wait()
			if len(heard.running) != n {
				t.Errorf("%d tasks have begun, want %d", len(heard.running), n)
			}
		}
		expect(1)
		time.Sleep(time.Minute)
		expect(1)
		time.Sleep(5 * time.Minute)
		expect(2)
		time.Sleep(time.Hour)
		expect(2)
		r.Cancel("a", context.Canceled)
		expect(2)
		r.Cancel("b", context.Canceled)
		expect(3)
		r.Stop()
	})
}
