package v1_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// events is what a client hears.
type events struct {
	t     *testing.T
	lines *bufio.Scanner
	last  string // the id of the last event
	close func()
}

func (s *server) follow(query, last string) *events {
	s.t.Helper()
	return s.stream("/api/v1/events?"+query, last)
}

// stream begins to hear what a path tells.
func (s *server) stream(path, last string) *events {
	s.t.Helper()
	ctx, cancel := context.WithCancel(s.t.Context())
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	if last != "" {
		request.Header.Set("Last-Event-ID", last)
	}
	response, err := s.http.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	if response.StatusCode != 200 || response.Header.Get("Content-Type") != "text/event-stream" || response.Header.Get("X-Accel-Buffering") != "no" {
		s.t.Fatalf("%d %v", response.StatusCode, response.Header)
	}
	e := &events{t: s.t, lines: bufio.NewScanner(response.Body), last: last}
	e.close = func() { cancel(); _ = response.Body.Close() }
	s.t.Cleanup(e.close)
	return e
}

// next is the next event: its name and its data, or nothing once the stream has ended.
func (e *events) next() (name, data string) {
	for e.lines.Scan() {
		switch field, value, _ := strings.Cut(e.lines.Text(), ": "); {
		case field == "event":
			name = value
		case field == "id":
			e.last = value
		case field == "data":
			data = value
		case field == "" && name != "":
			return name, data
		}
	}
	return "", ""
}

// until reads up to the event of that name of a task, and lists what it has read, as "name id".
func (e *events) until(name, id string) (read []string) {
	e.t.Helper()
	for {
		got, data := e.next()
		if got == "" {
			e.t.Fatalf("the stream has ended after %v", read)
		}
		of := ""
		if _, rest, found := strings.Cut(data, `"id":"`); found {
			of, _, _ = strings.Cut(rest, `"`)
		}
		read = append(read, strings.TrimSpace(got+" "+of))
		if got == name && of == id {
			return read
		}
	}
}

// TestEvents: who follows tasks hears of each that it has ended, goes on after a break where it was, and hears only of what it has asked for.
func TestEvents(t *testing.T) {
	t.Parallel()
	s, stop := startServer(t, map[string]string{"ovate.data": t.TempDir(), "ovate.listen": "127.0.0.1:0", "druid.worker.capacity": "2"})
	submit := func(id, dataSource string, runTime int) {
		t.Helper()
		s.expect(201, "", "POST", "/api/v1/tasks", fmt.Sprintf(`{"type":"noop","id":%q,"dataSource":%q,"runTime":%d}`, id, dataSource, runTime))
	}
	submit("before", "d", 600_000)
	all, some, one := s.follow("", ""), s.follow("dataSource=b", ""), s.follow("task=b1", "")
	for _, e := range []*events{all, some, one} {
		if name, _ := e.next(); name != "reset" {
			t.Fatalf("the first event is %s", name)
		}
	}
	submit("a1", "a", 1)
	all.until("ended", "a1")
	submit("b1", "b", 1)
	submit("b2", "b", 1)
	for _, line := range some.until("ended", "b2") {
		if !strings.HasSuffix(line, " b1") && !strings.HasSuffix(line, " b2") {
			t.Errorf("of b: %s", line)
		}
	}
	for _, line := range one.until("ended", "b1") {
		if !strings.HasSuffix(line, " b1") {
			t.Errorf("of b1: %s", line)
		}
	}
	all.until("ended", "b2")
	all.close()
	submit("a2", "a", 1)
	s.wait("a2", "SUCCESS")
	s.expect(200, "", "POST", "/api/v1/tasks/cancel", `{"ids":["before"]}`)
	again := s.follow("", all.last)
	read := again.until("ended", "before")
	ended := 0
	for _, line := range read {
		if line == "reset" || strings.HasSuffix(line, " b2") || strings.HasSuffix(line, " a1") {
			t.Errorf("after a break: %s", line)
		}
		if line == "ended a2" {
			ended++
		}
	}
	if ended != 1 {
		t.Errorf("after a break: %v", read)
	}
	if name, _ := s.follow("", "0af6-17").next(); name != "reset" {
		t.Errorf("after an event that nobody knows: %s", name)
	}
	s.expect(400, `{"type":"about:blank"`, "GET", "/api/v1/events", "", "Last-Event-ID", "x")
	s.expect(400, `{"type":"about:blank"`, "GET", "/api/v1/events?type=x", "")
	stop()
	for name := "x"; name != ""; { // the stream ends with the server
		name, _ = again.next()
	}
}

// TestProgress: who follows one task hears how far it is while it runs. The task reads what the test gives it.
func TestProgress(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	heard := make(chan struct{})
	rows := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead {
			return
		}
		for i := range 300_000 {
			fmt.Fprintf(w, "{\"t\":\"2020-01-01\",\"a\":%d}\n", i)
		}
		_ = http.NewResponseController(w).Flush()
		select {
		case <-heard:
		case <-r.Context().Done():
		}
	}))
	defer rows.Close()
	one := s.follow("task=load", "")
	if name, _ := one.next(); name != "reset" {
		t.Fatalf("the first event is %s", name)
	}
	s.expect(201, "", "POST", "/api/v1/tasks", fmt.Sprintf(`{"type":"index_parallel","id":"load","spec":{"dataSchema":{"dataSource":"d","timestampSpec":{"column":"t","format":"auto"},
		"dimensionsSpec":{"dimensions":["a"]},"granularitySpec":{"segmentGranularity":"DAY","intervals":["2020-01-01/2020-01-02"]}},
		"ioConfig":{"type":"index_parallel","inputSource":{"type":"http","uris":[%q]},"inputFormat":{"type":"json"}},"tuningConfig":{"type":"index_parallel"}}}`, rows.URL+"/rows"))
	for {
		name, data := one.next()
		if name == "" || name == "ended" {
			t.Fatalf("there was no progress before %s %s", name, data)
		}
		if name == "progress" {
			told := struct {
				ID       string
				RowStats struct {
					Totals struct{ BuildSegments struct{ Processed int } }
				}
			}{}
			if err := json.Unmarshal([]byte(data), &told); err != nil || told.ID != "load" {
				t.Fatalf("%s: %v", data, err)
			}
			if told.RowStats.Totals.BuildSegments.Processed > 0 {
				break
			}
		}
	}
	close(heard)
	one.until("ended", "load")
	s.expect(200, `{"id":"load","groupId":"load","type":"index_parallel","dataSource":"d"`, "GET", "/api/v1/tasks/load", "")
	if got := s.expect(200, `[{"dataSource":"d","interval":"2020-01-01T00:00:00.000Z/2020-01-02T00:00:00.000Z","segments":1,"size":`, "GET", "/api/v1/datasources?rows=true", ""); !strings.Contains(got.body, `"rows":300000`) {
		t.Errorf("stored: %s", got.body)
	}
	s.expect(200, `[{"dataSource":"d","interval":"2020-01-01T00:00:00.000Z/2020-01-02T00:00:00.000Z","version":"2`, "GET", "/api/v1/datasources/d/segments", "")
}
