package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"syscall"

	"ovate/client"
)

// advise says what to do about an error; empty if nobody knows.
func advise(err error) string {
	for _, of := range []func(error) string{adviseTrust, adviseSaid, adviseAsked, adviseServer, adviseFile, adviseTask} {
		if advice := of(err); advice != "" {
			return advice
		}
	}
	return ""
}

// adviseSaid is about what was said on the command line, and left undone.
func adviseSaid(err error) string {
	var (
		usage *usageError
		held  *heldError
		left  *leftError
	)
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
	}
	return ""
}

// adviseAsked is about who asks, and whom.
func adviseAsked(err error) string {
	var (
		none    *noServerError
		refused *client.Error
	)
	switch {
	case errors.As(err, &none):
		return "Start one with `ovate serve`, or name another with --data DIR, --url URL or OVATE_URL."
	case errors.As(err, &refused) && refused.Status == http.StatusUnauthorized:
		return "Say who you are with OVATE_USER and OVATE_PASSWORD, or with OVATE_TOKEN_FILE, and name the server with --url, OVATE_URL or --data DIR: one that is guessed gets no password."
	case errors.As(err, &refused) && refused.Code == client.CodeUnauthorized:
		return "Ask whoever keeps the users of that server for a role that permits it: `ovate users role --help` tells what there is to permit."
	}
	return ""
}

// adviseServer is about a server that does not answer, or is none.
func adviseServer(err error) string {
	var (
		other       *otherProgramError
		silent      *client.SilentError
		unreachable *client.UnreachableError
	)
	switch {
	case errors.As(err, &other) && other.program.Version != "" && other.before != "":
		return fmt.Sprintf("If that one is meant: --url %s. Else start one with `ovate serve`, or name its folder with --data DIR.", other.url)
	case errors.As(err, &other):
		return "Name the server with --url, OVATE_URL or --data DIR, or start one with `ovate serve`."
	case errors.As(err, &silent):
		return "Something accepts connections there and does not answer: is the server stopped or overloaded (see its log), or does another program listen there? What was asked for may be done all the same."
	case errors.As(err, &unreachable):
		return "Is a server running there? Start one with `ovate serve`, or name another with --url or OVATE_URL."
	}
	return ""
}

// adviseFile is about what this machine, or that of the server, does not give.
func adviseFile(err error) string {
	var (
		unread *unreadError
		path   *fs.PathError
		input  *inputError
	)
	switch {
	case errors.As(err, &unread) && unread.copy:
		return "With --rows DIR the copy goes to a folder of your choice, readable as your umask has it: choose one that the server can read. Without --url and OVATE_URL, and with another --data DIR, this program ingests by itself."
	case errors.As(err, &unread):
		return "Let the server read the file and the folders above it, or pass the file as standard input with --rows DIR: ovate ingest - --rows DIR < FILE."
	case errors.Is(err, syscall.EADDRINUSE):
		return "Choose another port with --listen HOST:PORT; port 0 takes any free one."
	case errors.Is(err, fs.ErrPermission) && errors.As(err, &path) && !errors.As(err, &input):
		return "Name a folder that may be written to with --data DIR."
	}
	return ""
}

// adviseTask is about a task that failed, is not there, or may not be.
func adviseTask(err error) string {
	var (
		failed  *taskFailedError
		refused *client.Error
	)
	switch {
	case errors.As(err, &failed) && failed.log != "":
		return "Its log is " + failed.log
	case errors.As(err, &failed):
		return fmt.Sprintf("See `ovate logs %s` and `ovate report %s`.", failed.status.ID, failed.status.ID)
	case errors.Is(err, errNoTasks):
		return "`ovate ingest FILE --datasource NAME` ingests a file, and `ovate submit TASK.json` hands a task in."
	case client.IsNotFound(err):
		return "`ovate tasks` lists the tasks there are."
	case errors.As(err, &refused) && refused.Code == "entryAlreadyExists":
		return "Give the task another id, or leave the id out to get a new one."
	}
	return ""
}
