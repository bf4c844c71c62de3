package metadata

import (
	"context"
	"errors"
	"time"

	"ovate/internal/clock"
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

// NotStored is for a statement that adds a row, has succeeded, and has left no row. Trying again does the same.
func NotStored() error {
	return &PermanentError{errors.New("the database took the row and did not store it: is there a trigger or a rule of another program on the table?")}
}

// IsTransient tells whether trying again may help.
func IsTransient(err error) bool {
	_, transient := errors.AsType[*TransientError](err)
	_, permanent := errors.AsType[*PermanentError](err)
	return transient && !permanent
}

// Pauses are how long one waits between two tries: longer each time, up to a bound.
type Pauses struct{ tries int }

// Wait waits; it returns the cause at once if ctx ends.
func (p *Pauses) Wait(ctx context.Context) error {
	p.tries++
	if !clock.Pause(ctx, clock.Doubling{First: 100 * time.Millisecond, Longest: 30 * time.Second}.After(p.tries)) {
		return context.Cause(ctx)
	}
	return nil
}

// cause is what is left of a fault once it is known that nothing was stored.
func cause(err error) error {
	unknown, ok := errors.AsType[*unknownError](err)
	switch {
	case !ok:
		return errors.New(err.Error())
	case errors.Is(unknown.err, ErrOutcomeUnknown):
		return cause(unknown.err)
	default:
		return unknown.err
	}
}

// Unknown makes an error that wraps ErrOutcomeUnknown, for a store whose commit met err.
func Unknown(err error) error { return &unknownError{err} }

type unknownError struct{ err error }

func (e *unknownError) Error() string        { return ErrOutcomeUnknown.Error() + ": " + e.err.Error() }
func (e *unknownError) Unwrap() error        { return e.err }
func (e *unknownError) Is(target error) bool { return target == ErrOutcomeUnknown }
