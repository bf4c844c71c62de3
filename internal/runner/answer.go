package runner

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// Held is a report that memory holds; it tells its length.
func Held(report []byte) io.ReadCloser { return held{bytes.NewReader(report)} }

type held struct{ *bytes.Reader }

func (held) Close() error { return nil }

// ErrNoWorker means that there is no worker of that name.
var ErrNoWorker = errors.New("no such worker")

// Fault is the error for what was asked of a worker or a task that does not answer, or answers with an error: it is not this server's.
type Fault struct {
	Who  string
	Code int   // the status of its answer; 0 if there was none
	Err  error // how that was noticed; of an answer, for the log alone: what the worker says there is not for whoever asks this server
}

// Error tells who is at fault, and where to look.
func (e *Fault) Error() string {
	switch e.Code {
	case 0:
		return fmt.Sprintf("%s does not answer: %v", e.Who, e.Err)
	case http.StatusUnauthorized, http.StatusForbidden:
		return fmt.Sprintf("%s does not let this server in (status %d): druid.auth.* and druid.escalator.* have to be the same in the whole cluster", e.Who, e.Code)
	}
	return fmt.Sprintf("%s answers with an error (status %d): its own log tells why", e.Who, e.Code)
}

// HTTPStatus is what a client is answered that has asked for it.
func (e *Fault) HTTPStatus() int {
	if e.Code == 0 {
		return http.StatusGatewayTimeout
	}
	return http.StatusBadGateway
}

// Unwrap returns how it was noticed.
func (e *Fault) Unwrap() error { return e.Err }

// InFull is an error as this server's log has it: with what a worker has answered.
func InFull(err error) error {
	if fault, is := errors.AsType[*Fault](err); is && fault.Code != 0 {
		return fmt.Errorf("%w: %w", err, fault.Err)
	}
	return err
}
