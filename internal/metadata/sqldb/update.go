package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"ovate/internal/metadata"
)

const (
	// maxWriters bounds how many transactions run at once.
	maxWriters = 16
	// maxReaders is how many statements find a connection beside them; the others wait. Servers have room for a hundred connections, say, of
	// others, too.
	maxReaders = 16
	// sharedTries is how often a transaction is tried beside others. After that it runs while no other of this process does: then only
	// another program can be in its way.
	sharedTries = 3
	// maxTries is how often it is tried at all, and maxConnects how often where there is no connection.
	maxTries, maxConnects = 12, 4
)

// Update implements metadata.Store. Each call is a transaction of its own, and the database makes sure that they have the effect of one
// after the other. One that another is in the way of is run again, and so is one whose connection breaks before its COMMIT.
func (s *Store) Update(ctx context.Context, fn func(metadata.Tx) error) error {
	if err := s.start(); err != nil {
		return err
	}
	defer s.calls.Done()
	for try := 1; ; try++ {
		err := s.attempt(ctx, fn, try)
		void, again := errors.AsType[*voidError](err)
		if !again {
			return err
		}
		s.log.Debug("a transaction was taken back", "try", try, "error", void.err)
		switch err := s.pause(ctx, try, s.dialect.fault(void.err).kind); {
		case errors.Is(err, metadata.ErrClosed):
			return err
		case err != nil:
			return s.typed(void.err)
		}
	}
}

// voidError is why a try came to nothing; nothing of it is stored, and another try may succeed.
type voidError struct{ err error }

func (e *voidError) Error() string { return e.err.Error() }
func (e *voidError) Unwrap() error { return e.err }

// void gives an error that stopped a try, of which it is certain that nothing was stored, the type that tells what to do.
func (s *Store) void(err error) error {
	switch s.dialect.fault(err).kind {
	case conflict, unreachable, taken: // taken: a key that was free when this transaction looked
		return &voidError{err}
	default:
		return s.typed(err)
	}
}

// errEnough ends the tries.
var errEnough = errors.New("tried often enough")

// pause waits before the next try. Where the server cannot be reached it waits longer, and no longer than ctx lasts.
func (s *Store) pause(ctx context.Context, try int, why kind) error {
	wait, most := time.Duration(rand.IntN(1<<min(try, 6)))*time.Millisecond, maxTries
	if why == unreachable {
		wait, most = 50*time.Millisecond<<try, maxConnects
	} else {
		ctx = context.WithoutCancel(ctx) // it has begun
	}
	if try >= most {
		return errEnough
	}
	select {
	case <-time.After(wait):
		return nil
	case <-ctx.Done():
		return errEnough
	case <-s.closing.Done():
		return metadata.ErrClosed
	}
}

// attempt is one try.
func (s *Store) attempt(ctx context.Context, fn func(metadata.Tx) error, try int) error {
	places := int64(1)
	if try > sharedTries {
		places = maxWriters
	}
	if try > 1 {
		ctx = context.WithoutCancel(ctx)
	}
	if err := s.acquire(ctx, places); err != nil {
		return err
	}
	defer s.writers.Release(places)
	t, err := s.begin(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return s.void(err)
	}
	defer t.release()
	if err := ctx.Err(); err != nil {
		return err
	}
	return t.run(fn)
}

// transaction is metadata.Tx.
type transaction struct {
	reader
	conn    conn
	pinned  *sql.Conn
	session string
	open    bool  // neither committed nor taken back
	broken  error // the first fault of a statement: nothing after it counts
}

var _ metadata.Tx = (*transaction)(nil)

// begin begins a transaction, on a connection of its own.
func (s *Store) begin(ctx context.Context) (t *transaction, err error) {
	if err := s.settle(ctx); err != nil {
		return nil, err
	}
	connecting, cancel := context.WithTimeout(ctx, s.patience)
	defer cancel()
	pinned, err := s.db.Conn(connecting)
	if err != nil {
		return nil, err
	}
	t = &transaction{pinned: pinned, open: true}
	t.conn = conn{store: s, ctx: context.WithoutCancel(ctx), db: pinned, failed: t.fail}
	t.reader = reader{s, t.read}
	if t.session, err = nameOf(pinned); err != nil {
		return nil, errors.Join(err, pinned.Close())
	}
	if _, err := t.conn.run(s.dialect.begin, nil); err != nil {
		t.release()
		return nil, err
	}
	return t, nil
}

func (t *transaction) fail(err error) {
	if t.broken == nil {
		t.broken = err
	}
}

// read is what reads of the transaction run in. They do not end with ctx, as that would end the transaction.
func (t *transaction) read(ctx context.Context, fn func(conn) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return fn(t.conn)
}

// run is fn's turn, and the commit.
func (t *transaction) run(fn func(metadata.Tx) error) error {
	err := fn(t)
	if t.broken == nil {
		if err != nil {
			return err
		}
		return t.commit()
	}
	void := t.conn.store.void(t.broken)
	if _, again := errors.AsType[*voidError](void); !again && err != nil {
		return err
	}
	return void
}

// commit ends the transaction. If the answer is lost, nobody knows the outcome until the session has ended.
func (t *transaction) commit() error {
	_, err := t.conn.run("COMMIT", nil)
	if err == nil {
		t.open = false
		return nil
	}
	err = fmt.Errorf("commit: %w", err)
	s := t.conn.store
	if s.dialect.fault(err).answered {
		return s.void(err)
	}
	discard(t.pinned)
	t.open = false
	s.doubt(t.session)
	return &metadata.TransientError{Err: metadata.Unknown(fmt.Errorf("%s at %s: %w", s.dialect.name, s.where, err))}
}

// release takes back what is not committed. If the connection is broken, the server may not know that yet, and the session hold locks that
// the next try would wait for: so it is ended first.
func (t *transaction) release() {
	if t.open {
		if _, err := t.conn.run("ROLLBACK", nil); err != nil {
			discard(t.pinned)
			t.conn.store.doubt(t.session)
		}
	}
	_ = t.pinned.Close() // gives it back to the pool
}
