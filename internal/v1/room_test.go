package v1

import (
	"net/http"
	"strings"
	"testing"

	"ovate/internal/auth"
	"ovate/internal/room"
)

// TestManyValues: a body that is small beside what it becomes in memory is refused before it is read, and one of somebody who may submit nothing before it has come.
func TestManyValues(t *testing.T) {
	t.Parallel()
	engine := newEngine(t)
	shared := room.New(1 << 20)
	f := setupWith(func(o *Options) {
		o.Engine = func() *Engine { return engine }
		o.Room = shared
	})
	task := func(dimensions int) string {
		return `{"type":"index_parallel","spec":{"dataSchema":{"dimensionsSpec":{"dimensions":[1` + strings.Repeat(",1", dimensions-1) + `]}}}}`
	}
	for _, path := range []string{"/tasks", "/validate", "/submissions", "/preview"} {
		if w := f.answer("POST", Base+path, task(100_000)); w.Code != http.StatusRequestEntityTooLarge || !strings.Contains(w.Body.String(), "JSON values") {
			t.Errorf("%s: %d %.300s", path, w.Code, w.Body)
		}
	}
	if w := f.answer("POST", Base+"/validate", task(1000)); w.Code != 200 || strings.Count(w.Body.String(), `"pointer"`) != 100 {
		t.Errorf("1000 faults: %d, %d are told, %.300s", w.Code, strings.Count(w.Body.String(), `"pointer"`), w.Body)
	}
	if !shared.Hold("").Try(shared.Size()) {
		t.Fatal("not all room is given back")
	}
	if w := f.answer("POST", Base+"/validate", `{"type":"noop","x":"`+strings.Repeat("x", 100_000)+`"}`); w.Code != http.StatusTooManyRequests {
		t.Errorf("while others have the room: %d %.300s", w.Code, w.Body)
	}
	roles := new(auth.Roles)
	if err := roles.SetGrants(&auth.Grants{Users: map[string]auth.Granted{"one": {Name: "one"}}}); err != nil {
		t.Fatal(err)
	}
	f.as = auth.NewIdentity("one", roles)
	for _, path := range []string{"/tasks", "/validate", "/submissions", "/preview", "/uploads"} {
		if w := f.answer("POST", Base+path, "no JSON at all"); w.Code != http.StatusForbidden {
			t.Errorf("%s by somebody without rights: %d %.300s", path, w.Code, w.Body)
		}
	}
}
