package api

import (
	"net/http"
	"testing"
)

func TestPathsAndVerbs(t *testing.T) {
	t.Parallel()
	tests := []struct {
		method, path string
		status       int
		allow        string
	}{
		{"GET", "/", 404, ""},
		{"GET", "/nope", 404, ""},
		{"GET", "/druid/indexer/v1", 404, ""},
		{"GET", "/druid/indexer/v1/nope", 404, ""},
		{"GET", "/druid/indexer/v1//tasks", 404, ""},
		{"GET", "/druid/indexer/v1/tasks//", 404, ""},
		{"GET", "/druid/indexer/v1/tasks/", 200, ""},
		{"GET", "/druid/indexer/v1/task//status", 404, ""},
		{"POST", "/druid/indexer/v1/tasks", 405, "HEAD,GET,OPTIONS"},
		{"GET", "/druid/indexer/v1/task", 405, "POST,OPTIONS"},
		{"PUT", "/druid/indexer/v1/task", 405, "POST,OPTIONS"},
		{"HEAD", "/status/health", 405, "GET,POST,PUT,DELETE"},
		{"OPTIONS", "/status/health", 405, "GET,POST,PUT,DELETE"},
		{"PATCH", "/nope", 405, "GET,POST,PUT,DELETE"},
		{"POST", "/druid/indexer/v1/lockedIntervals", 404, ""},
	}
	for _, test := range tests {
		w := setup().answer(test.method, test.path, "")
		if w.Code != test.status || w.Header().Get("Allow") != test.allow {
			t.Errorf("%s %s: %d, Allow %q; want %d, Allow %q", test.method, test.path, w.Code, w.Header().Get("Allow"), test.status, test.allow)
		}
		if w.Code != http.StatusOK && (w.Body.Len() > 0 || w.Header().Get("Content-Type") != "") {
			t.Errorf("%s %s: %d has a body %q of type %q", test.method, test.path, w.Code, w.Body, w.Header().Get("Content-Type"))
		}
	}
}

// TestPathParameters shows that an id is percent-decoded exactly once, whatever it contains.
func TestPathParameters(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"plain":                      "plain",
		"a%20b":                      "a b",
		"a+b":                        "a+b",
		"x_2026-11-23T19:32:00.288Z": "x_2026-11-23T19:32:00.288Z",
		"100%25":                     "100%",
		"%2525":                      "%25",
		"%c3%a9t%C3%A9":              "été",
		"été":                        "été",
		"%ff":                        "\uFFFD",
		"a;b=c":                      "a;b=c",
		"a%3Fb%23c":                  "a?b#c",
	}
	var rt router
	rt.add("GET", "/task/{id}/status", route{})
	for path, want := range tests {
		at, params := rt.find("/task/" + path + "/status")
		if at == nil || len(params) != 1 || params[0] != want {
			t.Errorf("%s: got %q, want %q", path, params, want)
		}
	}
	w := setup().answer("GET", "/druid/indexer/v1/task/a%2Fb/status", "")
	if w.Code != 400 || w.Body.String() != `{"error":"Invalid value for field [taskId]: Value [a/b] cannot contain '/'."}` {
		t.Errorf("an id with a slash: %d %s", w.Code, w.Body)
	}
}

// TestLiteralBeforeParameter shows that a name wins over a parameter, and that its dead end is no obstacle.
func TestLiteralBeforeParameter(t *testing.T) {
	t.Parallel()
	var rt router
	rt.add("GET", "/supervisor/history", route{})
	rt.add("GET", "/supervisor/{id}/status", route{})
	if at, params := rt.find("/supervisor/history"); at == nil || len(params) != 0 {
		t.Errorf("/supervisor/history: %v", params)
	}
	if at, params := rt.find("/supervisor/history/status"); at == nil || len(params) != 1 || params[0] != "history" {
		t.Errorf("/supervisor/history/status: %v", params)
	}
}
