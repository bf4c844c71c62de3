package sqlite

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"

	"ovate/internal/metadata"
)

// maxGroup bounds how many calls share one commit, and thereby how long the first of them waits.
const maxGroup = 512

// writer runs all transactions in one goroutine on one connection. Calls that come while others run join them: each
// gets a savepoint of its own, and then one commit, with its one fsync, serves all. So throughput grows with the
// number of callers, while a lone caller waits for nobody.
type writer struct {
	conn    *conn
	path    string
	calls   chan *call // Unbuffered: whoever waits to send is still free to give up.
	stopped sync.WaitGroup
}

type call struct {
	ctx  context.Context
	fn   func(metadata.Tx) error
	err  error      // What fn, or its savepoint, came to.
	done chan error // Gets the outcome once it is final; holds one.
}

// panicked carries a panic of fn from the writer's goroutine to the caller's.
type panicked struct {
	value any
	stack []byte
}

func (p *panicked) Error() string { return fmt.Sprintf("%v\n\n%s", p.value, p.stack) }

// Update implements metadata.Store.
func (s *Store) Update(ctx context.Context, fn func(metadata.Tx) error) error {
	c := &call{ctx: ctx, fn: fn, done: make(chan error, 1)}
	select {
	case <-s.closing:
		return metadata.ErrClosed
	default:
	}
	select {
	case s.writer.calls <- c:
	case <-ctx.Done():
		return ctx.Err()
	case <-s.closing:
		return metadata.ErrClosed
	}
	err := <-c.done
	if p, ok := errors.AsType[*panicked](err); ok {
		panic(p)
	}
	return err
}

func (w *writer) start(c *conn, path string, closing <-chan struct{}) {
	w.conn, w.path, w.calls = c, path, make(chan *call)
	w.stopped.Go(func() {
		for {
			select {
			case first := <-w.calls:
				w.group(first)
			case <-closing:
				return
			}
		}
	})
}

// wait returns once the writer has ended.
func (w *writer) wait() { w.stopped.Wait() }

// group runs first and everything that waits behind it as one transaction and tells each call how it went. A call
// whose fn failed is told only after the commit too: what it read may have come from a call before it in the group.
func (w *writer) group(first *call) {
	group := []*call{first}
	err := w.exec("BEGIN IMMEDIATE")
	for i := 0; err == nil && i < len(group); i++ {
		err = w.apply(group[i])
		if len(group) < maxGroup {
			select {
			case next := <-w.calls:
				group = append(group, next)
			default:
			}
		}
	}
	if err == nil {
		err = w.exec("COMMIT")
	}
	if err != nil {
		err = w.rollback(fmt.Errorf("metadata database %s: nothing was written: %w", w.path, err))
	}
	for _, c := range group {
		if err != nil {
			c.err = err
		}
		c.done <- c.err
	}
}

// apply runs one call's fn in a savepoint and keeps what it came to in the call. It returns an error only if the
// transaction of the whole group is lost.
func (w *writer) apply(c *call) error {
	if c.err = c.ctx.Err(); c.err != nil {
		return nil
	}
	if err := w.exec("SAVEPOINT call"); err != nil {
		return err
	}
	if c.err = w.run(c.fn); c.err == nil {
		return w.exec("RELEASE call")
	}
	// SQLite ends the whole transaction by itself after some errors, such as one of the disk.
	if w.conn.db.AutocommitEnabled() {
		return c.err
	}
	if err := w.exec("ROLLBACK TO call"); err != nil {
		return err
	}
	return w.exec("RELEASE call")
}

func (w *writer) run(fn func(metadata.Tx) error) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = &panicked{value, debug.Stack()}
		}
	}()
	return fn(w.conn)
}

// rollback ends a transaction that failed with cause, if it is still there.
func (w *writer) rollback(cause error) error {
	if w.conn.db.AutocommitEnabled() {
		return cause
	}
	if err := w.exec("ROLLBACK"); err != nil {
		return errors.Join(cause, err)
	}
	return cause
}

func (w *writer) exec(statement string) error {
	if _, err := w.conn.exec(statement); err != nil {
		return fmt.Errorf("%s: %w", statement, err)
	}
	return nil
}
