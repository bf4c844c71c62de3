package metadata

import (
	"context"
	"errors"
	"time"

	"ovate/druid"
	"ovate/internal/timeline"
)

// ErrOutcomeUnknown: an Update was on its way to the disk when something broke, and may have been committed or not. Nothing may be
// told or removed on its account before Settle has found out.
var ErrOutcomeUnknown = errors.New("it is not known whether this was stored")

// TransientError is a fault of a store that may pass: a connection that broke, a disk that is full. The same call may succeed later.
type TransientError struct{ Err error }

// Error is the fault's own text.
func (e *TransientError) Error() string { return e.Err.Error() }

// Unwrap returns the fault.
func (e *TransientError) Unwrap() error { return e.Err }

// PermanentError is a fault of a store that trying again cannot mend: a damaged file, a store that has stopped.
type PermanentError struct{ Err error }

// Error is the fault's own text.
func (e *PermanentError) Error() string { return e.Err.Error() }

// Unwrap returns the fault.
func (e *PermanentError) Unwrap() error { return e.Err }

// IsTransient tells whether trying again may help.
func IsTransient(err error) bool {
	_, transient := errors.AsType[*TransientError](err)
	_, permanent := errors.AsType[*PermanentError](err)
	return transient && !permanent
}

// Pauses are how long one waits between two tries: longer each time, up to a bound.
type Pauses struct{ next time.Duration }

// Wait waits; it returns the cause at once if ctx ends.
func (p *Pauses) Wait(ctx context.Context) error {
	const first, longest = 100 * time.Millisecond, 30 * time.Second
	p.next = min(max(first, 2*p.next), longest)
	timer := time.NewTimer(p.next)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

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

// cause is what is left of a fault once it is known that nothing was stored.
func cause(err error) error {
	if unknown, ok := errors.AsType[*unknownError](err); ok {
		return unknown.err
	}
	return errors.New(err.Error())
}

// Unknown makes an error that wraps ErrOutcomeUnknown, for a store whose commit met err.
func Unknown(err error) error { return &unknownError{err} }

type unknownError struct{ err error }

func (e *unknownError) Error() string        { return ErrOutcomeUnknown.Error() + ": " + e.err.Error() }
func (e *unknownError) Unwrap() error        { return e.err }
func (e *unknownError) Is(target error) bool { return target == ErrOutcomeUnknown }

// Classified makes sure that the faults of a store have a type: those that the store does not classify may pass, and leave the outcome
// of an Update unknown. What fn or a callback returns, and what Store and Reader name, are answers and stay as they are.
func Classified(s Store) Store { return classified{s} }

type classified struct{ Store }

func classify(ctx context.Context, err, own error) error {
	switch {
	case err == nil, own != nil && errors.Is(err, own), ctx.Err() != nil && errors.Is(err, ctx.Err()):
		return err
	}
	for _, answer := range []error{ErrNotFound, ErrExists, ErrNotActive, ErrClosed} {
		if errors.Is(err, answer) {
			return err
		}
	}
	_, transient := errors.AsType[*TransientError](err)
	_, permanent := errors.AsType[*PermanentError](err)
	if transient || permanent {
		return err
	}
	return &TransientError{err}
}

func (c classified) Update(ctx context.Context, fn func(Tx) error) error {
	var own error
	err := c.Store.Update(ctx, func(tx Tx) error {
		own = fn(tx)
		return own
	})
	if typed := classify(ctx, err, own); typed != err {
		return &TransientError{Unknown(err)}
	}
	return err
}

func read[T any](ctx context.Context, value T, err error) (T, error) {
	return value, classify(ctx, err, nil)
}

func (c classified) Task(ctx context.Context, id string) (*TaskRow, error) {
	row, err := c.Store.Task(ctx, id)
	return read(ctx, row, err)
}

func (c classified) Locks(ctx context.Context) ([]LockRow, error) {
	rows, err := c.Store.Locks(ctx)
	return read(ctx, rows, err)
}

func (c classified) UsedSegments(ctx context.Context, dataSource string, intervals []druid.Interval) ([]SegmentRow, error) {
	rows, err := c.Store.UsedSegments(ctx, dataSource, intervals)
	return read(ctx, rows, err)
}

func (c classified) UsedChunks(ctx context.Context, dataSource string, intervals []druid.Interval) ([]timeline.Chunk, error) {
	chunks, err := c.Store.UsedChunks(ctx, dataSource, intervals)
	return read(ctx, chunks, err)
}

func (c classified) LastSegment(ctx context.Context, dataSource string, chunk timeline.Chunk, used bool) (*SegmentRow, error) {
	row, err := c.Store.LastSegment(ctx, dataSource, chunk, used)
	return read(ctx, row, err)
}

func (c classified) UnusedSegments(ctx context.Context, q UnusedQuery) ([]SegmentRow, error) {
	rows, err := c.Store.UnusedSegments(ctx, q)
	return read(ctx, rows, err)
}

func (c classified) SegmentsByID(ctx context.Context, dataSource string, ids []string) ([]SegmentRow, error) {
	rows, err := c.Store.SegmentsByID(ctx, dataSource, ids)
	return read(ctx, rows, err)
}

func (c classified) PendingSegments(ctx context.Context, dataSource string, interval druid.Interval) ([]PendingRow, error) {
	rows, err := c.Store.PendingSegments(ctx, dataSource, interval)
	return read(ctx, rows, err)
}
