package cli

import (
	"fmt"

	"ovate/internal/uri"
)

// unreadError is a file that the server could not read, while this program could.
type unreadError struct {
	path, url string
	copy      bool
	err       error
}

func (e *unreadError) Error() string {
	what := "file"
	if e.copy {
		what = "copy of the rows"
	}
	return fmt.Sprintf("the server at %s could not read the %s %s: it runs as another user, or on another machine (%v)", uri.Redact(e.url), what, e.path, e.err)
}

func (e *unreadError) Unwrap() error { return e.err }

// explainUnread tells a task that failed as the server could not open what it was to read from others.
func (i *ingestRun) explainUnread(path string, err error) error {
	if err == nil || path == "" {
		return err
	}
	return &unreadError{path, i.flags.URL, len(i.found.Copies) > 0, err}
}
