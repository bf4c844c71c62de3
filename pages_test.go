package ovate_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"ovate"
	"ovate/client"
	"ovate/druid"
)

// site is a server, and what its page shows.
type site struct {
	t *testing.T
	*httptest.Server
	client *client.Client
}

// newSite starts a server with properties, and the name and value of more.
func newSite(t *testing.T, properties ...string) *site {
	t.Helper()
	set := map[string]string{"ovate.data": t.TempDir(), "ovate.listen": "127.0.0.1:0", "druid.worker.capacity": "1"}
	for i := 0; i < len(properties); i += 2 {
		set[properties[i]] = properties[i+1]
	}
	config, err := ovate.Configure(set)
	if err != nil {
		t.Fatal(err)
	}
	server, err := ovate.New(t.Context(), ovate.Options{Config: config})
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(server.Handler())
	t.Cleanup(func() {
		if err := server.Stop(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
		front.Close()
	})
	s := &site{t: t, Server: front}
	if s.client, err = client.New(front.URL); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *site) submit(task string) string {
	s.t.Helper()
	id, err := s.client.Submit(s.t.Context(), []byte(task))
	if err != nil {
		s.t.Fatal(err)
	}
	return id
}

func (s *site) wait(id string) druid.TaskStatusPlus {
	s.t.Helper()
	status, err := s.client.Wait(s.t.Context(), id)
	if err != nil {
		s.t.Fatal(err)
	}
	return status
}

// page is a page as people read it, and its status; a redirect is followed.
func (s *site) page(path string) (text string, status int) {
	s.t.Helper()
	answer, err := s.Client().Get(s.URL + path)
	if err != nil {
		s.t.Fatal(err)
	}
	return s.read(answer)
}

// post sends a form, and is the page that comes of it.
func (s *site) post(path string, form url.Values) (text string, status int) {
	s.t.Helper()
	answer, err := s.Client().PostForm(s.URL+path, form)
	if err != nil {
		s.t.Fatal(err)
	}
	return s.read(answer)
}

func (s *site) read(answer *http.Response) (string, int) {
	s.t.Helper()
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	if policy := answer.Header.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'; script-src 'self'") {
		s.t.Errorf("%s: policy %q", answer.Request.URL, policy)
	}
	if !answer.Uncompressed {
		s.t.Errorf("%s is not packed", answer.Request.URL)
	}
	return html.UnescapeString(string(body)), answer.StatusCode
}

// shows fails unless a page has all of the texts.
func (s *site) shows(path string, texts ...string) {
	s.t.Helper()
	body, status := s.page(path)
	if status != http.StatusOK {
		s.t.Fatalf("%s: %d\n%s", path, status, body)
	}
	for _, text := range texts {
		if !strings.Contains(body, text) {
			s.t.Errorf("%s does not show %q:\n%s", path, text, body)
		}
	}
}

const noop = `{"type":"noop","id":"%","dataSource":"wiki","runTime":3600000}`

func TestPageOfTasks(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, id := range []string{"a", "b"} {
		s.submit(strings.Replace(noop, "%", id, 1))
	}
	s.shows("/", "Overview", `<a href="/tasks/a">a</a>`, "1 of 1")
	s.shows("/tasks", `<a href="/tasks/a">a</a>`, `<a href="/tasks/b">b</a>`)
	s.shows("/tasks?state=pending&datasource=wiki&type=noop&id=b", `<a href="/tasks/b">b</a>`)
	s.shows("/tasks?id=nothing", "No task matches")
	if body, _ := s.page("/tasks?state=pending"); strings.Contains(body, `"/tasks/a"`) {
		t.Error("a task that runs is among those that are pending")
	}
	if body, status := s.page("/tasks?state=odd"); status != 400 || !strings.Contains(body, "waiting, pending, running, success, failed") {
		t.Errorf("an odd state: %d %s", status, body)
	}
	s.shows("/tasks/b", "Why it waits", "1 of 1 are in use, and it is the next")

	if body, status := s.post("/tasks/a/cancel", nil); status != 200 || !strings.Contains(body, "Shutdown request from user") {
		t.Errorf("cancel: %d %s", status, body)
	}
	if body, status := s.post("/tasks", url.Values{"action": {"cancel"}, "id": {"a", "b"}, "back": {"type=noop"}}); status != 200 || !strings.Contains(body, "2 tasks were cancelled.") {
		t.Errorf("cancel marked ones: %d %s", status, body)
	}
	if status := s.wait("b"); status.State != "FAILED" {
		t.Errorf("b is %s", status.State)
	}
	if body, status := s.post("/tasks", url.Values{"action": {"again"}, "id": {"b"}}); status != 200 || !strings.Contains(body, "1 task was submitted again.") {
		t.Errorf("again: %d %s", status, body)
	}
	s.until("/tasks?state=running", "/tasks/noop_") // as soon as the slot of a is free
	for form, want := range map[string]int{"action=cancel": 400, "action=odd&id=a": 400, "action=cancel&id=none": 404} {
		values, err := url.ParseQuery(form)
		if err != nil {
			t.Fatal(err)
		}
		if body, status := s.post("/tasks", values); status != want {
			t.Errorf("%s: %d, want %d: %s", form, status, want, body)
		}
	}
	if body, status := s.page("/tasks/none"); status != 404 || !strings.Contains(body, "There is no such task: none") {
		t.Errorf("no task: %d %s", status, body)
	}
}

// A list goes on behind the last task of a page, and back to its beginning.
func TestPagesOfTheList(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for range 101 {
		s.submit(`{"type":"noop","dataSource":"wiki","runTime":3600000}`)
	}
	body, _ := s.page("/tasks?datasource=wiki")
	_, rest, there := strings.Cut(body, `<a href="/tasks?after=`)
	if !there || strings.Count(body, `type="checkbox"`) != 100 {
		t.Fatal(body)
	}
	r, w := httptest.NewRequest(http.MethodGet, s.URL+"/tasks?datasource=wiki", nil), httptest.NewRecorder()
	r.Header.Set("Accept-Encoding", "gzip")
	if s.Config.Handler.ServeHTTP(w, r); w.Body.Len() > 20_000 {
		t.Errorf("a page of 100 tasks has %d bytes, packed", w.Body.Len())
	}
	next, _, _ := strings.Cut(rest, `"`)
	body, _ = s.page("/tasks?after=" + next)
	if n := strings.Count(body, `type="checkbox"`); n != 1 || !strings.Contains(body, ">Newest</a>") || strings.Contains(body, ">Older</a>") {
		t.Errorf("the second page has %d tasks:\n%s", n, body)
	}
}

// reads is a task that reads rows.
func reads(id, rows string) string {
	text, err := json.Marshal(rows)
	if err != nil {
		panic(err)
	}
	return `{"type":"index_parallel","id":"` + id + `","spec":{"dataSchema":{"dataSource":"visits","timestampSpec":{"column":"t","format":"iso"},
"dimensionsSpec":{"dimensions":["city"]},"granularitySpec":{"segmentGranularity":"DAY","rollup":false}},
"ioConfig":{"type":"index_parallel","inputSource":{"type":"inline","data":` + string(text) + `},"inputFormat":{"type":"json"}},
"tuningConfig":{"type":"index_parallel","logParseExceptions":true,"maxSavedParseExceptions":10,"maxParseExceptions":100}}}`
}

func TestPageOfIngestion(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.wait(s.submit(reads("r", `{"t":"2026-03-01","city":"Oslo"}`+"\n"+`{"t":"<script>alert(1)</script>","city":"x"}`+"\n"+`{"t":"2026-03-03","city":"Bonn"}`)))
	s.shows("/tasks/r", "Rows that did not parse", "row left out", "published segments=2", "<dd>2</dd>", `"dataSource": "visits"`)
	if answer, err := s.Client().Get(s.URL + "/tasks/r"); err != nil {
		t.Error(err)
	} else if body, err := io.ReadAll(answer.Body); err != nil || strings.Contains(string(body), "<script>alert") {
		t.Errorf("%v: what a row holds is not escaped:\n%s", err, body)
	}
	if answer, err := s.Client().Get(s.URL + "/tasks/r/log"); err != nil {
		t.Error(err)
	} else if log, err := io.ReadAll(answer.Body); err != nil || !strings.Contains(string(log), "task ended") || answer.Header.Get("Content-Type") != "text/plain; charset=utf-8" {
		t.Errorf("log: %v %s", err, log)
	}
	s.shows("/data", `<a href="/data/visits">visits</a>`)
	s.shows("/data/visits", "Gaps", "2026-03-02 / 2026-03-03", "<dd>2</dd>", "<code>city</code>", `<svg class="axis"`)

	interval := url.Values{"interval": {"2026-03-01/2026-03-02"}, "action": {"unused"}}
	if body, status := s.post("/data/visits", interval); status != 200 || !strings.Contains(body, "marked unused") || !strings.Contains(body, "2026-03-03 / 2026-03-04") || strings.Contains(body, "2026-03-01 / 2026-03-02</span></a>") || !strings.Contains(body, "Unused segments") {
		t.Errorf("unused: %d %s", status, body)
	}
	interval.Set("action", "kill")
	body, status := s.post("/data/visits", interval)
	if status != 200 || !strings.Contains(body, "kill") {
		t.Errorf("kill: %d %s", status, body)
	}
	if body, status := s.post("/data/visits", url.Values{"interval": {"soon"}, "action": {"unused"}}); status != 400 || !strings.Contains(body, "2026-03-01/2026-04-01") {
		t.Errorf("an odd interval: %d %s", status, body)
	}
	if body, status := s.page("/data/none"); status != 404 || !strings.Contains(body, "There is no data source none") {
		t.Errorf("no data source: %d %s", status, body)
	}
}

// A segment has a page with its columns, its rows and what hides it; the rows are shown some at a time.
func TestPageOfSegment(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	var rows strings.Builder
	for minute := range 120 {
		fmt.Fprintf(&rows, `{"t":"2026-03-01T%02d:%02d","city":"Oslo %d"}`+"\n", minute/60, minute%60, minute)
	}
	s.wait(s.submit(reads("old", rows.String())))
	link := func() string {
		t.Helper()
		body, _ := s.page("/data/visits")
		_, rest, there := strings.Cut(body, `<a href="/data/visits/`)
		path, _, _ := strings.Cut(rest, `"`)
		if !there {
			t.Fatal(body)
		}
		return "/data/visits/" + path
	}
	old := link()
	s.shows(old, "<dd>120</dd>", "all <small>of it", ">city</td>", ">dimension</td>", ">Oslo 0</td>", ">Oslo 99</td>", ">2026-03-01T01:59:00.000Z</td>", "1 to 50 of 120", `<a href="?from=50#rows" rel="next">`, "numbered", `"type": "local"`)
	s.shows(old+"?from=50", "51 to 100 of 120", `<td>Oslo 50</td>`, `?from=0#rows" rel="prev"`, `?from=100#rows" rel="next"`)
	if body, _ := s.page(old + "?from=100"); !strings.Contains(body, "101 to 120 of 120") || strings.Contains(body, `rel="next"`) {
		t.Errorf("the last rows: %s", body)
	}
	s.shows(old+"?from=5000", "There is no row 5,001: it has 120.", `?from=70#rows" rel="prev"`)
	s.wait(s.submit(reads("new", `{"t":"2026-03-01","city":"Bonn"}`)))
	fresh := link()
	s.shows(old, "Hidden by", `<a href="`+fresh+`">`, "nothing <small>of it", "newer ones hide it")
	s.shows(fresh, "Hides, all or a part", `<a href="`+old+`">`, "<td>Bonn</td>")
	s.post("/data/visits", url.Values{"interval": {"2026-03-01/2026-03-02"}, "action": {"unused"}})
	s.shows(fresh, "it is marked unused", "Unused since", "<td>Bonn</td>")
	s.shows("/data", "<h2>Unused</h2>", `<a href="/data/visits">visits</a>`)
	for path, want := range map[string]int{fresh + "?from=-1": 400, fresh + "?from=x": 400, "/data/visits/none": 404, strings.Replace(fresh, "/data/visits/", "/data/other/", 1): 404} {
		if body, status := s.page(path); status != want {
			t.Errorf("%s: %d, want %d: %s", path, status, want, body)
		}
	}
}

// What tasks of this process read is on the overview once half a minute has ended, as a curve and as a table, and is told to programs alike.
func TestRatesOfTheLastHour(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.shows("/", "The last hour")
	s.wait(s.submit(reads("r", strings.Repeat(`{"t":"2026-03-01","city":"Oslo"}`+"\n", 3000))))
	look := time.NewTicker(250 * time.Millisecond)
	defer look.Stop()
	for body := ""; !strings.Contains(body, `<svg class="axis curve" id="rows"`); body, _ = s.page("/") {
		select {
		case <-look.C:
		case <-t.Context().Done():
			t.Fatalf("no curve is shown: %s", body)
		}
	}
	s.shows("/", "Rows: ", " rows/s at ", "at most 100 rows/s at ", `<svg class="axis curve" id="bytes"`, `<td class="n">100</td>`)
	rates, err := s.client.Rates(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	rows := 0.0
	for _, r := range rates {
		rows += 30 * r.RowsPerSecond
	}
	if math.Round(rows) != 3000 {
		t.Errorf("%v rows: %v", rows, rates)
	}
}

// What is wrong with a spec is told with the line where it is.
func TestSubmitPage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	form, _ := s.page("/submit")
	_, spec, _ := strings.Cut(form, `autocomplete="off">`)
	spec, _, _ = strings.Cut(strings.TrimLeft(spec, "\r\n"), "</textarea>")
	body, status := s.post("/submit", url.Values{"spec": {spec}})
	if status != 200 || !strings.Contains(body, "index_parallel_example_") {
		t.Fatalf("the example: %d %s", status, body)
	}
	if body, status := s.post("/submit", url.Values{"spec": {spec}, "action": {"check"}}); status != 200 || !strings.Contains(body, "The server would take this task") {
		t.Errorf("check: %d %s", status, body)
	}
	if body, status := s.post("/submit", url.Values{"spec": {`{"type":"noop","runTime":"x"}`}, "action": {"check"}}); status != 400 || !strings.Contains(body, "runTime") {
		t.Errorf("check of what is wrong: %d %s", status, body)
	}
	if list, _ := s.page("/tasks"); strings.Count(list, `type="checkbox"`) != 1 {
		t.Errorf("what was only checked was taken: %s", list)
	}
	for _, c := range []struct{ about, from, to, says, line string }{
		{"no JSON", `"spec": {`, `"spec" {`, "Line 3, column 10", ` data-line="3"`},
		{"no type", `"type": "index_parallel",
  "spec"`, `"spec"`, `JSON object with a "type"`, ""},
		{"an odd type", `{
  "type": "index_parallel"`, `{
  "type": "odd"`, "odd", ""},
		{"a field", `"segmentGranularity": "DAY"`, `"segmentGranularity": "DAILY"`, "DAILY", ` data-line="8"`},
		{"a list", `"name": "visitors"`, `"nam": "visitors"`, "dimensions[1]", ` data-line="7"`},
		{"nothing", spec, " ", "The spec is empty", ""},
	} {
		if !strings.Contains(spec, c.from) {
			t.Fatalf("%s: the example has no %s", c.about, c.from)
		}
		body, status := s.post("/submit", url.Values{"spec": {strings.Replace(spec, c.from, c.to, 1)}})
		if status != 400 || !strings.Contains(body, c.says) || !strings.Contains(body, c.line) {
			t.Errorf("%s: %d, want %q and %q in\n%s", c.about, status, c.says, c.line, body)
		}
	}
	s.submit(strings.Replace(noop, "%", "mine", 1))
	body, _ = s.page("/submit?from=mine")
	if strings.Contains(body, `"id": "mine"`) || !strings.Contains(body, `"runTime": 3600000`) || strings.Contains(body, `"groupId"`) {
		t.Errorf("again: %s", body)
	}
}

func TestPageOfSupervisors(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	spec := `{"type":"ovate_scheduled_task","id":"nightly","schedulerConfig":{"type":"unix","schedule":"0 3 * * *"},"task":{"type":"noop","dataSource":"wiki"}}`
	for _, schedule := range []string{"0 3", "0 4"} {
		if body, status := s.post("/submit", url.Values{"spec": {strings.Replace(spec, "0 3", schedule, 1)}}); status != 200 {
			t.Fatalf("%d %s", status, body)
		}
	}
	s.shows("/supervisors", `<a href="/supervisors/nightly">nightly</a>`)
	s.shows("/supervisors/nightly", "ovate_scheduled_task", `class="plus">+`, `"schedule": "0 4 * * *"`, "The first that is kept")
	for action, want := range map[string]string{"suspend": "suspended", "odd": "There is no action"} {
		if body, _ := s.post("/supervisors/nightly", url.Values{"action": {action}}); !strings.Contains(body, want) {
			t.Errorf("%s: %s", action, body)
		}
	}
	if body, _ := s.post("/supervisors/nightly", url.Values{"action": {"resume"}}); !strings.Contains(body, ">Suspend<") {
		t.Errorf("resume: %s", body)
	}
	if body, status := s.post("/supervisors/nightly", url.Values{"action": {"reset"}}); status < 400 || !strings.Contains(body, "role=\"alert\"") {
		t.Errorf("reset of what reads no stream: %d %s", status, body)
	}
	if body, _ := s.post("/supervisors/nightly", url.Values{"action": {"terminate"}}); strings.Contains(body, "nightly") {
		t.Errorf("terminate: %s", body)
	}
	if body, status := s.page("/supervisors/nightly"); status != 404 {
		t.Errorf("one that is gone: %d %s", status, body)
	}
}

// A task that waits for a lock says who has it, and the page of locks does.
func TestPageOfLocks(t *testing.T) {
	t.Parallel()
	s := newSite(t, "druid.worker.capacity", "2")
	release := make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		<-release
		_, _ = w.Write([]byte(`{"t":"2026-03-01","city":"Oslo"}`))
	}))
	defer slow.Close()
	defer close(release)
	task := `{"type":"index_parallel","id":"%","spec":{"dataSchema":{"dataSource":"visits","timestampSpec":{"column":"t","format":"iso"},"dimensionsSpec":{"dimensions":["city"]},
"granularitySpec":{"segmentGranularity":"DAY","intervals":["2026-03-01/2026-03-02"]}},
"ioConfig":{"type":"index_parallel","inputSource":{"type":"http","uris":["` + slow.URL + `"]},"inputFormat":{"type":"json"}}}}`
	s.submit(strings.Replace(task, "%", "first", 1))
	s.until("/locks", `<a href="/tasks/first">first</a>`)
	s.submit(strings.Replace(task, "%", "second", 1))
	s.until("/tasks/second", "It needs a lock over")
	s.shows("/tasks/second", `<a href="/tasks/first">first</a>`, "holds one (exclusive, priority 50)")
	s.shows("/tasks/first", "exclusive")
	s.shows("/locks?datasource=none", "No task holds a lock of none")
}

// until asks for a page until it has a text: some things come to be a moment after a task was taken.
func (s *site) until(path, text string) {
	s.t.Helper()
	for s.t.Context().Err() == nil {
		if body, _ := s.page(path); strings.Contains(body, text) {
			return
		}
	}
	s.t.Fatalf("%s never shows %q", path, text)
}

func TestOtherPages(t *testing.T) {
	t.Parallel()
	s := newSite(t, "druid.no.such.property", "<b>odd</b>", "druid.metadata.storage.connector.password", "never-shown")
	s.shows("/configuration", "druid.worker.capacity", "It has no effect here.", "<b>odd</b>", "Configure")
	if body, _ := s.page("/configuration"); strings.Contains(body, "never-shown") {
		t.Error("the configuration shows a password")
	}
	s.shows("/workers", "0 of 1 slot is in use", "It runs no task")
	s.shows("/data", "There are no segments yet")
	s.shows("/supervisors", "There are none")
	s.shows("/reference", `href="/reference/submitTask"`, "POST /api/v1/tasks", "own surface")
	s.shows("/reference/submitTask", "curl -X POST", "/api/v1/tasks</pre>", "Idempotency-Key", `<h3 id="Problem">`)
	if body, status := s.page("/tasks/a/b/c"); status != 404 || !strings.Contains(body, "There is no such page") {
		t.Errorf("%d %s", status, body)
	}
	if body, status := s.post("/workers", url.Values{"host": {"x:1"}, "action": {"disable"}}); status != 409 || !strings.Contains(body, "httpRemote") {
		t.Errorf("%d %s", status, body)
	}
	// Druid's own surface stays as it is.
	if answer, err := s.Client().Get(s.URL + "/druid/nowhere"); err != nil || answer.StatusCode != 404 || answer.Header.Get("Content-Type") != "" {
		t.Errorf("%v %v", answer, err)
	}
}

// A form of a page elsewhere does nothing.
func TestFormsOfOthers(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.submit(strings.Replace(noop, "%", "victim", 1))
	for path, form := range map[string]string{"/tasks/victim/cancel": "", "/tasks": "action=cancel&id=victim", "/submit": "spec=%7B%22type%22%3A%22noop%22%7D"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+path, strings.NewReader(form))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", "http://evil.example")
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		answer, err := s.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %d", path, answer.StatusCode)
		}
	}
	if status, err := s.client.Status(t.Context(), "victim"); err != nil || status.State != "RUNNING" {
		t.Errorf("%v %v", status, err)
	}
}

// A page hears that a task has come, and goes on where its connection broke.
func TestChangesArePushed(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	events, last := s.events("")
	if data := <-events; data != "{}" {
		t.Fatalf("it begins with %s", data)
	}
	s.submit(strings.Replace(noop, "%", "one", 1))
	for !strings.Contains(<-events, `"one"`) { // {} comes before, as the queue begins to be followed
	}
	again, _ := s.events(last())
	if data := <-again; data != "{}" {
		t.Fatalf("it begins with %s", data)
	}
	s.submit(strings.Replace(noop, "%", "two", 1))
	for !strings.Contains(<-again, `"two"`) {
	}
}

// events are the data of what is pushed, and the id of the last of them.
func (s *site) events(from string) (<-chan string, func() string) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.URL+"/events", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	if from != "" {
		r.Header.Set("Last-Event-ID", from)
	}
	answer, err := s.Client().Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { answer.Body.Close() })
	if kind := answer.Header.Get("Content-Type"); kind != "text/event-stream" {
		s.t.Fatal(kind)
	}
	data, ids := make(chan string, 100), make(chan string, 100)
	go func() {
		defer close(data)
		for lines := bufio.NewScanner(answer.Body); lines.Scan(); {
			if id, is := strings.CutPrefix(lines.Text(), "id: "); is {
				ids <- id
			}
			if text, is := strings.CutPrefix(lines.Text(), "data: "); is {
				data <- text
			}
		}
	}()
	return data, func() string { return <-ids }
}

// The list tells what is not due yet, and a task how often it was tried, what it came after, and its labels.
func TestPageOfSubmissions(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.submit(strings.Replace(noop, "%", "a", 1))
	for _, body := range []string{
		`{"task":` + strings.Replace(noop, "%", "b", 1) + `,"after":["a"],"onFailure":"run","retry":{"maxAttempts":3},"labels":{"team":"data"}}`,
		`{"task":` + strings.Replace(noop, "%", "c", 1) + `,"notBefore":"2100-01-01T00:00:00Z"}`,
	} {
		response, err := http.Post(s.URL+"/api/v1/submissions", "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if response.Body.Close(); response.StatusCode != 201 {
			t.Fatal(response.Status)
		}
	}
	response, err := http.Post(s.URL+"/api/v1/webhooks", "application/json", strings.NewReader(`{"url":"https://hooks.invalid/told","secret":"0123456789abcdef","events":["task.failed"]}`))
	if err != nil || response.StatusCode != 201 {
		t.Fatal(response, err)
	}
	response.Body.Close()
	s.shows("/webhooks", "https://hooks.invalid/told", "task.failed", "Still to be told")
	s.shows("/tasks", "Not due yet", "a has to end before.", "It is due at 2100-01-01T00:00:00.000Z.")
	if body, _ := s.page("/tasks?type=noop"); strings.Contains(body, "Not due yet") {
		t.Error("a list by a filter has what is not due")
	}
	s.post("/tasks/a/cancel", nil)
	for {
		if body, status := s.page("/tasks/b"); status == 200 && strings.Contains(body, "team=data") {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	s.shows("/tasks/b", "1 of 3 at most", `Came after</dt><dd><a href="/tasks/a">a</a>`, "team=data")
}
