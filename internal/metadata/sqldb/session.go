package sqldb

import (
	"context"
	"crypto/rand"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"
	"time"

	"ovate/internal/clock"
	"ovate/internal/metadata"
)

// session is a connection with a name by which the server knows it, so that it can be ended from another connection when nobody knows what
// has become of it.
type session struct {
	driverConn
	name string
	idle time.Duration
}

// driverConn is what both drivers' connections have.
type driverConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.NamedValueChecker
	driver.SessionResetter
}

// IsValid implements driver.Validator.
func (s *session) IsValid() bool {
	v, ok := s.driverConn.(driver.Validator)
	return !ok || v.IsValid()
}

// ResetSession implements driver.SessionResetter, for a connection of the pool that is about to be used. The driver may ask the server whether it is
// there, and a network that has fallen silent never answers: the connection counts as broken then, and another one is taken.
func (s *session) ResetSession(ctx context.Context) error {
	const longest = 5 * time.Second
	bound, cancel := context.WithTimeout(ctx, min(longest, s.idle))
	defer cancel()
	err := s.driverConn.ResetSession(bound)
	if err != nil && ctx.Err() == nil {
		return driver.ErrBadConn
	}
	return err
}

// Close implements driver.Conn. That it was broken already counts for nothing.
func (s *session) Close() error {
	_ = s.driverConn.Close()
	return nil
}

// connector makes sessions. A server that takes a connection and says nothing has as long as connecting may take: each of several.
type connector struct {
	driver.Connector
	dialect *dialect
	idle    time.Duration
	longest time.Duration
}

// longestIdle is how long a transaction may rest between two statements, unless Config.Idle is less: then the server takes it back and ends its session. So a
// process that is frozen, by its machine or by SIGSTOP, keeps nobody from what it has locked, and what it was about to commit it does not commit beside
// whoever leads next, be it one that begins no term, as a Java Overlord.
const longestIdle = 10 * time.Second

// Connect implements driver.Connector.
func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	bound, cancel := context.WithTimeoutCause(ctx, c.longest, errSilent)
	defer cancel()
	made, err := c.Connector.Connect(bound)
	if err != nil {
		return nil, silent(ctx, bound, err)
	}
	dc, ok := made.(driverConn)
	if !ok {
		return nil, errors.Join(fmt.Errorf("the driver of %s has connections of another kind, %T", c.dialect.name, made), made.Close())
	}
	s := &session{dc, "ovate-" + rand.Text(), c.idle}
	for _, statement := range c.dialect.startSession(s.name, c.idle) {
		if _, err := s.ExecContext(bound, statement, nil); err != nil {
			return nil, errors.Join(fmt.Errorf("start a session: %w", silent(ctx, bound, err)), made.Close())
		}
	}
	return s, nil
}

// errSilent: whoever is at that address may be frozen, or a load balancer with nobody behind it.
var errSilent = errors.New("it takes connections, or what is on the way does, and says nothing")

// silent tells of an error that the time for connecting was over.
func silent(ctx, bound context.Context, err error) error {
	if bound.Err() != nil && ctx.Err() == nil {
		return fmt.Errorf("%w: %w", errSilent, err)
	}
	return err
}

// nameOf is the name of a connection's session.
func nameOf(c *sql.Conn) (name string, err error) {
	err = c.Raw(func(dc any) error {
		s, ok := dc.(*session)
		if !ok {
			return fmt.Errorf("connection of another kind, %T", dc)
		}
		name = s.name
		return nil
	})
	return name, err
}

// discard closes a connection for good.
func discard(c *sql.Conn) { _ = c.Raw(func(any) error { return driver.ErrBadConn }) }

// doubt notes a session of which nobody knows whether it is still at work in the server: its COMMIT has no answer, or it holds locks.
func (s *Store) doubt(session string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.doubts = append(s.doubts, session)
}

// settle returns once no session is left that may yet commit what it is not known of: what is read from then on is what has become of it. It also looks
// again at what the database has, after a statement that the database did not understand.
func (s *Store) settle(ctx context.Context) error {
	s.mu.Lock()
	doubts := slices.Clone(s.doubts)
	s.mu.Unlock()
	for _, name := range doubts {
		if err := s.endSession(ctx, name); err != nil {
			return err
		}
		s.mu.Lock()
		s.doubts = slices.DeleteFunc(s.doubts, func(d string) bool { return d == name })
		s.mu.Unlock()
	}
	if s.found.stale.Swap(false) {
		return s.look(ctx)
	}
	return nil
}

// endSession ends a session and waits until it is gone, for a while.
func (s *Store) endSession(ctx context.Context, name string) error {
	const tries, pause = 50, 20 * time.Millisecond
	for range tries {
		gone, err := s.dialect.endSession(conn{ctx: ctx, db: s.db, store: s}, name)
		if err != nil || gone {
			return err
		}
		if !clock.Pause(ctx, pause) {
			return ctx.Err()
		}
	}
	return &metadata.TransientError{Err: fmt.Errorf("%s at %s: session %s, whose connection broke, has not ended yet", s.dialect.name, s.where, name)}
}
