package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"syscall"

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

func advise(err error) string {
	var (
		usage       *usageError
		refused     *client.Error
		unreachable *client.UnreachableError
		failed      *taskFailedError
		left        *leftError
		input       *inputError
		held        *heldError
		path        *fs.PathError
		none        *noServerError
		other       *otherProgramError
		unread      *unreadError
		silent      *client.SilentError
	)
	if advice := adviseTrust(err); advice != "" {
		return advice
	}
	switch {
	case errors.As(err, &usage):
		return fmt.Sprintf("See `%s --help`.", usage.command)
	case errors.As(err, &held) && held.replace:
		return "Nothing was changed. --granularity DAY replaces whole days, MONTH whole months; --append adds to what is there."
	case errors.As(err, &held):
		return "Nothing was changed. --append adds to what is there; --replace replaces what is of the same time."
	case errors.As(err, &left) && left.copies != "":
		return fmt.Sprintf("The server %s task %s: `ovate wait %[2]s` waits for it, `ovate kill %[2]s` ends it. It reads the copy of the rows in %s, "+
			"which the next `ovate ingest` after its end removes.", left.has, left.id, left.copies)
	case errors.As(err, &left):
		return fmt.Sprintf("The server %s task %s: `ovate wait %[2]s` waits for it, `ovate kill %[2]s` ends it.", left.has, left.id)
	case errors.As(err, &none):
		return "Start one with `ovate serve`, or name another with --data DIR, --url URL or OVATE_URL."
	case errors.As(err, &refused) && refused.Status == http.StatusUnauthorized:
		return "Say who you are with OVATE_USER and OVATE_PASSWORD, or with OVATE_TOKEN_FILE, and name the server with --url, OVATE_URL or --data DIR: one that is guessed gets no password."
	case errors.As(err, &refused) && refused.Code == client.CodeUnauthorized:
		return "Ask whoever keeps the users of that server for a role that permits it: `ovate users role --help` tells what there is to permit."
	case errors.As(err, &other) && other.program.Version != "" && other.before != "":
		return fmt.Sprintf("If that one is meant: --url %s. Else start one with `ovate serve`, or name its folder with --data DIR.", other.url)
	case errors.As(err, &other):
		return "Name the server with --url, OVATE_URL or --data DIR, or start one with `ovate serve`."
	case errors.As(err, &silent):
		return "Something accepts connections there and does not answer: is the server stopped or overloaded (see its log), or does another program listen there? What was asked for may be done all the same."
	case errors.As(err, &unreachable):
		return "Is a server running there? Start one with `ovate serve`, or name another with --url or OVATE_URL."
	case errors.As(err, &unread) && unread.copy:
		return "With --rows DIR the copy goes to a folder of your choice, readable as your umask has it: choose one that the server can read. Without --url and OVATE_URL, and with another --data DIR, this program ingests by itself."
	case errors.As(err, &unread):
		return "Let the server read the file and the folders above it, or pass the file as standard input with --rows DIR: ovate ingest - --rows DIR < FILE."
	case errors.As(err, &failed) && failed.log != "":
		return "Its log is " + failed.log
	case errors.As(err, &failed):
		return fmt.Sprintf("See `ovate logs %s` and `ovate report %s`.", failed.status.ID, failed.status.ID)
	case errors.Is(err, syscall.EADDRINUSE):
		return "Choose another port with --listen HOST:PORT; port 0 takes any free one."
	case errors.Is(err, fs.ErrPermission) && errors.As(err, &path) && !errors.As(err, &input):
		return "Name a folder that may be written to with --data DIR."
	case errors.Is(err, errNoTasks):
		return "`ovate ingest FILE --datasource NAME` ingests a file, and `ovate submit TASK.json` hands a task in."
	case client.IsNotFound(err):
		return "`ovate tasks` lists the tasks there are."
	case errors.As(err, &refused) && refused.Code == "entryAlreadyExists":
		return "Give the task another id, or leave the id out to get a new one."
	}
	return ""
}
