package metadata

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
)

// ErrTermOver: the term of leadership in which something was to be written is over. Nothing of it is stored; who leads now decides.
var ErrTermOver = errors.New("this server does not lead any more")

// Term is a store in the hands of a leader: whatever is begun in the term writes through it, and nothing once the term is over, so that
// the next term finds everything that the one before it has stored. Reads change nothing and go on. Closing it leaves the store open.
//
// A term is over at once when the lead ends, and, should a server not hear of that, for the first transaction after another term has begun.
type Term struct {
	Store
	lead   context.Context
	lasts  context.Context // ends with the term
	refuse context.CancelCauseFunc
	epoch  atomic.Int64

	mu   sync.Mutex     // so that none begins while End waits
	work sync.WaitGroup // what has begun in the term
}

// NewTerm makes a term that lasts no longer than the lead does, which has this epoch (0 if the election counts none).
func NewTerm(lead context.Context, store Store, epoch int64) *Term {
	t := &Term{Store: store, lead: lead}
	t.epoch.Store(epoch)
	t.lasts, t.refuse = context.WithCancelCause(lead)
	return t
}

// Begin begins the term in the store, before anything is read or written in it: what former terms have stored is there from then on.
func (t *Term) Begin(ctx context.Context) error {
	return t.Do(ctx, func(ctx context.Context) error {
		epoch, err := t.BeginTerm(ctx, t.epoch.Load())
		if err != nil {
			return fmt.Errorf("begin the term: %w", err)
		}
		t.epoch.Store(epoch)
		return nil
	})
}

// Over ends when the term is over.
func (t *Term) Over() <-chan struct{} { return t.lasts.Done() }

// Lasts tells whether the term is not over. It asks the lead itself: one that looks at the clock knows after a pause of the process that it has
// ended, before its context has told anybody.
func (t *Term) Lasts() bool {
	if t.lead.Err() != nil {
		t.Refuse()
	}
	return t.lasts.Err() == nil
}

// Update is the store's while the term lasts, and returns ErrTermOver from then on; also if the term ends before fn has. Between that and the commit
// there is nothing but the store's own work: what guards that is the epoch, against servers that begin terms. One that does not, as a Java Overlord, leads
// only once a store that it shares has taken back what this process, frozen just then, had not committed (sqldb.Config.Idle).
func (t *Term) Update(ctx context.Context, fn func(Tx) error) error {
	if !t.begin() {
		return ErrTermOver
	}
	defer t.work.Done()
	err := t.Store.Update(ctx, func(tx Tx) error {
		if !t.Lasts() {
			return ErrTermOver
		}
		if err := tx.InTerm(t.epoch.Load()); err != nil {
			if errors.Is(err, ErrTermOver) {
				t.Refuse()
			}
			return err
		}
		err := fn(tx)
		if err == nil && !t.Lasts() {
			return ErrTermOver
		}
		return err
	})
	if IsTransient(err) && !errors.Is(err, ErrOutcomeUnknown) && !t.Lasts() {
		return ErrTermOver // it would be, if it was tried again
	}
	return err
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

// Settler makes one that lasts no longer than the term.
func (t *Term) Settler() *Settler { return NewSettler(t.lasts) }

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
	if !t.Lasts() {
		return false
	}
	t.work.Add(1)
	return true
}
