package sqlite_test

import (
	"errors"
	"path/filepath"
	"testing"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite"
	"ovate/internal/metadata/sqlite/sqlite3"
)

// TestTaskOfAnUnknownGroup: while a task is active of which the column does not tell the group, nobody's reserved ids go.
func TestTaskOfAnUnknownGroup(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "metadata.db")
	store := open(t, sqlite.Options{Path: path})
	defer closeQuietly(t, store)
	err := store.Update(t.Context(), func(tx metadata.Tx) error {
		_, err := tx.InsertPending([]metadata.PendingRow{{
			ID:        druid.SegmentID{DataSource: "wiki", Interval: druid.Interval{Start: 0, End: 1}, Version: "v"},
			ShardSpec: druid.Numbered(0, 0), SequenceName: "s", Key: "k", Allocator: "g",
		}})
		return errors.Join(insert("old")(tx), err)
	})
	if err != nil {
		t.Fatal(err)
	}
	delete := func(want int) {
		t.Helper()
		err := store.Update(t.Context(), func(tx metadata.Tx) error {
			byCreated, err := tx.DeletePendingByCreated("wiki", druid.Eternity, 9)
			ofGroup, err2 := tx.DeletePendingOfGroup("wiki", "g")
			if byCreated+ofGroup != want {
				t.Errorf("%d and %d went, want %d", byCreated, ofGroup, want)
			}
			return errors.Join(err, err2)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	exec := func(text string) {
		t.Helper()
		db, err := sqlite3.Open(path, sqlite3.ReadWrite)
		if err == nil {
			err = errors.Join(db.Exec(text), db.Close())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	exec(`UPDATE druid_tasks SET group_id = NULL, datasource = 'wiki'`)
	delete(0)
	exec(`UPDATE druid_tasks SET datasource = 'other'`)
	delete(1)
}
