package inprocess_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"ovate/druid"
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
func (s storage) Delete(context.Context, json.RawMessage) error { return os.ErrInvalid }

// logs forgets what it is told.
type logs struct{ io.Writer }

func (l logs) Append(string) (io.WriteCloser, error) { return l, nil }
func (l logs) PutReport(string, []byte) error        { return nil }
func (l logs) PrepareReport(string, []byte) error    { return nil }
func (l logs) AcceptReport(string) error             { return nil }
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
