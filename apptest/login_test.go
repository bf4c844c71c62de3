package apptest

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// person is somebody with a browser.
type person struct {
	t    *testing.T
	site string
	http *http.Client
}

// does sends a request as a browser would, goes on to where it is led, and returns the page with its path.
func (p *person) does(method, path string, form url.Values) (at string, status int, page string) {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), method, p.site+path, strings.NewReader(form.Encode()))
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	answer, err := p.http.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return answer.Request.URL.RequestURI(), answer.StatusCode, string(text)
}

// People are led to the page where they log in, and from there to where they wanted to go; then they change what they may, on pages of the server alone, until they log out.
func TestLogin(t *testing.T) {
	t.Parallel()
	s := newGuardedSite(t)
	s.does("admin", asked{"POST", "/druid/indexer/v1/task", lasting("mywait", "mine")})
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	p := &person{t, s.URL(), &http.Client{Jar: jar, Transport: s.http.Transport}}
	at, status, page := p.does("GET", "/tasks/mywait", nil)
	if at != "/login?next=%2Ftasks%2Fmywait" || status != 200 || !strings.Contains(page, `value="/tasks/mywait"`) {
		t.Fatalf("who has not logged in is at %s: %d %s", at, status, page)
	}
	if at, _, page = p.does("POST", "/login", url.Values{"user": {"mine"}, "password": {"guess"}, "next": {"/tasks/mywait"}}); !strings.HasPrefix(at, "/login?failed=true") || !strings.Contains(page, "is wrong") {
		t.Errorf("after a wrong password one is at %s: %s", at, page)
	}
	at, status, page = p.does("POST", "/login", url.Values{"user": {"mine"}, "password": {"mine"}, "next": {"/tasks/mywait"}})
	if at != "/tasks/mywait" || status != 200 || !strings.Contains(page, "Log out (mine)") {
		t.Fatalf("who has logged in is at %s: %d %s", at, status, page)
	}
	if _, status, page = p.does("GET", "/configuration", nil); status != 403 || !strings.Contains(page, "You are mine.") || !strings.Contains(page, "You may not read CONFIG") {
		t.Errorf("a page that one may not see: %d %s", status, page)
	}
	if at, _, _ = p.does("POST", "/tasks/mywait/cancel", url.Values{"a": {"b"}}); at != "/login" {
		t.Errorf("a form without the token leads to %s", at)
	}
	_, _, page = p.does("GET", "/tasks/mywait", nil)
	token := regexp.MustCompile(`name="csrf" value="([^"]+)"`).FindStringSubmatch(page)
	if token == nil || !strings.Contains(page, "Cancel this task") {
		t.Fatalf("the task is over, or cannot be ended: %s", page)
	}
	csrf := url.Values{"csrf": {token[1]}}
	if at, status, page = p.does("POST", "/tasks/mywait/cancel", csrf); at != "/tasks/mywait" || status != 200 || strings.Contains(page, "Cancel this task") {
		t.Errorf("after the form one is at %s: %d %s", at, status, page)
	}
	spec := strings.Replace(batch("large", "mine", "c"), "granularitySpec", `x":"`+strings.Repeat("x", 2<<20)+`","granularitySpec`, 1)
	if at, status, _ = p.does("POST", "/submit", url.Values{"csrf": csrf["csrf"], "action": {"check"}, "spec": {spec}}); at != "/submit" {
		t.Errorf("a large spec leads to %s: %d", at, status)
	}
	if at, _, _ = p.does("POST", "/logout", csrf); at != "/login?next=%2F" {
		t.Errorf("who has logged out is at %s", at)
	}
	if at, _, _ = p.does("GET", "/tasks", nil); !strings.HasPrefix(at, "/login") {
		t.Errorf("who has logged out sees %s", at)
	}
}
