package sqlite

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"

	"zombiezen.com/go/sqlite"

	"ovate/internal/metadata"
)

// Reader is a database that is only read.
type Reader interface {
	metadata.Reader
	io.Closer
}

// OpenReader opens the database of o, which has to be there, to look at it. It changes nothing in it, does not claim its folder, and
// sees what is committed, whether a server runs on it or one has crashed. A database of another version is refused.
func OpenReader(o Options) (_ Reader, err error) {
	names, err := newTableNames(o.TableBase)
	if err != nil {
		return nil, err
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	path, err := filepath.Abs(o.Path)
	if err != nil {
		return nil, fmt.Errorf("metadata database %s: %w", o.Path, err)
	}
	s := newStore(path, o)
	s.readers = make(chan *conn, 1)
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("metadata database %s: %w", path, err), s.release())
		}
	}()
	c, err := s.connect(names, sqlite.OpenReadOnly)
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
