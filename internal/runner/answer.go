package runner

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// Held is a report that memory holds; it tells its length.
func Held(report []byte) io.ReadCloser { return held{bytes.NewReader(report)} }

type held struct{ *bytes.Reader }

func (held) Close() error { return nil }

// ErrNoWorker means that there is no worker of that name.
var ErrNoWorker = errors.New("no such worker")

// Silent is the error for what was asked of a worker or a task that does not answer.
type Silent struct {
	Who string
	Err error // how that was noticed
}

// Error tells who does not answer.
func (e *Silent) Error() string { return fmt.Sprintf("%s does not answer: %v", e.Who, e.Err) }

// Unwrap returns how it was noticed.
func (e *Silent) Unwrap() error { return e.Err }
