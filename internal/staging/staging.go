// Package staging is a folder in which a process builds what is moved or sent elsewhere once it is whole. Several processes may share the
// folder above it: each has one of its own, which it holds locked, so that those of processes that are gone are known and cleared away.
package staging

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/uuid"

	"ovate/internal/datadir"
	"ovate/internal/disk"
)

// ownPrefix begins the names of folders that this package makes.
const ownPrefix = "ovate-"

// Folder is that of this process. Its methods may be called from many goroutines.
type Folder struct {
	parent, path string
	lock         *datadir.Lock
}

// Open makes parent if needed, and a folder for this process. What processes left that crashed is there until Clear, as it may be much; where it leaves no room for the
// folder it goes first.
func Open(parent string) (*Folder, error) {
	if err := disk.MkdirAll(parent); err != nil {
		return nil, err
	}
	f := &Folder{parent: parent}
	err := f.make()
	if disk.Full(err) {
		err = errors.Join(f.Clear(context.Background()), f.make())
	}
	return f, err
}

// make makes the folder and locks it. Another process that starts at this moment may take the folder for an abandoned
// one before it is locked; then a new one is made.
func (f *Folder) make() error {
	for {
		f.path = filepath.Join(f.parent, ownPrefix+uuid.NewString())
		if err := os.Mkdir(f.path, 0o755); err != nil {
			return err
		}
		var err error
		f.lock, err = datadir.Acquire(f.path)
		_, taken := errors.AsType[*datadir.HeldError](err)
		if !taken && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
}

// Path is where the folder is. What is left in it when the process ends is thrown away.
func (f *Folder) Path() string { return f.path }

// Close throws the folder away.
func (f *Folder) Close() error { return errors.Join(os.RemoveAll(f.path), f.lock.Release()) }

// Clear removes the folders of processes that are gone, until ctx ends. It goes on after one that cannot be removed.
func (f *Folder) Clear(ctx context.Context) error {
	var errs []error
	err := f.Abandoned(func(name string, err error) error {
		if err == nil {
			err = Remove(ctx, filepath.Join(f.parent, name))
		}
		errs = append(errs, err)
		return nil
	})
	return errors.Join(append(errs, err)...)
}

// Abandoned calls fn for the folders whose process is gone: those that can be locked, and, with the error, those of which
// nobody can tell. Folders with other names are left alone, because a Java process may be at work in them.
func (f *Folder) Abandoned(fn func(name string, err error) error) error {
	entries, err := os.ReadDir(f.parent)
	if err != nil {
		return fn("", err)
	}
	for _, entry := range entries {
		folder := filepath.Join(f.parent, entry.Name())
		if !strings.HasPrefix(entry.Name(), ownPrefix) || folder == f.path {
			continue
		}
		lock, err := datadir.Acquire(folder)
		if isAtWork(err) {
			continue
		}
		if err == nil {
			err = lock.Release()
		}
		if err := fn(entry.Name(), err); err != nil {
			return err
		}
	}
	return nil
}

// Remove removes such a folder, unless a process is at work in it. Where ctx ends before, a part of it is left.
func Remove(ctx context.Context, folder string) error {
	lock, err := datadir.Acquire(folder)
	if isAtWork(err) {
		return nil
	}
	if err == nil {
		err = errors.Join(removeAll(ctx, folder), lock.Release())
	}
	if err != nil {
		return fmt.Errorf("clear away %s: %w", folder, err)
	}
	return nil
}

// removeAll is os.RemoveAll until ctx ends. A task may have left hundreds of thousands of files.
func removeAll(ctx context.Context, folder string) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if path := filepath.Join(folder, entry.Name()); entry.IsDir() {
			err = removeAll(ctx, path)
		} else {
			err = os.Remove(path)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) { // another server may be clearing, too
			return err
		}
	}
	return os.Remove(folder)
}

// isAtWork tells that a folder could not be locked because it is in use, or gone.
func isAtWork(err error) bool {
	_, held := errors.AsType[*datadir.HeldError](err)
	return held || errors.Is(err, fs.ErrNotExist)
}
