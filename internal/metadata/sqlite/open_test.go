package sqlite_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"ovate/druid"
	"ovate/internal/datadir"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite"
	"ovate/internal/metadata/sqlite/sqlite3"
)

func TestReopen(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "new", "folders", "metadata.db")
	for i := range 3 {
		store := open(t, sqlite.Options{Path: path})
		if err := store.Update(t.Context(), insert(fmt.Sprint("task", i))); err != nil {
			t.Fatal(err)
		}
		if got := countActive(t, store); got != i+1 {
			t.Fatalf("%d tasks after %d rounds", got, i+1)
		}
		if err := store.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestFilesAreForTheOwnerAlone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	store := open(t, sqlite.Options{Path: filepath.Join(dir, "metadata.db")})
	defer closeQuietly(t, store)
	if err := store.Update(t.Context(), insert("task")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"metadata.db", "metadata.db-wal", "metadata.db-shm"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v, %v", name, info.Mode(), err)
		}
	}
}

func TestSecondOpenIsRefused(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "metadata.db")
	store := open(t, sqlite.Options{Path: path})
	_, err := sqlite.Open(sqlite.Options{Path: path})
	held, ok := errors.AsType[*datadir.HeldError](err)
	if !ok || held.PID != strconv.Itoa(os.Getpid()) {
		t.Errorf("got %v, want that this process holds the folder", err)
	}
	closeQuietly(t, store)
	closeQuietly(t, open(t, sqlite.Options{Path: path}))
}

func TestTableBase(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "metadata.db")
	closeQuietly(t, open(t, sqlite.Options{Path: path, TableBase: "prod_7"}))
	closeQuietly(t, open(t, sqlite.Options{Path: path, TableBase: "prod_7"}))
	var names []string
	onFile(t, path, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name", func(stmt *sqlite3.Stmt) error {
		names = append(names, stmt.ColumnText(0))
		return nil
	})
	want := "prod_7_audit prod_7_config prod_7_dataSource prod_7_pendingSegments prod_7_rules prod_7_segments prod_7_supervisors prod_7_tasklocks prod_7_tasks prod_7_upgradeSegments"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("tables %s, want %s", got, want)
	}
	refused(t, sqlite.Options{Path: path}, `another base name than "druid"`)
	for _, base := range []string{"a b", "1a", `a"`, "ü", "a;"} {
		refused(t, sqlite.Options{Path: path, TableBase: base}, "druid.metadata.storage.tables.base")
	}
}

func TestFilesThatAreNotOurs(t *testing.T) {
	t.Parallel()
	t.Run("rubbish", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "metadata.db")
		rubbish := []byte(strings.Repeat("rubbish ", 1000))
		if err := os.WriteFile(path, rubbish, 0o600); err != nil {
			t.Fatal(err)
		}
		refused(t, sqlite.Options{Path: path}, "not a database")
		if got, err := os.ReadFile(path); err != nil || string(got) != string(rubbish) {
			t.Errorf("the file was changed: %d bytes, %v", len(got), err)
		}
	})
	t.Run("a folder", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		if err := os.Mkdir(filepath.Join(dir, "metadata.db"), 0o700); err != nil {
			t.Fatal(err)
		}
		refused(t, sqlite.Options{Path: filepath.Join(dir, "metadata.db")}, "metadata.db")
	})
	t.Run("an empty file", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "metadata.db")
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		closeQuietly(t, open(t, sqlite.Options{Path: path}))
	})
	t.Run("another program's", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "metadata.db")
		onFile(t, path, "CREATE TABLE theirs(x)", nil)
		refused(t, sqlite.Options{Path: path}, "another program")
	})
	t.Run("a newer version's", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "metadata.db")
		closeQuietly(t, open(t, sqlite.Options{Path: path}))
		onFile(t, path, "PRAGMA user_version=99", nil)
		refused(t, sqlite.Options{Path: path}, "version 99")
	})
}

// refused opens the database and expects an error that holds text, and the folder to be free afterwards.
func refused(t *testing.T, o sqlite.Options, text string) {
	t.Helper()
	store, err := sqlite.Open(o)
	if err == nil {
		closeQuietly(t, store)
	}
	if err == nil || !strings.Contains(err.Error(), text) {
		t.Errorf("got %v, want an error with %q", err, text)
		return
	}
	lock, err := datadir.Acquire(filepath.Dir(o.Path))
	if err != nil {
		t.Error(err)
		return
	}
	if err := lock.Release(); err != nil {
		t.Error(err)
	}
}

// onFile runs a statement on a database file, by a connection of its own.
func onFile(t *testing.T, path, statement string, row func(*sqlite3.Stmt) error, args ...any) {
	t.Helper()
	db, err := sqlite3.Open(path, sqlite3.ReadWrite|sqlite3.Create)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Query(statement, row, args...)
	if err = errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
}

func closeQuietly(t testing.TB, store *sqlite.Store) {
	t.Helper()
	if err := store.Close(); err != nil {
		t.Error(err)
	}
}

// insert adds a running task.
func insert(id string) func(metadata.Tx) error {
	return func(tx metadata.Tx) error {
		return tx.InsertTasks(&metadata.TaskRow{
			ID: id, GroupID: id, Type: "noop", DataSource: "wiki", Payload: []byte(strings.Repeat("payload ", 100)),
			Status: druid.TaskStatus{ID: id, State: druid.Running, Duration: -1, Location: druid.UnknownLocation},
		})
	}
}

func countActive(t *testing.T, store *sqlite.Store) int {
	t.Helper()
	n := 0
	if err := store.ActiveTasks(t.Context(), func(*metadata.TaskRow) error { n++; return nil }); err != nil {
		t.Fatal(err)
	}
	return n
}
