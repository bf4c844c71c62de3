// Package gathering has callers share transactions. A commit, and each way to a database and back, takes longer than many rows: so there is one
// transaction of a kind at a time, whoever comes while it is at work waits, and the next one is that of all who wait. A lone caller waits for nobody.
package gathering

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"ovate/internal/metadata"
)

// Most is how many calls share a transaction, for which everybody else waits.
const Most = 500

// Gathering is what calls of one kind share. C is what a call asks for, and where its answer is put.
type Gathering[C any] struct {
	transact func(ctx context.Context, calls []*C) error
	turn     chan struct{} // held by who is at work

	mu      sync.Mutex
	waiting []*waiter[C]
}

// waiter is a call that waits.
type waiter[C any] struct {
	call     *C
	answered chan struct{} // closed once the following count
	err      error
	gone     bool // the error is that of another, whose context has ended, and it is certain that nothing was done
}

// ErrFault is what those hear who share a transaction that ends in a panic.
var ErrFault = errors.New("nothing was stored, through a fault of the server")

// New makes a Gathering of calls that transact does in one transaction. Its error is that of the store, and means that nothing was done, or that this is
// unknown. What is wrong with one call, and nothing to the others, it notes there. It may be given the same calls again.
func New[C any](transact func(ctx context.Context, calls []*C) error) *Gathering[C] {
	return &Gathering[C]{transact: transact, turn: make(chan struct{}, 1)}
}

// Do has a call done, in a transaction of its own or in one with others, whose ctx may be that of another. If ctx ends before somebody is at work on the
// call it returns the cause. Unless the store has failed, or the outcome is unknown, an error of a shared transaction is nothing to the others: each
// is done alone then, until the store fails.
func (g *Gathering[C]) Do(ctx context.Context, call *C) error {
	for {
		w := &waiter[C]{call: call, answered: make(chan struct{})}
		if err := g.wait(ctx, w); err != nil {
			return err
		}
		if !w.gone || ctx.Err() != nil {
			return w.err
		}
	}
}

// Waiting is how many calls wait for a transaction of others to end.
func (g *Gathering[C]) Waiting() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.waiting)
}

// wait returns once the call is answered, or with an error if ctx ends before somebody is at work on it.
func (g *Gathering[C]) wait(ctx context.Context, w *waiter[C]) error {
	g.mu.Lock()
	g.waiting = append(g.waiting, w)
	g.mu.Unlock()
	for {
		select {
		case <-w.answered:
			return nil
		case g.turn <- struct{}{}:
			g.work(ctx, w)
		case <-ctx.Done():
			if g.withdraw(w) {
				return context.Cause(ctx)
			}
			<-w.answered // whoever took it is at work, and what comes of that is waited for
			return nil
		}
	}
}

// work has the turn, and answers those that wait, unless w is answered.
func (g *Gathering[C]) work(ctx context.Context, w *waiter[C]) {
	defer func() { <-g.turn }()
	select {
	case <-w.answered:
		return
	default:
	}
	all := g.take()
	for _, w := range all {
		w.err = ErrFault
	}
	defer func() { // after a panic, too
		for _, w := range all {
			w.gone = w.err != nil && ctx.Err() != nil && !errors.Is(w.err, metadata.ErrOutcomeUnknown)
			close(w.answered)
		}
	}()
	g.answer(ctx, all)
}

// take is who waits, the first before the others.
func (g *Gathering[C]) take() []*waiter[C] {
	g.mu.Lock()
	defer g.mu.Unlock()
	n := min(len(g.waiting), Most)
	all := g.waiting[:n:n]
	g.waiting = slices.Clone(g.waiting[n:])
	return all
}

// withdraw takes back a call, unless somebody has taken it.
func (g *Gathering[C]) withdraw(w *waiter[C]) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	i := slices.Index(g.waiting, w)
	if i >= 0 {
		g.waiting = slices.Delete(g.waiting, i, i+1)
	}
	return i >= 0
}

// answer does calls in one transaction, or each in one of its own if that fails for something that is wrong with one of them.
func (g *Gathering[C]) answer(ctx context.Context, all []*waiter[C]) {
	calls := make([]*C, len(all))
	for i, w := range all {
		calls[i] = w.call
	}
	err := g.transact(ctx, calls)
	if err == nil || len(all) == 1 || metadata.IsTransient(err) || errors.Is(err, metadata.ErrOutcomeUnknown) || ctx.Err() != nil {
		for _, w := range all {
			w.err = err
		}
		return
	}
	for i, w := range all {
		if w.err = g.transact(ctx, calls[i:i+1]); metadata.IsTransient(w.err) {
			failAll(all[i+1:], w.err)
			return
		}
	}
}

// failAll has calls that were not begun hear that the store fails, as each of many might wait for that for long.
func failAll[C any](all []*waiter[C], why error) {
	for _, w := range all {
		w.err = &metadata.TransientError{Err: fmt.Errorf("the store fails for others: %s", why.Error())}
	}
}
