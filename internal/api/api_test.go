package api

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"ovate/druid"
	"ovate/internal/action"
	"ovate/internal/auth"
	"ovate/internal/lockbox"
	"ovate/internal/metadata"
	"ovate/internal/queue"
	"ovate/internal/runner"
	"ovate/internal/supervisor"
	"ovate/internal/surface"
	"ovate/internal/task"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// tasks is a queue that holds what a test gives it.
type tasks struct {
	payload string // a noop if empty
	listed  []druid.TaskStatusPlus
	filter  queue.Filter // of the last List
	err     error        // what every method fails with
	listErr error        // what List fails with after the tasks
	added   []task.Task
	panics  bool
}

func (q *tasks) Now() druid.Instant { return druid.Now() }

func (q *tasks) Add(_ context.Context, t task.Task) error { q.added = append(q.added, t); return q.err }
func (q *tasks) Shutdown(context.Context, string, string) error {
	return q.err
}
func (q *tasks) ShutdownAll(context.Context, string, string) ([]string, error) { return nil, q.err }
func (q *tasks) Perform(context.Context, string, action.Request) error         { return q.err }
func (q *tasks) Status(_ context.Context, id string) (druid.TaskStatusPlus, error) {
	if q.panics {
		panic("a secret of the inside")
	}
	for _, t := range q.listed {
		if t.ID == id {
			return t, q.err
		}
	}
	return druid.TaskStatusPlus{}, errors.Join(queue.ErrNotFound, q.err)
}
func (q *tasks) Statuses(_ context.Context, ids []string, fn func(druid.TaskStatus) error) error {
	for _, id := range ids {
		if err := fn(druid.TaskStatus{ID: id, State: druid.Success, Location: druid.UnknownLocation}); err != nil {
			return err
		}
	}
	return q.err
}
func (q *tasks) List(_ context.Context, f queue.Filter, fn func(*druid.TaskStatusPlus) error) error {
	q.filter = f
	for i := range q.listed {
		if err := fn(&q.listed[i]); err != nil {
			return err
		}
	}
	return q.listErr
}
func (q *tasks) PayloadSize(context.Context, string) (int64, error) {
	return int64(len(q.payload)), q.err
}
func (q *tasks) Payload(context.Context, string) ([]byte, error) {
	return []byte(cmp.Or(q.payload, `{"type":"noop"}`)), q.err
}
func (q *tasks) DeletePending(context.Context, string, *druid.Interval) (int, error) {
	return 7, q.err
}
func (q *tasks) Log(_ context.Context, _ string, offset int64) (io.ReadCloser, error) {
	if offset == 404 {
		return nil, fs.ErrNotExist
	}
	return io.NopCloser(strings.NewReader("a line\n")), q.err
}
func (q *tasks) Report(context.Context, string) (io.ReadCloser, error) {
	if q.err != nil {
		return nil, q.err
	}
	return nil, fs.ErrNotExist
}

// locks is a lockbox with one lock in one data source.
type locks struct{}

func (locks) Find(f lockbox.Filter) []druid.TaskLock {
	day := druid.Interval{Start: 0, End: 86_400_000}
	if f.DataSource != "wiki" || f.MinPriority > 50 {
		return nil
	}
	return []druid.TaskLock{{Type: druid.Exclusive, GroupID: "g", DataSource: "wiki", Interval: day, Version: "v", Priority: 50}}
}

// workshop has one worker with one task.
type workshop struct{}

func (workshop) Capacity() runner.Capacity { return runner.Capacity{Current: 2, Maximum: -1, Used: 1} }

func (workshop) Workers() []runner.Worker {
	return []runner.Worker{{
		Scheme: "http", Host: "localhost:8091", IP: "localhost", Capacity: 2, Version: "0", Category: "_default_worker_category",
		Running: []druid.Task{{Type: "index_parallel", ID: "t", Resource: druid.Resource{AvailabilityGroup: "t", RequiredCapacity: 1}}},
	}}
}

// blank are metadata without supervisors, which forget what is stored.
type blank struct{ metadata.Store }

func (blank) Update(context.Context, func(metadata.Tx) error) error { return nil }

func (blank) Supervisors(context.Context) ([]metadata.SupervisorRow, error) { return nil, nil }
func (blank) SupervisorIDs(context.Context) ([]string, error)               { return nil, nil }
func (blank) SupervisorVersions(context.Context, string, int, func(*metadata.SupervisorRow) error) error {
	return nil
}

// fixture is an API on a queue of its own, and what it logged.
type fixture struct {
	http.Handler              // of requests of everybody
	API          http.Handler // that asks who has sent a request
	tasks        *tasks
	usage        *usage
	log          *bytes.Buffer
}

func setup() *fixture { return setupWith(func(*Options) {}) }

// setupWith is setup with other options.
func setupWith(change func(*Options)) *fixture {
	f := &fixture{tasks: &tasks{}, usage: &usage{}, log: &bytes.Buffer{}}
	o := Options{
		Server: surface.Server{
			Leader: func() string { return "http://localhost:8090" },
			URL:    func() string { return "http://localhost:8090" },
			Log:    slog.New(slog.NewTextHandler(f.log, nil)),
		},
		Engine:     leads(Engine{Tasks: f.tasks, Locks: locks{}, Workers: workshop{}, Segments: f.usage, Supervisors: supervisor.New(supervisor.Options{Store: blank{}, Now: druid.Now, Log: slog.New(slog.DiscardHandler)})}),
		Service:    "druid/overlord",
		Version:    "33.0.0",
		Properties: map[string]string{"b": "2", "a": "1"},
		BodyLimit:  1 << 20,
	}
	change(&o)
	f.API = New(o)
	f.Handler = sentBy(auth.Everybody(), f.API)
	return f
}

// sentBy is a handler of requests that an identity has sent.
func sentBy(i auth.Identity, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.ServeHTTP(w, r.WithContext(auth.With(r.Context(), i))) })
}

// leads is the engine of a server that always leads.
func leads(e Engine) func() *Engine { return func() *Engine { return &e } }

// answer sends a request. Headers are given as name, value, name, value.
func (f *fixture) answer(method, path, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if body != "" || method == http.MethodPost {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	f.ServeHTTP(w, r)
	return w
}

// inflated is the body of an answer that is compressed.
func inflated(t *testing.T, w *httptest.ResponseRecorder) string {
	t.Helper()
	r, err := gzip.NewReader(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestEndpoints tells what each path answers at its simplest and at its edges.
func TestEndpoints(t *testing.T) {
	t.Parallel()
	const noSuch = "Cannot find any task with id: [nope]"
	tests := []struct {
		method, path, body string
		status             int
		contentType, want  string
	}{
		{"GET", "/status/health", "", 200, contentJSON, `true`},
		{"GET", "/status/health/", "", 200, contentJSON, `true`},
		{"GET", "/status/properties", "", 200, contentJSON, `{"a":"1","b":"2"}`},
		{"GET", "/status/selfDiscovered", "", 200, contentJSON, ``},
		{"GET", "/status/selfDiscovered/status", "", 200, contentJSON, `{"selfDiscovered":true}`},
		{"GET", base + "/leader", "", 200, contentJSON, `http://localhost:8090`},
		{"GET", base + "/isLeader", "", 200, contentJSON, `{"leader":true}`},
		{"GET", base + "/workers", "", 200, contentJSON, `[{"worker":{"scheme":"http","host":"localhost:8091","ip":"localhost","capacity":2,"version":"0","category":"_default_worker_category"},` +
			`"currCapacityUsed":1,"currParallelIndexCapacityUsed":1,"currCapacityUsedByTaskType":{"index_parallel":1},"availabilityGroups":["t"],"runningTasks":["t"],"lastCompletedTaskTime":"1970-01-01T00:00:00.000Z"}]`},
		{"GET", base + "/totalWorkerCapacity", "", 200, contentJSON, `{"currentClusterCapacity":2,"maximumCapacityWithAutoScale":-1,"usedClusterCapacity":1}`},
		{"GET", base + "/worker", "", 200, contentJSON, ``},
		{"GET", base + "/worker/history", "", 200, contentJSON, `[]`},
		{"GET", base + "/worker/history?count=0", "", 400, contentJSON, `{"error":"Limit must be greater than zero!"}`},
		{"GET", base + "/scaling", "", 200, contentJSON, ``},
		{"GET", base + "/supervisor?full", "", 200, contentJSON, `[]`},
		{"GET", base + "/supervisor/history", "", 200, contentJSON, `{}`},
		{"GET", base + "/supervisor/nope/history", "", 404, contentJSON, `{"error":"No history for [nope]."}`},
		{"POST", base + "/supervisor/suspendAll", "", 200, contentJSON, `{"status":"success"}`},

		{"GET", base + "/task/nope", "", 200, contentJSON, `{"task":"nope","payload":{"type":"noop"}}`},
		{"GET", base + "/task/nope/status", "", 404, contentText, noSuch},
		{"GET", base + "/task/nope/segments", "", 404, contentText, noSuch},
		{"GET", base + "/task/nope/log", "", 200, contentLog, "a line\n"},
		{"GET", base + "/task/nope/log?offset=404", "", 404, contentLog, "No log was found for this task. The task may not exist, or it may not have begun running yet."},
		{"GET", base + "/task/nope/log?offset=", "", 200, contentLog, "a line\n"},
		{"GET", base + "/task/nope/log?offset=x", "", 400, contentJSON, `{"error":"Invalid value for query parameter [offset]: Value [x] must be a whole number of bytes, from the start or, if negative, from the end."}`},
		{"GET", base + "/task/nope/reports", "", 404, contentJSON, "No task reports were found for this task. The task may not exist, or it may not have completed yet."},
		{"POST", base + "/task/nope/shutdown", "", 200, contentJSON, `{"task":"nope"}`},
		{"POST", base + "/datasources/ds/shutdownAllTasks", "", 404, "", ``},
		{"DELETE", base + "/pendingSegments/ds", "", 200, contentJSON, `{"numDeleted":7}`},
		{"DELETE", base + "/pendingSegments/ds?interval=x", "", 400, contentJSON, `{"error":"Invalid value for query parameter [interval]: Invalid interval[x]: [Format requires a '/' separator: x]. Give start and end, such as 2016-06-27_2016-06-28."}`},

		{"POST", base + "/taskStatus", `["a", "a"]`, 200, contentJSON, `{"a":{"id":"a","status":"SUCCESS","duration":0,"errorMsg":null,"location":{"host":null,"port":-1,"tlsPort":-1}}}`},
		{"POST", base + "/taskStatus", `null`, 400, contentJSON, `No Task IDs provided.`},
		{"POST", base + "/taskStatus", `[null]`, 400, contentJSON, `{"error":"Task id at position 0 is null. It must be a text."}`},
		{"POST", base + "/taskStatus", `"a"`, 400, contentJSON, `{"error":"Request body is a text. It must be an array of task ids."}`},

		{"POST", base + "/lockedIntervals/v2", `[]`, 400, contentJSON, `No filter provided`},
		{"POST", base + "/lockedIntervals/v2", ``, 400, contentJSON, `No filter provided`},
		{"POST", base + "/lockedIntervals/v2", `{}`, 400, contentJSON, `{"error":"Request body is an object. It must be an array of lock filters."}`},
		{"POST", base + "/lockedIntervals/v2", `[{"datasource":"wiki","priority":50},{"datasource":"wiki"},{"datasource":"other"}]`, 200, contentJSON, `{"wiki":["1970-01-01T00:00:00.000Z/1970-01-02T00:00:00.000Z"]}`},
		{"POST", base + "/lockedIntervals/v2", `[{"datasource":"wiki","priority":"high"}]`, 400, contentJSON, `{"error":"Lock filter at position 0 cannot be read: field [priority] is a string, but must be a whole number."}`},
		{"POST", base + "/lockedIntervals/v2", `[{"intervals":["x"]}]`, 400, contentJSON, `{"error":"Lock filter at position 0 cannot be read: Invalid interval[x]: [Format requires a '/' separator: x]."}`},
		{"POST", base + "/lockedIntervals/v2", `[{"datasource":"wiki","priority":51}]`, 200, contentJSON, `{}`},
		{"POST", base + "/activeLocks", `[{"datasource":"wiki","priority":0,"intervals":null}]`, 200, contentJSON,
			`{"datasourceToLocks":{"wiki":[{"granularity":"timeChunk","type":"EXCLUSIVE","groupId":"g","dataSource":"wiki","interval":"1970-01-01T00:00:00.000Z/1970-01-02T00:00:00.000Z","version":"v","priority":50,"revoked":false}]}}`},

		{"POST", base + "/task", `{"type":"noop","id":"x"}`, 200, contentJSON, `{"task":"x"}`},
		{"POST", base + "/task", `{"type":7}`, 400, contentJSON, `{"error":"Invalid value for field [type]: it is a number, but must be a text, one of [index, index_parallel, kill, noop]."}`},
		{"POST", base + "/task", `{"type":"kafka"}`, 400, contentJSON, `{"error":"Field [spec.dataSchema.dataSource] is missing: it must name the data source that the supervisor writes to."}`},
		{"POST", base + "/task", `{"type":"mine","spec":{"ioConfig":{"taskCount":1}}}`, 400, contentJSON, `{"error":"Please make sure to load all the necessary extensions and jars with type 'mine' on 'druid/overlord' service. Could not resolve type id 'mine' as a subtype of ` + "`org.apache.druid.indexing.overlord.supervisor.SupervisorSpec`" + ` known type ids = [NoopSupervisorSpec, autocompact, kafka, kinesis, rabbit, scheduled_batch]"}`},
		{"POST", base + "/task", `{"type":"http://joe:SECRET@h?SECRET","spec":{"ioConfig":{"taskCount":1}}}`, 400, contentJSON, `{"error":"Please make sure to load all the necessary extensions and jars with type 'http://***@h?***' on 'druid/overlord' service. Could not resolve type id 'http://***@h?***' as a subtype of ` + "`org.apache.druid.indexing.overlord.supervisor.SupervisorSpec`" + ` known type ids = [NoopSupervisorSpec, autocompact, kafka, kinesis, rabbit, scheduled_batch]"}`},
		{"POST", base + "/supervisor", `{"type":"nosuch"}`, 400, contentJSON, `{"error":"Please make sure to load all the necessary extensions and jars with type 'nosuch' on 'druid/overlord' service. Could not resolve type id 'nosuch' as a subtype of ` + "`org.apache.druid.indexing.overlord.supervisor.SupervisorSpec`" + ` known type ids = [NoopSupervisorSpec, autocompact, kafka, kinesis, rabbit, scheduled_batch]"}`},
		{"POST", base + "/task", `{"type":"compact"}`, 400, contentJSON, `{"error":"Invalid value for field [type]: Value [compact] is a task type of Druid that cannot be run in this version. It must be one of [index, index_parallel, kill, noop]."}`},
	}
	for _, test := range tests {
		w := setup().answer(test.method, test.path, test.body)
		if w.Code != test.status || w.Header().Get("Content-Type") != test.contentType || w.Body.String() != test.want {
			t.Errorf("%s %s %s\ngot  %d %q %s\nwant %d %q %s", test.method, test.path, test.body,
				w.Code, w.Header().Get("Content-Type"), w.Body, test.status, test.contentType, test.want)
		}
	}
}
