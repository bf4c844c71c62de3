package inprocess_test

import (
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
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func newRunner(t *testing.T, capacity int) *inprocess.Runner {
	return inprocess.New(inprocess.Options{
		Kit:    runnertest.Kit(t.TempDir(), druid.TaskLocation{Host: "localhost", Port: 8090, TLSPort: -1}),
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
	r := inprocess.New(inprocess.Options{Kit: runnertest.Kit(staging, druid.TaskLocation{}), Log: slog.New(slog.DiscardHandler)})
	if err := r.Start(nil); err != nil {
		t.Fatal(err)
	}
	r.Stop()
	entries, err := os.ReadDir(staging)
	if err != nil || len(entries) != 1 || entries[0].Name() != "kept" {
		t.Errorf("left %v, %v", entries, err)
	}
}
