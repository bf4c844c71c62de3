package ui

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ovate/druid"
	"ovate/internal/auth"
	"ovate/internal/runner"
)

// closed is a desk whose task runs at a worker that does not give its log and its report.
type closed struct {
	*desk
	err error
}

func (c closed) Log(context.Context, string, int64) (io.ReadCloser, error) { return nil, c.err }
func (c closed) Report(context.Context, string) (io.ReadCloser, error)     { return nil, c.err }

// slow is a desk whose task runs at a worker that says nothing.
type slow struct{ *desk }

func (slow) Log(ctx context.Context, _ string, _ int64) (io.ReadCloser, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// Workers has more tasks run than a page can wait for one by one.
func (slow) Workers() []runner.Worker {
	return []runner.Worker{{Capacity: 100, Running: slices.Repeat([]druid.Task{{ID: "of-wiki", DataSource: "wiki"}}, 100)}}
}

func (slow) Report(ctx context.Context, _ string) (io.ReadCloser, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// TestSlowWorker: a page waits for a worker for some seconds in all.
func TestSlowWorker(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		u, d := guarded(t, func(auth.Action, auth.Resource) bool { return true })
		o := u.Options
		o.Engine = func() *Engine { return &Engine{Tasks: slow{d}, Locks: locks{}, Supervisors: supervisors{}} }
		u.UI = New(o)
		for path, text := range map[string]string{"/tasks/of-wiki": "has not told it within 5s", "/": "Overview"} {
			begun := time.Now()
			w := send(u, "GET", path, nil)
			if took := time.Since(begun); w.Code != 200 || !strings.Contains(w.Body.String(), text) || took != patience {
				t.Errorf("%s after %v: %d %s", path, took, w.Code, w.Body)
			}
		}
	})
}

// TestWithheld: a task whose worker answers with an error, or not at all, is shown all the same, as it can be shut down there, and why it has no log.
func TestWithheld(t *testing.T) {
	t.Parallel()
	for _, err := range []error{
		&runner.Fault{Who: "the worker[w:8091]", Code: 401, Err: errors.New("who?")},
		&runner.Fault{Who: "the worker[w:8091]", Err: errors.New("nothing has come")},
	} {
		u, d := guarded(t, func(auth.Action, auth.Resource) bool { return true })
		o := u.Options
		o.Engine = func() *Engine { return &Engine{Tasks: closed{d, err}, Locks: locks{}, Supervisors: supervisors{}} }
		u.UI = New(o)
		if w := send(u, "GET", "/tasks/of-wiki", nil); w.Code != 200 || !strings.Contains(w.Body.String(), "The log is not to be had now: ") || !strings.Contains(w.Body.String(), "w:8091") || strings.Contains(w.Body.String(), "who?") {
			t.Errorf("%v: %d %s", err, w.Code, w.Body)
		}
	}
}
