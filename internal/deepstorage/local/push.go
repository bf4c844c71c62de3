package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/uuid"

	"ovate/druid"
	"ovate/internal/deepstorage"
	"ovate/segment"
)

// Push implements deepstorage.Storage. A dir within Staging is moved; any other is copied first.
func (s *Storage) Push(ctx context.Context, dir string, pushed druid.DataSegment, interval string) (json.RawMessage, error) {
	loadSpec, err := s.push(ctx, dir, pushed, interval)
	if err != nil {
		return nil, fmt.Errorf("deep storage %s: %s: %w", s.root, pushed.ID(), err)
	}
	return loadSpec, nil
}

func (s *Storage) push(ctx context.Context, dir string, pushed druid.DataSegment, interval string) (json.RawMessage, error) {
	place := s.root
	folders, err := deepstorage.Folders(&pushed, interval)
	if err != nil {
		return nil, err
	}
	for _, name := range folders {
		place = filepath.Join(place, name)
	}
	staged, name, err := s.stage(ctx, dir)
	if err != nil {
		return nil, err
	}
	target := filepath.Join(place, s.owner.NewName(), name)
	if err := s.put(ctx, staged, target); err != nil {
		if staged != dir {
			err = errors.Join(err, os.RemoveAll(staged))
		}
		return nil, err
	}
	if err := os.RemoveAll(dir); err != nil {
		return nil, err
	}
	if !s.zip {
		target += "/"
	}
	return append(druid.AppendString([]byte(`{"type":"local","path":`), target), '}'), nil
}

// stage brings the segment into the staging folder in its final form and tells the name it is to have.
func (s *Storage) stage(ctx context.Context, dir string) (staged, name string, err error) {
	if s.isStaged(dir) && !s.zip {
		return dir, deepstorage.FolderName, nil
	}
	select {
	case s.copies <- struct{}{}:
	case <-ctx.Done():
		return "", "", context.Cause(ctx)
	}
	defer func() { <-s.copies }()
	staged = filepath.Join(s.staging.Path(), uuid.NewString())
	if s.zip {
		name, err = deepstorage.ZipName, segment.Zip(ctx, dir, staged)
	} else {
		name, err = deepstorage.FolderName, copyFolder(ctx, dir, staged)
	}
	if err != nil {
		return "", "", errors.Join(err, os.RemoveAll(staged))
	}
	return staged, name, nil
}

func (s *Storage) isStaged(dir string) bool {
	path, err := filepath.Abs(dir)
	return err == nil && strings.HasPrefix(path, s.staging.Path()+"/")
}

// put moves staged to target, where nothing is, and makes that survive a crash. Of a put that fails nothing is left.
func (s *Storage) put(ctx context.Context, staged, target string) error {
	changed, err := s.move(ctx, staged, target)
	if err == nil {
		err = s.syncer.Sync(changed...)
	}
	s.folders.Lock()
	defer s.folders.Unlock()
	for _, dir := range changed {
		if err == nil {
			if s.unsynced[dir]--; s.unsynced[dir] == 0 {
				delete(s.unsynced, dir)
			}
		}
	}
	if err != nil && changed != nil {
		err = errors.Join(err, s.undo(target))
	}
	return err
}

// move makes the folders of target and moves staged there. It looks at ctx last of all, as zipping may have taken long. It tells which
// folders must be synced before target survives a crash: those in which it has made something, and those above target in which
// others have and are not done yet. After an error there is something to undo if it tells of any.
func (s *Storage) move(ctx context.Context, staged, target string) (changed []string, err error) {
	s.folders.Lock()
	defer s.folders.Unlock()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	dir := filepath.Dir(target)
	synced := map[string]bool{dir: true}
	for try := 1; ; try++ {
		if err = s.makeFolder(dir, synced); err == nil {
			err = os.Rename(staged, target)
		}
		// Another process removes folders that are empty, at any time.
		if !errors.Is(err, fs.ErrNotExist) || try == triedMoves {
			break
		}
	}
	if err != nil {
		return nil, errors.Join(err, s.undo(target))
	}
	for ; dir != s.root; dir = filepath.Dir(dir) {
		if parent := filepath.Dir(dir); s.unsynced[parent] > 0 {
			synced[parent] = true
		}
	}
	for dir := range synced {
		s.unsynced[dir]++
		changed = append(changed, dir)
	}
	return changed, nil
}

// triedMoves is how often a push makes its folders that other processes, which remove segments beside it, take away again.
const triedMoves = 100

// makeFolder makes a folder of the storage and those above it that are missing, and notes in which it has made one. Mostly all but the
// last few are there, so that it begins with the last.
func (s *Storage) makeFolder(dir string, changed map[string]bool) error {
	err := os.Mkdir(dir, 0o755)
	if errors.Is(err, fs.ErrNotExist) && filepath.Dir(dir) != s.root {
		if err = s.makeFolder(filepath.Dir(dir), changed); err == nil {
			err = os.Mkdir(dir, 0o755)
		}
	}
	switch {
	case err == nil:
		changed[filepath.Dir(dir)] = true
	case errors.Is(err, fs.ErrExist):
		return nil
	}
	return err
}

// undo removes what move has put at target, and the folders above it that hold nothing else.
func (s *Storage) undo(target string) error {
	root, err := os.OpenRoot(s.root)
	if err != nil {
		return err
	}
	defer root.Close()
	path, err := filepath.Rel(s.root, target)
	if err == nil {
		err = root.RemoveAll(path)
	}
	if err != nil {
		return err
	}
	return removeEmpty(root, filepath.Dir(path))
}
