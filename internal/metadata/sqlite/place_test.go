package sqlite_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"ovate/internal/metadata/sqlite"
)

// TestCopyWithTheSameInode: files in two fresh file systems have the same numbers.
func TestCopyWithTheSameInode(t *testing.T) {
	t.Parallel()
	path := filepath.Join(fileSystem(t), "metadata.db")
	identity := func(path string) string {
		store := open(t, sqlite.Options{Path: path})
		defer closeQuietly(t, store)
		return store.Identity()
	}
	original := identity(path)
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	folder := fileSystem(t)
	copied := ""
	for i := 0; copied == "" || inode(t, copied) != inode(t, path); i++ {
		if i == 100 {
			t.Skip("the file system gives other numbers")
		}
		copied = filepath.Join(folder, fmt.Sprint(i))
		if err := os.WriteFile(copied, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got := identity(copied); got == original {
		t.Errorf("the copy is %s, too", got)
	}
	if err := os.Rename(path, path+"-moved"); err != nil {
		t.Fatal(err)
	}
	if got := identity(path + "-moved"); got != original {
		t.Errorf("%s became %s by a move", original, got)
	}
}

func inode(t *testing.T, path string) uint64 {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Sys().(*syscall.Stat_t).Ino
}

// fileSystem is the folder of a fresh one, which takes a superuser to make.
func fileSystem(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=20m"); errors.Is(err, unix.EPERM) {
		t.Skip("only a superuser can make a file system:", err)
	} else if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	return dir
}
