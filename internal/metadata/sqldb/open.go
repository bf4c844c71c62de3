// Package sqldb keeps the metadata in a database server, PostgreSQL, MySQL or MariaDB: in the tables that a Java cluster has there, or
// in the same ones, made as Druid makes them.
//
// Other programs write to these tables, too, and the network lies in between. So every write is a serializable transaction, which is
// run again where another one was in its way; a COMMIT whose answer is lost has an outcome that is not known until its session has
// ended; and rows are read in pages, so that whoever is slow to take them holds nothing in the database.
package sqldb

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"

	"ovate/internal/gathering"
	"ovate/internal/metadata"
)

// Config says which database to open. The names are those of druid.metadata.storage.connector.*.
type Config struct {
	// ConnectURI is jdbc:postgresql://… or jdbc:mysql://… or jdbc:mariadb://…
	ConnectURI string
	User       string
	// Password is the password, or the JSON of a PasswordProvider of type default or environment.
	Password string
	// CreateTables makes tables that are missing, and, once a term begins, columns and indexes.
	CreateTables bool
	// TablesBase begins every table's name (druid.metadata.storage.tables.base); empty means druid.
	TablesBase string
	// Idle is how long a transaction may rest between two statements, at most: where another server may lead, less than it takes this one from the end of
	// its lead; 0 is the longest that there is.
	Idle time.Duration
	// Log is told of rows that cannot be read, and of what is made; nil discards.
	Log *slog.Logger
	// Env looks up environment variables; nil means os.LookupEnv.
	Env func(string) (string, bool)
}

// Store is a metadata.Store.
type Store struct {
	reader
	dialect  *dialect
	names    *names
	where    string // host and database, for messages
	db       *sql.DB
	log      *slog.Logger
	identity string
	bad      *metadata.UnreadableLog
	found    found
	create   bool // what is missing may be made
	writers  *semaphore.Weighted
	patience time.Duration // with one statement
	commits  *gathering.Gathering[commitCall]
	// statements are those of this package by their text, as the database understands them.
	statements sync.Map

	closing context.Context // ends with Close
	close   context.CancelFunc
	mu      sync.Mutex     // for what follows, and so that no call begins while Close waits
	calls   sync.WaitGroup // that are under way
	// indexing tells that indexes are being made, in the background.
	indexing   atomic.Bool
	background sync.WaitGroup
	doubts     []string // sessions that may be at work although their connections broke
}

var _ metadata.Store = (*Store)(nil)

// Open connects to the database and makes what is missing.
func Open(ctx context.Context, o Config) (*Store, error) {
	r, err := resolve(o)
	if err != nil {
		return nil, err
	}
	t, d := &r.target, r.dialect
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	idle := min(longestIdle, t.patience)
	if o.Idle > 0 {
		idle = min(idle, o.Idle)
	}
	connect := t.connect * time.Duration(len(t.hosts))
	s := &Store{
		dialect: d, names: r.names, where: t.String(), db: sql.OpenDB(connector{r.connector, d, idle, connect}), log: o.Log, bad: metadata.NewUnreadableLog(o.Log),
		writers: semaphore.NewWeighted(maxWriters), patience: t.patience, create: o.CreateTables,
	}
	if len(t.ignored) > 0 {
		o.Log.Warn("options of the URL of the metadata database are not known here and have no effect", "options", strings.Join(t.ignored, ", "))
	}
	// A transaction has one connection, and a read one for each of its statements, so that nobody waits for a second one while having the first.
	s.db.SetMaxOpenConns(maxWriters + maxReaders)
	s.db.SetMaxIdleConns(maxWriters + maxReaders)
	s.db.SetConnMaxIdleTime(5 * time.Minute)
	s.reader = reader{s, s.read}
	s.commits = gathering.New(s.commitMetadata)
	s.closing, s.close = context.WithCancel(context.Background())
	if err := s.prepare(ctx, connect); err != nil {
		return nil, errors.Join(fmt.Errorf("metadata database %s: %w", s.where, err), s.Close())
	}
	return s, nil
}

// identify makes the word of Identity: of where the database is, and of what the server calls it.
func (s *Store) identify(ctx context.Context) (string, error) {
	words, err := s.list(ctx, s.dialect.identity, s.names.table("config"))
	if err != nil {
		return "", fmt.Errorf("tell which database this is: %w", err)
	}
	if s.dialect.server != "" {
		server, err := s.list(ctx, s.dialect.server)
		if f := s.dialect.fault(err); err != nil && !(f.answered && f.kind == other) { // whoever may not ask does without
			return "", fmt.Errorf("tell which server this is: %w", err)
		}
		words = append(words, server...)
	}
	sum := sha256.Sum256([]byte(strings.Join(append(words, s.dialect.name, s.where, s.names.base), " ")))
	return hex.EncodeToString(sum[:8]), nil
}

// warn tells of settings of the server that break what is promised of each commit.
func (s *Store) warn(ctx context.Context) error {
	settings, err := s.list(ctx, s.dialect.hazards)
	if err != nil {
		return fmt.Errorf("look at the settings of the server: %w", err)
	}
	for _, setting := range settings {
		s.log.Warn("a setting of the database server lets it lose what it has committed, if its machine fails", "setting", setting, "server", s.where)
	}
	return nil
}

// Identity implements metadata.Store. A database that moves to another address is another, and so is a copy at another one, or on a server of
// its own.
func (s *Store) Identity() string { return s.identity }

// longestKept is up to which length a statement is kept as the database understands it. Of longer ones, which have a mark for each of many
// values, there are as many as there are numbers of values.
const longestKept = 2 << 10

// statement is a statement as the database understands it.
func (s *Store) statement(text string) string {
	if len(text) > longestKept {
		return s.names.expand(text)
	}
	if expanded, ok := s.statements.Load(text); ok {
		return expanded.(string)
	}
	expanded := s.names.expand(text)
	s.statements.Store(text, expanded)
	return expanded
}

// start notes that a call is under way.
func (s *Store) start() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing.Err() != nil {
		return metadata.ErrClosed
	}
	s.calls.Add(1)
	return nil
}

// acquire waits for places among the writers.
func (s *Store) acquire(ctx context.Context, places int64) error {
	waiting, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.closing, cancel)()
	switch err := s.writers.Acquire(waiting, places); {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	default:
		return metadata.ErrClosed
	}
}

// Close waits for the calls that are under way and closes the connections.
func (s *Store) Close() error {
	s.mu.Lock()
	s.close() // under mu: whoever has not begun sees it
	s.mu.Unlock()
	s.calls.Wait()
	s.background.Wait()
	if err := s.db.Close(); err != nil {
		return fmt.Errorf("close metadata database %s: %w", s.where, err)
	}
	return nil
}

// read runs fn, which reads, on any connection. What fn has gathered when a connection breaks it gathers anew.
func (s *Store) read(ctx context.Context, fn func(conn) error) (err error) {
	if err := s.start(); err != nil {
		return err
	}
	defer s.calls.Done()
	for try := 1; ; try++ {
		err = s.settle(ctx)
		if err == nil {
			err = fn(conn{store: s, ctx: ctx, db: s.db})
		}
		if ctx.Err() != nil && err != nil {
			return ctx.Err()
		}
		if err == nil || !metadata.IsTransient(err) || s.pause(ctx, try, unreachable) != nil {
			return err
		}
	}
}
