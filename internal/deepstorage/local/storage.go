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
	"strings"
	"sync"

	"github.com/google/uuid"
	"golang.org/x/sys/unix"

	"ovate/druid"
	"ovate/internal/datadir"
	"ovate/internal/deepstorage"
	"ovate/internal/disk"
)

// Options say where and how to keep segments.
type Options struct {
	// Directory is druid.storage.storageDirectory. It is made if missing.
	Directory string
	// Zip (druid.storage.zip) keeps each segment as one index.zip in place of a folder.
	Zip bool
	// Owner is part of the name of each push, so that Walk can tell them from those of other servers. Empty means nobody's.
	Owner Owner
}

// Owner is whoever keeps the metadata of the segments that are pushed.
type Owner [6]byte

// Storage is a deepstorage.Storage in a folder.
type Storage struct {
	root    string
	zip     bool
	owner   Owner
	staging string
	lock    *datadir.Lock
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
	// ownPrefix begins the names of ours.
	ownPrefix = "ovate-"
	// markFile is the file of a segment's folder without which nobody takes it for a segment.
	markFile = "version.bin"
)

// Open makes the folder if needed, clears away what processes that crashed left in staging, and makes a staging
// folder for this one.
func Open(o Options) (*Storage, error) {
	root, err := filepath.Abs(o.Directory)
	if err != nil {
		return nil, fmt.Errorf("deep storage %s: %w", o.Directory, err)
	}
	if err := disk.MkdirAll(filepath.Join(root, stagingDir)); err != nil {
		return nil, fmt.Errorf("deep storage: %w", err)
	}
	s := &Storage{root: root, zip: o.Zip, owner: o.Owner, unsynced: map[string]int{}, copies: make(chan struct{}, runtime.GOMAXPROCS(0))}
	if err := s.ClearStaging(); err != nil {
		return nil, fmt.Errorf("deep storage %s: %w", root, err)
	}
	if s.syncer, err = disk.NewSyncer(root); err != nil {
		return nil, fmt.Errorf("deep storage: %w", err)
	}
	if err := s.makeStaging(); err != nil {
		return nil, errors.Join(fmt.Errorf("deep storage: %w", err), s.syncer.Close())
	}
	return s, nil
}

// makeStaging makes a staging folder and locks it. Another process that starts at this moment may take the folder for an abandoned
// one before it is locked; then a new one is made.
func (s *Storage) makeStaging() error {
	for {
		s.staging = filepath.Join(s.root, stagingDir, ownPrefix+uuid.NewString())
		if err := os.Mkdir(s.staging, 0o755); err != nil {
			return err
		}
		var err error
		s.lock, err = datadir.Acquire(s.staging)
		_, taken := errors.AsType[*datadir.HeldError](err)
		if !taken && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
}

// Close throws the staging folder away.
func (s *Storage) Close() error {
	if err := errors.Join(os.RemoveAll(s.staging), s.lock.Release(), s.syncer.Close()); err != nil {
		return fmt.Errorf("close deep storage %s: %w", s.root, err)
	}
	return nil
}

// Staging implements deepstorage.Storage.
func (s *Storage) Staging() string { return s.staging }

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

// Path is where the files of a segment are: its folder, or its zip. A load spec of another kind of storage, or one that leads
// out of this one, is an error.
func (s *Storage) Path(loadSpec json.RawMessage) (string, error) {
	path, err := s.pathOf(loadSpec)
	if err != nil {
		return "", fmt.Errorf("load spec %s: %w", loadSpec, err)
	}
	return filepath.Join(s.root, path), nil
}

// pathOf returns the path of a segment's folder or zip, relative to the root; or a deepstorage.ErrElsewhere.
func (s *Storage) pathOf(loadSpec json.RawMessage) (string, error) {
	path, err := s.within(loadSpec)
	if err != nil {
		return "", fmt.Errorf("%w: %w", deepstorage.ErrElsewhere, err)
	}
	return path, nil
}

var errOutside = errors.New("is outside of the deep storage")

// within is pathOf with the reason alone.
func (s *Storage) within(loadSpec json.RawMessage) (string, error) {
	var spec struct {
		Type string `json:"type"`
		Path string `json:"path"`
	}
	if err := json.Unmarshal(loadSpec, &spec); err != nil {
		return "", err
	}
	if spec.Type != "local" {
		return "", fmt.Errorf("type is %q and not local", spec.Type)
	}
	if !filepath.IsAbs(spec.Path) {
		return "", fmt.Errorf("path %q is not absolute", spec.Path)
	}
	path, err := filepath.Rel(s.root, filepath.Clean(spec.Path))
	if err != nil || !filepath.IsLocal(path) {
		return "", fmt.Errorf("path %q %w %s", spec.Path, errOutside, s.root)
	}
	// dataSource/interval/version/partition, in some cases a unique name, and then the segment.
	name := filepath.Base(path)
	if strings.Count(path, "/") < 4 || (name != deepstorage.FolderName && name != deepstorage.ZipName) {
		return "", fmt.Errorf("path %q is not that of a segment", spec.Path)
	}
	return path, nil
}

// CheckPushed tells why a segment's load spec is none that a push of the segment, by this server or by a task of Druid's, could have made;
// nil if it is one, or one of another kind of storage or folder, of which this one removes nothing.
func (s *Storage) CheckPushed(segment *druid.DataSegment) error {
	var spec struct{ Type string }
	if err := json.Unmarshal(segment.LoadSpec, &spec); err != nil || spec.Type == "" {
		return fmt.Errorf("field [loadSpec] is %.200s, but must be an object with a type", segment.LoadSpec)
	}
	if spec.Type != "local" {
		return nil
	}
	path, err := s.within(segment.LoadSpec)
	switch {
	case errors.Is(err, errOutside):
		return nil
	case err != nil:
		return fmt.Errorf("field [loadSpec]: %w", err)
	}
	names := strings.Split(filepath.Dir(path), "/")
	unique := len(names) == deepstorage.Depth || len(names) == deepstorage.Depth+1 && deepstorage.IsUnique(names[deepstorage.Depth])
	if ids := deepstorage.Pushed(segment.LoadSpec); !unique || len(ids) == 0 || ids[len(ids)-1] != segment.ID() || names[0] != segment.DataSource {
		return fmt.Errorf("field [loadSpec]: path %q is not where the files of segment[%s] are: that is %s/%s/%s_%s/%s/%d, with a UUID as one more folder or not",
			filepath.Join(s.root, path), segment.ID(), s.root, segment.DataSource, segment.Interval.Start, segment.Interval.End, segment.Version,
			segment.ShardSpec.PartitionNum())
	}
	return nil
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
