package metadata

import (
	"context"
	"errors"
	"sync"
)

// ErrTermOver: the term of leadership in which something was to be written is over. Nothing of it is stored; who leads now decides.
var ErrTermOver = errors.New("this server does not lead any more")

// Term is a store in the hands of a leader: whatever is begun in the term writes through it, and nothing once the term is over, so that
// the next term finds everything that the one before it has stored. Reads change nothing and go on. Closing it leaves the store open.
type Term struct {
	Store
	lasts  context.Context // ends with the term
	refuse context.CancelCauseFunc

	mu   sync.Mutex     // so that none begins while End waits
	work sync.WaitGroup // what has begun in the term
}

// NewTerm begins a term.
func NewTerm(store Store) *Term {
	lasts, refuse := context.WithCancelCause(context.Background())
	return &Term{Store: store, lasts: lasts, refuse: refuse}
}

// Update is the store's while the term lasts, and returns ErrTermOver from then on; also if the term ends before it is fn's turn.
func (t *Term) Update(ctx context.Context, fn func(Tx) error) error {
	if !t.begin() {
		return ErrTermOver
	}
	defer t.work.Done()
	return t.Store.Update(ctx, func(tx Tx) error {
		if t.lasts.Err() != nil {
			return ErrTermOver
		}
		return fn(tx)
	})
}

// Do is for what changes other things than the store: fn's ctx ends with the term, and End waits for fn.
func (t *Term) Do(ctx context.Context, fn func(context.Context) error) error {
	if !t.begin() {
		return ErrTermOver
	}
	defer t.work.Done()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(t.lasts, func() { cancel(ErrTermOver) })()
	err := fn(ctx)
	if err != nil && errors.Is(context.Cause(ctx), ErrTermOver) {
		return ErrTermOver
	}
	return err
}

// Refuse ends the term at once for all that is not being committed yet.
func (t *Term) Refuse() { t.refuse(ErrTermOver) }

// End ends the term. When it returns, everything that was written in it is on disk, and nothing else will be.
func (t *Term) End() {
	t.mu.Lock()
	t.Refuse() // under mu: whoever has not begun sees it
	t.mu.Unlock()
	t.work.Wait()
}

// Close does nothing.
func (t *Term) Close() error { return nil }

func (t *Term) begin() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.lasts.Err() != nil {
		return false
	}
	t.work.Add(1)
	return true
}
