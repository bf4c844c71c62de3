package sqlite

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"ovate/internal/metadata"
)

// maxGroup bounds how many calls share one commit, and thereby how long the first of them waits.
const maxGroup = 512

// writer lets one call after the other use the one connection that writes. Calls that come while others run join
// them: each gets a savepoint of its own, and then one commit, with its one fsync, serves all. So throughput grows
// with the number of callers, while a lone caller waits for nobody.
type writer struct {
	conn    *conn
	store   *Store
	calls   chan *call // Unbuffered: whoever waits to send is still free to give up.
	stopped sync.WaitGroup
}

// call is one Update. Its fn runs in the caller's goroutine, where a panic belongs, while the writer waits for it.
type call struct {
	turn    chan metadata.Tx // Gets the transaction when it is the call's turn.
	result  chan error       // Gets what fn came to.
	err     error            // The result, until the outcome is known.
	outcome chan error       // Gets what Update is to return. It holds one, for a caller that panicked.
}

// Update implements metadata.Store.
func (s *Store) Update(ctx context.Context, fn func(metadata.Tx) error) error {
	c := &call{turn: make(chan metadata.Tx), result: make(chan error), outcome: make(chan error, 1)}
	if err := s.usable(); err != nil {
		return err
	}
	select {
	case s.writer.calls <- c:
	case <-ctx.Done():
		return ctx.Err()
	case <-s.closing:
		return metadata.ErrClosed
	}
	select {
	case tx := <-c.turn:
		c.run(ctx, tx, fn)
		return <-c.outcome
	case err := <-c.outcome:
		return err
	}
}

// errUnfinished is the result of a fn that panicked or ended its goroutine.
var errUnfinished = errors.New("the function given to Update did not return")

func (c *call) run(ctx context.Context, tx metadata.Tx, fn func(metadata.Tx) error) {
	err := errUnfinished
	defer func() { c.result <- err }()
	if ended := ctx.Err(); ended != nil {
		err = ended
		return
	}
	err = fn(tx)
}

func (w *writer) start(c *conn, s *Store) {
	w.conn, w.store, w.calls = c, s, make(chan *call)
	w.stopped.Go(func() {
		grow := time.NewTimer(growAfter)
		defer grow.Stop()
		for {
			select {
			case first := <-w.calls:
				w.group(first)
			case <-grow.C:
				w.growLog()
			case <-s.closing:
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
	err := w.store.usable()
	if gone := w.store.checkFiles(); err == nil && gone != nil {
		err = w.store.fail(gone)
	}
	if err == nil {
		err = w.exec("BEGIN IMMEDIATE")
	}
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
		if err = w.commit(); err == nil {
			w.store.committed(len(group))
		}
	} else {
		err = w.rollback(err)
		group = w.join(group) // or each would wait as long for the same
	}
	for _, c := range group {
		if err != nil {
			c.err = err
		}
		c.outcome <- c.err
	}
}

// join adds to a group everything that waits behind it.
func (w *writer) join(group []*call) []*call {
	for len(group) < maxGroup {
		select {
		case next := <-w.calls:
			group = append(group, next)
		default:
			return group
		}
	}
	return group
}

// commit ends the transaction. An error while it wrote means that nothing was written: a commit counts by its last bytes. An error of
// the sync that follows leaves it open, for good: neither this process nor a later sync can tell what is on the disk.
func (w *writer) commit() error {
	err := w.exec("COMMIT")
	if !isLostSync(err) {
		return w.rollback(err)
	}
	err = w.store.fail(errLostSync(err))
	if w.conn.db.InTransaction() {
		err = errors.Join(err, w.exec("ROLLBACK"))
	}
	return metadata.Unknown(err)
}

// apply gives the call its turn in a savepoint. It returns an error only if the transaction of the whole group is lost.
func (w *writer) apply(c *call) error {
	if err := w.exec("SAVEPOINT call"); err != nil {
		return err
	}
	c.turn <- w.conn
	if c.err = <-c.result; c.err == nil {
		return w.exec("RELEASE call")
	}
	if isDamaged(c.err) { // what is written from here on may make it worse
		return w.store.fail(c.err)
	}
	// SQLite ends the whole transaction by itself after some errors, such as one of the disk.
	if !w.conn.db.InTransaction() {
		return c.err
	}
	if err := w.exec("ROLLBACK TO call"); err != nil {
		return err
	}
	return w.exec("RELEASE call")
}

// rollback ends a transaction that failed with cause, if it is still there.
func (w *writer) rollback(cause error) error {
	if cause == nil {
		return nil
	}
	cause = fmt.Errorf("metadata database %s: nothing was written: %w", w.store.path, cause)
	if !w.conn.db.InTransaction() {
		return cause
	}
	return errors.Join(cause, w.exec("ROLLBACK"))
}

func (w *writer) exec(statement string) error {
	if _, err := w.conn.exec(statement); err != nil {
		return fmt.Errorf("%s: %w", statement, err)
	}
	return nil
}
