package v1

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"ovate/internal/auth"
)

// vouched is the account of somebody.
type vouched struct{ auth.Account }

func (vouched) Over(time.Time) bool { return false }

// TestSessions: who may read who may do what sees who is logged in, and who may change that ends their sessions.
func TestSessions(t *testing.T) {
	t.Parallel()
	sessions := auth.NewSessions(nil, time.Now)
	f := setupWith(func(o *Options) { o.Sessions = sessions })
	login := httptest.NewRequest("GET", "/", nil)
	cookies := map[string]*http.Cookie{}
	for _, user := range []string{"joe", "sue"} {
		cookies[user] = sessions.Begin(httptest.NewRecorder(), login, user, vouched{}, false)
	}
	reads := auth.NewIdentity("auditor", rights{{auth.Read, auth.Security()}})
	changes := auth.NewIdentity("admin", rights{{auth.Write, auth.Security()}})
	f.as = reads
	var told struct{ Sessions []Session }
	if w := f.answer("GET", "/api/v1/sessions?user=joe", ""); w.Code != 200 || json.Unmarshal(w.Body.Bytes(), &told) != nil || len(told.Sessions) != 1 || told.Sessions[0].User != "joe" || told.Sessions[0].Address != "192.0.2.1" ||
		strings.Contains(w.Body.String(), cookies["joe"].Value) {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	path := "/api/v1/sessions/" + told.Sessions[0].ID
	for _, c := range []struct {
		as           auth.Identity
		method, path string
		status       int
		says         string
	}{
		{reads, "GET", "/api/v1/sessions", 200, `"user":"sue"`},
		{reads, "DELETE", path, 403, "You may not write to CONFIG [security]."},
		{auth.NewIdentity("operator", rights{{auth.Read, auth.Config()}, {auth.Read, auth.State()}}), "GET", "/api/v1/sessions", 403, "You may not read CONFIG [security]."},
		{changes, "GET", "/api/v1/sessions", 403, ""},
		{changes, "DELETE", "/api/v1/sessions/none", 404, "There is no session of this id at this server."},
		{changes, "DELETE", path, 204, ""},
		{changes, "DELETE", path, 404, "It may have ended."},
	} {
		f.as = c.as
		if w := f.answer(c.method, c.path, ""); w.Code != c.status || !strings.Contains(w.Body.String(), c.says) {
			t.Errorf("%s: %s %s: %d %s", c.as.Name, c.method, c.path, w.Code, w.Body)
		}
	}
	if left := sessions.List(""); len(left) != 1 || left[0].User != "sue" {
		t.Errorf("there are %+v", left)
	}
	if log := f.log.String(); !strings.Contains(log, `msg="a session was ended" user=joe address=192.0.2.1 by=admin`) {
		t.Errorf("the log has %s", log)
	}
	f = setupWith(func(*Options) {}) // where nobody logs in
	if w := f.answer("GET", "/api/v1/sessions", ""); w.Code != 200 || w.Body.String() != `{"sessions":[]}` {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := f.answer("DELETE", path, ""); w.Code != 404 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
