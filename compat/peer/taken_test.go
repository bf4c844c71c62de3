//go:build peer

package peer

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"ovate/compat/replay"
)

// TestTaken has Druid's Overlord read tasks, and compares which of them it refuses with what was recorded, by which ovate is tested
// (internal/task.TestTaken).
func TestTaken(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	file := filepath.Join("..", "testdata", "taken.jsonl")
	all, err := replay.LoadTaken(file)
	if err != nil {
		t.Fatal(err)
	}
	tasks := make([][]byte, len(all))
	for i := range all {
		tasks[i] = all[i].Task
	}
	for i, said := range druidSays(ctx, t, filepath.Join("taken", "Taken.java"), tasks) {
		answer := string(said)
		if answer != all[i].Druid && !*recordActions {
			t.Errorf("%s: Druid says %q, but recorded is %q", all[i].Task, answer, all[i].Druid)
		}
		all[i].Druid = answer
	}
	if *recordActions {
		if err := replay.SaveTaken(file, all); err != nil {
			t.Error(err)
		}
	}
}
