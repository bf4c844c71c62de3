package ui

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"testing"

	"ovate/druid"
	"ovate/internal/auth"
	"ovate/internal/ingest/source"
	"ovate/internal/metadata"
	"ovate/internal/queue"
	"ovate/internal/task"
)

// busyDesk has a full page of tasks that have ended, some of which have failed.
type busyDesk struct {
	*desk
	page queue.Page
}

func newBusyDesk() *busyDesk {
	d := &busyDesk{desk: &desk{}}
	for i := range pageOf {
		t := druid.TaskStatusPlus{ID: fmt.Sprintf("index_parallel_others_%d_abcdefgh_2026-11-29T10:00:00.000Z", i), Type: "index_parallel", DataSource: "others_7", State: druid.Success, Duration: 61_000, Created: druid.Now()}
		if i%50 == 0 {
			t.State, t.ErrorMsg = druid.Failed, "Max parse exceptions[0] exceeded"
		}
		d.page.Tasks = append(d.page.Tasks, t)
	}
	d.page.Next = &metadata.TaskPlace{Created: "2026-11-29T10:00:00.000Z", ID: "x"}
	return d
}

func (d *busyDesk) Page(context.Context, queue.PageQuery) (queue.Page, error) { return d.page, nil }

// nowhere is whoever takes an answer and keeps nothing of it.
type nowhere struct{ header http.Header }

func (n nowhere) Header() http.Header       { return n.header }
func (nowhere) Write(p []byte) (int, error) { return len(p), nil }
func (nowhere) WriteHeader(int)             {}

// askBusy returns what asks for a page of a hundred tasks, packed.
func askBusy(tb testing.TB) func() {
	d := newBusyDesk()
	o := newUI(tb, "").Options
	o.Engine = func() *Engine { return &Engine{Tasks: d} }
	u, r := New(o), asked("/tasks")
	r.Header.Set("Accept-Encoding", "gzip")
	return func() { u.ServeHTTP(nowhere{http.Header{}}, r) }
}

func BenchmarkTasks(b *testing.B) {
	ask := askBusy(b)
	b.ReportAllocs()
	for b.Loop() {
		ask()
	}
}

// A page takes little memory that was not there before, so that whoever asks for one seldom waits for a collection of garbage.
func TestMemoryOfTasks(t *testing.T) {
	ask := askBusy(t)
	ask()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	const n = 20
	for range n {
		ask()
	}
	runtime.ReadMemStats(&after)
	if each := (after.TotalAlloc - before.TotalAlloc) / n; each > 1_200_000 {
		t.Errorf("each page took %d bytes", each)
	}
}

// ended has tasks of several types that have ended, but for one, each called as its type.
type ended struct{ *desk }

func (e ended) Status(_ context.Context, id string) (druid.TaskStatusPlus, error) {
	s := druid.TaskStatusPlus{ID: id, GroupID: id, Type: id, DataSource: "wiki", State: druid.Failed}
	switch id {
	case "single_phase_sub_task":
		s.GroupID = "whole"
	case "kill":
		s.State = druid.Running
	}
	return s, nil
}

func (e ended) Stored(_ context.Context, id string) ([]byte, error) {
	return fmt.Appendf(nil, `{"type":%q,"id":%q,"dataSource":"wiki"}`, id, id), nil
}

func (e ended) Add(_ context.Context, t task.Task) error {
	e.done = append(e.done, t.Header().Type+" "+string(t.Header().Context.AppendJSON(nil)))
	return nil
}

// Of the tasks that are marked those run again that can, as by /api/v1/tasks/retry: none that has not ended, none that its supervisor submits anew, and no part of another one; and each is told of.
func TestRunAgain(t *testing.T) {
	t.Parallel()
	u, d := guarded(t, func(auth.Action, auth.Resource) bool { return true })
	o := u.Options
	o.Engine, o.Places = func() *Engine { return &Engine{Tasks: ended{d}} }, task.Places{Workers: true}
	u.UI = New(o)
	w := send(u, "POST", "/tasks", url.Values{"action": {"again"}, "id": {"kill", "index_kafka", "single_phase_sub_task", "noop"}})
	if w.Code != 400 {
		t.Errorf("%d", w.Code)
	}
	for _, says := range []string{"1 of 4 tasks were submitted again.", "task[kill] has not ended.", "task[index_kafka] reads a stream: its supervisor submits another one.", "task[single_phase_sub_task] is part of task[whole]: submit that again."} {
		if !strings.Contains(w.Body.String(), says) {
			t.Errorf("no %q in %s", says, w.Body)
		}
	}
	if len(d.done) != 1 || !strings.HasPrefix(d.done[0], "noop ") || !strings.Contains(d.done[0], `"ovateRetryOf":"noop"`) {
		t.Errorf("submitted were %q", d.done)
	}
}

// A user who writes to one data source does not have a task run again that reads what only an administrator may have read, as by the API.
func TestRunAgainOfUsers(t *testing.T) {
	t.Parallel()
	for status, administrator := range map[int]bool{http.StatusForbidden: false, http.StatusOK: true} {
		u, d := guarded(t, func(_ auth.Action, of auth.Resource) bool { return administrator || of == auth.DataSource("wiki") })
		o := u.Options
		kit := &task.Kit{Policy: source.Policy{AnyLocalFile: true}}
		o.Engine, o.MayRead = func() *Engine { return &Engine{Tasks: reads{ended{d}}} }, kit.MayRead
		u.UI = New(o)
		w := send(u, "POST", "/tasks", url.Values{"action": {"again"}, "id": {"index_parallel"}})
		if w.Code == http.StatusSeeOther {
			w.Code = http.StatusOK
		}
		if w.Code != status || len(d.done) > 0 != administrator || !administrator && !strings.Contains(w.Body.String(), "ovate.ingest.localRoots") {
			t.Errorf("an administrator: %t: %d %s; submitted were %q", administrator, w.Code, w.Body, d.done)
		}
	}
}

// reads is a queue whose tasks have read a file of the machine.
type reads struct{ ended }

func (reads) Stored(_ context.Context, id string) ([]byte, error) {
	return fmt.Appendf(nil, `{"type":%q,"id":%q,"spec":{"dataSchema":{"dataSource":"wiki","timestampSpec":{},"dimensionsSpec":{}},
		"ioConfig":{"type":"index_parallel","inputSource":{"type":"local","files":["/etc/passwd"]},"inputFormat":{"type":"json"}}}}`, id, id), nil
}
