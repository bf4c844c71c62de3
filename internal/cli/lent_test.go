package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"ovate/client"
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
		for deadline := time.Now().Add(5 * time.Minute); time.Now().Before(deadline); {
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
