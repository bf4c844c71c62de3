package telemetry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"ovate/druid"
	"ovate/internal/action"
	"ovate/internal/compaction/choice"
	"ovate/internal/compaction/scheduler"
	"ovate/internal/emitter"
	"ovate/internal/lockbox"
	"ovate/internal/metadata"
	"ovate/internal/runner"
	"ovate/internal/stream"
	"ovate/internal/supervisor"
)

// leader is a server that leads.
type leader struct {
	workers     []runner.Worker
	supervisors []*supervisor.Supervisor
}

func (l *leader) Workers() []runner.Worker              { return l.workers }
func (l *leader) Supervisors() []*supervisor.Supervisor { return l.supervisors }
func (l *leader) Locks() int                            { return 5 }
func (l *leader) Compaction() []*scheduler.Snapshot {
	return []*scheduler.Snapshot{
		{DataSource: "wiki", Status: scheduler.Running, Awaiting: choice.Tally{Bytes: 1, Segments: 2, Intervals: 3}, Compacted: choice.Tally{Bytes: 4, Segments: 5, Intervals: 6}},
		{DataSource: "off", Status: scheduler.NotEnabled},
	}
}

// lagging is a supervisor that is behind.
type lagging struct {
	supervisor.Supervising
	by map[string]int64
}

func (lagging) State() supervisor.State { return supervisor.State{Stage: supervisor.Running} }
func (l lagging) Lag() stream.Lag       { return l.by }

// busy is a leader of which there is much to tell.
func busy() *leader {
	return &leader{
		workers: []runner.Worker{
			{Category: "a", Capacity: 4, Running: []druid.Task{{Resource: druid.Resource{RequiredCapacity: 3}}}},
			{Category: "a", Capacity: 2, BlacklistedUntil: 1},
			{Category: "b", Capacity: 1},
		},
		supervisors: []*supervisor.Supervisor{
			{ID: "s", Type: "kafka", DataSource: "wiki", Source: "edits", AtWork: lagging{by: map[string]int64{"0": 10, "1": 0, "2": 5}}, State: supervisor.State{Stage: supervisor.Running}},
			{ID: "u", Type: "kinesis", State: supervisor.State{Stage: supervisor.UnhealthySupervisor, Detailed: "NOT_RUN_BY_OVATE"}},
		},
	}
}

// by is a task.
func by(id, source string) action.Identity {
	return action.Identity{Type: "index", Holder: lockbox.Holder{TaskID: id, GroupID: "g", DataSource: source}}
}

// What a leader tells is read when it is asked for; a server that does not lead tells of none of it.
func TestLeading(t *testing.T) {
	t.Parallel()
	var leads Leading = busy()
	telemetry := New(Options{Leading: func() Leading { return leads }, ZooKeeper: func() bool { return leads == nil }, Sessions: func() (int, bool) { return 7, leads == nil }})
	want := `
		# HELP druid_ingest_avg_lag Records of a stream that were not read, of a partition on average.
		# TYPE druid_ingest_avg_lag gauge
		druid_ingest_avg_lag{dataSource="wiki",stream="edits",supervisorId="s",type="kafka"} 5
		# HELP druid_ingest_lag Records of a stream that were not read, of all partitions.
		# TYPE druid_ingest_lag gauge
		druid_ingest_lag{dataSource="wiki",stream="edits",supervisorId="s",type="kafka"} 15
		# HELP druid_ingest_max_lag Records of a stream that were not read, of the partition that has most.
		# TYPE druid_ingest_max_lag gauge
		druid_ingest_max_lag{dataSource="wiki",stream="edits",supervisorId="s",type="kafka"} 10
		# HELP druid_supervisor_count 1 for each supervisor, with its type and state. Druid has it from version 37 on.
		# TYPE druid_supervisor_count gauge
		druid_supervisor_count{dataSource="wiki",state="RUNNING",stream="edits",supervisorId="s",type="kafka"} 1
		druid_supervisor_count{dataSource="",state="NOT_RUN_BY_OVATE",stream="",supervisorId="u",type="kinesis"} 1
		# HELP druid_task_slot_blacklisted_count Worker slots of workers that get no tasks as too many have failed there.
		# TYPE druid_task_slot_blacklisted_count gauge
		druid_task_slot_blacklisted_count{category="a"} 2
		druid_task_slot_blacklisted_count{category="b"} 0
		# HELP druid_task_slot_idle_count Worker slots that are free, but for those of blacklisted workers.
		# TYPE druid_task_slot_idle_count gauge
		druid_task_slot_idle_count{category="a"} 1
		druid_task_slot_idle_count{category="b"} 1
		# HELP druid_segment_wait_compact_bytes Bytes of segments that are to be compacted, by supervisors of compaction.
		# TYPE druid_segment_wait_compact_bytes gauge
		druid_segment_wait_compact_bytes{dataSource="wiki"} 1
		# HELP druid_zk_connected 1 while there is a session with ZooKeeper, and 0 while there is none.
		# TYPE druid_zk_connected gauge
		druid_zk_connected 0
		# HELP ovate_leader 1 while this server leads, and 0 while it does not.
		# TYPE ovate_leader gauge
		ovate_leader 1
		# HELP ovate_locks Locks that tasks hold, revoked ones too.
		# TYPE ovate_locks gauge
		ovate_locks 5
		# HELP ovate_supervisor_healthy 1 for a supervisor that is healthy, and 0 for one that is not.
		# TYPE ovate_supervisor_healthy gauge
		ovate_supervisor_healthy{supervisorId="s"} 1
		ovate_supervisor_healthy{supervisorId="u"} 0
	`
	names := []string{"druid_ingest_avg_lag", "druid_ingest_lag", "druid_ingest_max_lag", "druid_supervisor_count", "druid_task_slot_blacklisted_count",
		"druid_task_slot_idle_count", "druid_segment_wait_compact_bytes", "druid_zk_connected", "ovate_leader", "ovate_locks", "ovate_sessions", "ovate_supervisor_healthy"}
	if err := testutil.GatherAndCompare(telemetry.registry, strings.NewReader(want), names...); err != nil {
		t.Error(err)
	}
	leads = nil
	want = `
		# HELP druid_zk_connected 1 while there is a session with ZooKeeper, and 0 while there is none.
		# TYPE druid_zk_connected gauge
		druid_zk_connected 1
		# HELP ovate_leader 1 while this server leads, and 0 while it does not.
		# TYPE ovate_leader gauge
		ovate_leader 0
		# HELP ovate_sessions Sessions of people who have logged in with a browser. There is no such metric where nobody does.
		# TYPE ovate_sessions gauge
		ovate_sessions 7
	`
	if err := testutil.GatherAndCompare(telemetry.registry, strings.NewReader(want), names...); err != nil {
		t.Error(err)
	}
}

// heard is a sink that remembers.
type heard []string

func (h *heard) Take(_ context.Context, event []byte) {
	_, metric, _ := strings.Cut(string(event), `"metric":`)
	*h = append(*h, strings.TrimSuffix(metric, "}"))
}

func (*heard) Flush(context.Context, time.Time, bool) {}

// Monitors tell what they are asked to, from time to time, and successes once.
func TestMonitors(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var h heard
		events := emitter.New(func() emitter.Service { return emitter.Service{} }, slog.New(slog.DiscardHandler), &h)
		telemetry := New(Options{Leading: func() Leading { return busy() }, Emitter: events})
		monitors := telemetry.Monitors(time.Minute, []string{"TaskCountStatsMonitor", "TaskSlotCountStatsMonitor", "ServiceStatusMonitor"})
		events.Start()
		monitors.Start()
		tasks := telemetry.Tasks()
		tasks.Moved("wiki", "", druid.Waiting)
		tasks.Moved("wiki", "", druid.Pending)
		tasks.Ended(by("t", "wiki"), druid.TaskStatus{State: druid.Failed, Duration: 7})
		time.Sleep(2*time.Minute + time.Second)
		monitors.Stop()
		monitors.Stop()
		events.Stop()
		slices.Sort(h)
		want := []string{
			`"ingest/kafka/avgLag","value":5,"dataSource":"wiki","stream":"edits"`,
			`"ingest/kafka/lag","value":15,"dataSource":"wiki","stream":"edits"`,
			`"ingest/kafka/maxLag","value":10,"dataSource":"wiki","stream":"edits"`,
			`"ingest/kafka/partitionLag","value":0,"dataSource":"wiki","partition":"1","stream":"edits"`,
			`"ingest/kafka/partitionLag","value":10,"dataSource":"wiki","partition":"0","stream":"edits"`,
			`"ingest/kafka/partitionLag","value":5,"dataSource":"wiki","partition":"2","stream":"edits"`,
			`"interval/compacted/count","value":6,"dataSource":"wiki"`,
			`"interval/skipCompact/count","value":0,"dataSource":"wiki"`,
			`"interval/waitCompact/count","value":3,"dataSource":"wiki"`,
			`"segment/compacted/bytes","value":4,"dataSource":"wiki"`,
			`"segment/compacted/count","value":5,"dataSource":"wiki"`,
			`"segment/skipCompact/bytes","value":0,"dataSource":"wiki"`,
			`"segment/skipCompact/count","value":0,"dataSource":"wiki"`,
			`"segment/waitCompact/bytes","value":1,"dataSource":"wiki"`,
			`"segment/waitCompact/count","value":2,"dataSource":"wiki"`,
			`"service/heartbeat","value":1,"leader":1`,
			`"task/pending/count","value":1,"dataSource":"wiki"`,
			`"task/waiting/count","value":1,"dataSource":"wiki"`,
			`"taskSlot/blacklisted/count","value":0,"category":"b"`,
			`"taskSlot/blacklisted/count","value":2,"category":"a"`,
			`"taskSlot/idle/count","value":1,"category":"a"`,
			`"taskSlot/idle/count","value":1,"category":"b"`,
			`"taskSlot/total/count","value":1,"category":"b"`,
			`"taskSlot/total/count","value":6,"category":"a"`,
			`"taskSlot/used/count","value":0,"category":"b"`,
			`"taskSlot/used/count","value":3,"category":"a"`,
		}
		want = append(want, want...) // each minute
		want = append(want, `"task/failed/count","value":1,"dataSource":"wiki"`,
			`"task/run/time","value":7,"dataSource":"wiki","groupId":"g","taskId":"t","taskStatus":"FAILED","taskType":"index"`)
		slices.Sort(want)
		if got := strings.Join(h, "\n"); got != strings.Join(want, "\n") {
			t.Errorf("told is\n%s\nwant\n%s", got, strings.Join(want, "\n"))
		}
	})
}

// Each event of Druid's that is told where it happens comes with its dimensions.
func TestEvents(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var h heard
		events := emitter.New(func() emitter.Service { return emitter.Service{} }, slog.New(slog.DiscardHandler), &h)
		tasks := New(Options{Leading: func() Leading { return nil }, Emitter: events}).Tasks()
		events.Start()
		segment := []druid.DataSegment{{DataSource: "d", Interval: druid.Interval{Start: 0, End: 1000}, ShardSpec: druid.Numbered(0, 1), Size: 9}}
		tasks.Readied(by("t", "d"), 3*time.Second)
		tasks.Began(by("t", "d"), 2*time.Second)
		tasks.Performed(by("t", "d"), "segmentAllocate", time.Second, nil)
		tasks.Performed(by("t", "d"), "segmentAllocate", time.Second, io.EOF)
		tasks.Performed(by("t", "d"), "lockList", time.Second, io.EOF)
		tasks.Allocated(3, time.Second)
		tasks.Published(by("t", "d"), segment, true)
		tasks.Published(by("t", "d"), segment, false)
		tasks.Relocated(by("t", "d"), segment)
		tasks.Removed(by("t", "d"), segment)
		events.Stop()
		const task = `"groupId":"g",%s"taskId":"t","taskType":"index"`
		of := func(more string) string { return `"dataSource":"d",` + fmt.Sprintf(task, more) }
		const span = `"interval":"1970-01-01T00:00:00.000Z/1970-01-01T00:00:01.000Z",`
		want := []string{
			`"task/waiting/time","value":3000,` + of(""),
			`"task/pending/time","value":2000,` + of(""),
			`"task/action/run/time","value":1000,` + of(`"taskActionType":"segmentAllocate",`),
			`"task/action/success/count","value":1,` + of(`"taskActionType":"segmentAllocate",`),
			`"task/action/failed/count","value":1,` + of(`"taskActionType":"segmentAllocate",`),
			`"task/action/batch/size","value":3,"taskActionType":"segmentAllocate"`,
			`"task/action/batch/runTime","value":1000,"taskActionType":"segmentAllocate"`,
			`"segment/txn/success","value":1,` + of(""),
			`"segment/added/bytes","value":9,` + of(span+`"partitioningType":"numbered",`),
			`"segment/txn/failure","value":1,` + of(""),
			`"segment/moved/bytes","value":9,` + of(span),
			`"segment/nuked/bytes","value":9,` + of(span),
		}
		if got := strings.Join(h, "\n"); got != strings.Join(want, "\n") {
			t.Errorf("told is\n%s\nwant\n%s", got, strings.Join(want, "\n"))
		}
	})
}

// updates is a store that does nothing but run what it is given.
type updates struct {
	metadata.Store
	err error
}

func (u updates) Update(_ context.Context, fn func(metadata.Tx) error) error {
	if err := fn(nil); err != nil {
		return fmt.Errorf("taken back: %w", err)
	}
	return u.err
}

// Transactions are counted by what came of them.
func TestStore(t *testing.T) {
	t.Parallel()
	telemetry := ours()
	refuses := errors.New("no")
	for _, c := range []struct{ fails, own error }{
		{nil, nil}, {nil, refuses}, {&metadata.TransientError{Err: refuses}, nil}, {metadata.Unknown(refuses), nil}, {nil, &metadata.TransientError{Err: refuses}},
	} {
		_ = telemetry.Store(updates{err: c.fails}).Update(t.Context(), func(metadata.Tx) error { return c.own }) // what comes of it is counted
	}
	telemetry.Committed(2)
	families, err := telemetry.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]uint64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if f.GetName() == "ovate_store_update_time_seconds" {
				got[m.GetLabel()[0].GetValue()] = m.GetHistogram().GetSampleCount()
			}
		}
	}
	if want := map[string]uint64{"committed": 1, "refused": 1, "failed": 2, "unknown": 1}; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// Requests are counted by the pattern that answers them, also those that are cut off, and their answers can do all that the server's can.
func TestRequests(t *testing.T) {
	t.Parallel()
	telemetry := ours()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /a/{id}", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusTeapot)
		w.WriteHeader(http.StatusOK) // too late
	})
	mux.HandleFunc("/cut", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	mux.HandleFunc("/flush", func(w http.ResponseWriter, _ *http.Request) {
		w.(http.Flusher).Flush()
		if _, err := io.Copy(w, strings.NewReader("text")); err != nil || http.NewResponseController(w).SetWriteDeadline(time.Now().Add(time.Hour)) != nil {
			panic("an answer cannot do what the server's can")
		}
	})
	server := httptest.NewServer(telemetry.Requests(mux))
	defer server.Close()
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	for _, path := range []string{"/a/1", "/a/2", "/nowhere", "/cut", "/flush"} {
		answer, err := server.Client().Get(server.URL + path)
		if (err != nil) != (path == "/cut") {
			t.Errorf("%s: %v", path, err)
		}
		if err == nil {
			text, err := io.ReadAll(answer.Body)
			if err != nil || answer.Body.Close() != nil || path == "/flush" && string(text) != "text" {
				t.Errorf("%s: %s, %v", path, text, err)
			}
		}
	}
	server.Close() // waits for all of them
	want := `
		# HELP ovate_http_requests_in_flight Requests under way.
		# TYPE ovate_http_requests_in_flight gauge
		ovate_http_requests_in_flight 0
		# HELP ovate_http_requests_total Requests that were answered.
		# TYPE ovate_http_requests_total counter
		ovate_http_requests_total{code="200",method="GET",path="/cut"} CUT
		ovate_http_requests_total{code="200",method="GET",path="/flush"} 1
		ovate_http_requests_total{code="404",method="GET",path="(none)"} 1
		ovate_http_requests_total{code="418",method="GET",path="/a/{id}"} 2
	`
	tries := testutil.ToFloat64(telemetry.requests.answered.WithLabelValues("GET", "/cut", "200")) // the client may try again
	if err := testutil.GatherAndCompare(telemetry.registry, strings.NewReader(strings.ReplaceAll(want, "CUT", fmt.Sprint(tries))), "ovate_http_requests_in_flight", "ovate_http_requests_total"); err != nil || tries < 1 {
		t.Error(err)
	}
}

// Only GET is answered, and no cache keeps the answer.
func TestHandler(t *testing.T) {
	t.Parallel()
	for method, want := range map[string]int{http.MethodGet: 200, http.MethodPost: 405, http.MethodDelete: 405} {
		w := httptest.NewRecorder()
		ours().Handler().ServeHTTP(w, httptest.NewRequest(method, "/metrics", nil))
		if w.Code != want || (want == 200) != strings.Contains(w.Body.String(), "# TYPE ovate_leader gauge") {
			t.Errorf("%s: %d %.200s", method, w.Code, w.Body)
		}
		if want == 200 && w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("a cache may keep them: %v", w.Header())
		}
	}
}

// BenchmarkScrape asks for the metrics of 100,000 active tasks in as many data sources.
func BenchmarkScrape(b *testing.B) {
	telemetry := New(Options{Leading: func() Leading { return busy() }})
	tasks := telemetry.Tasks()
	for i := range 100_000 {
		tasks.Moved(fmt.Sprint("source", i), "", druid.Waiting)
	}
	handler := telemetry.Handler()
	b.ReportAllocs()
	for b.Loop() {
		handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/metrics", nil))
	}
}
