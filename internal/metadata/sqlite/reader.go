package sqlite

import (
	"fmt"
	"io/fs"
	"os"

	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite/sqlite3"
)

// OpenReader opens the database of o, which has to be there, to look at it. It changes nothing in it, does not claim its folder, and
// sees what is committed, whether a server runs on it or one has crashed. A database of another version is refused. One
// that is not there, or empty, as whoever made it died meanwhile, is fs.ErrNotExist.
func OpenReader(o Options) (_ metadata.ReadCloser, err error) {
	s, err := newStore(o)
	if err != nil {
		return nil, err
	}
	if info, err := os.Stat(s.path); err != nil {
		return nil, err
	} else if info.Size() == 0 {
		return nil, fmt.Errorf("%s is empty: %w", s.path, fs.ErrNotExist)
	}
	s.readers = make(chan *conn, 1)
	defer func() {
		if err != nil {
			err = s.giveUp(err)
		}
	}()
	c, err := s.connect(sqlite3.ReadOnly)
	if err != nil {
		return nil, err
	}
	version, err := knownVersion(c)
	if err != nil {
		return nil, err
	}
	if version < schemaVersion {
		return nil, fmt.Errorf("its schema has version %d, and this program reads version %d: start `ovate serve` on it once, which brings it there", version, schemaVersion)
	}
	s.readers <- c
	return s, nil
}
