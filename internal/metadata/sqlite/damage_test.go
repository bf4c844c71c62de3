package sqlite_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite"
)

// TestDamagedWhileOpen: a store whose file is overwritten takes nothing more once it notices, says which file it is, and has the process end.
func TestDamagedWhileOpen(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "metadata.db")
	fill := open(t, sqlite.Options{Path: path})
	const rows = 5000 // more than is kept in memory
	err := fill.Update(t.Context(), func(tx metadata.Tx) error {
		for i := range rows {
			if err := insert(fmt.Sprintf("task-%d", i))(tx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := fill.Close(); err != nil { // which leaves no write-ahead log
		t.Fatal(err)
	}
	failed := make(chan error, 1)
	store := open(t, sqlite.Options{Path: path, Failed: func(err error) { failed <- err }})
	defer closeQuietly(t, store)
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	const page = 4096 // the first one, which says what the file is, stays
	if _, err := file.WriteAt(bytes.Repeat([]byte("rubbish "), int(info.Size()-page)/8), page); err != nil {
		t.Fatal(err)
	}
	if err := store.Update(t.Context(), insert("after")); err == nil || metadata.IsTransient(err) {
		t.Errorf("got %v, want an error that does not pass", err)
	}
	select {
	case err := <-failed:
		if !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "malformed") {
			t.Errorf("the reason given is %v", err)
		}
	case <-time.After(5 * time.Minute):
		t.Error("the process is not told to end")
	}
	if err := store.Update(t.Context(), insert("later")); err == nil || metadata.IsTransient(err) {
		t.Errorf("the next update: %v", err)
	}
}
