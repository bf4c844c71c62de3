package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"ovate/druid"
)

// onlyReader hides how long a reader is.
type onlyReader struct{ io.Reader }

// serve puts a handler behind a real connection until the test ends.
func serve(t testing.TB, h http.Handler) *httptest.Server {
	server := httptest.NewServer(h)
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	return server
}

func manyTasks(n int) []druid.TaskStatusPlus {
	all := make([]druid.TaskStatusPlus, n)
	for i := range all {
		all[i] = druid.TaskStatusPlus{
			ID: fmt.Sprintf("index_parallel_wikipedia_%08d_2026-11-23T19:32:00.288Z", i), GroupID: "group", Type: "index_parallel",
			Created: 1_795_465_150_689, State: druid.Running, Runner: druid.Pending, Duration: -1, Location: druid.UnknownLocation, DataSource: "wikipedia",
		}
	}
	return all
}

func TestLongList(t *testing.T) {
	t.Parallel()
	f := setup()
	f.tasks.listed = manyTasks(5000)
	for _, headers := range [][]string{nil, {"Accept-Encoding", "gzip"}} {
		w := f.answer("GET", base+"/tasks", "", headers...)
		text := w.Body.String()
		if headers != nil {
			text = inflated(t, w)
		}
		var got []struct{ ID string }
		if err := json.Unmarshal([]byte(text), &got); err != nil || len(got) != 5000 || got[4999].ID != f.tasks.listed[4999].ID {
			t.Errorf("%d tasks, error %v", len(got), err)
		}
	}
}

// TestListThatBreaksOff: a store that fails in the middle must not look like a list that is complete.
func TestListThatBreaksOff(t *testing.T) {
	t.Parallel()
	for _, encoding := range []string{"identity", "gzip"} {
		f := setup()
		f.tasks.listed = manyTasks(5000)
		f.tasks.listErr = errors.New("disk on fire")
		server := serve(t, f)
		request, err := http.NewRequest("GET", server.URL+base+"/tasks", nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Accept-Encoding", encoding)
		response, err := server.Client().Do(request)
		if err == nil {
			_, err = io.ReadAll(response.Body)
			response.Body.Close()
		}
		if err == nil {
			t.Errorf("%s: the client did not notice", encoding)
		}
	}
}

func TestListThatFailsAtOnce(t *testing.T) {
	t.Parallel()
	f := setup()
	f.tasks.listed = manyTasks(5)
	f.tasks.listErr = errors.New("disk on fire")
	w := f.answer("GET", base+"/tasks", "", "Accept-Encoding", "gzip")
	if w.Code != 500 || w.Body.String() != `{"error":"disk on fire"}` || w.Header().Get("Content-Encoding") != "" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if !strings.Contains(f.log.String(), "disk on fire") {
		t.Error("it was not logged")
	}
}

func TestPanic(t *testing.T) {
	t.Parallel()
	f := setup()
	f.tasks.panics = true
	w := f.answer("GET", base+"/task/x/status", "")
	if w.Code != 500 || w.Header().Get("Content-Type") != contentJSON || strings.Contains(w.Body.String(), "secret") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if !strings.Contains(f.log.String(), "a secret of the inside") || !strings.Contains(f.log.String(), "ServeHTTP") {
		t.Errorf("the log has no stack: %s", f.log)
	}
}

func TestErrorsOfTheQueue(t *testing.T) {
	t.Parallel()
	tests := []struct {
		err    error
		method string
		path   string
		body   string
		status int
		want   string
	}{
		{druid.AlreadyExists("Task[x] already exists"), "POST", "/task", `{"type":"noop","id":"x"}`, 400,
			`{"error":"druidException","errorCode":"entryAlreadyExists","persona":"USER","category":"INVALID_INPUT","errorMessage":"Task[x] already exists","context":{}}`},
		{fmt.Errorf("add: %w", druid.CapacityExceeded("full")), "POST", "/task", `{"type":"noop","id":"x"}`, 429,
			`{"error":"druidException","errorCode":"general","persona":"ADMIN","category":"CAPACITY_EXCEEDED","errorMessage":"full","context":{}}`},
		{druid.InvalidInput("still active"), "DELETE", "/pendingSegments/x", ``, 400, `{"error":"still active"}`},
		{errors.New("disk full"), "POST", "/task/x/shutdown", ``, 500, `{"error":"disk full"}`},
	}
	for _, test := range tests {
		f := setup()
		f.tasks.err = test.err
		if w := f.answer(test.method, base+test.path, test.body); w.Code != test.status || w.Body.String() != test.want {
			t.Errorf("%v: %d %s; want %d %s", test.err, w.Code, w.Body, test.status, test.want)
		}
	}
}

// TestClientGone: a request that was given up is nobody's fault and not worth a line in the log.
func TestClientGone(t *testing.T) {
	t.Parallel()
	f := setup()
	f.tasks.err = fmt.Errorf("read: %w", context.Canceled)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	defer func() {
		if problem := recover(); problem != http.ErrAbortHandler || f.log.Len() > 0 {
			t.Errorf("%v, log %s", problem, f.log)
		}
	}()
	f.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, "GET", base+"/task/x", nil))
}

func TestFilters(t *testing.T) {
	t.Parallel()
	day := druid.Interval{Start: 1_466_985_600_000, End: 1_467_072_000_000}
	tests := []struct {
		path    string
		state   string
		source  string
		typ     string
		created *druid.Interval
		max     int
	}{
		{"/tasks", "", "", "", nil, -1},
		{"/tasks?state=RUNNING&datasource=a%20b&type=noop&max=3&createdTimeInterval=2016-06-27_2016-06-28", "running", "a b", "noop", &day, 3},
		{"/tasks?createdTimeInterval=2016-06-27/P1D", "", "", "", &day, -1},
		{"/tasks?datasource=a&datasource=b&nonsense=1&&", "", "a", "", nil, -1},
		{"/completeTasks?n=5", "complete", "", "", nil, 5},
		{"/completeTasks?n=5&max=6&state=running", "complete", "", "", nil, 6},
		{"/completeTasks?n=5&max=", "complete", "", "", nil, 5},
		{"/tasks?max=", "", "", "", nil, -1}, // empty numbers are absent ones, as in Druid
		{"/runningTasks?n=5", "running", "", "", nil, -1},
		{"/waitingTasks?type=kill", "waiting", "", "kill", nil, -1},
		{"/pendingTasks?datasource=x+y", "pending", "x y", "", nil, -1},
		{"/runningTasks?max=0", "running", "", "", nil, 0},
	}
	for _, test := range tests {
		f := setup()
		if w := f.answer("GET", base+test.path, ""); w.Code != 200 || w.Body.String() != "[]" {
			t.Errorf("%s: %d %s", test.path, w.Code, w.Body)
		}
		got := f.tasks.filter
		if got.State != test.state || got.DataSource != test.source || got.Type != test.typ || got.Max != test.max ||
			(got.Created == nil) != (test.created == nil) || got.Created != nil && *got.Created != *test.created {
			t.Errorf("%s: %+v", test.path, got)
		}
	}
}

func TestFiltersThatAreWrong(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"/tasks?state=":                        `Invalid task state[]. Must be one of [pending, waiting, running, complete].`,
		"/tasks?state=bogus":                   `Invalid task state[bogus]. Must be one of [pending, waiting, running, complete].`,
		"/tasks?max=-1":                        `{"error":"Invalid value for query parameter [max]: Value [-1] must be a whole number from 0 to 2147483647."}`,
		"/completeTasks?n=2147483648":          `{"error":"Invalid value for query parameter [n]: Value [2147483648] must be a whole number from 0 to 2147483647."}`,
		"/tasks?datasource=%zz":                `{"error":"Value [%zz] of query parameter [datasource] is not percent-encoded rightly: invalid URL escape \"%zz\"."}`,
		"/tasks?createdTimeInterval=yesterday": `{"error":"Invalid value for query parameter [createdTimeInterval]: Invalid interval[yesterday]: [Format requires a '/' separator: yesterday]. Give start and end, such as 2016-06-27_2016-06-28."}`,
	}
	for path, want := range tests {
		if w := setup().answer("GET", base+path, ""); w.Code != 400 || w.Body.String() != want {
			t.Errorf("%s: %d %s\nwant %s", path, w.Code, w.Body, want)
		}
	}
}

// BenchmarkLongList streams 36 MB, the list of 100,000 active tasks.
func BenchmarkLongList(b *testing.B) {
	f := setup()
	f.tasks.listed = manyTasks(100_000)
	size := int64(f.answer("GET", base+"/tasks", "").Body.Len())
	r := httptest.NewRequest("GET", base+"/tasks", nil)
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		f.ServeHTTP(discard{}, r)
	}
}

// BenchmarkStatus is the cost of everything around one short answer.
func BenchmarkStatus(b *testing.B) {
	f := setup()
	f.tasks.listed = manyTasks(1)
	for _, encoding := range []string{"identity", "gzip"} {
		b.Run(encoding, func(b *testing.B) {
			r := httptest.NewRequest("GET", base+"/task/"+f.tasks.listed[0].ID+"/status", nil)
			r.Header.Set("Accept-Encoding", encoding)
			b.ReportAllocs()
			for b.Loop() {
				f.ServeHTTP(discard{}, r)
			}
		})
	}
}

// discard is a ResponseWriter that keeps nothing.
type discard struct{}

func (discard) Header() http.Header              { return http.Header{} }
func (discard) WriteHeader(int)                  {}
func (discard) Write(p []byte) (int, error)      { return len(p), nil }
func (discard) SetWriteDeadline(time.Time) error { return nil }
