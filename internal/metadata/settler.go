package metadata

import (
	"context"
	"errors"
	"sync"
)

// Settle turns the error of an Update of which one cannot tell whether it was committed into a certain answer: nil if it was, err if
// it was not. It reads back what is there, with stored, until the store answers. If ctx ends before that, or if the store has failed
// for good, the error wraps ErrOutcomeUnknown.
func Settle(ctx context.Context, err error, stored func(context.Context) (bool, error)) error {
	if err == nil || !errors.Is(err, ErrOutcomeUnknown) {
		return err
	}
	for pauses := (Pauses{}); ; {
		there, readErr := stored(ctx)
		switch {
		case readErr == nil && there:
			return nil
		case readErr == nil:
			return &TransientError{cause(err)}
		case !IsTransient(readErr) || pauses.Wait(ctx) != nil:
			return err
		}
	}
}

// Settler finds out what became of transactions in the stead of callers who cannot wait for that any longer. A nil Settler does not.
type Settler struct {
	lasts context.Context
	end   context.CancelFunc

	mu   sync.Mutex     // so that nothing begins while Stop waits
	work sync.WaitGroup // what is being found out
}

// NewSettler makes a Settler that goes on until it is stopped, or ctx ends.
func NewSettler(ctx context.Context) *Settler {
	s := &Settler{}
	s.lasts, s.end = context.WithCancel(ctx)
	return s
}

// Settle is the function Settle for as long as ctx lasts. If the error wraps ErrOutcomeUnknown even then, another goroutine goes on, and later
// is called once: with what the function returns at last, or with such an error again if the Settler ends before that is known. Then
// the next start, or the next term of leadership, reads what is there. The ctx of later ends with the Settler.
func (s *Settler) Settle(ctx context.Context, err error, stored func(context.Context) (bool, error), later func(context.Context, error)) error {
	if err = Settle(ctx, err, stored); !errors.Is(err, ErrOutcomeUnknown) {
		return err
	}
	if s == nil {
		later(ctx, err)
		return err
	}
	s.begin(func() { later(s.lasts, s.persist(err, stored)) })
	return err
}

// begin has work done by a goroutine, which Stop waits for. Once the Settler has ended nothing of the work waits, and the caller does it.
func (s *Settler) begin(work func()) {
	s.mu.Lock()
	ended := s.lasts.Err() != nil
	if !ended {
		s.work.Go(work)
	}
	s.mu.Unlock()
	if ended {
		work()
	}
}

// persist goes on where Settle gives up: a store that has failed for good may be mended.
func (s *Settler) persist(unknown error, stored func(context.Context) (bool, error)) error {
	for pauses := (Pauses{}); s.lasts.Err() == nil; {
		err := Settle(s.lasts, unknown, stored)
		if !errors.Is(err, ErrOutcomeUnknown) || pauses.Wait(s.lasts) != nil {
			return err
		}
	}
	return unknown
}

// Stop ends the Settler. When it returns, whoever called it, nothing of it runs any more.
func (s *Settler) Stop() {
	s.mu.Lock()
	s.end() // under mu: whoever has not begun sees it
	s.mu.Unlock()
	s.work.Wait()
}
