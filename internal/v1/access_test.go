package v1

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ovate/druid"
	"ovate/internal/auth"
	"ovate/internal/clock"
	"ovate/internal/deepstorage/local"
	"ovate/internal/label"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite/sqlitetest"
	"ovate/internal/queue"
	"ovate/internal/runner"
	"ovate/internal/runner/inprocess"
	"ovate/internal/submission"
	"ovate/internal/supervisor"
	"ovate/internal/task"
	"ovate/internal/tasklog"
	"ovate/internal/trend"
)

// rights are what an identity may do, and nothing else.
type rights []right

type right struct {
	auth.Action
	auth.Resource
}

func (r rights) May(_ string, a auth.Action, of auth.Resource) bool {
	return slices.Contains(r, right{a, of})
}
func (rights) Ready() error { return nil }

// newEngine is a queue whose tasks run in this process, with what waits to become tasks of it.
func newEngine(t *testing.T) *Engine {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	logs, err := tasklog.Open(filepath.Join(t.TempDir(), "logs"), log)
	if err != nil {
		t.Fatal(err)
	}
	deep, err := local.Open(local.Options{Directory: filepath.Join(t.TempDir(), "segments")})
	if err != nil {
		t.Fatal(err)
	}
	store := metadata.Watched(metadata.Classified(sqlitetest.Open(t)), label.Index{})
	q := queue.New(queue.Options{
		Store: store, Logs: logs, Log: log, Clock: clock.New(druid.Now),
		Runner: inprocess.New(inprocess.Options{Kit: &task.Kit{Storage: deep, Logs: logs, Workers: 1}, Worker: runner.Worker{Capacity: 1}, Log: log}),
	})
	if err := q.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(q.Stop)
	waiting := submission.New(submission.Options{Store: store, Log: log})
	if err := waiting.Start(t.Context(), q); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(waiting.Stop)
	return &Engine{Tasks: q, Orphans: &litter{}, Submissions: waiting, Labels: label.Index{Store: store}}
}

// streams are supervisors, and the lag of one, of the data source visits.
type streams struct{ Supervisors }

func (streams) Get(id string) (*supervisor.Supervisor, error) {
	return &supervisor.Supervisor{ID: id, DataSource: "visits"}, nil
}

func (streams) Last(string) (trend.Lag, bool) {
	points := []trend.Point{{At: 0, Value: trend.Unknown}, {At: 60_000, Value: 12}}
	return trend.Lag{Total: points, Partitions: []trend.Partition{{Name: "0", Points: points}}}, true
}

// TestAccess: who may read and write to one data source sees and changes nothing of another, and nobody does anything without a right.
func TestAccess(t *testing.T) {
	t.Parallel()
	engine := newEngine(t)
	f := setupWith(func(o *Options) {
		streaming := *engine
		streaming.Supervisors = streams{}
		o.Engine = func() *Engine { return &streaming }
		o.Inputs.Kept = true
		o.Lags = streams{}
	})
	submit := func(id, dataSource string) *httptest.ResponseRecorder {
		return f.answer("POST", "/api/v1/tasks", fmt.Sprintf(`{"type":"noop","id":%q,"dataSource":%q,"runTime":600000}`, id, dataSource))
	}
	for _, dataSource := range []string{"mine", "theirs"} {
		if w := submit(dataSource+"1", dataSource); w.Code != 201 {
			t.Fatal(w.Body)
		}
	}
	later := func(id, dataSource, after string) string {
		return fmt.Sprintf(`{"task":{"type":"noop","id":%q,"dataSource":%q,"runTime":600000},"notBefore":"2100-01-01T00:00:00Z","after":%s}`, id, dataSource, after)
	}
	for _, body := range []string{later("later", "mine", "[]"), later("theirs-later", "theirs", "[]")} {
		if w := f.answer("POST", "/api/v1/submissions", body); w.Code != 201 {
			t.Fatal(w.Body)
		}
	}
	readMine, writeMine := right{auth.Read, auth.DataSource("mine")}, right{auth.Write, auth.DataSource("mine")}
	mine := rights{readMine, writeMine, {auth.Read, auth.External("inline")}}
	reads := rights{readMine}
	state := rights{{auth.Read, auth.State()}}
	none := rights{}
	// batch is a task with input, which names data sources where it is to write, and where it is not read.
	batch := func(reads, names string) string {
		return fmt.Sprintf(`{"type":"index_parallel","dataSource":%q,"spec":{"dataSchema":{"dataSource":%q,"timestampSpec":{"column":"t"},"dimensionsSpec":{}},`+
			`"ioConfig":{"type":"index_parallel","inputSource":{"type":"inline","data":"{}"},"inputFormat":{"type":"json"}}}}`, names, reads)
	}
	for _, c := range []struct {
		rights             rights
		method, path, body string
		status             int
		says, not          string
	}{
		{mine, "GET", "/tasks", "", 200, `"id":"mine1"`, "theirs"},
		{mine, "GET", "/tasks?dataSource=theirs", "", 403, "You may not read DATASOURCE [theirs].", ""},
		{mine, "GET", "/tasks?counts=true", "", 403, "STATE", ""},
		{mine, "GET", "/tasks?counts=true&dataSource=mine", "", 200, `"counts":{"waiting":`, ""},
		{none, "GET", "/tasks", "", 200, `{"tasks":[]}`, ""},
		{mine, "GET", "/tasks/mine1", "", 200, "mine1", ""},
		{mine, "GET", "/tasks/theirs1", "", 403, "You may not read task [theirs1].", "DATASOURCE"},
		{mine, "GET", "/events?dataSource=theirs", "", 403, "", ""},
		{none, "GET", "/datasources", "", 200, "[]", "wiki"},
		{none, "GET", "/datasources/wiki/segments", "", 403, "", ""},
		{none, "GET", "/datasources/wiki/segments/far", "", 403, "", ""},
		{none, "GET", "/datasources/wiki/segments/far/rows", "", 403, "", ""},
		{rights{{auth.Read, auth.DataSource("wiki")}}, "GET", "/datasources/wiki/segments/far", "", 200, `"unopened":"its files are in a store of objects`, ""},
		{rights{{auth.Read, auth.DataSource("wiki")}}, "GET", "/datasources/wiki/segments/far/rows", "", 409, "7 bytes", ""},
		{none, "GET", "/rates", "", 403, "", ""},
		{state, "GET", "/rates", "", 200, "[", ""},
		{none, "GET", "/supervisors/stream/lag", "", 403, "You may not read supervisor [stream].", "visits"},
		{rights{{auth.Read, auth.DataSource("visits")}}, "GET", "/supervisors/stream/lag", "", 200, `"total":12,"partitions":{"0":12}`, ""},
		{none, "GET", "/metadata", "", 403, "", "c0ffee"},
		{state, "GET", "/metadata", "", 200, "c0ffee", ""},
		{state, "GET", "/orphans", "", 200, "", ""},
		{state, "DELETE", "/orphans", "", 403, "You may not write to STATE [STATE].", ""},
		{none, "GET", "/openapi.json", "", 200, "openapi", ""},
		{reads, "POST", "/tasks", `{"type":"noop","dataSource":"mine"}`, 403, "write to DATASOURCE [mine]", ""},
		{reads, "POST", "/validate", `{"type":"noop","dataSource":"mine"}`, 403, "", ""},
		{mine, "POST", "/tasks", `{"type":"noop","dataSource":"theirs"}`, 403, "", ""},
		{rights{writeMine}, "POST", "/tasks", batch("mine", "mine"), 403, "read EXTERNAL [inline]", ""},
		{mine, "POST", "/validate", batch("mine", "mine"), 200, `"valid":true`, ""},
		{mine, "POST", "/validate", batch("mine", "theirs"), 403, "write to DATASOURCE [theirs]", ""},
		{reads, "POST", "/tasks/cancel", `{"all":true}`, 200, `"matched":0`, ""},
		{mine, "POST", "/tasks/cancel", `{"all":true,"dryRun":true}`, 200, `"matched":1`, "theirs"},
		{mine, "POST", "/tasks/cancel", `{"ids":["theirs1"]}`, 200, `"failed":1`, ""},
		{mine, "POST", "/tasks/cancel", `{"all":true}`, 200, `"done":1`, "theirs"},
		{nil, "POST", "/tasks/cancel", `{"all":true}`, 200, `"done":1`, "mine"},
		{mine, "POST", "/tasks/retry", `{"ids":["theirs1"]}`, 200, `"failed":1`, `newId`},
		{mine, "POST", "/tasks/retry", `{"all":true}`, 200, `"done":1`, "theirs"},
		{reads, "POST", "/tasks/retry", `{"all":true}`, 200, `"matched":0`, ""},
		{mine, "GET", "/submissions", "", 200, `"id":"later"`, "theirs"},
		{none, "GET", "/submissions", "", 200, `"submissions":[]`, ""},
		{mine, "GET", "/submissions/later", "", 200, "mine", ""},
		{none, "GET", "/submissions/later", "", 403, "You may not read submission [later].", "mine"},
		{reads, "DELETE", "/submissions/later", "", 403, "write to", ""},
		{reads, "POST", "/submissions", later("x", "mine", "[]"), 403, "write to DATASOURCE [mine]", ""},
		{mine, "POST", "/submissions", later("x", "theirs", "[]"), 403, "", ""},
		{mine, "POST", "/submissions", later("x", "mine", `["theirs-later"]`), 422, "there is no task and no submission", ""},
		{mine, "POST", "/submissions", later("x", "mine", `["mine1"]`), 201, "", ""},
		{mine, "DELETE", "/submissions/later", "", 200, "FAILED", ""},
	} {
		f.as = auth.Everybody()
		if c.rights != nil {
			f.as = auth.NewIdentity("one", c.rights)
		}
		w := f.answer(c.method, "/api/v1"+c.path, c.body)
		if text := w.Body.String(); w.Code != c.status || !strings.Contains(text, c.says) || c.not != "" && strings.Contains(text, c.not) {
			t.Errorf("%v: %s %s %s: %d %.300s", c.rights, c.method, c.path, c.body, w.Code, text)
		}
	}
	f.as = auth.Everybody()
	if w := f.answer("GET", "/api/v1/tasks?dataSource=theirs&state=RUNNING", ""); !strings.Contains(w.Body.String(), `"tasks":[]`) {
		t.Errorf("at the end: %s", w.Body)
	}
}

// TestKeysOfOthers: who finds out a key of another learns nothing by it.
func TestKeysOfOthers(t *testing.T) {
	t.Parallel()
	engine := newEngine(t)
	f := setupWith(func(o *Options) { o.Engine = func() *Engine { return engine } })
	send := func() *httptest.ResponseRecorder {
		r := httptest.NewRequest("POST", "/api/v1/tasks", strings.NewReader(`{"type":"noop","runTime":1}`))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Idempotency-Key", "k")
		w := httptest.NewRecorder()
		f.ServeHTTP(w, r)
		return w
	}
	if w := send(); w.Code != 201 {
		t.Fatal(w.Body)
	}
	f.as = auth.NewIdentity("another", rights{})
	if w := send(); w.Code != 403 || strings.Contains(w.Body.String(), "noop_") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// A key counts for its sender alone: whoever has used one before keeps nobody else from it, nor does he get to know of what came with it.
func TestSameKeyOfOthers(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	f := setupWith(func(o *Options) { o.Engine = func() *Engine { return e } })
	seen := map[string]bool{}
	for _, who := range []auth.Identity{auth.Everybody(), auth.NewIdentity("joe", auth.AllowAll{}), auth.NewIdentity("wanda", auth.AllowAll{})} {
		f.as = who
		for range 2 {
			r := httptest.NewRequest("POST", "/api/v1/tasks", strings.NewReader(`{"type":"noop","dataSource":"of-`+who.Name+`"}`))
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Idempotency-Key", "load 2026-11-30")
			w := httptest.NewRecorder()
			f.ServeHTTP(w, r)
			if w.Code != 201 {
				t.Errorf("%s: %d %s", who.Name, w.Code, w.Body)
			}
			seen[w.Body.String()] = true
		}
	}
	if len(seen) != 3 {
		t.Errorf("the answers are %v", seen)
	}
}

// Nobody gives a task the id that follows from the key of another, which anybody can find out: he would answer for the other's task, or have it refused.
func TestIDsOfKeys(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	f := setupWith(func(o *Options) { o.Engine = func() *Engine { return e } })
	f.as = auth.NewIdentity("sue", auth.AllowAll{})
	keyed := func() *httptest.ResponseRecorder {
		r := httptest.NewRequest("POST", "/api/v1/tasks", strings.NewReader(`{"type":"noop","dataSource":"shop"}`))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Idempotency-Key", "nightly")
		w := httptest.NewRecorder()
		f.ServeHTTP(w, r)
		return w
	}
	var made struct{ ID string }
	if w := keyed(); w.Code != 201 || json.Unmarshal(w.Body.Bytes(), &made) != nil {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	last := "0"
	if strings.HasSuffix(made.ID, last) {
		last = "1"
	}
	free := made.ID[:len(made.ID)-1] + last // of a key that nobody has used yet
	for path, body := range map[string]string{
		"/tasks": `{"type":"noop","dataSource":"web","id":"` + free + `","context":{"ovateRequestDigest":"x"}}`, "/submissions": `{"task":{"type":"noop","dataSource":"web","id":"` + free + `"}}`,
	} {
		if w := f.answer("POST", Base+path, body); w.Code != 422 || !strings.Contains(w.Body.String(), "follow from an Idempotency-Key") {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
	if w := f.answer("POST", Base+"/tasks", `{"type":"noop","dataSource":"web","id":"`+made.ID+`_attempt2"}`); w.Code != 422 {
		t.Errorf("the id of a next attempt: %d %s", w.Code, w.Body)
	}
	if w := f.answer("POST", Base+"/validate", `{"type":"noop","dataSource":"web","id":"`+free+`"}`); w.Code != 200 || !strings.Contains(w.Body.String(), `"pointer":"/id"`) {
		t.Errorf("validate: %d %s", w.Code, w.Body)
	}
	if w := keyed(); w.Code != 201 || w.Header().Get("Idempotency-Replayed") != "true" {
		t.Errorf("the same request again: %d %s", w.Code, w.Body)
	}
}
