package cli

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ovate/client"
	"ovate/druid"
	"ovate/internal/detect"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite"
)

// Whoever ends `ovate ingest` while its task waits on a server leaves the copy of the rows to the task, which reads it when its turn comes.
// It goes once the task has ended.
func TestInterruptedIngestLeavesItsCopyToTheTask(t *testing.T) {
	t.Parallel()
	server := serving(t, command(t, "serve", "-D", "druid.worker.capacity=1", "--listen", "127.0.0.1:0", "--data", t.TempDir()))
	overlord, err := client.New(server.url)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := overlord.Submit(t.Context(), []byte(`{"type":"noop","id":"hold","runTime":3600000}`)); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "p.csv")
	if err := os.WriteFile(path, []byte("day;price\n2024-01-01;1,5\n2024-01-02;2,25\n"), 0o600); err != nil { // decimal commas take a copy
		t.Fatal(err)
	}
	ingest := func(args ...string) *exec.Cmd {
		cmd := command(t, append([]string{"ingest", path}, args...)...)
		cmd.Env = append(cmd.Env, "TMPDIR="+dir)
		return cmd
	}
	copies := func() int {
		found, err := filepath.Glob(filepath.Join(dir, "ovate-*", "rows-*", "*"))
		if err != nil {
			t.Fatal(err)
		}
		return len(found)
	}
	ids := map[string]bool{}
	waiting := func(dataSource string) (id string) {
		for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); {
			tasks, err := overlord.Tasks(t.Context(), client.Filter{State: "pending", DataSource: dataSource})
			if err != nil {
				t.Fatal(err)
			}
			if len(tasks) == 1 {
				ids[tasks[0].ID] = true
				return tasks[0].ID
			}
		}
		t.Fatal("the task does not come")
		return ""
	}
	interrupted := starting(t, ingest("-d", "interrupted", "--url", server.url))
	id := waiting("interrupted")
	interrupted.end(t, os.Interrupt).expect(t, 130, "task "+id, "It reads the copy of the rows")
	killed := starting(t, ingest("-d", "killed", "--url", server.url))
	waiting("killed")
	killed.end(t, os.Kill)
	finish(t, ingest("-d", "other", "--dry-run")).expect(t, 0) // which clears away what nobody needs
	if n := copies(); n != 2 {
		t.Fatalf("%d copies are left while two tasks wait to read theirs", n)
	}
	if err := overlord.Shutdown(t.Context(), "hold"); err != nil {
		t.Fatal(err)
	}
	for id := range ids {
		run(t, "wait", id, "--url", server.url).expect(t, 0, "SUCCESS")
	}
	finish(t, ingest("-d", "other", "--dry-run")).expect(t, 0)
	if left, err := filepath.Glob(filepath.Join(dir, "ovate-*")); err != nil || left != nil {
		t.Errorf("left behind: %v, %v", left, err)
	}
	server.end(t, os.Interrupt).expect(t, 0)
}

// A task of this program's own server that was cut off runs again with the next one, and reads its copy.
func TestCopyOfATaskThatWaitsInAFolder(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	store, err := sqlite.Open(sqlite.Options{Path: filepath.Join(data, "metadata.db")})
	if err != nil {
		t.Fatal(err)
	}
	err = store.Update(context.Background(), func(tx metadata.Tx) error {
		for id, state := range map[string]druid.TaskState{"waits": druid.Running, "done": druid.Success} {
			row := &metadata.TaskRow{ID: id, GroupID: id, Type: "noop", DataSource: "none", Payload: []byte("{}"), Status: druid.TaskStatus{ID: id, State: state, Location: druid.UnknownLocation}}
			if err := tx.InsertTask(row); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	ended, done := readers(t.Context(), data)
	defer done()
	for id, want := range map[string]bool{"waits": false, "done": true, "unknown": true} {
		if got, err := ended(detect.Reader{Task: id}); err != nil || got != want {
			t.Errorf("%s has ended: %v, %v", id, got, err)
		}
	}
	if _, err := ended(detect.Reader{Server: "http://127.0.0.1:1", Task: "x"}); err == nil || !strings.Contains(err.Error(), "127.0.0.1:1") {
		t.Errorf("a server that does not answer: %v", err)
	}
}
