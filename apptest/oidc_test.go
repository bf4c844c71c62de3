package apptest

import (
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"ovate/internal/oidc/oidctest"
)

// newVouchedSite is a server of which an issuer says who may come: by roles of the claim groups, besides admin, who has a password.
func newVouchedSite(t *testing.T, issuer string, more ...string) *guardedSite {
	t.Helper()
	const at = "druid.auth.authenticator.people."
	s := &guardedSite{t: t, server: start(t, t.TempDir(), append([]string{"druid.worker.capacity=1",
		`druid.auth.authenticatorChain=["users","people"]`, "druid.auth.authenticator.users.type=basic", "druid.auth.authenticator.users.initialAdminPassword=admin",
		"druid.auth.authenticator.users.credentialIterations=10", "druid.auth.authenticator.users.authorizerName=roles",
		at + "type=oidc", at + "issuer=" + issuer, at + "clientID=" + oidctest.ClientID, at + "clientSecret=" + oidctest.Secret,
		at + "authorizerName=roles", at + "rolesClaim=groups",
		`druid.auth.authorizers=["roles"]`, "druid.auth.authorizer.roles.type=basic"}, more...)...)}
	const ext = "/druid-ext/basic-security/"
	s.does("admin", asked{"POST", ext + "authorization/db/roles/roles/writer", ""})
	s.does("admin", asked{"POST", ext + "authorization/db/roles/roles/writer/permissions",
		`[{"resource":{"type":"DATASOURCE","name":"mine"},"action":"READ"},{"resource":{"type":"DATASOURCE","name":"mine"},"action":"WRITE"}]`})
	return s
}

// bearer asks with a token.
func (s *guardedSite) bearer(token, method, path, body string) (status int, answer string) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.URL()+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	resp, err := s.http.Transport.RoundTrip(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// People log in at an issuer, and do what the roles permit for which it vouches, until they log out; programs do so with a token of it; and while it is away users
// with passwords come in, and all others are told.
func TestOIDC(t *testing.T) {
	t.Parallel()
	issuer := oidctest.New(t)
	issuer.Claims, issuer.EndsSessions = map[string]any{"groups": []string{"writer"}}, true
	issuer.SetAway(true)
	s := newVouchedSite(t, issuer.URL)
	if status, answer := s.bearer(issuer.Token(nil), "GET", "/druid/indexer/v1/tasks", ""); status != 503 || strings.Contains(answer, issuer.URL) {
		t.Errorf("while the issuer is away: %d %s", status, answer)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	p := &person{t, s.URL(), &http.Client{Jar: jar, Transport: s.http.Transport}}
	if at, _, page := p.does("GET", "/login/people?next=%2Ftasks", nil); at != "/login?failed=issuer&next=%2Ftasks" || !strings.Contains(page, "cannot be asked now") {
		t.Errorf("while the issuer is away one is at %s: %s", at, page)
	}
	issuer.SetAway(false)
	eventually(t, "the issuer is asked again", func() bool {
		status, _ := s.bearer(issuer.Token(nil), "GET", "/druid/indexer/v1/tasks", "")
		return status == 200
	})
	for about, f := range map[string]struct {
		token, path, body string
		status            int
	}{
		"a task of his":           {issuer.Token(nil), "/druid/indexer/v1/task", lasting("mywait", "mine"), 200},
		"a task of others":        {issuer.Token(nil), "/druid/indexer/v1/task", lasting("theirwait", "theirs"), 403},
		"a token without roles":   {issuer.Token(map[string]any{"groups": nil}), "/druid/indexer/v1/task", lasting("nowait", "mine"), 403},
		"a token for others":      {issuer.Token(map[string]any{"aud": "x"}), "/druid/indexer/v1/task", lasting("nowait", "mine"), 401},
		"a token that has ended":  {issuer.Token(map[string]any{"exp": time.Now().Add(-time.Hour).Unix()}), "/druid/indexer/v1/task", lasting("nowait", "mine"), 401},
		"a token of nobody known": {"ovate_x", "/druid/indexer/v1/task", lasting("nowait", "mine"), 401},
	} {
		if status, answer := s.bearer(f.token, "POST", f.path, f.body); status != f.status {
			t.Errorf("%s: %d %s", about, status, answer)
		}
	}
	at, status, page := p.does("GET", "/tasks/mywait", nil)
	link := regexp.MustCompile(`href="(/login/people[^"]*)">Log in with people`).FindStringSubmatch(page)
	if at != "/login?next=%2Ftasks%2Fmywait" || status != 200 || link == nil || !strings.Contains(page, `name="password"`) {
		t.Fatalf("who has not logged in is at %s: %d %s", at, status, page)
	}
	at, status, page = p.does("GET", link[1], nil)
	if at != "/tasks/mywait" || status != 200 || !strings.Contains(page, "Log out (joe)") || !strings.Contains(page, "Cancel this task") {
		t.Fatalf("who has logged in is at %s: %d %s", at, status, page)
	}
	if _, status, page = p.does("GET", "/configuration", nil); status != 403 || !strings.Contains(page, "You are joe.") {
		t.Errorf("a page that one may not see: %d %s", status, page)
	}
	if at, _, _ = p.does("POST", "/tasks/mywait/cancel", url.Values{"a": {"b"}}); !strings.HasPrefix(at, "/login") {
		t.Errorf("a form without the token leads to %s", at)
	}
	_, _, page = p.does("GET", "/tasks/mywait", nil)
	token := regexp.MustCompile(`name="csrf" value="([^"]+)"`).FindStringSubmatch(page)
	if token == nil {
		t.Fatal(page)
	}
	csrf := url.Values{"csrf": {token[1]}}
	if at, status, page = p.does("POST", "/tasks/mywait/cancel", csrf); at != "/tasks/mywait" || status != 200 || strings.Contains(page, "Cancel this task") {
		t.Errorf("after the form one is at %s: %d %s", at, status, page)
	}
	_, status, page = p.does("POST", "/logout", csrf)
	link = regexp.MustCompile(`href="([^"]*)">Log out there, too`).FindStringSubmatch(page)
	if status != 200 || link == nil || strings.Contains(page, "joe") || !strings.HasPrefix(link[1], issuer.URL+"/logout?") {
		t.Fatalf("who logs out: %d %s", status, page)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, html.UnescapeString(link[1]), nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := p.http.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil || resp.Request.URL.String() != s.URL()+"/login" || issuer.Asked("/logout") != 1 {
		t.Errorf("who has logged out at the issuer, too, is at %s (%v)", resp.Request.URL, err)
	}
	if at, _, _ = p.does("GET", "/tasks", nil); at != "/login?next=%2Ftasks" {
		t.Errorf("who has logged out is at %s", at)
	}
	if at, _, _ = p.does("GET", "/login/people/callback?code=x&state=y", nil); at != "/login?failed=expired&next=%2F" {
		t.Errorf("who comes back from nowhere is at %s", at)
	}
	for _, path := range []string{"/login/people/callback/", "/login/people/x", "/login/people/..%2f..%2ftasks", "/druid-ext/druid-pac4j/callback"} { // what is open is that alone
		if at, status, page := p.does("GET", path, nil); at != "/login" && !strings.HasPrefix(at, "/login?") && status != 401 || strings.Contains(page, "<nav") {
			t.Errorf("who has logged out gets at %s, by %s: %d %s", at, path, status, page)
		}
	}
	if status, answer := s.ask("admin", asked{"GET", "/status/properties", ""}); status != 200 || strings.Contains(answer, oidctest.Secret) {
		t.Errorf("the properties tell the secret: %d %s", status, answer)
	}
	for _, secret := range []string{oidctest.Secret, issuer.Token(nil)[:20], "code="} {
		if strings.Contains(s.output.String(), secret) {
			t.Errorf("the log has %s", secret)
		}
	}
}

// A cluster that asks people by druid-pac4j, and programs by its JWT, lets them in with the same properties.
func TestPac4j(t *testing.T) {
	t.Parallel()
	issuer := oidctest.New(t)
	issuer.Claims = map[string]any{"name": "Joe of Druid"}
	s := start(t, t.TempDir(), `druid.auth.authenticatorChain=["pac4j","jwt"]`, "druid.auth.authenticator.pac4j.type=pac4j", "druid.auth.authenticator.pac4j.authorizerName=allowAll",
		"druid.auth.authenticator.jwt.type=jwt", "druid.auth.authenticator.jwt.authorizerName=allowAll", "druid.auth.pac4j.cookiePassphrase=hush",
		"druid.auth.pac4j.oidc.clientID="+oidctest.ClientID, "druid.auth.pac4j.oidc.clientSecret="+oidctest.Secret,
		"druid.auth.pac4j.oidc.discoveryURI="+issuer.URL+"/.well-known/openid-configuration", "druid.auth.pac4j.oidc.oidcClaim=name", "druid.auth.pac4j.readTimeout=PT5S")
	g := &guardedSite{t: t, server: s}
	if status, answer := g.bearer(issuer.Token(nil), "GET", "/druid/indexer/v1/tasks", ""); status != 200 {
		t.Errorf("a program: %d %s", status, answer)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	p := &person{t, s.URL(), &http.Client{Jar: jar, Transport: s.http.Transport}}
	if _, _, page := p.does("GET", "/", nil); strings.Contains(page, `name="password"`) || !strings.Contains(page, "Log in with pac4j") {
		t.Errorf("the page of the login: %s", page)
	}
	if at, status, page := p.does("GET", "/login/pac4j?next=%2Fworkers", nil); at != "/workers" || status != 200 || !strings.Contains(page, "Log out (joe)") {
		t.Errorf("who has logged in is at %s: %d %s", at, status, page)
	}
}
