package ui

import (
	"context"
	"strings"
	"testing"

	"ovate/druid"
	"ovate/internal/auth"
	"ovate/internal/submission"
)

// tray has one submission that is no task yet, of the data source wiki.
type tray struct{ cancelled []string }

func (*tray) Page(_ context.Context, ended bool, _ string, _ int, sees func(dataSource string) bool) ([]*submission.Submission, string, error) {
	if sees != nil && !sees("wiki") {
		return nil, "", nil
	}
	if ended {
		now := druid.Now()
		return []*submission.Submission{{ID: "never-wiki", DataSource: "wiki", State: submission.Failed, Ended: &now}}, "", nil
	}
	return []*submission.Submission{{ID: "soon-wiki", DataSource: "wiki", State: submission.Waiting}}, "", nil
}

func (*tray) Get(_ context.Context, id string) (*submission.Submission, error) {
	if id != "soon-wiki" {
		return nil, submission.ErrNotFound
	}
	return &submission.Submission{ID: id, DataSource: "wiki", State: submission.Waiting}, nil
}

func (*tray) OfTask(context.Context, string) (*submission.Submission, error) {
	return nil, submission.ErrNotFound
}

func (t *tray) Cancel(_ context.Context, id, _ string) error {
	t.cancelled = append(t.cancelled, id)
	return nil
}

// What is no task yet is seen by who may read its data source, and cancelled by who may write to that.
func TestSubmissionsOfOthers(t *testing.T) {
	t.Parallel()
	for about, c := range map[string]struct {
		may                  rule
		page, list, cancel   int
		seen, cancelledThere bool
	}{
		"nobody": {func(auth.Action, auth.Resource) bool { return false }, 403, 200, 403, false, false},
		"reader": {func(a auth.Action, of auth.Resource) bool { return a == auth.Read && of == auth.DataSource("wiki") }, 200, 200, 403, true, false},
		"writer": {func(_ auth.Action, of auth.Resource) bool { return of == auth.DataSource("wiki") }, 200, 200, 303, true, true},
	} {
		u, d := guarded(t, c.may)
		has := &tray{}
		o := u.Options
		o.Engine = func() *Engine { return &Engine{Tasks: d, Locks: locks{}, Supervisors: supervisors{}, Submissions: has} }
		u.UI = New(o)
		if w := send(u, "GET", "/tasks/soon-wiki", nil); w.Code != c.page {
			t.Errorf("%s: the page: %d, want %d", about, w.Code, c.page)
		}
		w := send(u, "GET", "/tasks", nil)
		if body := w.Body.String(); w.Code != c.list || strings.Contains(body, "soon-wiki") != c.seen || strings.Contains(body, "never-wiki") != c.seen {
			t.Errorf("%s: the list: %d %s", about, w.Code, body)
		}
		if w := send(u, "POST", "/tasks/soon-wiki/cancel", nil); w.Code != c.cancel || len(has.cancelled) > 0 != c.cancelledThere || len(d.done) > 0 {
			t.Errorf("%s: cancelling: %d, cancelled are %v", about, w.Code, has.cancelled)
		}
	}
}
