package sqlite

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// watchInterval is how soon a server that is asked to write nothing notices that its files were taken away.
const watchInterval = time.Second

// identity remembers which files the database consists of.
type identity struct {
	paths []string
	files []os.FileInfo
}

// identify looks at the files as they are now. The write-ahead log and its index are there since the first transaction.
func identify(path string) (*identity, error) {
	id := &identity{}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(path + suffix)
		if err != nil {
			return nil, err
		}
		id.paths, id.files = append(id.paths, path+suffix), append(id.files, info)
	}
	return id, nil
}

// check tells whether the files are still those. What is written to a file that was removed, or moved away to put another one in its
// place, is lost with the process.
func (id *identity) check() error {
	for i, path := range id.paths {
		now, err := os.Stat(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return fmt.Errorf("%s was removed while the server was using it", path)
		case err == nil && !os.SameFile(id.files[i], now):
			return fmt.Errorf("%s was replaced by another file while the server was using it", path)
		}
		// That it cannot be looked at does not tell that it is gone.
	}
	return nil
}

// checkFiles tells whether the files are still those that the store writes to, and whole.
func (s *Store) checkFiles() error {
	if err := s.identity.check(); err != nil {
		return err
	}
	return s.lengths.check()
}

// watch checks the files from time to time, until the store is closed or fails.
func (s *Store) watch() {
	ticker := time.NewTicker(watchInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			if err := s.checkFiles(); err != nil {
				s.fail(err)
				return
			}
		case <-s.failed:
			return
		case <-s.closing:
			return
		}
	}
}
