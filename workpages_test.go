package ovate_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

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
	s.shows("/supervisors/nightly", "ovate_scheduled_task", `class="plus">+`, `"schedule": "0 4 * * *"`, "The first that is kept", " UTC</h3>", "<summary>Terminate</summary>", "Due next", " 04:00:00 UTC", "Run its task now")
	if body, status := s.post("/supervisors/nightly", url.Values{"action": {"run"}}); status != 200 || !strings.Contains(body, `<h1 class="id">nightly_`) {
		t.Errorf("run now: %d %s", status, body)
	}
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

// The list tells what is not due yet, and a task how often it was tried, what it came after, and its labels.
func TestPageOfSubmissions(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.submit(strings.Replace(noop, "%", "a", 1))
	for _, body := range []string{
		`{"task":` + strings.Replace(noop, "%", "b", 1) + `,"after":["a"],"onFailure":"run","retry":{"maxAttempts":3},"labels":{"team":"data"}}`,
		`{"task":` + strings.Replace(noop, "%", "c", 1) + `,"notBefore":"2100-01-01T00:00:00Z"}`,
	} {
		s.hand(body)
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
	s.shows("/tasks/b", "It is no task yet.", "a has to end before.", `<a href="/tasks/a">a</a>`, "3 at most", "team=data", "Cancel it")
	s.post("/tasks/a/cancel", nil)
	for {
		if body, status := s.page("/tasks/b"); status == 200 && strings.Contains(body, "1 of 3 at most") {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	s.shows("/tasks/b", "1 of 3 at most", `Came after</dt><dd><a href="/tasks/a">a</a>`, `<a href="/tasks?label=team%3ddata">team=data</a>`)
	s.shows("/tasks?label=team%3Ddata", `href="/tasks/b"`, `value="team=data"`)
	for _, path := range []string{"/tasks?label=team%3Ddata", "/tasks?label=team%3Ddata&type=kill", "/tasks?label=team%3Dweb"} {
		if body, status := s.page(path); status != 200 || strings.Contains(body, `href="/tasks/a"`) || strings.Contains(body, `href="/tasks/b"`) != (path == "/tasks?label=team%3Ddata") || strings.Contains(body, "Not due yet") {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
	if body, status := s.page("/tasks?label=team"); status != 400 || !strings.Contains(body, "must be KEY=VALUE") {
		t.Errorf("what is no label: %d %s", status, body)
	}

	// What is not due is cancelled on its page, and what comes after it has failed then, of which the lists tell, as there is no task that does.
	s.hand(`{"task":` + strings.Replace(noop, "%", "d", 1) + `,"after":["c"]}`)
	s.post("/tasks/c/cancel", nil)
	s.shows("/tasks/c", "Shutdown request from user")
	for {
		if body, _ := s.page("/tasks/d"); strings.Contains(body, "c, which it comes after, has failed") {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	for _, path := range []string{"/tasks", "/tasks?state=failed"} {
		s.shows(path, "Never submitted", `<a href="/tasks/d">d</a>`)
		if body, _ := s.page(path); strings.Contains(body, `href="/tasks/c"`) {
			t.Errorf("%s tells of what somebody has cancelled", path)
		}
	}
	s.shows("/", "1 submission of the last 24 hours failed before a task was made.")
	if _, status := s.page("/tasks/none"); status != 404 {
		t.Errorf("what is neither task nor submission: %d", status)
	}
}

// A task that is tried again says so, however long its spec is, and its page ends that.
func TestPageOfTaskThatIsTriedAgain(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	rows := strings.Repeat(`none\n`, 5000)
	s.hand(`{"task":{"type":"index_parallel","id":"long","spec":{"dataSchema":{"dataSource":"d","timestampSpec":{"column":"t"},"dimensionsSpec":{},"granularitySpec":{"rollup":false}},
"ioConfig":{"type":"index_parallel","inputSource":{"type":"inline","data":"` + rows + `"},"inputFormat":{"type":"json"}},"tuningConfig":{"type":"index_parallel","maxParseExceptions":0}}},
"retry":{"maxAttempts":5,"backoff":"PT10H"},"labels":{"team":"data"}}`)
	for {
		if body, _ := s.page("/tasks/long"); strings.Contains(body, "It is submitted once more.") {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	s.shows("/tasks/long", "Attempt 2 begins at", "Do not try again", "team=data", "1 of 5 at most")
	s.post("/tasks/long/cancel", nil)
	if body, _ := s.page("/tasks/long"); strings.Contains(body, "once more") || !strings.Contains(body, "Max parse exceptions") {
		t.Errorf("after it was told not to try again: %s", body)
	}
}

// hand hands in a submission.
func (s *site) hand(body string) {
	s.t.Helper()
	response, err := http.Post(s.URL+"/api/v1/submissions", "application/json", strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	if response.Body.Close(); response.StatusCode != http.StatusCreated {
		s.t.Fatal(response.Status)
	}
}
