package ui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"ovate/druid"
	"ovate/internal/auth"
	"ovate/internal/inventory"
	"ovate/internal/lockbox"
	"ovate/internal/queue"
	"ovate/internal/runner"
	"ovate/internal/supervisor"
	"ovate/internal/task"
	"ovate/internal/upload"
	"ovate/internal/webhook"
	"ovate/segment"
)

// desk has one task, of the data source wiki. What a test does not ask for it has not.
type desk struct {
	Tasks
	done []string
	why  *queue.Wait
	// failed is a task that is found among those that failed, unless it is nil.
	failed *druid.TaskStatusPlus
}

func (d *desk) Now() druid.Instant { return druid.Now() }
func (d *desk) Status(_ context.Context, id string) (druid.TaskStatusPlus, error) {
	if id != "of-wiki" {
		return druid.TaskStatusPlus{}, queue.ErrNotFound
	}
	return druid.TaskStatusPlus{ID: id, DataSource: "wiki", State: druid.Running, Runner: druid.Waiting}, nil
}
func (d *desk) Page(ctx context.Context, q queue.PageQuery) (queue.Page, error) {
	if q.State == "FAILED" {
		if d.failed == nil {
			return queue.Page{}, nil
		}
		return queue.Page{Tasks: []druid.TaskStatusPlus{*d.failed}}, nil
	}
	status, err := d.Status(ctx, "of-wiki")
	return queue.Page{Tasks: []druid.TaskStatusPlus{status}}, err
}
func (d *desk) Shutdown(_ context.Context, id, _ string) error {
	d.done = append(d.done, "shutdown "+id)
	return nil
}
func (d *desk) Add(_ context.Context, t task.Task) error {
	d.done = append(d.done, "add "+t.Header().DataSource)
	return nil
}
func (d *desk) Counts(string) queue.Counts                       { return queue.Counts{} }
func (d *desk) Capacity() runner.Capacity                        { return runner.Capacity{} }
func (d *desk) Workers() []runner.Worker                         { return nil }
func (d *desk) Why(context.Context, string) (*queue.Wait, error) { return d.why, nil }
func (d *desk) TaskLocks(string) []druid.TaskLock                { return nil }
func (d *desk) PayloadSize(context.Context, string) (int64, error) {
	return 2, nil
}
func (d *desk) Payload(context.Context, string) ([]byte, error) {
	return []byte(`{"id":"of-wiki"}`), nil
}
func (d *desk) Log(context.Context, string, int64) (io.ReadCloser, error) {
	return nil, fs.ErrNotExist
}
func (d *desk) Report(context.Context, string) (io.ReadCloser, error) { return nil, fs.ErrNotExist }

type shelf struct{}

func (shelf) DataSources(_ context.Context, _ bool, fn func(*inventory.DataSource) error) error {
	return fn(&inventory.DataSource{Name: "wiki", Segments: 1})
}
func (shelf) Segments(context.Context, inventory.Query, func(*inventory.Segment) error) error {
	return nil
}

func (shelf) Segment(context.Context, string, string) (*inventory.Detail, error) {
	return &inventory.Detail{}, nil
}
func (shelf) Open(context.Context, *druid.DataSegment, bool, func(*segment.Segment) error) error {
	return errors.New("opened")
}

type locks struct{}

func (locks) DataSources() []string { return []string{"wiki"} }
func (locks) Held(string, int) []lockbox.Held {
	return []lockbox.Held{{TaskLock: druid.TaskLock{DataSource: "wiki"}, Tasks: []string{"of-wiki"}}}
}

type supervisors struct{ Supervisors }

func (supervisors) All() []*supervisor.Supervisor {
	return []*supervisor.Supervisor{{ID: "over-wiki", DataSource: "wiki"}}
}
func (supervisors) Get(string) (*supervisor.Supervisor, error) {
	return &supervisor.Supervisor{ID: "over-wiki", DataSource: "wiki"}, nil
}

func (supervisors) By(context.Context, string) (string, error) { return "maker", nil }

func (supervisors) History(_ context.Context, _ string, _ int, may func(string) bool, fn func(supervisor.Version) error) error {
	spec := func(dataSource, note string) []byte {
		return []byte(`{"type":"ovate_scheduled_task","id":"over-wiki","task":{"type":"noop","dataSource":"` + dataSource + `","context":{"note":"` + note + `"}}}`)
	}
	all := []supervisor.Version{
		{Spec: spec("wiki", "newest"), Time: "2026-01-03T00:00:00.000Z"}, {Spec: spec("secret", "topsecret"), Time: "2026-01-02T00:00:00.000Z"}, {Spec: spec("wiki", "oldest"), Time: "2026-01-01T00:00:00.000Z"},
	}
	for _, v := range all {
		if may != nil && !may(v.DataSources()[0]) {
			continue
		}
		if err := fn(v); err != nil {
			return err
		}
	}
	return nil
}

// The page of a supervisor shows of those that had its id before only what one may read.
func TestHistoryOfOthers(t *testing.T) {
	t.Parallel()
	for all, says := range map[bool]bool{true: true, false: false} {
		u, _ := guarded(t, func(_ auth.Action, of auth.Resource) bool { return of == auth.DataSource("wiki") })
		if all {
			u.as = auth.Everybody()
		}
		w := send(u, "GET", "/supervisors/over-wiki", nil)
		if body := w.Body.String(); w.Code != 200 || strings.Contains(body, "topsecret") != says || !strings.Contains(body, "oldest") || !strings.Contains(body, "newest") {
			t.Errorf("may all: %v: %d %s", all, w.Code, body)
		}
	}
}

// What a task that reads a stream has not published its supervisor has read again: that it failed is nobody's business.
func TestWhichFailuresNeedAPerson(t *testing.T) {
	t.Parallel()
	u, d := guarded(t, func(auth.Action, auth.Resource) bool { return true })
	for group, needs := range map[string]bool{"index_kafka_wiki": false, "index_kafka_other": true, "of-wiki": true} {
		d.failed = &druid.TaskStatusPlus{ID: "of-wiki", GroupID: group, DataSource: "wiki", State: druid.Failed}
		w := send(u, "GET", "/", nil)
		if told := strings.Contains(w.Body.String(), "1 task of the last 24 hours failed."); w.Code != 200 || told != needs {
			t.Errorf("of the group %s: %d, told: %v\n%s", group, w.Code, told, w.Body)
		}
	}
}

// A task that waits though slots are free is not said to wait for them.
func TestWhyATaskWaits(t *testing.T) {
	t.Parallel()
	u, d := guarded(t, func(auth.Action, auth.Resource) bool { return true })
	for used, want := range map[int]string{6: "waits for 1 free slot of a worker: 6 of 6 are in use", 5: "waits for a worker that takes it: 5 of 6 slots are in use"} {
		d.why = &queue.Wait{Pending: true, Slots: 1, Capacity: runner.Capacity{Used: used, Current: 6}}
		if w := send(u, "GET", "/tasks/of-wiki", nil); w.Code != 200 || !strings.Contains(w.Body.String(), want) {
			t.Errorf("with %d of 6 slots in use: %d %s", used, w.Code, w.Body)
		}
	}
}

// rule tells what an identity may do.
type rule func(auth.Action, auth.Resource) bool

func (may rule) May(_ string, a auth.Action, of auth.Resource) bool { return may(a, of) }
func (rule) Ready() error                                           { return nil }

// visitor opens pages as an identity.
type visitor struct {
	*UI
	as     auth.Identity
	cookie *http.Cookie // of a session, or nil
}

// guarded are pages for one of whom a rule decides, with what was done.
func guarded(t *testing.T, may rule) (visitor, *desk) {
	t.Helper()
	d := &desk{}
	o := newUI(t, "").Options
	o.Engine = func() *Engine { return &Engine{Tasks: d, Locks: locks{}, Supervisors: supervisors{}} }
	o.Inventory = shelf{}
	var err error
	o.Uploads, err = upload.Open(upload.Options{Dir: t.TempDir(), MaxSize: 1000, MaxTotal: 10_000, Retain: time.Hour, Now: time.Now, Log: o.Log})
	if err != nil {
		t.Fatal(err)
	}
	return visitor{UI: New(o), as: auth.NewIdentity("somebody", may)}, d
}

func send(u visitor, method, path string, form url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if u.cookie != nil {
		r.AddCookie(u.cookie)
	}
	w := httptest.NewRecorder()
	u.ServeHTTP(w, r.WithContext(auth.With(r.Context(), u.as)))
	return w
}

// told are webhooks of which one is told of a task.
type told struct{}

func (told) All() []*webhook.Hook {
	return []*webhook.Hook{{ID: "x", URL: "https://example.com", By: "maker"}}
}

func (told) Deliveries(context.Context, string, bool, string, int) ([]*webhook.Delivery, string, error) {
	return []*webhook.Delivery{{ID: "1", Event: webhook.TaskFailed, Task: "of-wiki", Body: []byte(`{"data":{"dataSource":"wiki"}}`)}}, "", nil
}

// Who may see webhooks learns by them of no task that he may not see.
func TestDeliveriesOfOthers(t *testing.T) {
	t.Parallel()
	for all, wiki := range map[string]bool{"CONFIG": false, "DATASOURCE": true} {
		u, d := guarded(t, func(a auth.Action, of auth.Resource) bool {
			return a == auth.Read && (of.Type == "CONFIG" || of.Type == all)
		})
		u.Engine = func() *Engine { return &Engine{Tasks: d, Locks: locks{}, Supervisors: supervisors{}, Hooks: told{}} }
		if w := send(u, "GET", "/webhooks", nil); w.Code != 200 || strings.Contains(w.Body.String(), "of-wiki") != wiki {
			t.Errorf("%s: %d %s", all, w.Code, w.Body)
		}
	}
}

// Who has made a webhook, or submitted the spec of a supervisor, is shown to whoever may see it.
func TestMakers(t *testing.T) {
	t.Parallel()
	u, d := guarded(t, func(auth.Action, auth.Resource) bool { return true })
	u.Engine = func() *Engine { return &Engine{Tasks: d, Locks: locks{}, Supervisors: supervisors{}, Hooks: told{}} }
	for _, path := range []string{"/webhooks", "/supervisors/over-wiki"} {
		if w := send(u, "GET", path, nil); w.Code != 200 || !strings.Contains(w.Body.String(), "maker") {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}

// refused is a webhook whose server takes nothing.
type refused struct {
	told
	attempts int
}

func (r refused) Deliveries(context.Context, string, bool, string, int) ([]*webhook.Delivery, string, error) {
	return []*webhook.Delivery{{ID: "1", Attempts: r.attempts, Error: "nobody listens"}}, "", nil
}

// A webhook that was told something again and again in vain is for a person, if for one who may see it.
func TestWebhookThatCannotBeTold(t *testing.T) {
	t.Parallel()
	for about, c := range map[string]struct {
		attempts int
		config   bool
		says     bool
	}{"at once": {1, true, false}, "again and again": {inVain, true, true}, "somebody else": {inVain, false, false}} {
		u, d := guarded(t, func(a auth.Action, of auth.Resource) bool { return a == auth.Read && (of.Type != "CONFIG" || c.config) })
		u.Engine = func() *Engine {
			return &Engine{Tasks: d, Locks: locks{}, Supervisors: supervisors{}, Hooks: refused{attempts: c.attempts}}
		}
		if w := send(u, "GET", "/", nil); w.Code != 200 || strings.Contains(w.Body.String(), "The webhook to example.com is not told what becomes of tasks: 5 times in vain, at last nobody listens") != c.says {
			t.Errorf("%s: %d %s", about, w.Code, w.Body)
		}
	}
}

// Who may do nothing sees nothing of tasks and data, and changes nothing, whatever is asked for.
func TestNobodyMay(t *testing.T) {
	t.Parallel()
	u, d := guarded(t, func(auth.Action, auth.Resource) bool { return false })
	noop := url.Values{"spec": {`{"type":"noop","dataSource":"wiki"}`}}
	asked := map[string]bool{} // by pattern
	for _, c := range []struct {
		method, path string
		form         url.Values
		status       int
	}{
		{"GET", "/", nil, 303}, {"GET", "/tasks", nil, 200}, {"GET", "/tasks/of-wiki", nil, 403}, {"GET", "/tasks/of-wiki/log", nil, 403},
		{"POST", "/tasks/of-wiki/cancel", nil, 403}, {"POST", "/tasks", url.Values{"action": {"cancel"}, "id": {"of-wiki"}}, 403},
		{"POST", "/tasks", url.Values{"action": {"again"}, "id": {"of-wiki"}}, 403},
		{"GET", "/submit", nil, 200}, {"GET", "/submit?from=of-wiki", nil, 403}, {"POST", "/submit", noop, 403},
		{"POST", "/submit", url.Values{"spec": {`{"type":"kafka"}`}}, 403},
		{"GET", "/data", nil, 200}, {"GET", "/data/wiki", nil, 403}, {"GET", "/data/wiki/wiki_x", nil, 403}, {"POST", "/data/wiki", url.Values{"action": {"kill"}, "interval": {"2026/2027"}}, 403},
		{"GET", "/supervisors", nil, 200}, {"GET", "/supervisors/over-wiki", nil, 403}, {"POST", "/supervisors/over-wiki", url.Values{"action": {"terminate"}}, 403},
		{"GET", "/workers", nil, 403}, {"POST", "/workers", nil, 403}, {"GET", "/locks", nil, 200}, {"GET", "/configuration", nil, 403}, {"GET", "/webhooks", nil, 403},
		{"GET", "/sessions", nil, 403}, {"POST", "/sessions/x", url.Values{"action": {"end"}}, 403},
		{"POST", "/submit/file", nil, 422}, {"GET", "/submit/file/none", nil, 404}, {"POST", "/submit/file/none", nil, 404},
		{"GET", "/reference", nil, 200}, {"GET", "/reference/none", nil, 404},
	} {
		_, pattern := u.mux.Handler(httptest.NewRequest(c.method, c.path, nil))
		asked[pattern] = true
		w := send(u, c.method, c.path, c.form)
		body := w.Body.String()
		if w.Code != c.status || w.Code == 200 && (strings.Contains(body, "of-wiki") || strings.Contains(body, "wiki</a>") || strings.Contains(body, "over-wiki")) {
			t.Errorf("%s %s: %d, want %d\n%s", c.method, c.path, w.Code, c.status, body)
		}
	}
	if d.done != nil {
		t.Errorf("%v", d.done)
	}
	for _, of := range sections() {
		for pattern := range of.routes {
			if !asked[pattern] {
				t.Errorf("nobody asks for %s here", pattern)
			}
		}
	}
}

// Who may only read sees all of it, and changes nothing; who may write to a data source changes it, and no other.
func TestSomeMay(t *testing.T) {
	t.Parallel()
	u, d := guarded(t, func(a auth.Action, _ auth.Resource) bool { return a == auth.Read })
	for _, path := range []string{"/", "/tasks", "/tasks/of-wiki", "/locks"} {
		if w := send(u, "GET", path, nil); w.Code != 200 || !strings.Contains(w.Body.String(), "of-wiki") {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
	if w := send(u, "POST", "/tasks/of-wiki/cancel", nil); w.Code != 403 || d.done != nil || !strings.Contains(w.Body.String(), "You may not write to task [of-wiki].") {
		t.Errorf("%d %v %s", w.Code, d.done, w.Body)
	}
	u, d = guarded(t, func(a auth.Action, of auth.Resource) bool { return a == auth.Write && of == auth.DataSource("wiki") })
	u.Inputs.Kept = true
	send(u, "POST", "/tasks/of-wiki/cancel", nil)
	send(u, "POST", "/submit", url.Values{"spec": {`{"type":"noop","dataSource":"wiki"}`}})
	for _, refused := range []string{
		`{"type":"noop","dataSource":"other"}`,             // which one may not write to
		strings.Replace(example, `"example"`, `"wiki"`, 1), // whose input one may not read
	} {
		if w := send(u, "POST", "/submit", url.Values{"spec": {refused}}); w.Code != 403 {
			t.Errorf("%s: %d %s", refused, w.Code, w.Body)
		}
	}
	if got := fmt.Sprint(d.done); got != "[shutdown of-wiki add wiki]" {
		t.Error(got)
	}
}
