// Package local keeps segments in a folder that Historicals can read too: a local disk or a shared file system.
//
// A segment lies in <dataSource>/<start>_<end>/<version>/<partition>/<unique>/ as a folder index, or as a file index.zip. The unique
// name is that of the push, as Druid gives one to the segments of streams.
package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"golang.org/x/sys/unix"

	"ovate/internal/deepstorage"
	"ovate/internal/disk"
	"ovate/internal/staging"
)

// Options say where and how to keep segments.
type Options struct {
	// Directory is druid.storage.storageDirectory. It is made if missing.
	Directory string
	// Zip (druid.storage.zip) keeps each segment as one index.zip in place of a folder.
	Zip bool
	// Owner is part of the name of each push, so that Walk can tell them from those of other servers. Empty means nobody's.
	Owner deepstorage.Owner
	// Remote tells that tasks on other machines push, to which the folder may have another name than here.
	Remote bool
}

// Storage is a deepstorage.Storage in a folder.
type Storage struct {
	Folder
	zip     bool
	remote  bool
	owner   deepstorage.Owner
	staging *staging.Folder
	// folders is held while folders are made, filled and found empty, so that Delete does not remove one that Push
	// has just made sure of. Other processes may, so that Push makes them again.
	folders sync.Mutex
	// unsynced counts, for each folder, the pushes that have made names in it which may not survive a crash yet. One whose sync
	// failed counts for ever. folders guards it.
	unsynced map[string]int
	syncer   *disk.Syncer
	copies   chan struct{} // holds one for each segment that is being zipped or copied, which takes a processor each
}

var _ deepstorage.Storage = (*Storage)(nil)

const (
	// stagingDir holds one folder for each process that pushes. Druid's own pushers use it in the same way.
	stagingDir = "intermediate_pushes"
	// markFile is the file of a segment's folder without which nobody takes it for a segment.
	markFile = "version.bin"
)

// Open makes the folder if needed, clears away what processes that crashed left in staging, and makes a staging
// folder for this one.
func Open(o Options) (*Storage, error) {
	folder, err := Look(o.Directory)
	if err != nil {
		return nil, err
	}
	root := folder.root
	s := &Storage{Folder: *folder, zip: o.Zip, remote: o.Remote, owner: o.Owner, unsynced: map[string]int{}, copies: make(chan struct{}, runtime.GOMAXPROCS(0))}
	if s.staging, err = staging.Open(filepath.Join(root, stagingDir)); err != nil {
		return nil, fmt.Errorf("deep storage %s: %w", root, err)
	}
	if err := disk.Writable(root); err != nil {
		return nil, errors.Join(fmt.Errorf("deep storage: %w", err), s.staging.Close())
	}
	if s.syncer, err = disk.NewSyncer(root); err != nil {
		return nil, errors.Join(fmt.Errorf("deep storage: %w", err), s.staging.Close())
	}
	return s, nil
}

// Close throws the staging folder away.
func (s *Storage) Close() error {
	if err := errors.Join(s.staging.Close(), s.syncer.Close()); err != nil {
		return fmt.Errorf("close deep storage %s: %w", s.root, err)
	}
	return nil
}

// Staging implements deepstorage.Storage.
func (s *Storage) Staging() string { return s.staging.Path() }

// Keeps implements deepstorage.Storage.
func (s *Storage) Keeps(loadSpec json.RawMessage) error {
	_, err := s.Path(loadSpec)
	return err
}

// Delete implements deepstorage.Storage. Folders that become empty are removed too, up to the storage's own.
func (s *Storage) Delete(_ context.Context, loadSpec json.RawMessage) error {
	path, err := s.pathOf(loadSpec)
	if err != nil {
		return fmt.Errorf("delete segment with load spec %s: %w", loadSpec, err)
	}
	// os.Root refuses to follow a symbolic link out of the storage.
	root, err := os.OpenRoot(s.root)
	if err != nil {
		return fmt.Errorf("delete segment %s: %w", path, err)
	}
	if filepath.Base(path) == deepstorage.FolderName {
		err = root.Remove(filepath.Join(path, markFile)) // first: what is left when this is cut off is no segment any more
	}
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		err = root.RemoveAll(path)
	}
	if err == nil {
		s.folders.Lock()
		err = removeEmpty(root, filepath.Dir(path))
		s.folders.Unlock()
	}
	if err = errors.Join(err, root.Close()); err != nil {
		return fmt.Errorf("delete segment %s: %w", filepath.Join(s.root, path), err)
	}
	return nil
}

// Exists implements deepstorage.Storage.
func (s *Storage) Exists(_ context.Context, loadSpec json.RawMessage) (bool, error) {
	path, err := s.Path(loadSpec)
	if err != nil {
		return false, err
	}
	if filepath.Base(path) == deepstorage.FolderName {
		path = filepath.Join(path, markFile)
	}
	_, err = os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ENOTDIR) {
		return false, nil
	}
	return err == nil, err
}

// removeEmpty removes the folder and those above it as long as they are empty.
func removeEmpty(root *os.Root, dir string) error {
	for ; dir != "."; dir = filepath.Dir(dir) {
		err := root.Remove(dir)
		if isNotEmpty(err) {
			return nil
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
