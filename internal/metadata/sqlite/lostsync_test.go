package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ovate/internal/disk/disktest"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite"
)

// TestLostSync has the disk fail at the sync of a commit: the outcome is unknown, the store takes nothing more and says why, and the
// next process finds what was acknowledged before, and what became of the rest.
func TestLostSync(t *testing.T) {
	t.Parallel()
	path := os.Getenv(childEnv)
	if path == "" {
		path = filepath.Join(t.TempDir(), "metadata.db")
		out, err := child(t, path).Output()
		if err != nil || !strings.Contains(string(out), "PASS") {
			t.Fatalf("%v\n%s", err, out)
		}
		t.Logf("%s", out)
		if strings.Contains(string(out), "SKIP") {
			t.Skip("system calls cannot be filtered here")
		}
		store := open(t, sqlite.Options{Path: path})
		defer closeQuietly(t, store)
		if _, err := store.Task(t.Context(), "before"); err != nil {
			t.Errorf("what was acknowledged before: %v", err)
		}
		if _, err := store.Task(t.Context(), "open"); err != nil && !errors.Is(err, metadata.ErrNotFound) {
			t.Errorf("what was open: %v", err)
		}
		if _, err := store.Task(t.Context(), "after"); !errors.Is(err, metadata.ErrNotFound) {
			t.Errorf("what was refused: %v", err)
		}
		return
	}
	failed := make(chan error, 1)
	store := open(t, sqlite.Options{Path: path, Failed: func(err error) { failed <- err }})
	if err := store.Update(t.Context(), insert("before")); err != nil {
		t.Fatal(err)
	}
	if err := disktest.FailSync("-wal"); err != nil {
		fmt.Println("SKIP", err)
		return
	}
	if err := store.Update(t.Context(), insert("open")); !errors.Is(err, metadata.ErrOutcomeUnknown) || metadata.IsTransient(err) {
		t.Errorf("got %v, want that the outcome is unknown", err)
	}
	if err := <-failed; !strings.Contains(err.Error(), path) {
		t.Errorf("the reason given is %v", err)
	}
	err := store.Update(t.Context(), insert("after"))
	if errors.Is(err, metadata.ErrOutcomeUnknown) || metadata.IsTransient(err) || err == nil {
		t.Errorf("the next update: %v", err)
	}
	if _, err := store.Task(context.Background(), "open"); err == nil || errors.Is(err, metadata.ErrNotFound) {
		t.Errorf("what may be stored is denied: %v", err)
	}
	if t.Failed() {
		return
	}
	fmt.Println("PASS")
	os.Exit(0) // as the process does: nothing is closed
}
