package v1_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// submitted is a submission in an answer.
type submitted struct {
	ID, State, Task, Error, WaitsFor, NotBefore string
	Attempt                                     int
	After                                       []struct{ ID, Ended string }
	Labels                                      map[string]string
}

// waitSubmission waits until a submission has a state.
func (s *server) waitSubmission(id, state string) submitted {
	s.t.Helper()
	for {
		got := decode[submitted](s.t, s.expect(200, "", "GET", "/api/v1/submissions/"+id, ""))
		if got.State == state {
			return got
		}
		if got.State == "SUCCESS" || got.State == "FAILED" || s.t.Context().Err() != nil {
			s.t.Fatalf("submission %s is %+v, and not %s", id, got, state)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

const noop = `{"type":"noop","id":%q,"dataSource":"d","runTime":%d}`

// broken is a task that fails by itself.
const broken = `{"type":"index_parallel","id":%q,"spec":{"dataSchema":{"dataSource":"d","timestampSpec":{"column":"t"},"dimensionsSpec":{}},` +
	`"ioConfig":{"type":"index_parallel","inputSource":{"type":"inline","data":"{\"t\":\"no time\"}"},"inputFormat":{"type":"json"}},"tuningConfig":{"type":"index_parallel","maxParseExceptions":0}}}`

func (s *server) submit(status int, begins, task, more string) answer {
	s.t.Helper()
	return s.expect(status, begins, "POST", "/api/v1/submissions", `{"task":`+task+more+`}`)
}

// TestSubmissionAfter: what comes after others is submitted once they have succeeded, and fails with them unless it is to run all the same.
func TestSubmissionAfter(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.submit(201, `{"id":"first"`, fmt.Sprintf(noop, "first", 600000), "")
	s.submit(201, `{"id":"second"`, fmt.Sprintf(noop, "second", 1), `,"after":["first"]`)
	s.submit(201, `{"id":"third"`, fmt.Sprintf(noop, "third", 1), `,"after":["second","first"]`)
	s.submit(201, `{"id":"anyhow"`, fmt.Sprintf(noop, "anyhow", 1), `,"after":["first"],"onFailure":"run"`)
	s.waitSubmission("first", "SUBMITTED")
	if got := s.waitSubmission("third", "WAITING"); got.WaitsFor != "second and another one have to end before." || got.Task != "" {
		t.Errorf("third: %+v", got)
	}
	s.expect(404, "", "GET", "/api/v1/tasks/second", "")
	s.expect(200, "", "POST", "/druid/indexer/v1/task/first/shutdown", "")
	if got := s.waitSubmission("first", "FAILED"); got.Error != "Shutdown request from user" {
		t.Errorf("first: %+v", got)
	}
	if got := s.waitSubmission("third", "FAILED"); !strings.Contains(got.Error, "has failed") {
		t.Errorf("third: %+v", got)
	}
	if got := s.waitSubmission("anyhow", "SUCCESS"); got.Task != "anyhow" || got.After[0].Ended != "FAILED" {
		t.Errorf("anyhow: %+v", got)
	}
	s.expect(404, "", "GET", "/api/v1/tasks/third", "")
	// After a task that is no submission, and after a submission that has ended.
	s.expect(201, "", "POST", "/api/v1/tasks", fmt.Sprintf(noop, "plain", 1))
	s.submit(201, "", fmt.Sprintf(noop, "last", 1), `,"after":["plain","anyhow"]`)
	if got := s.waitSubmission("last", "SUCCESS"); got.After[0].Ended != "SUCCESS" {
		t.Errorf("last: %+v", got)
	}
	if payload := s.expect(200, "", "GET", "/druid/indexer/v1/task/last", "").body; !strings.Contains(payload, `"ovateSubmission":"last"`) {
		t.Errorf("the task is %s", payload)
	}
}

// TestSubmissionRetry: a task that fails is submitted once more under another id, as often as is wanted, and not where somebody has shut it down.
func TestSubmissionRetry(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.submit(201, "", fmt.Sprintf(broken, "broken"), `,"retry":{"maxAttempts":3,"backoff":"PT0.01S","maxBackoff":"PT0.02S"}`)
	s.submit(201, "", fmt.Sprintf(broken, "other"), `,"retry":{"maxAttempts":3,"backoff":"PT0S","errors":["quite another thing"]}`)
	s.submit(201, "", fmt.Sprintf(noop, "after", 1), `,"after":["broken"],"onFailure":"run"`)
	if got := s.waitSubmission("broken", "FAILED"); got.Task != "broken_attempt3" || got.Attempt != 3 || got.Error == "" {
		t.Errorf("broken: %+v", got)
	}
	for _, id := range []string{"broken", "broken_attempt2", "broken_attempt3"} {
		s.wait(id, "FAILED")
	}
	if payload := s.ask("GET", "/druid/indexer/v1/task/broken_attempt3", "").body; !strings.Contains(payload, `"ovateAttempt":3`) || !strings.Contains(payload, `"ovateSubmission":"broken"`) {
		t.Errorf("the task is %s", payload)
	}
	if got := s.waitSubmission("other", "FAILED"); got.Attempt != 1 {
		t.Errorf("other: %+v", got)
	}
	if got := s.waitSubmission("after", "SUCCESS"); got.After[0].Ended != "FAILED" {
		t.Errorf("after: %+v", got)
	}
	for id, end := range map[string]func(id string){
		"shut": func(id string) { s.expect(200, "", "POST", "/druid/indexer/v1/task/"+id+"/shutdown", "") },
		"many": func(id string) {
			s.expect(200, "", "POST", "/api/v1/tasks/cancel", `{"ids":["`+id+`"],"reason":"not now"}`)
		},
		"deleted": func(id string) { s.expect(200, "", "DELETE", "/api/v1/submissions/"+id+"?reason=never", "") },
	} {
		s.submit(201, "", fmt.Sprintf(noop, id, 600000), `,"retry":{"maxAttempts":5,"backoff":"PT0S"}`)
		s.waitSubmission(id, "SUBMITTED")
		end(id)
		if got := s.waitSubmission(id, "FAILED"); got.Attempt != 1 {
			t.Errorf("%s: %+v", id, got)
		}
	}
}

// TestSubmissionsLast: what waits when the server stops waits afterwards, and what was due meanwhile is submitted then. A key stands for it.
func TestSubmissionsLast(t *testing.T) {
	t.Parallel()
	properties := map[string]string{"ovate.data": t.TempDir(), "ovate.listen": "127.0.0.1:0"}
	s, stop := startServer(t, properties)
	keyed := `{"task":{"type":"noop","dataSource":"d","runTime":1},"notBefore":"2100-01-01T00:00:00Z","labels":{"team":"data"}}`
	first := s.expect(201, "", "POST", "/api/v1/submissions", keyed, "Idempotency-Key", "k")
	id := decode[submitted](t, first).ID
	soon := time.Now().Add(time.Second).UTC().Format("2006-01-02T15:04:05.000Z")
	s.submit(201, "", fmt.Sprintf(noop, "soon", 1), `,"notBefore":"`+soon+`"`)
	stop()
	s, _ = startServer(t, properties)
	s.waitSubmission("soon", "SUCCESS")
	again := s.expect(201, "", "POST", "/api/v1/submissions", keyed, "Idempotency-Key", "k")
	if got := decode[submitted](t, again); got.ID != id || again.header.Get("Idempotency-Replayed") != "true" || got.Labels["team"] != "data" || got.NotBefore != "2100-01-01T00:00:00.000Z" {
		t.Errorf("again: %+v", got)
	}
	s.expect(422, `{"type":"urn:ovate:problem:key-reused"`, "POST", "/api/v1/submissions", keyed+" ", "Idempotency-Key", "k")
	if got := decode[submitted](t, s.expect(200, "", "DELETE", "/api/v1/submissions/"+id, "")); got.State != "FAILED" || got.Error != "Cancelled by user" {
		t.Errorf("cancelled: %+v", got)
	}
	var page struct {
		Submissions []submitted
		Next        string
	}
	for query, want := range map[string]int{"": 0, "?ended=true": 2, "?ended=true&limit=1": 1} {
		if page = decode[struct {
			Submissions []submitted
			Next        string
		}](t, s.expect(200, "", "GET", "/api/v1/submissions"+query, "")); len(page.Submissions) != want {
			t.Errorf("%s: %+v", query, page)
		}
	}
}

// TestSubmissionFaults: what cannot be taken is refused with the place where.
func TestSubmissionFaults(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.submit(201, "", fmt.Sprintf(noop, "there", 1), "")
	for more, pointer := range map[string]string{
		`,"after":["unknown"]`:                              "/after",
		`,"after":["x"]`:                                    "/after", // itself
		`,"after":["there","there"]`:                        "/after",
		`,"onFailure":"run"`:                                "/onFailure",
		`,"after":["there"],"onFailure":"wait"`:             "/onFailure",
		`,"retry":{}`:                                       "/retry/maxAttempts",
		`,"retry":{"maxAttempts":101}`:                      "/retry/maxAttempts",
		`,"retry":{"maxAttempts":2,"backoff":"30s"}`:        "/retry/backoff",
		`,"retry":{"maxAttempts":2,"maxBackoff":"P9999Y"}`:  "/retry/maxBackoff",
		`,"retry":{"maxAttempts":2,"errors":[""]}`:          "/retry/errors",
		`,"labels":{"a b":"c"}`:                             "/labels",
		`,"labels":{"a":"` + strings.Repeat("x", 64) + `"}`: "/labels",
	} {
		got := s.submit(422, `{"type":"urn:ovate:problem:invalid-spec"`, fmt.Sprintf(noop, "x", 1), more)
		if !strings.Contains(got.body, `"pointer":"`+pointer+`"`) {
			t.Errorf("%s: %s", more, got.body)
		}
	}
	if got := s.submit(422, "", `{"type":"noop","runTime":"x"}`, ""); !strings.Contains(got.body, `"pointer":"/task/runTime"`) {
		t.Errorf("a fault of the task: %s", got.body)
	}
	s.submit(409, `{"type":"urn:ovate:problem:id-taken"`, fmt.Sprintf(noop, "there", 1), "")
	for _, body := range []string{`{}`, `[]`, `{"task":{"type":"noop"},"unknown":1}`, `{"task":1}`, `{"task":{"type":"noop"},"notBefore":"soon"}`} {
		if got := s.ask("POST", "/api/v1/submissions", body); got.status != 400 && got.status != 422 {
			t.Errorf("%s: %d %s", body, got.status, got.body)
		}
	}
	for more, says := range map[string]string{
		`"notBefore":"soon"`: "[/notBefore]: Invalid format", `"NotBefore":"2100-01-01"`: "unknown field [/NotBefore]", `"after":null`: "[/after] is null",
		`"retry":{"attempts":1}`: "unknown field [/retry/attempts]", `"labels":{"a":1}`: "field [labels] is a number, but must be a text",
	} {
		if got := s.submit(400, "", fmt.Sprintf(noop, "x", 1), ","+more); !strings.Contains(got.body, says) {
			t.Errorf("%s: %s", more, got.body)
		}
	}
	s.expect(404, "", "GET", "/api/v1/submissions/none", "")
	s.expect(404, "", "DELETE", "/api/v1/submissions/none", "")
	s.expect(400, "", "GET", "/api/v1/submissions?cursor=!", "")
}

// TestSubmissionFields: fields are taken by their exact names alone, and null is none of their values, as in all bodies.
func TestSubmissionFields(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	task := fmt.Sprintf(noop, "one", 1)
	for body, says := range map[string]string{
		`{"Task":` + task + `}`:                                       "unknown field [/Task]",
		`{"task":` + task + `,"notBefore":null}`:                      "[/notBefore] is null",
		`{"task":` + task + `,"retry":{"maxAttempts":2,"Errors":[]}}`: "unknown field [/retry/Errors]",
		`{"task":` + task + `,"labels":{"team":null}}`:                "[/labels/team] is null",
		`{"task":` + task + `,"after":[],"after":[]}`:                 "after",
		`{"task":` + task + `,"notBefore":"tomorrow"}`:                "notBefore",
		`{"task":` + task + `,"retry":{"maxAttempts":"2"}}`:           "maxAttempts",
	} {
		if got := s.expect(400, "", "POST", "/api/v1/submissions", body); !strings.Contains(got.body, says) {
			t.Errorf("%s: %s", body, got.body)
		}
	}
	s.expect(404, "", "GET", "/api/v1/submissions/one", "")
}
