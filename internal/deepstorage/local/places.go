package local

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"ovate/internal/datadir"
	"ovate/internal/deepstorage"
	"ovate/internal/quantity"
	"ovate/internal/staging"
)

var _ deepstorage.Places = (*Storage)(nil)

// Walk implements deepstorage.Places.
func (s *Storage) Walk(ctx context.Context, fn func(*deepstorage.Place) error, unread func(path string, err error)) error {
	err := s.staging.Abandoned(func(name string, err error) error {
		path := filepath.Join(stagingDir, name)
		if err != nil {
			unread(path, err)
			return nil
		}
		return fn(&deepstorage.Place{Path: path, Own: true})
	})
	if err == nil {
		w := walker{s, ctx, fn, unread}
		err = w.walk("", nil)
	}
	if err != nil {
		return fmt.Errorf("look through deep storage %s: %w", s.root, err)
	}
	return nil
}

// walker is one walk.
type walker struct {
	*Storage
	ctx    context.Context
	fn     func(*deepstorage.Place) error
	unread func(path string, err error)
}

// walk goes down from the folder dir, to which these names lead.
func (w *walker) walk(dir string, names []string) error {
	entries, err := os.ReadDir(filepath.Join(w.root, dir))
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) { // else it was removed meanwhile
			w.unread(dir, err)
		}
		return w.ctx.Err()
	}
	place := func(path string) *deepstorage.Place {
		return &deepstorage.Place{
			DataSource: names[0], Interval: names[1], Version: names[2], Partition: names[3],
			Path: path, Key: deepstorage.PathKey(path), Own: len(names) > deepstorage.Depth && w.owner.Owns(names[deepstorage.Depth]),
		}
	}
	if len(entries) == 0 && len(names) > deepstorage.Depth && deepstorage.IsUnique(names[deepstorage.Depth]) {
		return w.fn(place(dir))
	}
	for _, entry := range entries {
		if err := w.ctx.Err(); err != nil {
			return err
		}
		name := entry.Name()
		path := filepath.Join(dir, name)
		switch {
		case len(names) >= deepstorage.Depth && (name == deepstorage.FolderName && entry.IsDir() || name == deepstorage.ZipName && entry.Type().IsRegular()):
			err = w.fn(place(path))
		case entry.IsDir() && len(names) <= deepstorage.Depth && path != stagingDir:
			err = w.walk(path, append(names, name))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Measure implements deepstorage.Places.
func (s *Storage) Measure(_ context.Context, p *deepstorage.Place) (deepstorage.Extent, error) {
	var e deepstorage.Extent
	err := filepath.WalkDir(filepath.Join(s.root, p.Path), func(_ string, entry fs.DirEntry, err error) error {
		if err != nil || entry.Name() == datadir.LockFile { // which is written when somebody looks whether the process is gone
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		if info.Mode().IsRegular() {
			e.Size = quantity.Sum(e.Size, info.Size())
		}
		if info.ModTime().After(e.Changed) {
			e.Changed = info.ModTime()
		}
		return nil
	})
	var above fs.FileInfo
	if err == nil {
		above, err = os.Stat(filepath.Dir(filepath.Join(s.root, p.Path)))
	}
	if err != nil {
		return deepstorage.Extent{}, fmt.Errorf("deep storage %s: %w", s.root, err)
	}
	if !p.Staged() && above.ModTime().After(e.Changed) {
		e.Changed = above.ModTime() // a segment is older than the moment when it was moved there
	}
	return e, nil
}

// Remove implements deepstorage.Places. Folders that become empty are removed too.
func (s *Storage) Remove(ctx context.Context, p *deepstorage.Place) error {
	if p.Staged() {
		return staging.Remove(ctx, filepath.Join(s.root, p.Path))
	}
	root, err := os.OpenRoot(s.root) // follows no link out of the storage
	if err != nil {
		return fmt.Errorf("remove %s: %w", p.Path, err)
	}
	above := p.Path
	if name := filepath.Base(p.Path); name == deepstorage.FolderName || name == deepstorage.ZipName {
		err, above = root.RemoveAll(p.Path), filepath.Dir(p.Path)
	}
	if err == nil {
		s.folders.Lock()
		err = removeEmpty(root, above)
		s.folders.Unlock()
	}
	if err = errors.Join(err, root.Close()); err != nil {
		return fmt.Errorf("remove %s: %w", filepath.Join(s.root, p.Path), err)
	}
	return nil
}

// ClearStaging removes the staging folders of processes that are gone. It goes on after one that cannot be removed.
func (s *Storage) ClearStaging(ctx context.Context) error { return s.staging.Clear(ctx) }
