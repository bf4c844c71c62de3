package ui

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"ovate/internal/auth"
	"ovate/internal/request"
	"ovate/internal/runner"
)

// closed is a desk whose task runs at a worker that does not give its log and its report.
type closed struct {
	*desk
	err error
}

func (c closed) Log(context.Context, string, int64) (io.ReadCloser, error) { return nil, c.err }
func (c closed) Report(context.Context, string) (io.ReadCloser, error)     { return nil, c.err }

// TestWithheld: a task whose worker answers with an error, or not at all, is shown all the same, as it can be shut down there, and why it has no log.
func TestWithheld(t *testing.T) {
	t.Parallel()
	for _, err := range []error{
		&request.StatusError{Method: "GET", URL: "http://w:8091/x", Code: 401, Text: "who?"},
		&runner.Silent{Who: "the worker[w:8091]", Err: errors.New("nothing has come")},
	} {
		u, d := guarded(t, func(auth.Action, auth.Resource) bool { return true })
		o := u.Options
		o.Engine = func() *Engine { return &Engine{Tasks: closed{d, err}, Locks: locks{}, Supervisors: supervisors{}} }
		u.UI = New(o)
		if w := send(u, "GET", "/tasks/of-wiki", nil); w.Code != 200 || !strings.Contains(w.Body.String(), "The log is not to be had now: ") || !strings.Contains(w.Body.String(), "w:8091") {
			t.Errorf("%v: %d %s", err, w.Code, w.Body)
		}
	}
}
