package oidc_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"ovate/internal/auth"
	"ovate/internal/oidc"
	"ovate/internal/oidc/oidctest"
)

// server is one where people log in, without anything else.
type server struct {
	*oidc.Login
	sessions *auth.Sessions
	clock    *clock
	issuer   *oidctest.Issuer
}

func newServer(t *testing.T, change func(*oidc.Options)) *server {
	t.Helper()
	i, c := oidctest.New(t), &clock{time.Unix(1.8e9, 0)}
	o := options(i, c)
	if change != nil {
		change(&o)
	}
	sessions := auth.NewSessions(nil, c.Now)
	return &server{oidc.NewLogin(oidc.New(o), sessions, "/login"), sessions, c, i}
}

// browser is one with its cookies.
type browser struct {
	t       *testing.T
	cookies map[string]*http.Cookie
}

func newBrowser(t *testing.T) *browser {
	t.Helper()
	return &browser{t, map[string]*http.Cookie{}}
}

// get asks a server for a path, and returns where that leads.
func (b *browser) get(s *server, path string) (to *url.URL) {
	b.t.Helper()
	r := httptest.NewRequest(http.MethodGet, "http://localhost"+path, nil)
	for _, c := range b.cookies {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	answer := w.Result()
	for _, c := range answer.Cookies() {
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		} else {
			b.cookies[c.Name] = c
		}
	}
	to, err := answer.Location()
	if err != nil || answer.StatusCode != http.StatusSeeOther {
		b.t.Fatalf("%s: %d %v", path, answer.StatusCode, err)
	}
	return to
}

// atIssuer is where the issuer sends the browser.
func (b *browser) atIssuer(to *url.URL) *url.URL {
	b.t.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, to.String(), nil)
	if err != nil {
		b.t.Fatal(err)
	}
	answer, err := client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer answer.Body.Close()
	back, err := answer.Location()
	if err != nil {
		b.t.Fatalf("the issuer answers %s with %d", to, answer.StatusCode)
	}
	return back
}

// login logs in, and returns where the browser is at last.
func (b *browser) login(s *server, next string) *url.URL {
	b.t.Helper()
	back := b.atIssuer(b.get(s, "/login/people?"+url.Values{"next": {next}}.Encode()))
	return b.get(s, back.RequestURI())
}

// who is as whom the browser is let in; empty if nobody knows.
func (b *browser) who(s *server) string {
	b.t.Helper()
	r := httptest.NewRequest(http.MethodGet, "http://localhost/", nil)
	for _, c := range b.cookies {
		r.AddCookie(c)
	}
	i, _, err := s.sessions.Identify(r)
	if err != nil {
		return err.Error()
	}
	return i.Name
}

// Who logs in at the issuer is where he wanted to go, with cookies that no script reads, until the token ends and the issuer makes no other.
func TestLogin(t *testing.T) {
	t.Parallel()
	s, b := newServer(t, nil), newBrowser(t)
	to := b.get(s, "/login/people?next=%2Ftasks%3Fx%3D1")
	q := to.Query()
	if q.Get("client_id") != oidctest.ClientID || q.Get("redirect_uri") != "http://localhost/login/people/callback" || q.Get("code_challenge_method") != "S256" ||
		len(q.Get("state")) < 43 || len(q.Get("nonce")) < 43 || q.Get("scope") != "openid" {
		t.Errorf("the issuer is asked for %s", to)
	}
	if flow := b.cookies["ovate_login"]; flow == nil || !flow.HttpOnly || flow.SameSite != http.SameSiteLaxMode || flow.MaxAge != 600 || strings.Contains(flow.Value, q.Get("state")) {
		t.Errorf("the cookie of the login: %v", b.cookies)
	}
	if at := b.get(s, b.atIssuer(to).RequestURI()); at.String() != "/tasks?x=1" || b.who(s) != "joe" {
		t.Fatalf("at %s, as %q", at, b.who(s))
	}
	session := b.cookies["ovate_session"]
	if len(b.cookies) != 1 || !session.HttpOnly || session.SameSite != http.SameSiteLaxMode {
		t.Errorf("cookies: %v", b.cookies)
	}
	s.clock.now = s.clock.now.Add(5 * time.Minute)
	s.issuer.Claims = map[string]any{"sub": "joe"}
	asked := s.issuer.Asked("/token")
	for range 2 {
		if got := b.who(s); got != "joe" || s.issuer.Asked("/token") != asked+1 {
			t.Errorf("when the token has ended: %q, after %d more questions", got, s.issuer.Asked("/token")-asked)
		}
	}
	s.clock.now = s.clock.now.Add(5 * time.Minute)
	s.issuer.SetAway(true)
	for range 3 {
		if got := b.who(s); got != oidc.ErrAway.Error() {
			t.Errorf("while the issuer is away: %q", got)
		}
	}
	s.issuer.SetAway(false)
	s.clock.now = s.clock.now.Add(5 * time.Second)
	if got := b.who(s); got != "joe" {
		t.Errorf("when it is back: %q", got)
	}
	s.clock.now = s.clock.now.Add(5 * time.Minute)
	s.issuer.Claims = map[string]any{"sub": "eve"}
	if got := b.who(s); got != "" {
		t.Errorf("by a token of another user: %q", got)
	}
	s.issuer.Claims = nil
	b.login(s, "/")
	s.clock.now = s.clock.now.Add(5 * time.Minute)
	s.issuer.Forget()
	if got := b.who(s); got != "" {
		t.Errorf("when the issuer no longer vouches: %q", got)
	}
	s.issuer.Refreshes = false
	if b.login(s, "/"); b.who(s) != "joe" {
		t.Error("one cannot log in again")
	}
	if s.clock.now = s.clock.now.Add(5 * time.Minute); b.who(s) != "" {
		t.Error("a session outlives the token")
	}
}

// leaves logs out, and returns where the browser goes to log out elsewhere.
func (b *browser) leaves(s *server) (to string) {
	b.t.Helper()
	r := httptest.NewRequest(http.MethodPost, "http://localhost/logout", nil)
	for _, c := range b.cookies {
		r.AddCookie(c)
	}
	return s.sessions.Logout(httptest.NewRecorder(), r)
}

// Who logs out does so at the issuer, too, if that offers it, and comes back to the page of the login: by the token that came last, and by an address that the issuer knows.
func TestLogout(t *testing.T) {
	t.Parallel()
	s, b := newServer(t, nil), newBrowser(t)
	if b.login(s, "/"); b.leaves(s) != "" || b.who(s) != "" {
		t.Error("an issuer that offers nothing of the kind is asked, or the session goes on")
	}
	for about, change := range map[string]func(*oidc.Options){
		"at the address by which the browser asks": func(*oidc.Options) {},
		"at the one that is configured":            func(o *oidc.Options) { o.RedirectURL = "https://druid.example.com/login/people/callback" },
	} {
		s, b := newServer(t, change), newBrowser(t)
		s.issuer.EndsSessions = true
		b.login(s, "/tasks")
		s.clock.now = s.clock.now.Add(5 * time.Minute)
		if b.who(s) != "joe" { // by another token
			t.Fatalf("%s: nobody is logged in", about)
		}
		if to := b.leaves(newServer(t, nil)); to != "" {
			t.Errorf("%s: without a session one has to log out at %s", about, to)
		}
		to, err := url.Parse(b.leaves(s))
		if err != nil || !strings.HasPrefix(to.String(), s.issuer.URL+"/logout?") || b.who(s) != "" {
			t.Fatalf("%s: one has to log out at %s (%v), and is still %q", about, to, err, b.who(s))
		}
		back := b.atIssuer(to)
		if host := map[bool]string{true: "druid.example.com", false: "localhost"}[s.RedirectURL != ""]; back.Host != host {
			t.Errorf("%s: the browser comes back to %s", about, back)
		}
		if at := b.get(s, back.RequestURI()); at.String() != "/login" {
			t.Errorf("%s: the browser is at %s", about, at)
		}
	}
	s, b = newServer(t, func(o *oidc.Options) { o.LocalLogout = true }), newBrowser(t)
	s.issuer.EndsSessions = true
	if b.login(s, "/"); b.leaves(s) != "" || b.who(s) != "" {
		t.Error("an issuer is asked though it must not be, or the session goes on")
	}
	s, b = newServer(t, nil), newBrowser(t)
	s.issuer.EndsSessions, s.issuer.Claims = true, map[string]any{"groups": strings.Repeat("x", 8<<10)}
	b.login(s, "/")
	if to := b.leaves(s); to == "" || len(to) > 4<<10 || strings.Contains(to, "id_token_hint") {
		t.Errorf("a token that is too long goes along: %d bytes", len(to))
	}
}

// What does not come from the browser that has begun the login, for the first time, in time, lets nobody in.
func TestLoginThatIsForged(t *testing.T) {
	t.Parallel()
	const expired = "/login?failed=expired&next=%2F"
	for about, f := range map[string]func(*server, *browser, *url.URL) *browser{
		"in another browser": func(*server, *browser, *url.URL) *browser { return newBrowser(t) },
		"with another state": func(_ *server, b *browser, back *url.URL) *browser {
			back.RawQuery = strings.Replace(back.RawQuery, "state=", "state=x", 1)
			return b
		},
		"without a state": func(_ *server, b *browser, back *url.URL) *browser {
			q := back.Query()
			q.Del("state")
			back.RawQuery = q.Encode()
			return b
		},
		"after eleven minutes": func(s *server, b *browser, _ *url.URL) *browser {
			s.clock.now = s.clock.now.Add(11 * time.Minute)
			return b
		},
		"with a cookie that was changed": func(_ *server, b *browser, _ *url.URL) *browser {
			c := *b.cookies["ovate_login"]
			c.Value = c.Value[:len(c.Value)-2] + "AA"
			b.cookies["ovate_login"] = &c
			return b
		},
		"with what somebody else has begun": func(s *server, _ *browser, back *url.URL) *browser { // who logs the victim in as himself
			victim := newBrowser(t)
			victim.get(s, "/login/people")
			return victim
		},
		"with the cookie of another login of the browser": func(s *server, b *browser, _ *url.URL) *browser {
			b.get(s, "/login/people")
			return b
		},
	} {
		s, b := newServer(t, nil), newBrowser(t)
		back := b.atIssuer(b.get(s, "/login/people?next=%2Ftasks"))
		come := f(s, b, back)
		if at := come.get(s, back.RequestURI()); at.String() != expired || come.who(s) != "" || b.who(s) != "" {
			t.Errorf("%s: at %s, as %q", about, at, come.who(s))
		}
	}
	s, b := newServer(t, nil), newBrowser(t)
	back := b.atIssuer(b.get(s, "/login/people"))
	kept := b.cookies["ovate_login"]
	b.get(s, back.RequestURI())
	again := newBrowser(t)
	again.cookies["ovate_login"] = kept
	if at := again.get(s, back.RequestURI()); at.String() != expired || again.who(s) != "" {
		t.Errorf("for the second time: at %s, as %q", at, again.who(s))
	}
}

// What the issuer sends that is not of this login, for this server, lets nobody in.
func TestTokenThatIsWrong(t *testing.T) {
	t.Parallel()
	type claims = map[string]any
	for about, wrong := range map[string]func(claims){
		"another nonce":             func(c claims) { c["nonce"] = "x" },
		"no nonce":                  func(c claims) { c["nonce"] = nil },
		"another audience":          func(c claims) { c["aud"] = "other" },
		"the token of another":      func(c claims) { c["aud"], c["azp"] = []string{"other", oidctest.ClientID}, "other" },
		"several, made for nobody":  func(c claims) { c["aud"] = []string{"other", oidctest.ClientID} },
		"another issuer":            func(c claims) { c["iss"] = "https://evil.example" },
		"the end":                   func(c claims) { c["exp"] = 1 },
		"no user":                   func(c claims) { c["sub"] = nil },
		"a logout":                  func(c claims) { c["events"] = claims{"http://schemas.openid.net/event/backchannel-logout": claims{}} },
		"the hash of another token": func(c claims) { c["at_hash"] = "AAAAAAAAAAAAAAAAAAAAAA" },
	} {
		s, b := newServer(t, nil), newBrowser(t)
		s.issuer.Wrong = wrong
		if at := b.login(s, "/tasks"); at.String() != "/login?failed=refused&next=%2Ftasks" || b.who(s) != "" {
			t.Errorf("%s: at %s, as %q", about, at, b.who(s))
		}
	}
	for about, change := range map[string]func(url.Values){
		"a code of nobody":                  func(q url.Values) { q.Set("code", "x") },
		"no code":                           func(q url.Values) { q.Del("code") },
		"an error":                          func(q url.Values) { q.Set("error", "access_denied\n<script>") },
		"another issuer's answer":           func(q url.Values) { q.Set("iss", "https://evil.example") },
		"an answer that says it is of none": func(q url.Values) { q.Del("iss") },
		"an answer of two":                  func(q url.Values) { q.Add("iss", "https://evil.example") },
	} {
		s, b := newServer(t, nil), newBrowser(t)
		back := b.atIssuer(b.get(s, "/login/people"))
		q := back.Query()
		change(q)
		back.RawQuery = q.Encode()
		if at := b.get(s, back.RequestURI()); at.String() != "/login?failed=refused&next=%2F" || b.who(s) != "" {
			t.Errorf("%s: at %s, as %q", about, at, b.who(s))
		}
	}
	var log bytes.Buffer
	s, b := newServer(t, func(o *oidc.Options) { o.Log = slog.New(slog.NewTextHandler(&log, nil)) }), newBrowser(t)
	back := b.atIssuer(b.get(s, "/login/people"))
	q := back.Query()
	q.Set("error", "invalid_scope")
	q.Set("error_description", "no such scope")
	back.RawQuery = q.Encode()
	if b.get(s, back.RequestURI()); !strings.Contains(log.String(), `invalid_scope`) || !strings.Contains(log.String(), `no such scope`) {
		t.Errorf("the log says %s", &log)
	}
	s, one, two := newServer(t, nil), newBrowser(t), newBrowser(t) // somebody's code that was caught on the way is of no use in another's login
	caught := one.atIssuer(one.get(s, "/login/people"))
	back = two.atIssuer(two.get(s, "/login/people"))
	q = back.Query()
	q.Set("code", caught.Query().Get("code"))
	back.RawQuery = q.Encode()
	if two.get(s, back.RequestURI()); two.who(s) != "" {
		t.Errorf("by a code of another login: %q", two.who(s))
	}
	s.issuer.Rotate("second", false)
	s.clock.now = s.clock.now.Add(time.Minute)
	if one.login(s, "/"); one.who(s) != "joe" {
		t.Error("nobody can log in with a new key of the issuer")
	}
}

// A server that knows two issuers takes no answer of one for that of the other.
func TestIssuersMixedUp(t *testing.T) {
	t.Parallel()
	s, b := newServer(t, nil), newBrowser(t)
	evil := newServer(t, func(o *oidc.Options) { o.Name, o.Callback = "evil", "/login/evil/callback" })
	back := b.atIssuer(b.get(s, "/login/people"))
	if at := b.get(evil, "/login/evil/callback?"+back.RawQuery); at.Query().Get("failed") != "expired" || b.who(evil) != "" {
		t.Errorf("at %s, as %q", at, b.who(evil))
	}
	if evil.issuer.Asked("/token") > 0 {
		t.Error("the other issuer gets the code")
	}
}

// Nobody is led elsewhere after a login, nobody keeps the session of before, and where the issuer is away the page says so.
func TestLoginLeads(t *testing.T) {
	t.Parallel()
	for next, want := range map[string]string{"": "/", "//evil.example": "/", "https://evil.example": "/", "/\\evil.example": "/", "/tasks": "/tasks", "/" + strings.Repeat("x", 3000): "/"} {
		s, b := newServer(t, nil), newBrowser(t)
		if at := b.login(s, next); at.String() != want {
			t.Errorf("%.30q leads to %s", next, at)
		}
	}
	s, b := newServer(t, nil), newBrowser(t)
	b.login(s, "/")
	before := newBrowser(t)
	before.cookies["ovate_session"] = b.cookies["ovate_session"]
	if b.login(s, "/"); b.cookies["ovate_session"].Value == before.cookies["ovate_session"].Value || before.who(s) != "" || b.who(s) != "joe" {
		t.Error("the session of before goes on")
	}
	s = newServer(t, nil)
	s.issuer.SetAway(true)
	if at := newBrowser(t).get(s, "/login/people?next=%2Ftasks"); at.String() != "/login?failed=issuer&next=%2Ftasks" {
		t.Errorf("while the issuer is away: %s", at)
	}
	s = newServer(t, func(o *oidc.Options) { o.RedirectURL = "https://ovate.example/login/people/callback" }) // TLS is spoken by a proxy
	b = newBrowser(t)
	if to := b.get(s, "/login/people"); to.Query().Get("redirect_uri") != "https://ovate.example/login/people/callback" || b.cookies["__Host-ovate_login"] == nil || !b.cookies["__Host-ovate_login"].Secure {
		t.Errorf("behind a proxy: %s, %v", to, b.cookies)
	}
	w := httptest.NewRecorder()
	if s.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/login/people", nil)); w.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", w.Code)
	}
}
