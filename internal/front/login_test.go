package front

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"ovate/internal/auth"
)

// Browsers are led to the page where people log in, and to nothing else; programs get the 401, with what they can do about it.
func TestBrowsersAreLedToTheLogin(t *testing.T) {
	t.Parallel()
	users, err := auth.NewBasic("users", auth.AllowAll{}, false)
	if err != nil {
		t.Fatal(err)
	}
	users.SetUsers(map[string]*auth.Credentials{})
	f := New(Options{Auth: auth.NewChain([]auth.Authenticator{users}, nil, nil), Login: "/login", Pages: []string{"", "tasks", "events"}, Rest: http.NotFoundHandler()})
	const page = "text/html,application/xhtml+xml,*/*;q=0.8"
	for _, c := range []struct {
		method, path, accept, authorization string
		status                              int
		to, challenge                       string
	}{
		{"GET", "/", page, "", 303, "/login?next=%2F", ""},
		{"GET", "/tasks?state=failed", page, "", 303, "/login?next=%2Ftasks%3Fstate%3Dfailed", ""},
		{"GET", "/tasks/a%2Fb", page, "", 303, "/login?next=%2Ftasks%2Fa%252Fb", ""},
		{"POST", "/tasks", page, "", 303, "/login", ""},
		{"GET", "/events", "text/event-stream", "", 401, "", ""},
		{"GET", "/tasks", "*/*", "", 401, "", "Basic"},
		{"GET", "/tasks", page, "Basic eDp4", 401, "", "Basic"},
		{"GET", "/druid/indexer/v1/tasks", page, "", 401, "", "Basic"},
		{"GET", "/api/v1/events", "text/event-stream", "", 401, "", "Basic"},
	} {
		r := httptest.NewRequest(c.method, "http://localhost"+c.path, nil)
		r.Header.Set("Accept", c.accept)
		if c.authorization != "" {
			r.Header.Set("Authorization", c.authorization)
		}
		w := httptest.NewRecorder()
		f.ServeHTTP(w, r)
		if h := w.Header(); w.Code != c.status || h.Get("Location") != c.to || h.Get("WWW-Authenticate") != c.challenge {
			t.Errorf("%s %s by %q: %d %v", c.method, c.path, c.accept, w.Code, h)
		}
	}
}
