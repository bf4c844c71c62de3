package scheduled_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"

	"ovate/internal/task"
)

// The examples run.
func TestExamples(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		file, typ, want string
		places          task.Places
	}{
		{"nightly.json", "index_parallel", "flights-nightly_20000101T013000Z", task.Places{}}, // 2:30 in Berlin
		{"hourly.json", "query_controller", "query-flights-hourly_20000101T010500Z", task.Places{Workers: true}},
	} {
		t.Run(c.file, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				spec, err := os.ReadFile(filepath.Join("..", "..", "..", "examples", "scheduled", c.file))
				if err != nil {
					t.Fatal(err)
				}
				w := newWorld(t, c.places)
				w.submit(string(spec))
				w.pass("01:45:00")
				if active := w.active(c.typ); !slices.Contains(active, c.want) {
					t.Errorf("there are the tasks %q", active)
				}
			})
		})
	}
}
