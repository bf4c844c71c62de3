package sqlite

import (
	"fmt"
	"syscall"

	"ovate/internal/disk"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite/sqlite3"
)

// fault gives an error of SQLite the type that tells whether trying again may help.
func fault(err error) error {
	if err == nil {
		return nil
	}
	switch sqlite3.CodeOf(err).Primary() {
	case sqlite3.Busy, sqlite3.Locked:
		return &metadata.TransientError{Err: fmt.Errorf("another process, such as a sqlite3 shell, keeps the database locked: %w", err)}
	case sqlite3.Full:
		return &metadata.TransientError{Err: fullError{err}}
	case sqlite3.IOErr, sqlite3.NoMem, sqlite3.CantOpen,
		sqlite3.Protocol, sqlite3.Interrupt:
		return &metadata.TransientError{Err: err}
	case sqlite3.Constraint:
		if isTaken(err) {
			return err // an answer, to those who ask
		}
		return &metadata.PermanentError{Err: err} // a trigger or a column of another program
	default:
		return &metadata.PermanentError{Err: err}
	}
}

// isLostSync tells whether the operating system failed to bring a file to the disk. What it had not written by then it may have given
// up, so that a later sync which succeeds proves nothing; and a commit whose sync failed may or may not be there after a restart.
func isLostSync(err error) bool {
	switch sqlite3.CodeOf(err) {
	case sqlite3.IOErrFsync, sqlite3.IOErrDirFsync:
		return true
	default:
		return false
	}
}

// fullError is an error of SQLite that means what the operating system calls ENOSPC.
type fullError struct{ error }

func (e fullError) Unwrap() error      { return e.error }
func (fullError) Is(target error) bool { return target == syscall.ENOSPC }

// isNoRoom tells whether a file could not get longer.
func isNoRoom(err error) bool {
	switch sqlite3.CodeOf(err) {
	case sqlite3.Full, sqlite3.IOErrSHMSize, sqlite3.IOErrWrite:
		return true
	default:
		return disk.Full(err)
	}
}

// noRoom explains an error of opening the database if it is for lack of room. What SQLite shares between connections, 32 KiB, has a file
// of its own, which it removes when it ends as it should.
func noRoom(err error) error {
	if !isNoRoom(err) {
		return err
	}
	return fmt.Errorf("the disk is full: a start needs 32 KiB for SQLite's -shm file, and work some MiB more; make room and start again: %w", err)
}

// isDamaged tells whether the file does not hold what SQLite wrote there.
func isDamaged(err error) bool {
	switch sqlite3.CodeOf(err).Primary() {
	case sqlite3.Corrupt, sqlite3.NotADB:
		return true
	default:
		return false
	}
}

// fail ends the store for good: from now on every call gets an error, and nothing more is written. It returns that error.
func (s *Store) fail(err error) error {
	s.failOnce.Do(func() {
		s.failure = &metadata.PermanentError{Err: fmt.Errorf("metadata database %s cannot be used any more: %w", s.path, err)}
		close(s.failed)
		if s.onFailure != nil {
			s.onFailure(s.failure)
		}
	})
	return s.failure
}

// usable is nil, or why the store cannot be used any more.
func (s *Store) usable() error {
	select {
	case <-s.closing:
		return metadata.ErrClosed
	case <-s.failed:
		return s.failure
	default:
		return nil
	}
}

// errLostSync explains what an error of a sync means.
func errLostSync(err error) error {
	return fmt.Errorf("the disk reported an error when a commit was to be made durable, so that it is not known which of the last writes it has; "+
		"the next start reads what it has: %w", err)
}
