package ovate

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// An administrator sees who is logged in, by /api/v1 and at /metrics, and whose session he ends is led to the login by his next request.
func TestSessionsAreEnded(t *testing.T) {
	t.Parallel()
	properties := secured(t.TempDir())
	properties["ovate.auth.session.idle"] = "PT1H"
	cfg, err := Configure(properties)
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(t.Context(), Options{Config: cfg})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Stop(t.Context()); err != nil {
			t.Error(err)
		}
	}()
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("POST", "http://localhost/login", strings.NewReader(url.Values{"user": {"admin"}, "password": {"first"}}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	in := httptest.NewRecorder()
	s.ServeHTTP(in, r)
	if len(in.Result().Cookies()) != 1 {
		t.Fatalf("%d %v", in.Code, in.Header())
	}
	browse := func(path string) *httptest.ResponseRecorder {
		r := httptest.NewRequest("GET", "http://localhost"+path, nil)
		r.Header.Set("Accept", "text/html")
		r.AddCookie(in.Result().Cookies()[0])
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		return w
	}
	if w := browse("/sessions"); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "admin (you, here)") {
		t.Errorf("the page: %d %s", w.Code, w.Body)
	}
	if _, metrics := asked(s, "admin", "first", "GET", "/metrics", ""); !strings.Contains(metrics, "\novate_sessions 1\n") {
		t.Error("/metrics has no session")
	}
	var told struct{ Sessions []struct{ ID, User string } }
	if status, body := asked(s, "admin", "first", "GET", "/api/v1/sessions", ""); status != http.StatusOK || json.Unmarshal([]byte(body), &told) != nil || len(told.Sessions) != 1 || told.Sessions[0].User != "admin" {
		t.Fatalf("%d %s", status, body)
	}
	if status, body := asked(s, "admin", "first", "DELETE", "/api/v1/sessions/"+told.Sessions[0].ID, ""); status != http.StatusNoContent {
		t.Errorf("%d %s", status, body)
	}
	if w := browse("/tasks"); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/login?next=%2Ftasks" {
		t.Errorf("afterwards: %d %v", w.Code, w.Header())
	}
}
