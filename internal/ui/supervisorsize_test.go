package ui

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"ovate/internal/auth"
	"ovate/internal/supervisor"
)

// large are very many supervisors, whose specs are too long for a page.
type large struct{ Supervisors }

func (large) All() (all []*supervisor.Supervisor) {
	for i := range 1000 {
		all = append(all, &supervisor.Supervisor{ID: fmt.Sprintf("over-%03d", i), DataSource: "wiki"})
	}
	return all
}

func (large) Get(id string) (*supervisor.Supervisor, error) {
	return &supervisor.Supervisor{ID: id, DataSource: "wiki", Spec: []byte(long)}, nil
}

func (large) By(context.Context, string) (string, error) { return "", nil }

func (large) History(_ context.Context, _ string, most int, _ func(string) bool, fn func(supervisor.Version) error) error {
	for i := range most {
		spec := long
		if i > 0 {
			spec = fmt.Sprintf(`{"type":"kafka","taskCount":%d}`, i)
		}
		if err := fn(supervisor.Version{Spec: []byte(spec), Time: "2026-01-01"}); err != nil {
			return err
		}
	}
	return nil
}

var long = `{"type":"kafka","note":"` + strings.Repeat("marker ", versionShown/7) + `"}`

// heavy has a task that is too long for a form.
type heavy struct{ Tasks }

func (heavy) PayloadSize(context.Context, string) (int64, error) { return mostRepeated + 1, nil }

// A form is not filled with a task that nobody could write in there, and it is said what to do.
func TestSubmitOfALargeTask(t *testing.T) {
	t.Parallel()
	u, d := guarded(t, func(auth.Action, auth.Resource) bool { return true })
	o := u.Options
	o.Engine = func() *Engine { return &Engine{Tasks: heavy{d}, Locks: locks{}, Supervisors: supervisors{}} }
	u.UI = New(o)
	if w := send(u, "GET", "/submit?from=of-wiki", nil); w.Code != 413 || !strings.Contains(w.Body.String(), "GET /druid/indexer/v1/task/of-wiki") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// A page shows no more supervisors, and no longer specs, than people read, and says where the rest is.
func TestManyLargeSupervisors(t *testing.T) {
	t.Parallel()
	u, d := guarded(t, func(auth.Action, auth.Resource) bool { return true })
	o := u.Options
	o.Engine = func() *Engine { return &Engine{Tasks: d, Locks: locks{}, Supervisors: large{}} }
	u.UI = New(o)
	for path, want := range map[string][]string{
		"/supervisors":           {"over-199", "800 more supervisors are not shown", "Name contains", "!over-200"},
		"/supervisors?name=R-99": {"over-990", "over-999", "!over-989", "!not shown"},
		"/supervisors?name=none": {"No supervisor has a name with “none” in it"},
		"/supervisors/over-1":    {`href="/druid/indexer/v1/supervisor/over-1"`, `href="/druid/indexer/v1/supervisor/over-1/history"`, "taskCount&#34;: 1", "!marker"},
	} {
		body := strings.ReplaceAll(send(u, "GET", path, nil).Body.String(), "\u00a0", " ")
		if len(body) > 200<<10 {
			t.Errorf("%s has %d bytes", path, len(body))
		}
		for _, word := range want {
			if word, absent := strings.CutPrefix(word, "!"); strings.Contains(body, word) == absent {
				t.Errorf("%s: %q: %t", path, word, !absent)
			}
		}
	}
}
