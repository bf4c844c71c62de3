package ui

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"ovate/internal/auth"
)

// users has one, joe.
func users(t *testing.T) *auth.Basic {
	t.Helper()
	b, err := auth.NewBasic(auth.AllowAll{}, false)
	if err != nil {
		t.Fatal(err)
	}
	joe, err := auth.NewCredentials("secret", 10)
	if err != nil {
		t.Fatal(err)
	}
	b.SetUsers(map[string]*auth.Credentials{"joe": joe})
	return b
}

// vouchedFor is the account of somebody who is logged in elsewhere, too.
type vouchedFor struct{ to string }

func (vouchedFor) Identity(context.Context) (auth.Identity, error) {
	return auth.NewIdentity("joe", auth.AllowAll{}), nil
}
func (vouchedFor) Over(time.Time) bool          { return false }
func (v vouchedFor) Leave(*http.Request) string { return v.to }

// Who logs out and is logged in elsewhere is led there by a page, as no browser follows a form to another site, and else to the login.
func TestLogoutLeads(t *testing.T) {
	t.Parallel()
	u, _ := guarded(t, func(auth.Action, auth.Resource) bool { return true })
	o := u.Options
	o.Sessions = auth.NewSessions(nil, time.Now)
	handler := New(o)
	for _, c := range []struct {
		to, refresh, location string
		status                int
	}{{"https://issuer.example/end?a=b&c=\"d", "0; url=https://issuer.example/end?a=b&c=\"d", "", 200}, {"", "", "/", 303}} {
		r := httptest.NewRequest("POST", "http://localhost/logout", nil)
		r.AddCookie(o.Sessions.Begin(httptest.NewRecorder(), r, "joe", vouchedFor{c.to}, false))
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		h := w.Header()
		if w.Code != c.status || h.Get("Refresh") != c.refresh || h.Get("Location") != c.location || h.Get("Referrer-Policy") != "same-origin" || h.Get("Cache-Control") != "no-store" || o.Sessions.CSRF(r) != "" {
			t.Errorf("%q: %d %v", c.to, w.Code, h)
		}
		if body := w.Body.String(); c.to != "" && (!strings.Contains(body, `href="https://issuer.example/end?a=b&amp;c=%22d"`) || strings.Contains(body, "<nav")) {
			t.Errorf("the page: %s", body)
		}
	}
}

// Who logs in is named on each page, goes on to where he wanted to, and every form that changes something sends the token of his session.
func TestLogin(t *testing.T) {
	t.Parallel()
	u, _ := guarded(t, func(auth.Action, auth.Resource) bool { return true })
	o := u.Options
	o.Sessions = auth.NewSessions([]*auth.Basic{users(t)}, time.Now)
	u = visitor{UI: New(o), as: auth.NewIdentity("joe", auth.AllowAll{})}
	w := send(u, "GET", "/login?next=%2Ftasks%3Fstate%3Dfailed", nil)
	body := w.Body.String()
	if w.Code != 200 || !strings.Contains(body, `name="next" value="/tasks?state=failed"`) || strings.Contains(body, "role=\"alert\"") {
		t.Errorf("the form: %d %s", w.Code, body)
	}
	if strings.Contains(body, "<nav") || strings.Contains(body, o.Version) {
		t.Errorf("who has not logged in is told of the server: %s", body)
	}
	w = send(u, "POST", "/login", url.Values{"user": {"joe"}, "password": {"guess"}, "next": {"/data"}})
	if w = send(u, "GET", w.Header().Get("Location"), nil); !strings.Contains(w.Body.String(), "The user or the password is wrong.") || !strings.Contains(w.Body.String(), `value="/data"`) {
		t.Errorf("after a wrong password: %s", w.Body)
	}
	w = send(u, "POST", "/login", url.Values{"user": {"joe"}, "password": {"secret"}, "next": {"/data"}})
	if w.Code != 303 || w.Header().Get("Location") != "/data" {
		t.Fatalf("after the right one: %d %v", w.Code, w.Header())
	}
	u.cookie = w.Result().Cookies()[0]
	for _, path := range []string{"/tasks", "/tasks/of-wiki", "/submit", "/sessions"} {
		body := send(u, "GET", path, nil).Body.String()
		if forms := strings.Count(body, `method="post"`); forms < 2 || strings.Count(body, `name="csrf" value="`)+strings.Count(body, `action="/submit/file?csrf=`) != forms || strings.Contains(body, `?csrf="`) || strings.Contains(body, `name="csrf" value=""`) || !strings.Contains(body, "Log out (joe)") {
			t.Errorf("%s has %d forms:\n%s", path, forms, body)
		}
	}
	if send(u, "POST", "/logout", nil); strings.Contains(send(u, "GET", "/tasks", nil).Body.String(), "Log out") {
		t.Error("one is still logged in")
	}
}

// Where nobody has a password nobody logs in.
func TestNoLogin(t *testing.T) {
	t.Parallel()
	u, _ := guarded(t, func(auth.Action, auth.Resource) bool { return true })
	for _, method := range []string{"GET", "POST"} {
		if w := send(u, method, "/login", nil); w.Code != 404 {
			t.Errorf("%s: %d", method, w.Code)
		}
	}
	if body := send(u, "GET", "/tasks", nil).Body.String(); strings.Contains(body, "Log") {
		t.Error(body)
	}
}
