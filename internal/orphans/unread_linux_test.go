package orphans_test

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"ovate/druid"
	"ovate/internal/orphans"
)

// asNobody takes the right to read everything from this goroutine, if it has it.
func asNobody() error {
	runtime.LockOSThread() // for good: the thread ends with the goroutine
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var none [2]unix.CapUserData
	return unix.Capset(&header, &none[0])
}

// TestFoldersThatCannotBeRead are told, and so is what lies elsewhere.
func TestFoldersThatCannotBeRead(t *testing.T) {
	t.Parallel()
	s := setup(t)
	for _, name := range []string{"a", "b", "c", "d"} {
		s.push(s.Storage, name, 0, long)
	}
	dead := filepath.Join(s.root, "intermediate_pushes", "ovate-dead")
	if err := os.Mkdir(dead, 0o700); err != nil {
		t.Fatal(err)
	}
	inside, err := filepath.Glob(filepath.Join(s.root, "c/*/v/0/*/index"))
	if err != nil || len(inside) != 1 {
		t.Fatal(inside, err)
	}
	closed := []string{filepath.Join(s.root, "b"), inside[0], dead}
	for _, dir := range closed {
		if err := os.Chmod(dir, 0); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		for _, dir := range closed {
			if err := os.Chmod(dir, 0o700); err != nil {
				t.Error(err)
			}
		}
	})
	var found *orphans.Findings
	done := make(chan error)
	go func() {
		err := asNobody()
		if err == nil {
			found, err = orphans.New(s.store, s, s, druid.Now, func() time.Duration { return 0 }).Remove(t.Context(), orphans.Query{})
		}
		done <- err
	}()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if got := tell(found); got != "a0 d0, 0 spared, 0 of others[]" {
		t.Error(got)
	}
	var unread []string
	for _, folder := range found.Unread {
		if folder.Reason != "permission denied" {
			t.Errorf("%+v", folder)
		}
		unread = append(unread, filepath.Join(s.root, folder.Path))
	}
	slices.Sort(unread)
	slices.Sort(closed)
	if !slices.Equal(unread, closed) {
		t.Errorf("told as unread: %q, want %q", unread, closed)
	}
}
