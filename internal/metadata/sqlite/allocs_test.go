package sqlite_test

import (
	"testing"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite"
)

// TestListsTakeNoMemoryPerTask: what lists and a start cost grows with the tasks, but what they allocate hardly does. Not in parallel, as
// all allocations of the process are counted. Nor does SQLite do more for a row than to read its columns.
func TestListsTakeNoMemoryPerTask(t *testing.T) {
	store := open(t, sqlite.Options{})
	defer closeStore(t, store)
	const n = 2000
	err := store.Update(t.Context(), func(tx metadata.Tx) error {
		for i := range 2 * n {
			row := taskRow(i, []byte("{}"))
			row.Summary = []byte("{}")
			if i%2 == 0 {
				row.Status.State, row.Status.Duration = druid.Success, int64(i)
			}
			if err := tx.InsertTasks(row); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, list := range map[string]func(fn func(*metadata.TaskRow) error) error{
		"complete": func(fn func(*metadata.TaskRow) error) error {
			return store.CompleteTasks(t.Context(), metadata.TaskQuery{Max: -1}, fn)
		},
		"active": func(fn func(*metadata.TaskRow) error) error { return store.ActiveTasks(t.Context(), fn) },
	} {
		_, before := store.Ran()
		rows := 0
		if err := list(func(*metadata.TaskRow) error { rows++; return nil }); err != nil {
			t.Error(err)
		}
		_, after := store.Ran()
		if each := (after - before) / n; rows != n || each > 14 {
			t.Errorf("a list of %d %s tasks, want %d, takes SQLite %d steps for each", rows, name, n, each)
		}
		allocs := testing.AllocsPerRun(3, func() {
			rows = 0
			if err := list(func(*metadata.TaskRow) error { rows++; return nil }); err != nil {
				t.Error(err)
			}
		})
		if rows != n || allocs > n/4 {
			t.Errorf("a list of %d %s tasks, want %d, allocates %v times", rows, name, n, allocs)
		}
	}
}
