// Package datadir keeps a data folder to one process at a time, and knows where its server is reached.
package datadir

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// LockFile is the file in a data folder that its process holds locked. It stays there when the process ends; only the
// lock on it counts, and the operating system drops that with the process, however it ends.
const LockFile = "ovate.lock"

// Lock is the claim of this process on a data folder. It is on the folder itself, which nobody can take away without what lies in it;
// the file in it names the process, and stands in where a file system cannot lock folders.
type Lock struct {
	file *os.File
	dir  *os.File // nil if it cannot be locked
}

// HeldError tells who has the data folder.
type HeldError struct {
	Dir string
	// PID is the holder's process id as text, or empty if it has not written it yet.
	PID string
}

func (e *HeldError) Error() string {
	holder := "another process"
	if e.PID != "" {
		holder = "process " + e.PID
	}
	return fmt.Sprintf("data folder %s is in use by %s: stop that one first or give this one another folder", e.Dir, holder)
}

// Acquire claims the folder, which must exist, or returns a *HeldError at once if another process has it.
func Acquire(dir string) (*Lock, error) {
	folder, err := os.Open(dir)
	if err != nil {
		return nil, fmt.Errorf("lock data folder: %w", err)
	}
	file, err := os.OpenFile(filepath.Join(dir, LockFile), os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock data folder: %w", err), folder.Close())
	}
	locked, err := claimFolder(folder, file)
	if err == nil {
		err = claim(file, dir)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close(), folder.Close())
	}
	if !locked {
		return &Lock{file: file}, folder.Close()
	}
	return &Lock{file: file, dir: folder}, nil
}

// claimFolder locks the folder itself. Some network file systems cannot; there the file alone is locked.
func claimFolder(folder, file *os.File) (locked bool, err error) {
	switch err := unix.Flock(int(folder.Fd()), unix.LOCK_EX|unix.LOCK_NB); {
	case err == nil:
		return true, nil
	case cannotLock(err):
		return false, nil
	case errors.Is(err, unix.EWOULDBLOCK):
		return false, held(file, folder.Name())
	default:
		return false, fmt.Errorf("lock %s: %w", folder.Name(), err)
	}
}

// held tells who has the folder.
func held(file *os.File, dir string) error {
	pid, err := io.ReadAll(io.LimitReader(file, 32))
	if err != nil {
		return fmt.Errorf("read %s: %w", file.Name(), err)
	}
	return &HeldError{Dir: dir, PID: strings.TrimSpace(string(pid))}
}

func claim(file *os.File, dir string) error {
	switch err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB); {
	case errors.Is(err, unix.EWOULDBLOCK):
		return held(file, dir)
	case err != nil:
		return fmt.Errorf("lock %s: %w", file.Name(), err)
	}
	// The pid is for people only, so it need not survive anything. It is written over the old one before the rest
	// is cut off, so that at no moment the file is empty. Where a full disk does not take it, none is better than the old one.
	pid := fmt.Sprintf("%d\n", os.Getpid())
	size := len(pid)
	if _, err := file.WriteAt([]byte(pid), 0); err != nil {
		size = 0
	}
	if err := file.Truncate(int64(size)); err != nil {
		return fmt.Errorf("write %s: %w", file.Name(), err)
	}
	return nil
}

// Release gives the folder up. It does not leave that to the closing of the file: a process that is just being started
// by this one shares the file until it runs a program of its own.
func (l *Lock) Release() error {
	err := errors.Join(unix.Flock(int(l.file.Fd()), unix.LOCK_UN), l.file.Close())
	if l.dir != nil {
		err = errors.Join(err, unix.Flock(int(l.dir.Fd()), unix.LOCK_UN), l.dir.Close())
	}
	if err != nil {
		return fmt.Errorf("release %s: %w", l.file.Name(), err)
	}
	return nil
}
