package sqlite_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite"
	"ovate/internal/metadata/sqlite/sqlite3"
)

// TestCutOffWhileOpen: a store one of whose files is cut off takes nothing more, and has the process end, also if nobody writes; files that another
// program makes shorter as it should are no reason.
func TestCutOffWhileOpen(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		file  string
		cut   func(size int64) int64
		write bool
		again bool // it is made as long as before, with nothing in it, as by a write behind the cut
	}{
		{name: "all", cut: func(int64) int64 { return 0 }, write: true},
		{name: "half", cut: func(size int64) int64 { return size / 2 }, write: true},
		{name: "half, idle", cut: func(size int64) int64 { return size / 2 }},
		{name: "log", file: "-wal", cut: func(int64) int64 { return 4000 }, write: true},
		{name: "log, idle", file: "-wal", cut: func(int64) int64 { return 0 }},
		{name: "log, as long as before", file: "-wal", cut: func(int64) int64 { return 0 }, again: true},
		{name: "log, written on", file: "-wal", cut: func(int64) int64 { return 4000 }, write: true, again: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "metadata.db")
			fill := open(t, sqlite.Options{Path: path})
			many := func(name string) func(metadata.Tx) error {
				return func(tx metadata.Tx) error {
					for i := range 200 {
						if err := insert(fmt.Sprint(name, i))(tx); err != nil {
							return err
						}
					}
					return nil
				}
			}
			if err := fill.Update(t.Context(), many("task-")); err != nil {
				t.Fatal(err)
			}
			if err := fill.Close(); err != nil {
				t.Fatal(err)
			}
			failed := make(chan error, 1)
			store := open(t, sqlite.Options{Path: path, Failed: func(err error) { failed <- err }})
			defer closeQuietly(t, store)
			if err := store.Update(t.Context(), many("more-")); err != nil {
				t.Fatal(err)
			}
			info, err := os.Stat(path + test.file)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.Truncate(path+test.file, test.cut(info.Size())); err != nil {
				t.Fatal(err)
			}
			if test.again {
				if err := os.Truncate(path+test.file, info.Size()); err != nil {
					t.Fatal(err)
				}
			}
			if test.write {
				if err := store.Update(t.Context(), insert("after")); err == nil || metadata.IsTransient(err) {
					t.Errorf("got %v, want an error that does not pass", err)
				}
			}
			select {
			case err := <-failed:
				if !strings.Contains(err.Error(), path+test.file+" was cut off ") {
					t.Errorf("the reason given is %v", err)
				}
			case <-time.After(5 * time.Minute):
				t.Error("the process is not told to end")
			}
		})
	}
	t.Run("by others", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "metadata.db")
		store := open(t, sqlite.Options{Path: path})
		defer store.Close()
		for i := range 3 {
			if err := store.Update(t.Context(), insert(fmt.Sprint("task-", i))); err != nil {
				t.Fatal(err)
			}
			other, err := sqlite3.Open(path, sqlite3.ReadWrite)
			if err != nil {
				t.Fatal(err)
			}
			for j, statement := range []string{"CREATE TABLE o AS SELECT zeroblob(1000000)", "DROP TABLE o", "PRAGMA wal_checkpoint(TRUNCATE)", "VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"} {
				if err := other.Exec(statement); err != nil {
					t.Fatal(err)
				}
				if err := store.Update(t.Context(), insert(fmt.Sprint("between-", i, "-", j))); err != nil {
					t.Fatal(err)
				}
			}
			if err := other.Close(); err != nil {
				t.Fatal(err)
			}
		}
	})
}
