// Package upload keeps files that people send to have them ingested: each in a folder of its own below the data folder, where tasks of this server read them as
// local files, until nobody has used them for some time.
//
// An upload that Create has returned survives a crash and kill -9, with all of its bytes; one that was not whole by then is gone. Which ones there are is read from
// the folder at the start and held in memory.
package upload

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"ovate/druid"
	"ovate/internal/disk"
	"ovate/internal/share"
)

// Upload is a file that was sent.
type Upload struct {
	ID         string        `json:"id"`
	Name       string        `json:"name"`       // of the file, without folders and what paths and patterns are made of
	DataSource string        `json:"dataSource"` // that it is for: who may write to it may use and remove the file
	Size       int64         `json:"size"`       // bytes, as they came
	SHA256     string        `json:"sha256"`     // of them, in hex
	By         string        `json:"by"`         // who has sent it
	Created    druid.Instant `json:"created"`
	Used       druid.Instant `json:"used"` // last: sent, looked at, or seen to be what an active task reads
}

// Options are where uploads are, and how much of them.
type Options struct {
	Dir      string        // of its own
	MaxSize  int64         // bytes of one file
	MaxTotal int64         // bytes of all together, with the copies that are made of them
	Retain   time.Duration // how long one stays that nobody uses
	Now      func() time.Time
	Log      *slog.Logger
}

// maxUploads is how many there may be, as they are held in memory.
const maxUploads = 10_000

// Errors, for errors.Is.
var (
	// ErrNone: there is no upload of this id.
	ErrNone = errors.New("there is no upload of this id")
	// ErrTooLarge: the file is larger than one may be.
	ErrTooLarge = errors.New("the file is larger than one may be")
	// ErrFull: there is no room for it beside the others; with a *share.Error, if that is as its sender has his share.
	ErrFull = errors.New("there is no room for the file beside the other uploads")
	// ErrBroken: the file ends before all of it has come.
	ErrBroken = errors.New("the file has not come as a whole")
	// ErrEmpty: the file has no bytes.
	ErrEmpty = errors.New("the file is empty")
)

// What is in the folder of uploads, and in that of one, besides the file.
const (
	scratchPrefix = ".new-"        // folders that are not whole yet
	about         = ".upload.json" // the Upload
)

// Store is all uploads. Its methods may be called from many goroutines.
type Store struct {
	Options

	mu    sync.Mutex // guards what follows
	all   map[string]*kept
	files *share.Count // by who has sent them; those that are on their way, too
	bytes *share.Count

	sweeper sweeper
}

// kept is an upload that is whole.
type kept struct {
	Upload
	copies int64 // bytes
}

// Open reads which uploads there are, and removes what a crash has left of others.
func Open(o Options) (*Store, error) {
	s := &Store{Options: o, all: map[string]*kept{}, files: share.New("uploads", maxUploads), bytes: share.New("bytes of uploads", o.MaxTotal)}
	entries, err := os.ReadDir(o.Dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) { // the first one makes the folder
		return nil, fmt.Errorf("uploads: %w", err)
	}
	for _, e := range entries {
		switch one, err := s.read(e.Name()); {
		case strings.HasPrefix(e.Name(), scratchPrefix), errors.Is(err, fs.ErrNotExist) && uuid.Validate(e.Name()) == nil: // or one whose removal was interrupted
			if err := os.RemoveAll(filepath.Join(o.Dir, e.Name())); err != nil {
				return nil, fmt.Errorf("uploads: %w", err)
			}
		case err != nil:
			o.Log.Warn("what lies among the uploads is none, and is left alone", "path", filepath.Join(o.Dir, e.Name()), "error", err)
		default:
			s.all[one.ID] = one
			s.files.Take(one.By, 1)
			s.bytes.Take(one.By, one.Size+one.copies)
		}
	}
	return s, nil
}

// read reads the upload in a folder.
func (s *Store) read(name string) (*kept, error) {
	dir := filepath.Join(s.Dir, name)
	text, err := os.ReadFile(filepath.Join(dir, about))
	if err != nil {
		return nil, err
	}
	one := &kept{}
	if err := json.Unmarshal(text, &one.Upload); err != nil {
		return nil, err
	}
	info, err := os.Stat(filepath.Join(dir, about))
	if err != nil {
		return nil, err
	}
	all, err := sizeOf(dir)
	if err != nil {
		return nil, err
	}
	if one.ID != name {
		return nil, fmt.Errorf("it is called %q, and its folder otherwise", one.ID)
	}
	one.Used = druid.Instant(info.ModTime().UnixMilli())
	one.copies = max(0, all-one.Size-info.Size())
	return one, nil
}

// sizeOf is how many bytes the files below a folder have.
func sizeOf(dir string) (sum int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		if err == nil {
			sum += info.Size()
		}
		return err
	})
	return sum, err
}

// List are all uploads, the newest first.
func (s *Store) List() []Upload {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]Upload, 0, len(s.all))
	for _, one := range s.all {
		list = append(list, one.Upload)
	}
	slices.SortFunc(list, func(a, b Upload) int {
		return cmp.Or(cmp.Compare(b.Created, a.Created), strings.Compare(a.ID, b.ID))
	})
	return list
}

// Get is an upload, or ErrNone.
func (s *Store) Get(id string) (Upload, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if one := s.all[id]; one != nil {
		return one.Upload, nil
	}
	return Upload{}, ErrNone
}

// For is the data source that the upload of an id is for, and false if there is none.
func (s *Store) For(id string) (dataSource string, is bool) {
	u, err := s.Get(id)
	return u.DataSource, err == nil
}

// Path is where tasks find the file of an upload.
func (s *Store) Path(u *Upload) string { return filepath.Join(s.Dir, u.ID, u.Name) }

// Folder is where an upload has everything, with a slash behind it.
func (s *Store) Folder(id string) string {
	return filepath.Join(s.Dir, id) + string(filepath.Separator)
}

// Use notes that an upload is used now. That is not synced: a crash may forget it.
func (s *Store) Use(id string) error {
	now := s.Now()
	s.mu.Lock()
	one := s.all[id]
	if one != nil {
		one.Used = druid.Instant(now.UnixMilli())
	}
	s.mu.Unlock()
	if one == nil {
		return ErrNone
	}
	return os.Chtimes(filepath.Join(s.Dir, id, about), now, now)
}

// Remove removes an upload and all that was made of it, or returns ErrNone. A task that reads it at this moment reads on; one that has not begun fails, and
// names the file.
func (s *Store) Remove(id string) error {
	s.mu.Lock()
	one := s.all[id]
	delete(s.all, id)
	if one != nil {
		s.give(one.By, one.Size+one.copies)
	}
	s.mu.Unlock()
	if one == nil {
		return ErrNone
	}
	return s.erase(id)
}

// erase removes the folder of an upload. What tells that it is one goes first, so that a crash leaves none behind that is there in part.
func (s *Store) erase(id string) error {
	dir := filepath.Join(s.Dir, id)
	if err := os.Remove(filepath.Join(dir, about)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove upload: %w", err)
	}
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("remove upload: %w", err)
	}
	return disk.SyncDir(s.Dir)
}
