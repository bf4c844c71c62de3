package auth_test

import (
	"crypto/tls"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"ovate/internal/auth"
)

// visit is what a browser sends and gets.
func visit(h http.HandlerFunc, method, path string, form url.Values, cookies ...*http.Cookie) *http.Response {
	r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, c := range cookies {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	h(w, r)
	return w.Result()
}

// Who logs in gets a cookie that no script reads and no page of others sends; with it one reads, and changes something with the CSRF token alone.
func TestSessions(t *testing.T) {
	t.Parallel()
	now := time.Unix(1e9, 0)
	users := newBasic(t, false)
	s := auth.NewSessions([]*auth.Basic{users}, func() time.Time { return now })
	chain := auth.NewChain([]auth.Authenticator{s, users}, nil, nil)
	login := func(password, next string) *http.Response {
		return visit(s.Login, "POST", "/login", url.Values{"user": {"joe"}, "password": {password}, "next": {next}})
	}
	if failed := login("guess", "/tasks?x=1"); failed.StatusCode != 303 || failed.Header.Get("Location") != "/login?failed=true&next=%2Ftasks%3Fx%3D1" || len(failed.Cookies()) > 0 {
		t.Errorf("a wrong password: %d %v", failed.StatusCode, failed.Header)
	}
	in := login("pässword:1", "/tasks?x=1")
	if in.StatusCode != 303 || in.Header.Get("Location") != "/tasks?x=1" || len(in.Cookies()) != 1 {
		t.Fatalf("the right password: %d %v", in.StatusCode, in.Header)
	}
	cookie := in.Cookies()[0]
	if !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode || cookie.Path != "/" || len(cookie.Value) < 43 {
		t.Errorf("the cookie is %v", cookie)
	}
	var csrf string
	// who is the identity that is let in, or the status.
	who := func(method, path string, form url.Values, change func(*http.Request)) string {
		r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
		if form != nil {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
		}
		r.AddCookie(cookie)
		if change != nil {
			change(r)
		}
		passed, refused := chain.Admit(r)
		if refused != nil {
			return http.StatusText(refused.Status)
		}
		csrf = s.CSRF(r)
		if form != nil && r.PostFormValue("more") != form.Get("more") {
			t.Error("the form is lost")
		}
		return auth.From(passed.Context()).Name
	}
	const out = "Unauthorized"
	if got := who("GET", "/", nil, nil); got != "joe" || len(csrf) < 43 || csrf == cookie.Value {
		t.Fatalf("with the cookie it is %s; CSRF token %s", got, csrf)
	}
	token := csrf
	for about, c := range map[string]struct{ got, want string }{
		"without a token":       {who("POST", "/x", nil, nil), out},
		"with a wrong one":      {who("POST", "/x", url.Values{"csrf": {"guess"}}, nil), out},
		"with an empty one":     {who("DELETE", "/x?csrf=", nil, nil), out},
		"in a form":             {who("POST", "/x", url.Values{"csrf": {token}, "more": {"1"}}, nil), "joe"},
		"in the query":          {who("POST", "/x?csrf="+token, nil, nil), "joe"},
		"in a header":           {who("DELETE", "/x", nil, func(r *http.Request) { r.Header.Set("X-Csrf-Token", token) }), "joe"},
		"a password beside it":  {who("POST", "/x", nil, func(r *http.Request) { r.SetBasicAuth("joe", "pässword:1") }), "joe"},
		"a wrong one beside it": {who("GET", "/x", nil, func(r *http.Request) { r.SetBasicAuth("joe", "guess") }), out},
	} {
		if c.got != c.want {
			t.Errorf("%s: %s, want %s", about, c.got, c.want)
		}
	}
	for range 10 {
		now = now.Add(7 * time.Hour)
		if got := who("GET", "/", nil, nil); got != "joe" {
			t.Errorf("a session that is used: %s", got)
		}
	}
	now = now.Add(8*time.Hour + 1)
	if got := who("GET", "/", nil, nil); got != out {
		t.Errorf("a session that was not used for long: %s", got)
	}
	cookie = login("pässword:1", "").Cookies()[0]
	for range 24 {
		now = now.Add(7 * time.Hour)
		_ = who("GET", "/", nil, nil)
	}
	if now = now.Add(time.Hour); who("GET", "/", nil, nil) != out {
		t.Error("a session lasts for ever")
	}
	cookie = login("pässword:1", "").Cookies()[0]
	ended := visit(func(w http.ResponseWriter, r *http.Request) {
		if to := s.Logout(w, r); to != "" {
			t.Errorf("one who has a password has to log out at %s", to)
		}
	}, "POST", "/logout", nil, cookie)
	if ended.Cookies()[0].MaxAge >= 0 || who("GET", "/", nil, nil) != out {
		t.Error("one is still logged in after the logout")
	}
	cookie = login("pässword:1", "").Cookies()[0]
	again, err := auth.NewCredentials("other", 10)
	if err != nil {
		t.Fatal(err)
	}
	users.SetUsers(map[string]*auth.Credentials{"joe": again})
	if who("GET", "/", nil, nil) != out {
		t.Error("a session outlives the password")
	}
}

// After a login nobody is led elsewhere.
func TestNextPage(t *testing.T) {
	t.Parallel()
	s := auth.NewSessions([]*auth.Basic{newBasic(t, false)}, time.Now)
	for next, want := range map[string]string{
		"": "/", "/": "/", "/tasks?a=b": "/tasks?a=b", "//evil.example": "/", "/\\evil.example": "/", "https://evil.example": "/", "javascript:x": "/", "tasks": "/", "/\t/evil": "/",
	} {
		in := visit(s.Login, "POST", "/login", url.Values{"user": {"joe"}, "password": {"pässword:1"}, "next": {next}})
		if got := in.Header.Get("Location"); got != want {
			t.Errorf("%q leads to %q, want %q", next, got, want)
		}
	}
}

// However often one logs in, few sessions are kept.
func TestFewSessions(t *testing.T) {
	t.Parallel()
	now := time.Unix(1e9, 0)
	s := auth.NewSessions([]*auth.Basic{newBasic(t, false)}, func() time.Time { now = now.Add(time.Second); return now })
	var cookies []*http.Cookie
	for range 25 {
		cookies = append(cookies, visit(s.Login, "POST", "/login", url.Values{"user": {"joe"}, "password": {"pässword:1"}}).Cookies()...)
	}
	kept := 0
	for _, c := range cookies {
		r := httptest.NewRequest("GET", "/", nil)
		r.AddCookie(c)
		if _, is, _ := s.Identify(r); is {
			kept++
		}
	}
	if kept != 20 {
		t.Errorf("%d sessions of a user are kept", kept)
	}
}

// With TLS a cookie counts that this very host has set, and none that another one of its domain, or a connection without TLS, may have put there.
func TestSessionCookie(t *testing.T) {
	t.Parallel()
	s := auth.NewSessions([]*auth.Basic{newBasic(t, false)}, time.Now)
	login := func(secure bool) *http.Cookie {
		r := httptest.NewRequest("POST", "/login", strings.NewReader(url.Values{"user": {"joe"}, "password": {"pässword:1"}}.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if secure { // of TLS that a proxy speaks
			r.Header.Set("X-Forwarded-Proto", "https")
		}
		w := httptest.NewRecorder()
		s.Login(w, r)
		return w.Result().Cookies()[0]
	}
	plain, secure := login(false), login(true)
	if secure.Name != "__Host-ovate_session" || !secure.Secure || secure.Path != "/" || secure.Domain != "" || plain.Name != "ovate_session" {
		t.Errorf("the cookies are %v and %v", plain, secure)
	}
	for said, want := range map[string]bool{"https": true, " HTTPS, http": true, "http, https": false, "": false} {
		r := httptest.NewRequest("POST", "/login", nil)
		r.Header.Set("X-Forwarded-Proto", said)
		if got := auth.Secure(r); got != want {
			t.Errorf("through a proxy that says %q: %t", said, got)
		}
	}
	for about, c := range map[string]struct {
		cookie *http.Cookie
		tls    bool
		want   bool
	}{
		"without TLS": {plain, false, true}, "with TLS": {secure, true, true}, "with TLS that a proxy speaks": {secure, false, true}, "of none, with TLS": {plain, true, false},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.AddCookie(c.cookie)
		if c.tls {
			r.TLS = new(tls.ConnectionState)
		}
		if _, is, err := s.Identify(r); is != c.want || err != nil {
			t.Errorf("a cookie %s: %t %v", about, is, err)
		}
	}
}

// Servers at two ports of one host have sessions of their own: a browser keeps their cookies together.
func TestSessionsOfPorts(t *testing.T) {
	t.Parallel()
	jar := map[string]*http.Cookie{}
	for _, host := range []string{"localhost:18000", "localhost:18010", "localhost", "localhost:x;y", "[::1]:18000"} {
		s := auth.NewSessions([]*auth.Basic{newBasic(t, false)}, time.Now)
		ask := func() *http.Request {
			r := httptest.NewRequest("GET", "/", nil)
			r.Host = host
			for _, c := range jar {
				r.AddCookie(c)
			}
			return r
		}
		r := ask()
		r.Body, r.Method = io.NopCloser(strings.NewReader(url.Values{"user": {"joe"}, "password": {"pässword:1"}}.Encode())), "POST"
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		s.Login(w, r)
		c := w.Result().Cookies()[0]
		if host == "localhost:18010" && jar["ovate_session_18000"] == nil {
			t.Errorf("the cookie of the other port is gone: %v", jar)
		}
		jar[c.Name] = c
		if _, is, err := s.Identify(ask()); !is || err != nil {
			t.Errorf("%s: %t %v", host, is, err)
		}
	}
	if len(jar) != 3 {
		t.Errorf("%v", jar)
	}
}
