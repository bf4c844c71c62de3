package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"ovate/client"
	"ovate/druid"
	"ovate/internal/config"
)

// The exit codes, as `ovate --help` lists them.
const (
	exitDone        = 0
	exitFailed      = 1
	exitBadInput    = 2
	exitUnreachable = 3
	exitNotFound    = 4
	exitInterrupted = 130 // as shells have it for SIGINT
)

// usageError is a command line that cannot be understood.
type usageError struct {
	err     error
	command string // whose help would help
}

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

// inputError is a file or an argument that cannot be used.
type inputError struct{ err error }

func (e *inputError) Error() string { return e.err.Error() }
func (e *inputError) Unwrap() error { return e.err }

// taskFailedError is a task that was waited for and did not succeed.
type taskFailedError struct {
	status druid.TaskStatusPlus
	log    string // the file, if no server is left to ask for it
}

func (e *taskFailedError) Error() string {
	return fmt.Sprintf("task %s failed: %s", e.status.ID, e.status.ErrorMsg)
}

// leftError is a task that was handed in and is no longer waited for.
type leftError struct {
	id     string
	has    string // "has" or "may have": what the server does with it
	copies string // folder of the copy that it reads; empty if it reads none that would go
	err    error
}

func (e *leftError) Error() string { return e.err.Error() }
func (e *leftError) Unwrap() error { return e.err }

// goesOn tells that what a command has begun may still come to another end than it has told.
func goesOn(err error) bool {
	left, cutOff := new(leftError), new(cutOffError)
	return errors.As(err, &left) || errors.As(err, &cutOff) && cutOff.fate == maybeStored
}

func exitCode(err error) int {
	var (
		usage       *usageError
		input       *inputError
		held        *heldError
		wrongValue  *config.ValueError
		refused     *client.Error
		unreachable *client.UnreachableError
		other       *otherProgramError
	)
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.As(err, &usage), errors.As(err, &input), errors.As(err, &held), errors.As(err, &wrongValue):
		return exitBadInput
	case errors.As(err, &unreachable), errors.As(err, &other):
		return exitUnreachable
	case errors.Is(err, errNoTasks):
		return exitNotFound
	case errors.As(err, &refused):
		switch {
		case refused.Status == 404 && refused.Message != "":
			return exitNotFound
		case refused.Status == 404: // no Overlord says so little
			return exitUnreachable
		case refused.Status < 500:
			return exitBadInput
		}
		return exitUnreachable
	}
	return exitFailed
}

// explain prints an error and what to do about it.
func explain(w io.Writer, err error) {
	switch cutOff := new(cutOffError); {
	case !errors.Is(err, context.Canceled):
		fmt.Fprintln(w, "ovate:", err)
	case errors.As(err, &cutOff):
		fmt.Fprintln(w, "ovate:", cutOff)
	default:
		fmt.Fprintln(w, "ovate: interrupted")
	}
	if advice := advise(err); advice != "" {
		fmt.Fprintln(w, advice)
	}
}
