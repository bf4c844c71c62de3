package ui

import (
	"context"
	"fmt"
	"net/http"
	"runtime"
	"testing"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/queue"
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
