package sqlite_test

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"ovate/internal/disk/disktest"
	"ovate/internal/metadata/sqlite"
)

// TestCopyWithTheSameInode: files in two fresh file systems have the same numbers.
func TestCopyWithTheSameInode(t *testing.T) {
	t.Parallel()
	path := filepath.Join(disktest.FileSystem(t), "metadata.db")
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
	folder := disktest.FileSystem(t)
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
