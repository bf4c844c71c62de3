// Package disk makes changes to files and folders that survive a crash. A write alone does not: the data wait in the
// page cache until the file is synced, and a file's name until its folder is.
package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// MkdirAll makes the folder and those above it that are missing. Once it returns nil those that it made survive a
// crash; a folder that another goroutine is making at that moment is safe when that one's call returns.
func MkdirAll(dir string) error {
	dir = filepath.Clean(dir)
	if info, err := os.Stat(dir); err == nil {
		if !info.IsDir() {
			return fmt.Errorf("make folder %s: a file of that name is in the way", dir)
		}
		return nil
	}
	parent := filepath.Dir(dir)
	if parent == dir {
		return fmt.Errorf("make folder %s: %w", dir, fs.ErrNotExist)
	}
	if err := MkdirAll(parent); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("make folder: %w", err)
	}
	return SyncDir(parent)
}

// Writable tells why this process cannot make files in a folder; nil if it can.
func Writable(dir string) error {
	if err := unix.Access(dir, unix.W_OK|unix.X_OK); err != nil {
		return fmt.Errorf("write to folder %s: %w", dir, err)
	}
	return nil
}

// WriteFile puts data under path, which a reader finds either as it was before or complete, whatever happens. Once it
// returns nil the new content survives a crash. The bytes are written beside path first, in a name of os.CreateTemp
// with the prefix TempPrefix; a crash can leave such a file behind. Its owner alone may read it.
func WriteFile(path string, data []byte) (err error) {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, TempPrefix+"*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("write %s: %w", path, err), os.Remove(f.Name()))
		}
	}()
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return err
	}
	return SyncDir(dir)
}

// TempPrefix begins the name of every file that WriteFile has not finished.
const TempPrefix = ".unfinished-"

// SyncDir makes the names in a folder (created, renamed, removed) survive a crash.
func SyncDir(dir string) error { return sync(dir) }

// SyncTree makes a folder with everything in it survive a crash, as far as the folder's own inside goes: its name in
// the folder above needs SyncDir of that one.
func SyncTree(root string) error {
	return filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("sync folder: %w", err)
		}
		if !entry.IsDir() && !entry.Type().IsRegular() {
			return nil
		}
		return sync(path)
	})
}

func sync(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("sync: %w", err)
	}
	err = f.Sync()
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("sync %s: %w", path, err)
	}
	return nil
}
