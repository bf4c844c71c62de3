package v1_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
)

// TestParametersTwice: a parameter or a key that comes twice is refused, as nobody knows which one is meant; a key that is empty is none.
func TestParametersTwice(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for _, request := range []string{
		"GET /api/v1/tasks?dataSource=a&state=failed&dataSource=b", "GET /api/v1/tasks?label=a=b&label=c=d", "GET /api/v1/events?dataSource=d&dataSource=d", "DELETE /api/v1/submissions/x?reason=a&reason=b",
		"DELETE /api/v1/orphans?before=2020-01-01T00:00:00Z&before=", "POST /api/v1/uploads?name=x.csv&name=y.csv",
	} {
		method, path, _ := strings.Cut(request, " ")
		if got := s.expect(400, "", method, path, ""); !strings.Contains(got.body, "is given 2 times, but has one value.") {
			t.Errorf("%s: %s", request, got.body)
		}
	}
	for _, path := range []string{"/api/v1/tasks", "/api/v1/submissions"} {
		for told, keys := range map[string][]string{"is given 2 times": {"a", "b"}, "is empty": {""}} {
			r, err := http.NewRequestWithContext(t.Context(), "POST", s.url+path, strings.NewReader(`{"type":"noop","dataSource":"d"}`))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", "application/json")
			r.Header["Idempotency-Key"] = keys
			answer, err := s.http.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(answer.Body)
			if err := errors.Join(err, answer.Body.Close()); err != nil || answer.StatusCode != 400 || !strings.Contains(string(text), "Idempotency-Key "+told) {
				t.Errorf("%s with the keys %q: %d %s %v", path, keys, answer.StatusCode, text, err)
			}
		}
	}
}

// TestUnknownParameters: who misspells a parameter, or puts one where it does not belong, is told so, and nothing is done.
func TestUnknownParameters(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.expect(201, "", "POST", "/api/v1/tasks", `{"type":"noop","id":"stays","dataSource":"d","runTime":600000}`)
	for request, body := range map[string]string{
		"DELETE /api/v1/orphans?befor=2020-01-01T00:00:00Z": "", "POST /api/v1/tasks/cancel?dryRun=true": `{"all":true}`, "GET /api/v1/datasources?Rows=true": "", "GET /api/v1/schedules?limit=1": "",
		"GET /api/v1/orphans?csrf=x": "", "POST /api/v1/uploads?named=x.csv": "a,b", "GET /api/v1/openapi.json?x": "",
	} {
		method, path, _ := strings.Cut(request, " ")
		if got := s.expect(400, "", method, path, body); !strings.Contains(got.body, "is not known here. There are ") {
			t.Errorf("%s: %s", request, got.body)
		}
	}
	s.wait("stays", "RUNNING")
	s.expect(200, `{"dryRun":true,"matched":1,`, "POST", "/api/v1/tasks/cancel?csrf=x", `{"all":true,"dryRun":true}`)
}
