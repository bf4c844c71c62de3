package client

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ovate/druid"
)

// serve answers each request, written "METHOD path?query body", with what answers holds for it.
func serve(t *testing.T, answers map[string]string) *Client {
	t.Helper()
	return handle(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		request := strings.TrimSpace(r.Method + " " + r.URL.RequestURI() + " " + string(body))
		answer, ok := answers[request]
		if !ok {
			t.Errorf("unexpected request: %s", request)
		}
		if status, text, isError := strings.Cut(answer, "!"); isError {
			w.WriteHeader(map[string]int{"400": 400, "404": 404, "500": 500}[status])
			answer = text
		}
		_, _ = io.WriteString(w, answer)
	})
}

func handle(t *testing.T, handler http.HandlerFunc) *Client {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	c, err := New(server.URL+"/", WithHTTPClient(server.Client()))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

const (
	running  = `{"task":"a:b","status":{"id":"a:b","groupId":"g","type":"noop","createdTime":"2026-11-23T20:17:31.697Z","queueInsertionTime":"1970-01-01T00:00:00.000Z","statusCode":"RUNNING","status":"RUNNING","runnerStatusCode":"RUNNING","duration":-1,"location":{"host":"localhost","port":8100,"tlsPort":-1},"dataSource":"d","errorMsg":null}}`
	complete = `{"task":"a:b","status":{"id":"a:b","statusCode":"FAILED","duration":7,"location":{"host":null,"port":-1,"tlsPort":-1},"errorMsg":"no"}}`
)

func TestSubmit(t *testing.T) {
	t.Parallel()
	c := serve(t, map[string]string{`POST /druid/indexer/v1/task {"type":"noop"}`: `{"task":"noop_1"}`})
	id, err := c.Submit(t.Context(), []byte(`{"type":"noop"}`))
	if err != nil || id != "noop_1" {
		t.Errorf("%q, %v", id, err)
	}
	c = serve(t, map[string]string{`POST /druid/indexer/v1/task {"type":"kafka"}`: `{"id":"wiki","warning":"It rests."}`})
	id, err = c.Submit(t.Context(), []byte(`{"type":"kafka"}`))
	if stored := (*SupervisorError)(nil); id != "" || !errors.As(err, &stored) || stored.ID != "wiki" ||
		err.Error() != "it is no task, but the spec of supervisor[wiki], which the server has stored. It rests" {
		t.Errorf("%q, %v", id, err)
	}
}

func TestStatus(t *testing.T) {
	t.Parallel()
	c := serve(t, map[string]string{"GET /druid/indexer/v1/task/a:b/status": running})
	got, err := c.Status(t.Context(), "a:b")
	if err != nil {
		t.Fatal(err)
	}
	want := druid.TaskStatusPlus{
		ID: "a:b", GroupID: "g", Type: "noop", Created: 1795465051697, State: druid.Running, Runner: druid.RunnerRunning,
		Duration: -1, Location: druid.TaskLocation{Host: "localhost", Port: 8100, TLSPort: -1}, DataSource: "d",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestTasksSendsOnlyTheFiltersThatAreSet(t *testing.T) {
	t.Parallel()
	day, err := druid.ParseInterval("2026-01-01T00:00:00Z/2026-01-02T00:00:00Z")
	if err != nil {
		t.Fatal(err)
	}
	c := serve(t, map[string]string{
		"GET /druid/indexer/v1/tasks": `[]`,
		"GET /druid/indexer/v1/tasks?createdTimeInterval=2026-01-01T00%3A00%3A00.000Z_2026-01-02T00%3A00%3A00.000Z&datasource=d+%26&max=3&state=complete&type=noop": `[{"id":"x","statusCode":"SUCCESS"}]`,
	})
	none, err := c.Tasks(t.Context(), Filter{})
	if err != nil || len(none) != 0 {
		t.Errorf("%v, %v", none, err)
	}
	one, err := c.Tasks(t.Context(), Filter{State: "complete", DataSource: "d &", Type: "noop", Created: &day, MaxDone: 3})
	if err != nil || len(one) != 1 || one[0].ID != "x" || one[0].State != druid.Success {
		t.Errorf("%v, %v", one, err)
	}
}

func TestTheOtherCalls(t *testing.T) {
	t.Parallel()
	c := serve(t, map[string]string{
		"GET /druid/indexer/v1/task/x%2Fy":                          `{"task":"x/y","payload":{"type":"noop"}}`,
		`POST /druid/indexer/v1/taskStatus ["x","y"]`:               `{"x":{"id":"x","status":"SUCCESS","duration":3,"errorMsg":null,"location":{"host":null,"port":-1,"tlsPort":-1}}}`,
		"POST /druid/indexer/v1/task/x/shutdown":                    `{"task":"x"}`,
		"POST /druid/indexer/v1/datasources/a%20b/shutdownAllTasks": `{"dataSource":"a b"}`,
		"DELETE /druid/indexer/v1/pendingSegments/d":                `{"numDeleted":4}`,
		"GET /druid/indexer/v1/leader":                              `http://localhost:8090`,
		"GET /druid/indexer/v1/totalWorkerCapacity":                 `{"currentClusterCapacity":2,"maximumCapacityWithAutoScale":-1,"usedClusterCapacity":1}`,
		"GET /api/v1/metadata":                                      `{"id":"c0ffee"}`,
		"GET /status/health":                                        `true`,
		"GET /status":                                               `{"version":"33.0.0"}`,
		"GET /druid/indexer/v1/task/x/log?offset=-5":                "tail",
	})
	ctx := t.Context()
	if payload, err := c.Task(ctx, "x/y"); err != nil || string(payload) != `{"type":"noop"}` {
		t.Errorf("task: %s, %v", payload, err)
	}
	want := map[string]druid.TaskStatus{"x": {ID: "x", State: druid.Success, Duration: 3, Location: druid.TaskLocation{Port: -1, TLSPort: -1}}}
	if got, err := c.Statuses(ctx, "x", "y"); err != nil || !cmp.Equal(want, got) {
		t.Errorf("statuses: %v, %v", got, err)
	}
	if err := errors.Join(c.Shutdown(ctx, "x"), c.ShutdownAll(ctx, "a b"), c.Healthy(ctx)); err != nil {
		t.Error(err)
	}
	if n, err := c.DeletePendingSegments(ctx, "d"); err != nil || n != 4 {
		t.Errorf("pending: %d, %v", n, err)
	}
	if leader, err := c.Leader(ctx); err != nil || leader != "http://localhost:8090" {
		t.Errorf("leader: %q, %v", leader, err)
	}
	if capacity, err := c.Capacity(ctx); err != nil || capacity != (Capacity{Total: 2, Used: 1}) {
		t.Errorf("capacity: %v, %v", capacity, err)
	}
	if which, err := c.Metadata(ctx); err != nil || which != (Metadata{ID: "c0ffee"}) {
		t.Errorf("metadata: %v, %v", which, err)
	}
	if version, err := c.Version(ctx); err != nil || version != "33.0.0" {
		t.Errorf("version: %q, %v", version, err)
	}
	log, err := c.Log(ctx, "x", -5)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(log); err != nil || string(text) != "tail" || log.Close() != nil {
		t.Errorf("log: %q, %v", text, err)
	}
}

func TestErrorsCarryStatusAndMessage(t *testing.T) {
	t.Parallel()
	f := func(answer string, status int, code, message string) {
		t.Helper()
		c := serve(t, map[string]string{"GET /druid/indexer/v1/task/x/status": answer})
		_, err := c.Status(t.Context(), "x")
		var refused *Error
		if !errors.As(err, &refused) || refused.Status != status || refused.Code != code || refused.Message != message || IsNotFound(err) != (status == 404) {
			t.Errorf("%s: %#v", answer, err)
		}
	}
	f("404!Cannot find any task with id: [x]", 404, "", "Cannot find any task with id: [x]")
	f(`400!{"error":"bad"}`, 400, "", "bad")
	f(`400!{"error":"druidException","errorCode":"entryAlreadyExists","persona":"USER","category":"INVALID_INPUT","errorMessage":"there already","context":{}}`, 400, "entryAlreadyExists", "there already")
	f("500!<html><body>stack</body></html>", 500, "", "")
	f("404!", 404, "", "")
	_, err := serve(t, map[string]string{"GET /druid/indexer/v1/task/x/status": "404!"}).Status(t.Context(), "x")
	if want := "GET /druid/indexer/v1/task/x/status was refused without a reason (404 Not Found)"; err == nil || err.Error() != want {
		t.Errorf("%v", err)
	}
	err = serve(t, map[string]string{"POST /druid/indexer/v1/datasources/d/shutdownAllTasks": "404!"}).ShutdownAll(t.Context(), "d")
	if !IsNotFound(err) || !strings.Contains(err.Error(), "no task of data source d is active") {
		t.Errorf("%v", err)
	}
}

func TestNoServer(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	c, err := New(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	var unreachable *UnreachableError
	if err := c.Healthy(t.Context()); !errors.As(err, &unreachable) || unreachable.URL != server.URL {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Healthy(ctx); !errors.Is(err, context.Canceled) || errors.As(err, &unreachable) {
		t.Errorf("cancelled: %v", err)
	}
	address := strings.Replace(server.URL, "://", "://joe:SECRET@", 1)
	if c, err = New(address); err != nil {
		t.Fatal(err)
	}
	err = c.Healthy(t.Context())
	if !errors.As(err, &unreachable) || unreachable.URL != address || strings.Contains(err.Error(), "SECRET") || !strings.Contains(err.Error(), "://***@127.0.0.1") {
		t.Errorf("with a password: %v", err)
	}
	for _, address := range []string{"joe:SECRET@x:8090", "ftp://joe:SECRET@x", "http://joe:SECRET@%zz", "http://joe:SEC/RET@x:80"} {
		if _, err := New(address); err == nil || strings.Contains(err.Error(), "SEC") || !strings.Contains(err.Error(), "***@") {
			t.Errorf("%s: %v", address, err)
		}
	}
	for _, address := range []string{"", "localhost:8090", "ftp://x", "http://"} {
		if _, err := New(address); err == nil {
			t.Errorf("address %q is taken", address)
		}
	}
}

func TestAnswerThatIsNoOverlords(t *testing.T) {
	t.Parallel()
	c := serve(t, map[string]string{"GET /druid/indexer/v1/task/x/status": "<html>"})
	if _, err := c.Status(t.Context(), "x"); err == nil || !strings.Contains(err.Error(), "not what an Overlord sends") {
		t.Errorf("%v", err)
	}
}

func TestWait(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	c := handle(t, func(w http.ResponseWriter, _ *http.Request) {
		if asked.Add(1) < 4 {
			_, _ = io.WriteString(w, running)
		} else {
			_, _ = io.WriteString(w, complete)
		}
	})
	status, err := c.Wait(t.Context(), "a:b")
	if err != nil || status.State != druid.Failed || status.ErrorMsg != "no" || asked.Load() != 4 {
		t.Errorf("%+v, %v after %d", status, err, asked.Load())
	}
}

func TestFollowLogCopiesAllOfIt(t *testing.T) {
	t.Parallel()
	var logs []string
	c := handle(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/status") && len(logs) < 3:
			_, _ = io.WriteString(w, running)
		case strings.HasSuffix(r.URL.Path, "/status"):
			_, _ = io.WriteString(w, complete)
		default:
			logs = append(logs, r.URL.Query().Get("offset"))
			switch len(logs) {
			case 1:
				http.NotFound(w, r) // not begun
			case 2:
				_, _ = io.WriteString(w, "one\n")
			case 4:
				_, _ = io.WriteString(w, "two\n")
			}
		}
	})
	var text bytes.Buffer
	status, err := c.FollowLog(t.Context(), "a:b", 0, &text)
	if err != nil || text.String() != "one\ntwo\n" || status.State != druid.Failed {
		t.Errorf("%q, %+v, %v", &text, status, err)
	}
	if diff := cmp.Diff([]string{"", "", "4", "4"}, logs); diff != "" {
		t.Errorf("offsets: %s", diff)
	}
}

func TestIngestionReadsAllShapes(t *testing.T) {
	t.Parallel()
	f := func(stats string) {
		t.Helper()
		c := serve(t, map[string]string{"GET /druid/indexer/v1/task/x/reports": `{"ingestionStatsAndErrors":{"type":"ingestionStatsAndErrors","taskId":"x","payload":{"ingestionState":"COMPLETED","unparseableEvents":{"buildSegments":[{"input":"?","errorType":"unparseable","details":["why"],"timeOfExceptionMillis":1}]},"rowStats":` + stats + `,"errorMsg":null,"segmentsPublished":3}}}`})
		got, err := c.Ingestion(t.Context(), "x")
		want := Ingestion{State: "COMPLETED", Rows: Rows{Processed: 5, ProcessedBytes: 70, Unparseable: 1}, SegmentsPublished: 3, Faults: []Fault{{"?", "unparseable", []string{"why"}}}}
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v %s", stats, err, diff)
		}
	}
	const rows = `{"processed":5,"processedBytes":70,"processedWithError":0,"thrownAway":0,"unparseable":1}`
	f(`{"determinePartitions":{"processed":0},"buildSegments":` + rows + `}`)
	f(`{"totals":{"buildSegments":` + rows + `}}`)
	f(`{"movingAverages":{},"totals":{"determinePartitions":` + rows + `}}`)
	f(`{"movingAverages":{"buildSegments":{"1m":{"processed":1.5}}},"totals":{"buildSegments":` + rows + `}}`)

	c := serve(t, map[string]string{"GET /druid/indexer/v1/task/x/reports": `{"ingestionStatsAndErrors":{"payload":{"errorMsg":"why","mayReplace":{"reason":"r","rows":2,"segments":1},"unreadable":"/a"}}}`})
	if got, err := c.Ingestion(t.Context(), "x"); err != nil || got.MayReplace == nil || *got.MayReplace != (Loss{"r", 2, 1}) || got.Unreadable != "/a" {
		t.Errorf("why a task failed: %+v, %v", got, err)
	}
}
