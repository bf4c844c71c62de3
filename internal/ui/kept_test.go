package ui

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"ovate/internal/auth"
	"ovate/internal/form"
	"ovate/internal/front"
)

// A spec that is sent when the session has ended is there again after the login, also after a wrong password, and can be submitted then.
func TestSpecIsKeptOverTheLogin(t *testing.T) {
	t.Parallel()
	g, d := guarded(t, func(auth.Action, auth.Resource) bool { return true })
	o := g.Options
	o.Sessions = auth.NewSessions([]*auth.Basic{users(t)}, time.Now)
	u := New(o)
	chain := auth.NewChain([]auth.Authenticator{o.Sessions}, OpenPaths(), nil)
	pages := map[string]http.Handler{}
	for _, first := range Paths() {
		pages[first] = u
	}
	f := front.New(front.Options{Auth: chain, Login: LoginPath, Pages: Paths(), Keep: u.Keep, Tell: u.Refuse, Parts: pages, Rest: http.NotFoundHandler()})
	var cookies []*http.Cookie
	post := func(path string, form url.Values) *httptest.ResponseRecorder {
		r := httptest.NewRequest("POST", "http://localhost"+path, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Accept", "text/html")
		for _, c := range cookies {
			r.AddCookie(c)
		}
		w := httptest.NewRecorder()
		f.ServeHTTP(w, r)
		return w
	}
	const spec = `{"type":"noop","dataSource":"wiki","context":{"mine":"<&>"}}`
	const shown = `mine&#34;:&#34;&lt;&amp;&gt;`
	w := post("/submit", url.Values{"spec": {spec}, "csrf": {"old"}})
	if body := w.Body.String(); w.Code != 401 || !strings.Contains(body, shown) || !strings.Contains(body, "Your session has ended") || len(d.done) > 0 || w.Header().Get("Content-Security-Policy") == "" {
		t.Fatalf("without a session: %d %s", w.Code, body)
	}
	w = post("/login", url.Values{"user": {"joe"}, "password": {"guess"}, "kept": {spec}})
	if body := w.Body.String(); w.Code != 401 || !strings.Contains(body, shown) || !strings.Contains(body, "password is wrong") {
		t.Fatalf("a wrong password: %d %s", w.Code, body)
	}
	w = post("/login", url.Values{"user": {"joe"}, "password": {"secret"}, "kept": {spec}})
	body := w.Body.String()
	_, csrf, found := strings.Cut(body, `name="csrf" value="`)
	csrf, _, _ = strings.Cut(csrf, `"`)
	if w.Code != 200 || !found || !strings.Contains(body, shown) || len(w.Result().Cookies()) != 1 {
		t.Fatalf("the right one: %d %v %s", w.Code, w.Header(), body)
	}
	cookies = w.Result().Cookies()
	if w = post("/submit", url.Values{"spec": {spec}, "csrf": {csrf}}); w.Code != 303 || strings.Join(d.done, " ") != "add wiki" {
		t.Errorf("submitted: %d %v %s", w.Code, d.done, w.Body)
	}
	w = post("/submit", url.Values{"spec": {strings.Repeat("x", form.Most)}}) // whose token nobody looks for
	if body := w.Body.String(); w.Code != 413 || !strings.Contains(body, "<title>") || !strings.Contains(body, "more than 16 MiB") || !strings.Contains(body, "POST /druid/indexer/v1/task") || strings.Contains(body, "<nav") || w.Header().Get("Content-Security-Policy") == "" {
		t.Errorf("a form that is too large: %d %v %.2000s", w.Code, w.Header(), body)
	}
	cookies = nil
	if w = post("/submit", url.Values{"spec": {strings.Repeat("x", mostKept)}}); w.Code != 303 || w.Header().Get("Location") != "/login" {
		t.Errorf("one that is too large to be kept: %d %v", w.Code, w.Header())
	}
	for body, want := range map[string]int{"kept=" + strings.Repeat("x", mostKept): 413, "user=joe&password=%zz": 400} {
		r := httptest.NewRequest("POST", "http://localhost/login", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		if f.ServeHTTP(w, r); w.Code != want || !strings.Contains(w.Body.String(), "Open the page of the login again.") {
			t.Errorf("%.20s: %d %s", body, w.Code, w.Body)
		}
	}
	if w = post("/tasks", url.Values{"id": {"x"}}); w.Code != 303 {
		t.Errorf("another form: %d", w.Code)
	}
}

// Where people log in at an issuer alone, the page of the login keeps a spec, too, with the way there.
func TestSpecIsKeptForAnIssuer(t *testing.T) {
	t.Parallel()
	g, _ := guarded(t, func(auth.Action, auth.Resource) bool { return true })
	o := g.Options
	o.Sessions, o.Logins = auth.NewSessions(nil, time.Now), []Login{{"people", "/login/people"}}
	u := New(o)
	r := httptest.NewRequest("POST", "/submit", strings.NewReader(url.Values{"spec": {`{"type":"noop"}`}}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	if !u.Keep(w, r) {
		t.Fatal("it is not kept")
	}
	body := w.Body.String()
	for _, want := range []string{`<textarea id="kept"`, "{&#34;type&#34;:&#34;noop&#34;}</textarea>", `href="/login/people?next=%2Fsubmit"`} {
		if !strings.Contains(body, want) {
			t.Errorf("no %s in %s", want, body)
		}
	}
	if strings.Contains(body, `name="password"`) {
		t.Errorf("a password is asked for: %s", body)
	}
}
