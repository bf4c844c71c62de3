package profile

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// Profiles are for clients on this machine that ask for them directly.
func TestWhoMay(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from, header, method, path string
		code                       int
		body                       string
	}{
		{"127.0.0.1:5", "", "GET", "/debug/pprof/", 200, "/debug/pprof/goroutine ("},
		{"[::1]:5", "", "GET", "/debug/pprof/goroutine?debug=1", 200, "goroutine profile: total"},
		{"[::ffff:127.0.0.1]:5", "", "GET", "/debug/pprof/heap", 200, "\x1f\x8b"},
		{"127.0.0.1:5", "", "GET", "/debug/pprof/nosuch", 404, "no such profile"},
		{"127.0.0.1:5", "", "GET", "/debug/other", 404, "/debug/pprof/"},
		{"127.0.0.1:5", "", "GET", "/debug/pprof/trace?seconds=0", 400, "seconds=0: must be a number from 1 to 300"},
		{"127.0.0.1:5", "", "GET", "/debug/pprof/profile?seconds=x", 400, "seconds=x: must be"},
		{"127.0.0.1:5", "", "POST", "/debug/pprof/heap", 405, ""},
		{"10.0.0.1:5", "", "GET", "/debug/pprof/", 403, "this machine alone"},
		{"", "", "GET", "/debug/pprof/", 403, "this machine alone"},
		{"127.0.0.1:5", "X-Forwarded-For", "GET", "/debug/pprof/", 403, "this machine alone"},
		{"127.0.0.1:5", "Via", "GET", "/debug/pprof/", 403, "this machine alone"},
	} {
		r := httptest.NewRequest(c.method, "http://localhost"+c.path, nil)
		r.RemoteAddr = c.from
		if c.header != "" {
			r.Header.Set(c.header, "x")
		}
		w := httptest.NewRecorder()
		Handler().ServeHTTP(w, r)
		if w.Code != c.code || !strings.Contains(w.Body.String(), c.body) {
			t.Errorf("%+v: %d %.100s", c, w.Code, w.Body)
		}
	}
}

// What is recorded ends when the client goes.
func TestRecording(t *testing.T) {
	t.Parallel()
	gone, leave := context.WithCancel(t.Context())
	leave()
	r := httptest.NewRequest("GET", "/debug/pprof/trace?seconds=300", nil).WithContext(gone)
	r.RemoteAddr = "127.0.0.1:5"
	w := httptest.NewRecorder()
	Handler().ServeHTTP(w, r)
	if w.Code != http.StatusOK || !bytes.HasPrefix(w.Body.Bytes(), []byte("go 1.")) {
		t.Errorf("%d %.20q", w.Code, w.Body)
	}
}
