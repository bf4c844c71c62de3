// Package copies keeps folders for copies of rows: each goes with the process that claimed it, or with the task that reads it.
package copies

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"ovate/internal/disk"
)

// Folder is a folder for copies of rows. One that was claimed goes with its process, or once it was lent with the task that reads it: what is
// left behind is removed by the next Claim, which can tell by a lock and by a note of the task. Both survive the process. One that the
// caller chose, of which nothing but Dir is given, stays.
type Folder struct {
	Dir  string
	lock *os.File
}

// Reader is a task that reads a copy.
type Reader struct {
	Server string `json:"server"` // its URL
	Task   string `json:"task"`
}

// unheard is how long a copy stays whose task cannot be asked for.
const unheard = 7 * 24 * time.Hour

// Claim claims a folder below parent, which does not exist until something is put there, and removes those of processes that are gone,
// but not under tasks: ended tells whether one reads no more. An error means that nobody knows. The parent is made anew where it is missing, as the last
// folder in it goes with it, and its owner alone can use it. public tells that others may make folders beside it, as in /tmp: it is then looked at each time.
func Claim(parent string, public bool, ended func(Reader) (bool, error)) (*Folder, error) {
	const tries = 1000
	for try := 1; ; try++ {
		if err := makeParent(parent, public); err != nil {
			return nil, err
		}
		removeStale(parent, ended)
		lock, err := os.CreateTemp(parent, "rows-*.lock")
		if err == nil {
			var held bool
			if held, err = hold(lock); held {
				return &Folder{strings.TrimSuffix(lock.Name(), ".lock"), lock}, nil
			}
			err = errors.Join(err, lock.Close())
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) || try == tries {
			return nil, fmt.Errorf("claim a folder for a copy in %s: %w", parent, cmp.Or(err, errors.New("others remove it again and again")))
		} // else another process has just removed the folder, as it was empty, or the file, as nobody held it yet
	}
}

func makeParent(parent string, public bool) error {
	if public {
		return disk.MkdirPrivate(parent)
	}
	if err := disk.MkdirAll(filepath.Dir(parent)); err != nil {
		return err
	}
	switch err := os.Mkdir(parent, 0o700); {
	case errors.Is(err, fs.ErrExist):
		return nil
	case err != nil:
		return fmt.Errorf("make folder: %w", err)
	}
	return disk.SyncDir(filepath.Dir(parent))
}

// hold locks a file that has just been made. It is not held if another process took it for one that was left behind and has removed it, or is about to.
func hold(lock *os.File) (held bool, err error) {
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		if errors.Is(err, unix.EWOULDBLOCK) {
			return false, nil
		}
		return false, err
	}
	own, err := lock.Stat()
	if err != nil {
		return false, err
	}
	named, err := os.Stat(lock.Name())
	return err == nil && os.SameFile(own, named), err
}

// removeStale removes folders whose lock nobody holds, and which no task may be reading. What cannot be removed is left to the next.
func removeStale(parent string, ended func(Reader) (bool, error)) {
	locks, _ := filepath.Glob(filepath.Join(parent, "rows-*.lock"))
	for _, path := range locks {
		lock, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			continue
		}
		dir := strings.TrimSuffix(path, ".lock")
		if unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB) == nil && isStale(dir, ended) {
			_ = os.RemoveAll(dir)
			_ = os.Remove(dir + noteSuffix)
			_ = os.Remove(path) // last: what it guards is gone
		}
		_ = lock.Close()
	}
}

// isStale tells whether a folder that no process holds is read by no task.
func isStale(dir string, ended func(Reader) (bool, error)) bool {
	note, err := os.ReadFile(dir + noteSuffix)
	if errors.Is(err, fs.ErrNotExist) {
		return true // it was never lent
	}
	var reader Reader
	if err == nil {
		err = json.Unmarshal(note, &reader)
	}
	done := false
	if err == nil {
		done, err = ended(reader)
	}
	if err == nil {
		return done
	}
	info, err := os.Stat(dir + noteSuffix)
	return err == nil && time.Since(info.ModTime()) > unheard
}

// noteSuffix ends the name of the note that tells who reads a folder.
const noteSuffix = ".reader"

// Lend notes, before the task is handed in, that it will read the folder. From then on the folder does not go with the process.
func (f *Folder) Lend(to Reader) error {
	if f.lock == nil {
		return nil
	}
	note, err := json.Marshal(to)
	if err != nil {
		return err
	}
	next := f.Dir + noteSuffix + ".new" // so that a note is never half written
	if err = os.WriteFile(next, note, 0o600); err == nil {
		err = os.Rename(next, f.Dir+noteSuffix)
	}
	if err != nil {
		return fmt.Errorf("note which task reads %s: %w", f.Dir, err)
	}
	return nil
}

// Leave lets the folder stay for the task to which it was lent.
func (f *Folder) Leave() error {
	if f.lock == nil {
		return nil
	}
	return f.lock.Close()
}

// Remove removes the folder, unless the caller chose it.
func (f *Folder) Remove() error {
	if f.lock == nil {
		return nil
	}
	err := os.RemoveAll(f.Dir)
	if note := os.Remove(f.Dir + noteSuffix); !errors.Is(note, fs.ErrNotExist) {
		err = errors.Join(err, note)
	}
	err = errors.Join(err, os.Remove(f.lock.Name()), f.lock.Close())
	if gone := os.Remove(filepath.Dir(f.Dir)); gone != nil && !errors.Is(gone, fs.ErrNotExist) && !errors.Is(gone, unix.ENOTEMPTY) && !errors.Is(gone, unix.EEXIST) {
		err = errors.Join(err, gone)
	}
	return err
}
