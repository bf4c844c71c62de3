package ui

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"ovate/internal/auth"
	"ovate/internal/queue"
)

// gone are tasks of which one is not there any more when it is to be ended.
type gone struct{ *desk }

func (gone) PayloadSize(context.Context, string) (int64, error) { return 0, queue.ErrNotFound }

func (g gone) Shutdown(ctx context.Context, id, reason string) error {
	if id == "gone" {
		return fmt.Errorf("task %s: %w", id, queue.ErrNotFound)
	}
	return g.desk.Shutdown(ctx, id, reason)
}

// A page that cannot change a task which is not there names it, whoever asks, and tells what became of the others.
func TestTasksThatAreGone(t *testing.T) {
	t.Parallel()
	for _, as := range []auth.Identity{auth.Everybody(), auth.NewIdentity("somebody", rule(func(auth.Action, auth.Resource) bool { return true }))} {
		u, d := guarded(t, nil)
		u.as = as
		u.Engine = func() *Engine { return &Engine{Tasks: gone{d}} }
		w := send(u, "POST", "/tasks", url.Values{"action": {"cancel"}, "id": {"gone"}})
		if w.Code != 404 || !strings.Contains(w.Body.String(), "There is no such task: gone") {
			t.Errorf("%s: %d %s", as.Name, w.Code, w.Body)
		}
		if w := send(u, "GET", "/submit?from=gone", nil); w.Code != 404 || !strings.Contains(w.Body.String(), "There is no such task: gone") {
			t.Errorf("%s, submitted again: %d %s", as.Name, w.Code, w.Body)
		}
	}
	u, d := guarded(t, nil)
	u.as = auth.Everybody()
	u.Engine = func() *Engine { return &Engine{Tasks: gone{d}} }
	w := send(u, "POST", "/tasks", url.Values{"action": {"cancel"}, "id": {"of-wiki", "gone"}})
	if w.Code != 400 || !strings.Contains(w.Body.String(), "1 of 2 tasks were cancelled. There is no such task: gone.") || len(d.done) != 1 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// The page takes no longer context than Druid's path and /api/v1 do, as it goes into every report.
func TestLongContext(t *testing.T) {
	t.Parallel()
	u, d := guarded(t, nil)
	u.as = auth.Everybody()
	spec := `{"type":"noop","dataSource":"wiki",` + "\n" + `"context":{"note":"` + strings.Repeat("x", 5<<20) + `"}}`
	for _, action := range []string{"check", "submit"} {
		w := send(u, "POST", "/submit", url.Values{"spec": {spec}, "action": {action}})
		if w.Code != 400 || !strings.Contains(w.Body.String(), "context must have at most 4194304 bytes of JSON, but has") || len(d.done) > 0 {
			t.Errorf("%s: %d %.300s, done: %v", action, w.Code, w.Body, d.done)
		}
	}
}
