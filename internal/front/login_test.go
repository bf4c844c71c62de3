package front

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"ovate/internal/auth"
)

// Browsers are led to the page where people log in, and to nothing else; programs get the 401, with what they can do about it.
func TestBrowsersAreLedToTheLogin(t *testing.T) {
	t.Parallel()
	users, err := auth.NewBasic(auth.AllowAll{}, false)
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

// faulty is an authenticator that fails.
type faulty struct{ auth.Anybody }

// Identify fails.
func (faulty) Identify(*http.Request) (auth.Identity, bool, error) {
	return auth.Identity{}, false, errors.New("no users yet")
}

// tell is a page that says why a browser is not let in.
func tell(w http.ResponseWriter, _ *http.Request, status int, why string) {
	http.Error(w, "page: "+why, status)
}

// A browser that is not let in is told so by a page, and a program by JSON.
func TestBrowsersAreTold(t *testing.T) {
	t.Parallel()
	f := New(Options{Auth: auth.NewChain([]auth.Authenticator{faulty{}}, nil, nil), Login: "/login", Pages: []string{"", "tasks"}, Tell: tell, Rest: http.NotFoundHandler()})
	for _, c := range []struct {
		path, accept, authorization string
		page                        bool
	}{
		{"/tasks", "text/html,*/*", "", true}, {"/tasks", "*/*", "", false}, {"/tasks", "text/html", "Basic eDp4", false}, {"/druid/indexer/v1/tasks", "text/html", "", false},
	} {
		r := httptest.NewRequest("POST", "http://localhost"+c.path, nil)
		r.Header.Set("Accept", c.accept)
		if c.authorization != "" {
			r.Header.Set("Authorization", c.authorization)
		}
		w := httptest.NewRecorder()
		f.ServeHTTP(w, r)
		if page := strings.HasPrefix(w.Body.String(), "page: "); w.Code != 503 || w.Header().Get("Retry-After") != "1" || page != c.page || !strings.Contains(w.Body.String(), "no users yet") {
			t.Errorf("%s by %q: %d %v %s", c.path, c.accept, w.Code, w.Header(), w.Body)
		}
	}
}
