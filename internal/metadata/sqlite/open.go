// Package sqlite keeps the metadata in one SQLite file, for a server that needs no other service.
//
// The file is in WAL mode with synchronous=FULL: a commit is on disk when it returns, readers never wait for the
// writer, and after a crash opening it again is all the recovery there is.
package sqlite

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"ovate/internal/datadir"
	"ovate/internal/disk"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite/sqlite3"
)

// Options say which database to open.
type Options struct {
	// Path is the database file. Its folder is made if missing and belongs to this process until Close.
	Path string
	// Claimed tells that the process has claimed that folder before, and keeps it until after Close.
	Claimed bool
	// TableBase begins every table's name (druid.metadata.storage.tables.base); empty means druid.
	TableBase string
	// Readers is how many goroutines can read at once; zero means 4.
	Readers int
	// Log is told of rows that cannot be read; nil discards.
	Log *slog.Logger
	// Failed, unless nil, is called once if the store cannot be used any more, with the reason: a disk that loses writes, or files
	// that were taken away. The process has to end then; the next start finds out what is stored.
	Failed func(error)
	// Committed, unless nil, is told of each commit: how many calls of Update shared it. It must return quickly.
	Committed func(together int)
}

const defaultReaders = 4

// busyTimeout is how long a statement waits for another process that has locked the database, which nobody should; then whoever asked
// is told.
const busyTimeout = 5 * time.Second

// Store is a metadata.Store in a SQLite file.
type Store struct {
	path    string
	names   *tableNames
	lock    *datadir.Lock
	file    *os.File // see openFile
	readers chan *conn
	all     []*conn // The writer's first, then the readers'.
	writer  writer
	closing chan struct{}
	close   sync.Once
	closed  error // What Close found; set once.

	term      term
	records   atomic.Bool // the table of records is there, for good
	identity  *identity
	place     place // see Identity
	lengths   lengths
	log       *slog.Logger
	bad       *metadata.UnreadableLog
	onFailure func(error)
	committed func(together int)
	failOnce  sync.Once
	failed    chan struct{} // Closed by fail.
	failure   error         // Valid once failed is closed.
}

var _ metadata.Store = (*Store)(nil)

// Open opens the database, creating it if the file is missing or empty. A folder that another process uses gives a
// *datadir.HeldError; a file that is something else, or of a newer version, is refused and left as it is.
func Open(o Options) (_ *Store, err error) {
	s, err := newStore(o)
	if err != nil {
		return nil, err
	}
	if err := disk.MkdirAll(filepath.Dir(s.path)); err != nil {
		return nil, fmt.Errorf("metadata database: %w", err)
	}
	defer func() {
		if err != nil {
			err = s.giveUp(err)
		}
	}()
	if err := s.claim(o.Claimed); err != nil {
		return nil, err
	}
	main, err := s.connect(sqlite3.ReadWrite)
	if err != nil {
		return nil, err
	}
	if err := s.settleLog(main); err != nil {
		return nil, err
	}
	if err := migrate(main); err != nil {
		return nil, err
	}
	if err := checkNames(s.file); err != nil { // of one that has come at the same moment
		return nil, err
	}
	if err := s.connectReaders(o.Readers); err != nil {
		return nil, err
	}
	if err := s.recognize(); err != nil {
		return nil, err
	}
	s.writer.start(main, s)
	s.writer.stopped.Go(s.watch)
	return s, nil
}

// claim takes the folder, unless it is taken already, and opens the file, which is made if it is not there.
func (s *Store) claim(taken bool) (err error) {
	if !taken {
		if s.lock, err = datadir.Acquire(filepath.Dir(s.path)); err != nil {
			return err
		}
	}
	if err := createPrivate(s.path); err != nil {
		return err
	}
	if s.file, err = openFile(s.path); err != nil {
		return err
	}
	return checkNames(s.file)
}

// connectReaders makes the connections that read; as many as are usual if n is not above zero.
func (s *Store) connectReaders(n int) error {
	if n <= 0 {
		n = defaultReaders
	}
	s.readers = make(chan *conn, n)
	for range n {
		c, err := s.connect(sqlite3.ReadWrite)
		if err != nil {
			return err
		}
		s.readers <- c
	}
	return nil
}

// recognize notes what the files of the database are, by which it is seen if others come in their place.
func (s *Store) recognize() (err error) {
	if s.identity, err = identify(s.path); err != nil {
		return err
	}
	if s.place, err = placeOf(s.file); err != nil {
		return err
	}
	s.lengths.main = s.file
	if s.lengths.index, err = os.Open(s.path + "-shm"); err != nil {
		return err
	}
	s.lengths.log, err = os.Open(s.path + "-wal")
	return err
}

// newStore has no connections yet.
func newStore(o Options) (*Store, error) {
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
	if o.Committed == nil {
		o.Committed = func(int) {}
	}
	return &Store{
		path: path, names: names, log: o.Log, bad: metadata.NewUnreadableLog(o.Log),
		closing: make(chan struct{}), failed: make(chan struct{}), onFailure: o.Failed, committed: o.Committed,
	}, nil
}

// giveUp releases what could not be opened because of err.
func (s *Store) giveUp(err error) error {
	return errors.Join(fmt.Errorf("metadata database %s: %w", s.path, err), s.release())
}

// createPrivate makes the file readable for its owner alone, because task payloads may hold passwords. SQLite gives
// the files beside it the same mode.
func createPrivate(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return f.Close()
}

func (s *Store) connect(flags sqlite3.Flags) (*conn, error) {
	db, err := sqlite3.Open(s.path, flags)
	if err != nil {
		return nil, noRoom(err)
	}
	db.SetBusyTimeout(busyTimeout)
	c := &conn{db: db, names: s.names, stmts: map[string]*sqlite3.Stmt{}, texts: metadata.Texts{}, bad: s.bad, term: &s.term, records: &s.records}
	s.all = append(s.all, c)
	pragmas := []string{
		"PRAGMA synchronous=FULL",
		"PRAGMA temp_store=MEMORY",
		"PRAGMA journal_size_limit=67108864",
	}
	if flags&sqlite3.ReadOnly == 0 {
		pragmas = append(pragmas, "PRAGMA journal_mode=WAL")
	}
	for _, pragma := range pragmas {
		if err := db.Exec(pragma); err != nil {
			return nil, fmt.Errorf("%s: %w", pragma, noRoom(err))
		}
	}
	return c, nil
}

// Close waits for the transaction and the reads that run, then closes the file.
func (s *Store) Close() error {
	s.close.Do(func() {
		close(s.closing)
		s.writer.wait()
		for range cap(s.readers) {
			<-s.readers
		}
		if err := s.release(); err != nil {
			s.closed = fmt.Errorf("close metadata database %s: %w", s.path, err)
		}
	})
	return s.closed
}

// release closes the connections, readers first, so that the last one tidies the WAL away, and frees the folder.
func (s *Store) release() error {
	var errs []error
	for i := len(s.all) - 1; i >= 0; i-- {
		errs = append(errs, s.all[i].db.Close())
	}
	for _, f := range []*os.File{s.lengths.log, s.lengths.index, s.file} {
		if f != nil {
			errs = append(errs, f.Close())
		}
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Release())
	}
	return errors.Join(errs...)
}
