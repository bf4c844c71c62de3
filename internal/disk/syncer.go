package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	gosync "sync"
	"sync/atomic"
)

// Syncer makes files and folders of one file system survive a crash. It serves callers who come at the same time together, and
// syncs the whole file system in place of many files: thousands of small segments take a few syncs, where a lone file is
// still synced alone and waits for nobody else's data. Whoever serves the others does so once, for those who came before it began.
type Syncer struct {
	root *os.File // a folder of the file system

	mu      gosync.Mutex
	waiting []*syncing
	busy    bool
	// single is set once syncing the file system has failed. That failure is told only once, and may be that of files which
	// are to be synced later: from then on each file is asked by itself.
	single atomic.Bool
}

// syncing is what one caller wants to be synced.
type syncing struct {
	paths []string
	done  chan error
	leads chan struct{} // it is to serve those who wait, itself among them
}

// few is how many files are synced one by one.
const few = 32

// NewSyncer makes a Syncer for the file system that a folder is on. It is told of writes that fail from now on, so that it has to be
// there before what it is to sync is written: of a failure that somebody else was told of before, the system tells no latecomer.
func NewSyncer(dir string) (*Syncer, error) {
	root, err := os.Open(dir)
	if err != nil {
		return nil, fmt.Errorf("sync: %w", err)
	}
	return &Syncer{root: root}, nil
}

// Close frees what the Syncer holds. Nobody may use it any more.
func (s *Syncer) Close() error { return s.root.Close() }

// Sync makes files, and the names in folders, survive a crash. One that is not there any more is no error.
func (s *Syncer) Sync(paths ...string) error {
	if len(paths) == 0 {
		return nil
	}
	mine := &syncing{paths, make(chan error, 1), make(chan struct{}, 1)}
	s.mu.Lock()
	s.waiting = append(s.waiting, mine)
	if !s.busy {
		s.handOn()
	}
	s.mu.Unlock()
	select {
	case <-mine.leads:
		s.lead()
	case err := <-mine.done:
		return err
	}
	return <-mine.done
}

// lead serves all who wait, and leaves those who came meanwhile to one of them.
func (s *Syncer) lead() {
	s.mu.Lock()
	group := s.waiting
	s.waiting = nil
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.handOn()
	}()
	s.serve(group)
}

// handOn has the first of those who wait serve them, if there are any. The caller holds mu.
func (s *Syncer) handOn() {
	if s.busy = len(s.waiting) > 0; s.busy {
		s.waiting[0].leads <- struct{}{}
	}
}

// serve syncs what several callers wait for, and tells each of them.
func (s *Syncer) serve(group []*syncing) {
	wanted := map[string]bool{}
	for _, c := range group {
		for _, path := range c.paths {
			wanted[path] = true
		}
	}
	if err := s.together(len(wanted)); !errors.Is(err, errors.ErrUnsupported) {
		for _, c := range group {
			c.done <- err
		}
		return
	}
	failed := map[string]error{}
	for path := range wanted {
		if err := sync(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			failed[path] = err
		}
	}
	for _, c := range group {
		var errs []error
		for _, path := range c.paths {
			errs = append(errs, failed[path])
		}
		c.done <- errors.Join(errs...)
	}
}

// together syncs the whole file system where so many files are wanted that it is worth it, and can be; else the error is
// errors.ErrUnsupported.
func (s *Syncer) together(wanted int) error {
	if wanted <= few || s.single.Load() {
		return errors.ErrUnsupported
	}
	err := syncFilesystem(s.root)
	if err != nil {
		s.single.Store(true)
	}
	return err
}

// SyncTrees is SyncTree for many folders of the file system.
func (s *Syncer) SyncTrees(roots []string) error {
	if err := s.together(len(roots)); !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	for _, root := range roots {
		if err := SyncTree(root); err != nil {
			return err
		}
	}
	return nil
}
