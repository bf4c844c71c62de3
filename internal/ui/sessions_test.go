package ui

import (
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"ovate/internal/auth"
)

// Who keeps the users sees who is logged in, and ends sessions, at a server that does not lead, too; who may only read sees them.
func TestSessions(t *testing.T) {
	t.Parallel()
	o := newUI(t, "").Options
	o.Sessions = auth.NewSessions(nil, time.Now)
	u := visitor{UI: New(o), as: auth.NewIdentity("admin", rule(func(_ auth.Action, of auth.Resource) bool { return of == auth.Security() }))}
	r := httptest.NewRequest("GET", "/", nil)
	u.cookie = o.Sessions.Begin(httptest.NewRecorder(), r, "admin", vouchedFor{}, false)
	for _, user := range []string{"joe", "<sue>"} {
		o.Sessions.Begin(httptest.NewRecorder(), r, user, vouchedFor{}, false)
	}
	body := send(u, "GET", "/sessions", nil).Body.String()
	for _, has := range []string{`aria-current="page">Sessions</a>`, "admin (you, here)", "joe</td>", "&lt;sue&gt;</td>", "192.0.2.1", `name="csrf"`} {
		if !strings.Contains(body, has) {
			t.Errorf("%s is not there: %s", has, body)
		}
	}
	if strings.Contains(body, u.cookie.Value) || strings.Count(body, "(you, here)") != 1 || strings.Count(body, `value="end"`) != 3 {
		t.Error(body)
	}
	if body := send(u, "GET", "/sessions?user=joe", nil).Body.String(); strings.Count(body, `value="end"`) != 1 || !strings.Contains(body, "joe</td>") {
		t.Errorf("of joe: %s", body)
	}
	if body := send(u, "GET", "/sessions?user=nobody", nil).Body.String(); !strings.Contains(body, "Nobody called nobody is logged in.") {
		t.Errorf("of nobody: %s", body)
	}
	reader := u
	reader.as = auth.NewIdentity("auditor", rule(func(a auth.Action, of auth.Resource) bool { return a == auth.Read && of == auth.Security() }))
	path := "/sessions/" + o.Sessions.List("joe")[0].ID
	if w := send(reader, "GET", "/sessions", nil); w.Code != 200 || strings.Contains(w.Body.String(), `value="end"`) {
		t.Errorf("who only reads: %d %s", w.Code, w.Body)
	}
	for _, c := range []struct {
		as           visitor
		path, action string
		status       int
		left         int
	}{
		{reader, path, "end", 403, 3}, {u, path, "odd", 400, 3}, {u, "/sessions/none", "end", 404, 3}, {u, path, "end", 303, 2}, {u, path, "end", 404, 2},
	} {
		if w := send(c.as, "POST", c.path, url.Values{"action": {c.action}}); w.Code != c.status || o.Sessions.Count() != c.left {
			t.Errorf("%s %s by %s: %d, %d sessions are left: %s", c.path, c.action, c.as.as.Name, w.Code, o.Sessions.Count(), w.Body)
		}
	}
}

// Of very many sessions a page has those that were used last, and says how many more there are.
func TestManySessions(t *testing.T) {
	t.Parallel()
	o := newUI(t, "").Options
	now := time.Unix(1e9, 0)
	o.Sessions = auth.NewSessions(nil, func() time.Time { now = now.Add(time.Second); return now })
	for i := range sessionsShown + 2 {
		o.Sessions.Begin(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil), string(rune('a'+i)), vouchedFor{}, false)
	}
	w := httptest.NewRecorder()
	New(o).ServeHTTP(w, asked("/sessions"))
	if body := w.Body.String(); strings.Count(body, `value="end"`) != sessionsShown || strings.Contains(body, ">a</td>") || !strings.Contains(body, "2 more are not shown") {
		t.Error(body)
	}
}

// Where nobody logs in there are no sessions, and the head does not name their page.
func TestNoSessions(t *testing.T) {
	t.Parallel()
	u := newUI(t, "")
	w := httptest.NewRecorder()
	u.ServeHTTP(w, asked("/sessions"))
	if body := w.Body.String(); w.Code != 200 || !strings.Contains(body, "Nobody logs in at this server.") || strings.Contains(body, `href="/sessions"`) {
		t.Errorf("%d %s", w.Code, body)
	}
	if w := send(visitor{UI: u, as: auth.Everybody()}, "POST", "/sessions/x", url.Values{"action": {"end"}}); w.Code != 404 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
