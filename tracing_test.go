package ovate

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"ovate/internal/tracing/otlp/otlptest"
)

// tracedServer is a started server that tells a collector within a time, and its address.
func tracedServer(t *testing.T, url, timeout, dir string, log io.Writer) (*Server, string) {
	t.Helper()
	config, err := Configure(map[string]string{"ovate.data": dir, "ovate.listen": "127.0.0.1:0", "ovate.tracing.endpoint": url, "ovate.tracing.timeout": timeout})
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(t.Context(), Options{Config: config, Log: slog.New(slog.NewTextHandler(log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Stop(t.Context()) })
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s, "http://" + s.Addr()
}

// patient is a timeout of a collector that answers, which only ends what hangs: a busy machine may stall for a while.
const patient = "PT5M"

const tracedTask = `{"type":"index_parallel","id":"traced","spec":{
	"dataSchema":{"dataSource":"wiki","timestampSpec":{"column":"t"},"dimensionsSpec":{"dimensions":["d"]},
		"granularitySpec":{"segmentGranularity":"day","rollup":false,"intervals":["2024-01-01/2024-01-03"]}},
	"ioConfig":{"type":"index_parallel","inputSource":{"type":"inline","data":"{\"t\":\"2024-01-01\",\"d\":\"a\"}\n{\"t\":\"2024-01-02\",\"d\":\"b\"}"},"inputFormat":{"type":"json"}}}}`

// post sends a task, within a trace unless that is empty.
func post(t *testing.T, url, task, traceparent string) {
	t.Helper()
	r, err := http.NewRequest(http.MethodPost, url+"/druid/indexer/v1/task", strings.NewReader(task))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if traceparent != "" {
		r.Header.Set("traceparent", traceparent)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	if err := response.Body.Close(); err != nil {
		t.Error(err)
	}
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%d %s, %v", response.StatusCode, body, err)
	}
}

// From the request to the published segments all is one trace, which is that of whoever has sent the request.
func TestTraces(t *testing.T) {
	t.Parallel()
	collector := otlptest.New(t)
	server, url := tracedServer(t, collector.URL, patient, t.TempDir(), io.Discard)
	const trace, sender = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
	post(t, url, tracedTask, "00-"+trace+"-"+sender+"-01")
	// The task may have ended before its request has, whose answer is still on its way.
	spans := collector.Until(func(all []otlptest.Span) bool {
		ids, ended := map[string]bool{sender: true}, false
		for _, s := range all {
			ids[s.ID], ended = true, ended || s.Name == "task"
		}
		return ended && !slices.ContainsFunc(all, func(s otlptest.Span) bool { return !ids[s.Parent] })
	})
	byID, path := map[string]otlptest.Span{}, map[string]otlptest.Span{}
	for _, s := range spans {
		byID[s.ID] = s
	}
	for _, s := range spans {
		if s.TraceID != trace {
			t.Errorf("another trace: %+v", s)
		}
		names := s.Name
		for at := s; at.Parent != sender; names = at.Name + " > " + names {
			parent, there := byID[at.Parent]
			if !there {
				t.Fatalf("%s has a parent that is nowhere", names)
			}
			at = parent
		}
		path[names] = s
	}
	const request = "POST /druid/indexer/v1/task"
	for name, attributes := range map[string]map[string]any{
		request:                   {"http.request.method": "POST", "http.route": "/druid/indexer/v1/task", "http.response.status_code": int64(200)},
		request + " > store task": {},
		request + " > task": {
			"druid.task.id": "traced", "druid.task.type": "index_parallel", "druid.task.group_id": "traced", "druid.data_source": "wiki", "druid.task.status": "SUCCESS",
		},
		request + " > task > waiting":                                 {},
		request + " > task > running":                                 {},
		request + " > task > running > build segments":                {"druid.rows": int64(2), "druid.segments": int64(2)},
		request + " > task > running > build segments > reading":      {},
		request + " > task > running > build segments > writing":      {},
		request + " > task > running > lock":                          {},
		request + " > task > running > push":                          {},
		request + " > task > running > publish":                       {"druid.segments": int64(2), "druid.rows": int64(2)},
		request + " > task > running > publish > publish transaction": {"druid.segments": int64(2)},
	} {
		s, there := path[name]
		if !there {
			t.Errorf("there is no span %s", name)
			continue
		}
		delete(path, name)
		for key, want := range attributes {
			if s.Attributes[key] != want {
				t.Errorf("%s: %s is %v, want %v", name, key, s.Attributes[key], want)
			}
		}
		if parent, there := byID[s.Parent]; s.Status != 0 || there && s.Start.Before(parent.Start) {
			t.Errorf("%s: %+v", name, s)
		}
	}
	if len(path) > 0 {
		t.Errorf("there are others: %v", path)
	}
	if _, log := ask(server, "GET", "/druid/indexer/v1/task/traced/log", ""); !strings.Contains(log, "trace_id="+trace) {
		t.Errorf("the log of the task does not name the trace: %s", log)
	}
}

// A task that a server cuts off is a trace of its own with the next one, which says so.
func TestTraceAfterRestart(t *testing.T) {
	t.Parallel()
	collector, dir := otlptest.New(t), t.TempDir()
	s, url := tracedServer(t, collector.URL, patient, dir, io.Discard)
	const trace = "0af7651916cd43dd8448eb211c80319c"
	post(t, url, `{"type":"noop","id":"long","runTime":3600000}`, "00-"+trace+"-b7ad6b7169203331-01")
	for status := ""; !strings.Contains(status, `"runnerStatusCode":"RUNNING"`); {
		_, status = ask(s, "GET", "/druid/indexer/v1/task/long/status", "")
	}
	if err := s.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	s, _ = tracedServer(t, collector.URL, patient, dir, io.Discard)
	if code, body := ask(s, "POST", "/druid/indexer/v1/task/long/shutdown", ""); code != http.StatusOK {
		t.Fatal(code, body)
	}
	var tasks []string
	collector.Until(func(all []otlptest.Span) bool {
		tasks = nil
		for _, s := range all {
			if s.Name == "task" {
				tasks = append(tasks, fmt.Sprintf("%v %v %v %v", s.TraceID == trace, s.Parent == "", s.Attributes["druid.task.recovered"], s.Attributes["druid.task.status"]))
			}
		}
		return len(tasks) == 2
	})
	if got := strings.Join(tasks, "; "); got != "true false <nil> <nil>; false true true FAILED" {
		t.Errorf("tasks: %s", got)
	}
}

// Whoever listens to events for long has a span that is as long as it took until they came.
func TestTraceOfEvents(t *testing.T) {
	t.Parallel()
	collector := otlptest.New(t)
	s, url := tracedServer(t, collector.URL, patient, t.TempDir(), io.Discard)
	response, err := http.Get(url + "/api/v1/events")
	if err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	if _, err := bufio.NewReader(response.Body).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	if err := response.Body.Close(); err != nil {
		t.Error(err)
	}
	collector.Until(func(all []otlptest.Span) bool {
		return slices.ContainsFunc(all, func(s otlptest.Span) bool { return s.Name == "GET /api/v1/events" && !s.End.After(begun) })
	})
	if err := s.Stop(t.Context()); err != nil {
		t.Error(err)
	}
}

// A collector that hangs, or fails, holds up neither tasks nor the end of the server, and what could not be sent is at /metrics.
func TestHangingCollector(t *testing.T) {
	t.Parallel()
	collector := otlptest.New(t)
	done := make(chan struct{})
	t.Cleanup(func() { close(done) })
	collector.Answer(func(http.ResponseWriter, *http.Request) { <-done })
	var log lines
	s, url := tracedServer(t, collector.URL, "PT0.2S", t.TempDir(), &log)
	post(t, url, tracedTask, "")
	for status := ""; !strings.Contains(status, `"statusCode":"SUCCESS"`); {
		_, status = ask(s, "GET", "/druid/indexer/v1/task/traced/status", "")
	}
	for metrics := ""; !strings.Contains(metrics, `ovate_tracing_spans_total{outcome="failed"}`) || strings.Contains(metrics, `ovate_tracing_spans_total{outcome="failed"} 0`); {
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, httptest.NewRequest("GET", "http://localhost/metrics", nil))
		metrics = w.Body.String()
	}
	if err := s.Stop(t.Context()); err != nil { // it would not come back if it waited for the collector
		t.Error(err)
	}
	if n := strings.Count(log.String(), "traces cannot be sent"); n != 1 {
		t.Errorf("it is told %d times: %s", n, log.String())
	}
}

// lines is a log that can be read while it is written.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
