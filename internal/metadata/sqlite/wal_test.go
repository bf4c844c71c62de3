package sqlite_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"ovate/internal/metadata/sqlite"
	"ovate/internal/metadata/sqlite/sqlite3"
)

// TestLogGrows: soon after a start the write-ahead log has the length that it will have, of which nobody sees anything, and commits
// overwrite what is there.
func TestLogGrows(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "metadata.db")
	store := open(t, sqlite.Options{Path: path})
	defer closeQuietly(t, store)
	if err := store.Update(t.Context(), insert("before")); err != nil {
		t.Fatal(err)
	}
	size := func(path string) int64 {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	const long = 4 << 20
	seen := func(stmt *sqlite3.Stmt) error { return fmt.Errorf("there is a row %q", stmt.ColumnText(0)) }
	db, err := sqlite3.Open(path, sqlite3.ReadWrite)
	if err != nil {
		t.Fatal(err)
	}
	for err == nil && size(path+"-wal") < long {
		err = db.Query("SELECT name FROM druid_config", seen)
	}
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	if err := store.Update(t.Context(), insert("behind it")); err != nil {
		t.Fatal(err)
	}
	before := size(path + "-wal")
	if before > 2*long {
		t.Errorf("the log has %d bytes", before)
	}
	if got := size(path); got > 1<<20 {
		t.Errorf("the database has %d bytes", got)
	}
	for i := range 20 {
		if err := store.Update(t.Context(), insert(fmt.Sprint("after", i))); err != nil {
			t.Fatal(err)
		}
	}
	if got := size(path + "-wal"); got != before {
		t.Errorf("the log has grown from %d to %d bytes", before, got)
	}
	if got := countActive(t, store); got != 22 {
		t.Errorf("%d tasks, want 22", got)
	}
}
