package ui

import (
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"ovate/internal/auth"
	"ovate/internal/room"
)

// A form that would take too much memory is refused, with what to do, whoever sends it; so is one of somebody who may write nothing.
func TestLargeForms(t *testing.T) {
	t.Parallel()
	u, _ := guarded(t, func(auth.Action, auth.Resource) bool { return true })
	all := room.New(1 << 20)
	send := func(path, form string) *httptest.ResponseRecorder {
		r := httptest.NewRequest("POST", path, strings.NewReader(form))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		share := all.Share("")
		defer share.Release()
		w := httptest.NewRecorder()
		u.ServeHTTP(w, r.WithContext(room.With(auth.With(r.Context(), u.as), share)))
		return w
	}
	many := `{"type":"index_parallel","spec":{"dataSchema":{"dimensionsSpec":{"dimensions":[1` + strings.Repeat(",1", 100_000) + `]}}}}`
	for _, c := range []struct {
		path, form string
		status     int
		says       string
	}{
		{"/submit", "spec=" + url.QueryEscape(many), 413, "POST /druid/indexer/v1/task"},
		{"/submit", "spec=" + strings.Repeat("x", 17<<20), 413, "more than 16 MiB"},
		{"/submit", "spec=" + strings.Repeat("x", 1<<20), 413, "more memory"},
		{"/tasks", strings.Repeat("id=1&", 1_500_000), 413, "more memory"},
		{"/tasks", strings.Repeat("id=1&", 10_000), 413, "fields"},
		{"/tasks", "%zz", 400, "cannot be read"},
		{"/submit", "spec=" + url.QueryEscape(strings.Replace(many, strings.Repeat(",1", 99_900), "", 1)), 400, "dataSource"},
	} {
		if w := send(c.path, c.form); w.Code != c.status || !strings.Contains(w.Body.String(), c.says) {
			t.Errorf("%s %.20s: %d %.2000s", c.path, c.form, w.Code, w.Body)
		}
	}
	if !all.Hold("").Try(all.Size()) {
		t.Error("not all room is given back")
	}
	roles := new(auth.Roles)
	if err := roles.SetGrants(&auth.Grants{}); err != nil {
		t.Fatal(err)
	}
	u.as = auth.NewIdentity("one", roles)
	for _, path := range []string{"/submit", "/tasks", "/submit/file"} {
		if w := send(path, "spec=no"); w.Code != 403 || !strings.Contains(w.Body.String(), "any data source") {
			t.Errorf("%s by somebody without rights: %d %.2000s", path, w.Code, w.Body)
		}
	}
}

// An id that follows from the key of somebody's request is nobody's to give.
func TestIDOfAKey(t *testing.T) {
	t.Parallel()
	u, _ := guarded(t, func(auth.Action, auth.Resource) bool { return true })
	w := send(u, "POST", "/submit", url.Values{"spec": {"{\"type\":\"noop\",\"dataSource\":\"wiki\",\n\"id\":\"noop_key_0123456789abcdef0123456789abcdef\"}"}})
	if w.Code != 400 || !strings.Contains(w.Body.String(), "follow from an Idempotency-Key") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
