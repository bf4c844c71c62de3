package front

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A client gets as many answers in a second as it may, all get no more than they may together, and whoever comes too early is told when to come again.
func TestLimits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := New(Options{Limits: Limits{Total: 5, PerClient: 2}, Rest: answers("the API")})
		ask := func(from string) *httptest.ResponseRecorder {
			r := httptest.NewRequest("GET", "http://localhost/druid/indexer/v1/tasks", nil)
			r.RemoteAddr = from
			w := httptest.NewRecorder()
			f.ServeHTTP(w, r)
			return w
		}
		step := func(from string, want int) {
			t.Helper()
			if w := ask(from); w.Code != want {
				t.Errorf("%s: %d %s; want %d", from, w.Code, w.Body, want)
			}
		}
		step("10.0.0.1:1", 200)
		step("10.0.0.1:2", 200)
		w := ask("10.0.0.1:3")
		if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") != "1" || !strings.HasPrefix(w.Body.String(), `{"error":"`) {
			t.Errorf("one that comes too early: %d %v %s", w.Code, w.Header(), w.Body)
		}
		step("[2001:db8::1]:1", 200)
		step("[2001:db8::2]:1", 200) // of the same network
		step("[2001:db8::3]:1", 429)
		step("10.0.0.2:1", 200)
		step("10.0.0.3:1", 429) // of all together
		time.Sleep(time.Second)
		for range 2 {
			step("10.0.0.1:1", 200)
			step("[::ffff:10.0.0.2]:1", 200)
		}
		step("10.0.0.2:9", 429)
		step("10.0.0.3:9", 200)
	})
}

// A browser that comes too early is told so by a page, and a program by JSON.
func TestBrowsersThatComeTooEarly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := New(Options{Limits: Limits{Total: 1}, Pages: []string{"", "tasks"}, Tell: tell, Rest: answers("the API")})
		for i, c := range []struct {
			method, path, accept, says string
		}{
			{"GET", "/tasks", "text/html", "the API"}, {"GET", "/tasks", "text/html", "page: Requests come too fast"}, {"POST", "/tasks", "text/html", `{"error":"Requests`},
			{"GET", "/tasks", "*/*", `{"error":"Requests`}, {"GET", "/druid/indexer/v1/tasks", "text/html", `{"error":"Requests`},
		} {
			r := httptest.NewRequest(c.method, "http://localhost"+c.path, nil)
			r.Header.Set("Accept", c.accept)
			w := httptest.NewRecorder()
			f.ServeHTTP(w, r)
			if early := w.Code == http.StatusTooManyRequests; early != (i > 0) || early != (w.Header().Get("Retry-After") == "1") || !strings.HasPrefix(w.Body.String(), c.says) {
				t.Errorf("%s by %q: %d %v %s", c.path, c.accept, w.Code, w.Header(), w.Body)
			}
		}
	})
}

// Those that are remembered do not grow in number.
func TestLimitsForget(t *testing.T) {
	t.Parallel()
	m := newLimiter(Limits{PerClient: 1})
	r := httptest.NewRequest("GET", "/", nil)
	now := time.Now()
	for i := range 2 * mostClients {
		r.RemoteAddr = fmt.Sprintf("10.%d.%d.%d:1", i>>16, i>>8&255, i&255)
		if m.wait(r, now) > 0 || m.wait(r, now) == 0 {
			t.Fatalf("client %d is not let in once", i)
		}
	}
	if len(m.clients) != mostClients || m.recent.Len() != mostClients {
		t.Errorf("%d and %d are remembered", len(m.clients), m.recent.Len())
	}
	if newLimiter(Limits{}) != nil {
		t.Error("without a limit something is counted")
	}
}
