package disk_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"ovate/internal/disk"
)

func TestMkdirAllMakesWhatIsMissing(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "a", "b", "c")
	for range 2 {
		if err := disk.MkdirAll(dir); err != nil {
			t.Fatal(err)
		}
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		t.Fatalf("no folder: %v, %v", info, err)
	}
}

func TestMkdirAllRefusesAFileInTheWay(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{file, filepath.Join(file, "below")} {
		if err := disk.MkdirAll(dir); err == nil || !strings.Contains(err.Error(), file) {
			t.Errorf("MkdirAll(%s) = %v, want an error that names %s", dir, err, file)
		}
	}
}

func TestWriteFileReplaces(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "x")
	for _, content := range []string{"long content", "short", ""} {
		if err := disk.WriteFile(path, []byte(content)); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != content {
			t.Fatalf("got %q, %v, want %q", got, err, content)
		}
	}
	requireNames(t, dir, "x")
}

func TestWriteFileInAMissingFolderFails(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "missing", "x")
	if err := disk.WriteFile(path, []byte("x")); err == nil || !strings.Contains(err.Error(), path) {
		t.Fatalf("got %v, want an error that names %s", err, path)
	}
}

// TestWriteFileOnAFullDisk runs in a process of its own, because the limit on the size of files, which stands for
// the full disk, holds for a whole process.
func TestWriteFileOnAFullDisk(t *testing.T) {
	t.Parallel()
	if os.Getenv("OVATE_DISK_FULL") == "" {
		cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
		cmd.Env = append(os.Environ(), "OVATE_DISK_FULL=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "x")
	if err := disk.WriteFile(path, []byte("before")); err != nil {
		t.Fatal(err)
	}
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: 1000, Max: unix.RLIM_INFINITY}); err != nil {
		t.Fatal(err)
	}
	if err := disk.WriteFile(path, bytes.Repeat([]byte("x"), 4000)); err == nil {
		t.Fatal("a write beyond the limit gave no error")
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != "before" {
		t.Fatalf("got %q, %v, want what was there before", got, err)
	}
	requireNames(t, dir, "x")
}

func TestSyncTree(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "a", "b"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "a", "b", "x"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := disk.SyncTree(dir); err != nil {
		t.Fatal(err)
	}
	if err := disk.SyncTree(filepath.Join(dir, "missing")); err == nil {
		t.Fatal("syncing what is not there gave no error")
	}
}

func requireNames(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, entry := range entries {
		got = append(got, entry.Name())
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Fatalf("folder holds %q, want %q", got, want)
	}
}

// Many callers at a time, few files and many: what is asked for is synced, what is gone is no error, and nobody hangs.
func TestSyncer(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	syncer, err := disk.NewSyncer(dir)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 100 {
		wg.Go(func() {
			path := filepath.Join(dir, strconv.Itoa(i))
			if err := os.Mkdir(path, 0o700); err != nil {
				t.Error(err)
			}
			if err := syncer.Sync(path, dir, filepath.Join(path, "gone")); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if err := errors.Join(syncer.Sync(), syncer.Sync(dir)); err != nil {
		t.Error(err)
	}
	var trees []string
	for i := range 100 {
		trees = append(trees, filepath.Join(dir, strconv.Itoa(i)))
	}
	for _, some := range [][]string{nil, trees[:3], trees} {
		if err := syncer.SyncTrees(some); err != nil {
			t.Error(err)
		}
	}
	if err := syncer.SyncTrees([]string{filepath.Join(dir, "gone")}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a folder that is not there: %v", err)
	}
	if err := syncer.Close(); err != nil {
		t.Error(err)
	}
}
