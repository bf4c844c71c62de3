package detect

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"ovate/internal/disk"
)

// CopyDir is a folder for copies of rows. One that NewCopyDir made goes with its process: what a process that was killed has left
// behind is removed by the next one, which can tell by its lock.
type CopyDir struct {
	Dir  string
	lock *os.File
}

// NewCopyDir claims a folder below parent, which does not exist until something is put there, and removes those of processes that are gone.
func NewCopyDir(parent string) (*CopyDir, error) {
	if err := disk.MkdirAll(parent); err != nil {
		return nil, err
	}
	removeStale(parent)
	lock, err := os.CreateTemp(parent, "rows-*.lock")
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return &CopyDir{strings.TrimSuffix(lock.Name(), ".lock"), lock}, nil
}

// removeStale removes folders whose lock nobody holds. What cannot be removed is left to the next.
func removeStale(parent string) {
	locks, _ := filepath.Glob(filepath.Join(parent, "rows-*.lock"))
	for _, path := range locks {
		lock, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			continue
		}
		if unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB) == nil {
			_ = os.RemoveAll(strings.TrimSuffix(path, ".lock"))
			_ = os.Remove(path)
		}
		_ = lock.Close()
	}
}

// Remove removes the folder, unless the caller chose it.
func (c *CopyDir) Remove() error {
	if c.lock == nil {
		return nil
	}
	err := errors.Join(os.RemoveAll(c.Dir), os.Remove(c.lock.Name()), c.lock.Close())
	if gone := os.Remove(filepath.Dir(c.Dir)); gone != nil && !errors.Is(gone, fs.ErrNotExist) && !errors.Is(gone, unix.ENOTEMPTY) && !errors.Is(gone, unix.EEXIST) {
		err = errors.Join(err, gone)
	}
	return err
}
