package apptest

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// metrics are what a server answers Prometheus: values by name with labels, and the names by which they are known.
func (s *server) metrics(t testing.TB) (values map[string]float64, families []string) {
	t.Helper()
	code, body := s.get(t, "/metrics")
	if code != http.StatusOK {
		t.Fatalf("/metrics: %d %s", code, body)
	}
	values = map[string]float64{}
	for lines := bufio.NewScanner(strings.NewReader(body)); lines.Scan(); {
		line := lines.Text()
		if family, ok := strings.CutPrefix(line, "# TYPE "); ok {
			family, _, _ = strings.Cut(family, " ")
			families = append(families, family)
		}
		if at := strings.LastIndexByte(line, ' '); at > 0 && line[0] != '#' {
			value, err := strconv.ParseFloat(line[at+1:], 64)
			if err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			values[line[:at]] = value
		}
	}
	return values, families
}

// get asks for a path.
func (s *server) get(t testing.TB, path string) (int, string) {
	t.Helper()
	answer, err := s.http.Get(s.URL() + path)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.Body.Close() != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}

// documented are the names of metrics in a page of the docs.
func documented(t testing.TB) []string {
	t.Helper()
	text, err := os.ReadFile("../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, row := range regexp.MustCompile("(?m)^\\| `((?:ovate|druid)_[a-z_]+)`").FindAllStringSubmatch(string(text), -1) {
		names = append(names, row[1])
	}
	return names
}

// TestMetrics: what happens in a server is counted, under names that are documented.
func TestMetrics(t *testing.T) {
	t.Parallel()
	s := start(t, t.TempDir(), "druid.worker.capacity=1", "ovate.pprof.enabled=true")
	s.succeed(t, s.submit(t, ingestion{id: "in", dataSource: "metered", source: inline(rows("in", 100, 2))}.task()))
	s.submit(t, noop("runs", "quiet", 3_600_000))
	s.submit(t, noop("waits", "quiet", 1))
	s.submit(t, noop("cut", "other", 3_600_000))
	if err := s.Shutdown(t.Context(), "cut"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a task runs and another waits", func() bool {
		values, _ := s.metrics(t)
		return values[`ovate_tasks{state="running"}`] == 1 && values[`ovate_tasks{state="pending"}`] == 1
	})
	values, families := s.metrics(t)
	for name, want := range map[string]float64{
		`druid_task_success_total{dataSource="metered"}`:                                    1,
		`druid_task_failed_total{dataSource="other"}`:                                       1,
		`druid_task_running_count{dataSource="quiet"}`:                                      1,
		`druid_task_pending_count{dataSource="quiet"}`:                                      1,
		`druid_task_pending_count{dataSource="other"}`:                                      0,
		`druid_task_waiting_count{dataSource="metered"}`:                                    0,
		`druid_task_run_time_seconds_count{taskStatus="SUCCESS",taskType="index_parallel"}`: 1,
		`ovate_tasks_ended_total{taskStatus="FAILED",taskType="noop"}`:                      1,
		`druid_task_slot_total_count{category="_default_worker_category"}`:                  1,
		`druid_task_slot_used_count{category="_default_worker_category"}`:                   1,
		`druid_task_slot_idle_count{category="_default_worker_category"}`:                   0,
		`druid_segment_txn_success_total{taskType="index_parallel"}`:                        1,
		`ovate_segments_added_total{taskType="index_parallel"}`:                             2,
		`ovate_ingestion_rows_total{outcome="processed",stage="buildSegments"}`:             100,
		`ovate_leader`:                        1,
		`druid_service_heartbeat{leader="1"}`: 1,
		`ovate_http_requests_total{code="200",method="POST",path="/druid/indexer/v1/task"}`:               4,
		`ovate_http_requests_total{code="200",method="POST",path="/druid/indexer/v1/task/{id}/shutdown"}`: 1,
	} {
		if got, there := values[name]; !there || got != want {
			t.Errorf("%s is %v (%t), want %v", name, got, there, want)
		}
	}
	for _, name := range []string{`ovate_store_commit_size_count`, `ovate_store_update_time_seconds_count{outcome="committed"}`, `druid_segment_added_bytes_total{taskType="index_parallel"}`,
		`ovate_ingestion_bytes_total{stage="buildSegments"}`, `process_resident_memory_bytes`, `go_goroutines`} {
		if values[name] <= 0 {
			t.Errorf("%s is %v", name, values[name])
		}
	}
	names := documented(t)
	for _, family := range families {
		if !slices.Contains(names, family) && !strings.HasPrefix(family, "go_") && !strings.HasPrefix(family, "process_") {
			t.Errorf("%s is not documented", family)
		}
	}
	for path, want := range map[string]string{
		"/livez": `{"live":true}`, "/readyz": `{"ready":true,"leader":true}`, "/debug/pprof/": "/debug/pprof/heap", "/debug/pprof/goroutine?debug=1": "goroutine profile:",
	} {
		if code, body := s.get(t, path); code != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("%s: %d %.200s", path, code, body)
		}
	}
}

// recipient takes batches of events.
type recipient struct {
	mu     sync.Mutex
	events map[string][]object // by metric
}

// ServeHTTP implements http.Handler.
func (r *recipient) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	var batch []object
	if err := json.NewDecoder(request.Body).Decode(&batch); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range batch {
		metric, _ := e["metric"].(string)
		r.events[metric] = append(r.events[metric], e)
	}
}

func (r *recipient) of(metric string) []object {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.events[metric]
}

// TestEmitter: events of what happens, and of monitors, are posted in Druid's form, and what is left when the server ends.
func TestEmitter(t *testing.T) {
	t.Parallel()
	r := &recipient{events: map[string][]object{}}
	there := httptest.NewServer(r)
	defer there.Close()
	s := start(t, t.TempDir(), "druid.emitter=composing", `druid.emitter.composing.emitters=["http","logging","statsd"]`, "druid.emitter.http.recipientBaseUrl="+there.URL+"/events",
		"druid.emitter.http.flushMillis=1", "druid.monitoring.emissionPeriod=PT1S", "ovate.log.format=json",
		`druid.monitoring.monitors=["org.apache.druid.server.metrics.TaskCountStatsMonitor","org.apache.druid.server.metrics.ServiceStatusMonitor"]`)
	s.succeed(t, s.submit(t, ingestion{id: "in", dataSource: "told", source: inline(rows("in", 10, 1))}.task()))
	eventually(t, "a monitor tells", func() bool { return len(r.of("task/success/count")) > 0 && len(r.of("service/heartbeat")) > 0 })
	s.succeed(t, s.submit(t, noop("last", "quiet", 1)))
	s.terminate(t)
	if code := s.exit(t); code != 0 {
		t.Errorf("exit code %d", code)
	}
	run := r.of("task/run/time")
	if len(run) != 2 || run[0]["taskId"] != "in" || run[0]["dataSource"] != "told" || run[0]["taskType"] != "index_parallel" || run[0]["taskStatus"] != "SUCCESS" ||
		run[0]["feed"] != "metrics" || run[0]["service"] != "druid/overlord" || run[0]["version"] != "33.0.0" || run[1]["taskId"] != "last" {
		t.Errorf("%v", run)
	}
	for metric, want := range map[string]object{
		"task/success/count":   {"dataSource": "told", "value": 1.0},
		"service/heartbeat":    {"leader": 1.0, "value": 1.0},
		"segment/txn/success":  {"taskId": "in", "value": 1.0},
		"segment/added/bytes":  {"taskId": "in", "partitioningType": "numbered", "interval": "2026-01-01T00:00:00.000Z/2026-01-02T00:00:00.000Z"},
		"task/pending/time":    {"taskId": "in"},
		"task/action/run/time": {"taskId": "in"},
	} {
		events := r.of(metric)
		if len(events) == 0 {
			t.Errorf("no %s", metric)
			continue
		}
		for name, value := range want {
			if got := events[0][name]; got != value {
				t.Errorf("%s: %s is %v, want %v", metric, name, got, value)
			}
		}
	}
	for _, want := range []string{`"msg":"Event","event":{"feed":"metrics"`, `emitter statsd has no effect here`} {
		if !strings.Contains(s.output.String(), want) {
			t.Errorf("the log has no %s", want)
		}
	}
}
