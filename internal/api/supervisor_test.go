package api

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"testing"

	"ovate/druid"
	"ovate/internal/clock"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite/sqlitetest"
	"ovate/internal/supervisor"
)

// setupSupervisors is an API on metadata as a Java Overlord left them.
func setupSupervisors(t *testing.T) *fixture {
	t.Helper()
	store := sqlitetest.Open(t)
	insert := func(id, payload string, seconds int) {
		t.Helper()
		if err := store.Update(t.Context(), func(tx metadata.Tx) error {
			return tx.InsertSupervisor(id, []byte(payload), druid.Instant(seconds*1000))
		}); err != nil {
			t.Fatal(err)
		}
	}
	insert("wiki", `{"type":"kafka","suspended":true}`, 1)
	insert("wiki", kafkaSpec, 2)
	insert("rests", `{"type":"kinesis","suspended":true}`, 3)
	insert("gone", `{"type":"kafka"}`, 4)
	insert("gone", `{"type":"NoopSupervisorSpec","id":null,"dataSources":["gone"],"suspended":false,"type":"noop","source":"noop"}`, 5)
	insert("bad \"one", `{"type":`, 6)
	return ofSupervisors(t, store)
}

// ofSupervisors is an API on the supervisors in a store, and others of these kinds.
func ofSupervisors(t *testing.T, store metadata.Store, kinds ...supervisor.Kind) *fixture {
	t.Helper()
	m := supervisor.New(supervisor.Options{Store: metadata.Classified(store), Now: clock.New(druid.Now).Now, Log: slog.New(slog.DiscardHandler), Kinds: kinds})
	t.Cleanup(m.Stop)
	if err := m.Start(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	return setupWith(func(o *Options) {
		e := *o.Engine()
		e.Supervisors = m
		o.Engine = leads(e)
	})
}

const kafkaSpec = `{"type":"kafka","spec":{"dataSchema":{"dataSource":"wiki"},"ioConfig":{"topic":"t","stream":"t","consumerProperties":{"sasl.jaas.config":"SECRET"}}},"suspended":false}`

// What a Java Overlord has stored can be looked at, and its state says that it is not run. For what would change it there is no supervisor.
func TestStoredSupervisors(t *testing.T) {
	t.Parallel()
	f := setupSupervisors(t)
	const (
		bad, badState   = `"bad \"one"`, `"state":"UNHEALTHY_SUPERVISOR","detailedState":"UNREADABLE_SPEC","healthy":false`
		state           = `"state":"UNHEALTHY_SUPERVISOR","detailedState":"NOT_RUN_BY_OVATE","healthy":false`
		rests, rest     = `"state":"SUSPENDED","detailedState":"SUSPENDED","healthy":true`, `{"type":"kinesis","suspended":true}`
		shown           = `{"type":"kafka","spec":{"dataSchema":{"dataSource":"wiki"},"ioConfig":{"topic":"t","stream":"t","consumerProperties":{"sasl.jaas.config":"***"}}},"suspended":false}`
		quoted          = `"{\"type\":\"kafka\",\"spec\":{\"dataSchema\":{\"dataSource\":\"wiki\"},\"ioConfig\":{\"topic\":\"t\",\"stream\":\"t\",\"consumerProperties\":{\"sasl.jaas.config\":\"***\"}}},\"suspended\":false}"`
		tombstone       = `{"spec":{"type":"NoopSupervisorSpec","id":null,"dataSources":["gone"],"suspended":false,"type":"noop","source":"noop"},"version":"1970-01-01T00:00:05.000Z"}`
		goneHistory     = `[` + tombstone + `,{"spec":{"type":"kafka"},"version":"1970-01-01T00:00:04.000Z"}]`
		restHistory     = `[{"spec":` + rest + `,"version":"1970-01-01T00:00:03.000Z"}]`
		wikiHistory     = `[{"spec":` + shown + `,"version":"1970-01-01T00:00:02.000Z"},{"spec":{"type":"kafka","suspended":true},"version":"1970-01-01T00:00:01.000Z"}]`
		none            = "Cannot find any supervisor with id: [%s]"
		why             = `"This Overlord is ovate, which runs no supervisors of type [kafka] in this version: it keeps the spec, and makes no tasks of it. A Java Overlord that leads runs it."`
		now             = `"[-0-9]{10}T[:0-9]{8}\.[0-9]{3}Z"`
		badID, badSpell = "bad%20%22one", `bad \"one`
	)
	unreadable := `The spec of supervisor\[bad \\"one\] cannot be read in the metadata, table druid_supervisors: .*it is no JSON object: line 1, column 9 is no JSON, or has one half alone of a character, as [^,]*ud800`
	for _, c := range []struct {
		method, path string
		status       int
		contentType  string
		want         string // an expression if it begins with ^
	}{
		{"GET", "", 200, contentJSON, `[` + bad + `,"rests","wiki"]`},
		{"GET", "?state=false", 200, contentJSON, `[` + bad + `,"rests","wiki"]`},
		{"GET", "?state=True", 200, contentJSON, `[{"id":` + bad + `,` + badState + `,"suspended":false},{"id":"rests",` + rests + `,"suspended":false},{"id":"wiki",` + state + `,"suspended":false}]`},
		{"GET", "?full", 200, contentJSON, `[{"id":` + bad + `,` + badState + `,"suspended":false},{"id":"rests",` + rests + `,"spec":` + rest + `,"suspended":false},` +
			`{"id":"wiki",` + state + `,"spec":` + shown + `,"suspended":false}]`},
		{"GET", "?system=1", 200, contentJSON, `[{"id":` + bad + `,` + badState + `,"suspended":false},` +
			`{"id":"rests",` + rests + `,"specString":"{\"type\":\"kinesis\",\"suspended\":true}","type":"kinesis","source":"","suspended":true},` +
			`{"id":"wiki",` + state + `,"specString":` + quoted + `,"type":"kafka","source":"t","suspended":false}]`},
		{"GET", "/wiki", 200, contentJSON, shown},
		{"GET", "/rests", 200, contentJSON, rest},
		{"GET", "/gone", 404, contentText, fmt.Sprintf(none, "gone")},
		{"GET", "/" + badID, 500, contentJSON, `^\{"error":"druidException","errorCode":"general","persona":"OPERATOR","category":"RUNTIME_FAILURE","errorMessage":"` + unreadable + `","context":\{\}\}$`},
		{"GET", "/wiki/status", 200, contentJSON, `^\{"id":"wiki","generationTime":` + now + `,"payload":\{"dataSource":"wiki","stream":"t","suspended":false,"healthy":false,` +
			`"state":"UNHEALTHY_SUPERVISOR","detailedState":"NOT_RUN_BY_OVATE","recentErrors":\[\{"timestamp":` + now + `,"exceptionClass":null,"message":` + regexp.QuoteMeta(why) + `,"streamException":false\}\]\}\}$`},
		{"GET", "/rests/status", 200, contentJSON, `^\{"id":"rests","generationTime":` + now + `,"payload":\{"suspended":true,"healthy":true,"state":"SUSPENDED","detailedState":"SUSPENDED","recentErrors":\[\]\}\}$`},
		{"GET", "/" + badID + "/status", 200, contentJSON, `^\{"id":"bad \\"one",.*"message":"` + unreadable + `","streamException":false\}\]\}\}$`},
		{"GET", "/wiki/health", 503, contentJSON, `{"healthy":false}`},
		{"GET", "/rests/health", 200, contentJSON, `{"healthy":true}`},
		{"GET", "/wiki/stats", 200, contentJSON, `{}`},
		{"GET", "/wiki/parseErrors", 200, contentJSON, `[]`},
		{"GET", "/wiki/history", 200, contentJSON, wikiHistory},
		{"GET", "/gone/history", 200, contentJSON, goneHistory},
		{"GET", "/" + badID + "/history", 404, contentJSON, `{"error":"No history for [` + badSpell + `]."}`},
		{"GET", "/history", 200, contentJSON, `{"gone":` + goneHistory + `,"rests":` + restHistory + `,"wiki":` + wikiHistory + `}`},
		{"GET", "/wiki/history?count=1", 200, contentJSON, `[{"spec":` + shown + `,"version":"1970-01-01T00:00:02.000Z"}]`},
		{"GET", "/wiki/history?count=0", 400, contentJSON, `{"error":"Count must be greater than zero if set (count was 0)"}`},
		{"GET", "/wiki/history?count=x", 400, contentJSON, `^\{"error":"Invalid value for query parameter \[count\]: .*"\}$`},
	} {
		w := f.answer(c.method, base+"/supervisor"+c.path, "")
		is := w.Body.String() == c.want
		if c.want != "" && c.want[0] == '^' {
			is = regexp.MustCompile(c.want).MatchString(w.Body.String())
		}
		if w.Code != c.status || w.Header().Get("Content-Type") != c.contentType || !is {
			t.Errorf("%s %s: %d %s %s, want %d %s %s", c.method, c.path, w.Code, w.Header().Get("Content-Type"), w.Body, c.status, c.contentType, c.want)
		}
	}
	for _, part := range []string{"/status", "/health", "/stats", "/parseErrors", ""} {
		for _, id := range []string{"gone", "never"} {
			if w := f.answer("GET", base+"/supervisor/"+id+part, ""); w.Code != 404 || w.Body.String() != fmt.Sprintf(none, id) {
				t.Errorf("%s%s: %d %s", id, part, w.Code, w.Body)
			}
		}
	}
}

// What changes supervisors answers as Java does, for those that do not run here, too.
func TestChangeSupervisors(t *testing.T) {
	t.Parallel()
	f := setupSupervisors(t)
	const (
		why  = `"warning":"This Overlord is ovate, which runs no supervisors of type [kafka] in this version: it keeps the spec, and makes no tasks of it. A Java Overlord that leads runs it."`
		spec = `{"type":"kafka","spec":{"dataSchema":{"dataSource":"new"},"ioConfig":{"topic":"t","consumerProperties":{"sasl.jaas.config":"SECRET"}}}}`
		none = "Cannot find any supervisor with id: [gone]"
		not  = `^\{"error":"druidException",.*"category":"UNSUPPORTED","errorMessage":"Supervisor\[rests\] of type \[kinesis\] cannot %s: it does not run here, as its status tells\.".*\}$`
	)
	shown := strings.ReplaceAll(spec, "SECRET", "***")
	for _, c := range []struct {
		path, body  string
		status      int
		contentType string
		want        string // an expression if it begins with ^
	}{
		{"", spec, 200, contentJSON, `{"id":"new",` + why + `}`},
		{"?skipRestartIfUnmodified=true", spec, 200, contentJSON, `{"id":"new",` + why + `}`},
		{"", shown, 400, contentJSON, `^\{"error":"Field \[spec\.ioConfig\.consumerProperties\.sasl\.jaas\.config\] has the \*\*\* that is shown in the place of a secret\. .*"\}$`},
		{"", "", 400, contentJSON, `^\{"error":"Request body is empty\. .*"\}$`},
		{"", "[]", 400, contentJSON, `^\{"error":"Request body must be a supervisor spec: .*"\}$`},
		{"", `{"type":"kafka","suspended":"x"}`, 400, contentJSON, `{"error":"Field [suspended] must be true or false, but is \"x\""}`},
		{"/new/suspend", "", 200, contentJSON, shown[:len(shown)-1] + `,"suspended":true}`},
		{"/new/suspend", "", 400, contentJSON, `{"error":"[new] is already suspended"}`},
		{"/new/resume", "", 200, contentJSON, shown[:len(shown)-1] + `,"suspended":false}`},
		{"/new/resume", "", 400, contentJSON, `{"error":"[new] is already running"}`},
		{"/gone/suspend", "", 404, contentText, none},
		{"/gone/resume", "", 404, contentText, none},
		{"/gone/terminate", "", 404, contentText, none},
		{"/gone/shutdown", "", 404, contentText, none},
		{"/gone/reset", "", 404, contentText, none},
		{"/gone/resetOffsets", "", 404, contentText, none},
		{"/gone/taskGroups/handoff", "", 404, contentText, none},
		{"/rests/reset", "", 501, contentJSON, fmt.Sprintf(not, "be reset")},
		{"/rests/resetOffsets", `{"type":"kinesis"}`, 501, contentJSON, fmt.Sprintf(not, "be reset")},
		{"/rests/resetOffsets", ``, 400, contentJSON, `^\{"error":"Request body must tell the offsets to read on from: .* POST to supervisor/rests/reset\."\}$`},
		{"/rests/taskGroups/handoff", `{"taskGroupIds":[1]}`, 501, contentJSON, fmt.Sprintf(not, "hand off tasks")},
		{"/rests/taskGroups/handoff", `{"taskGroupIds":[]}`, 400, contentJSON, `{"error":"List of task groups to handoff can't be empty"}`},
		{"/rests/taskGroups/handoff", `{"taskGroupIds":["a"]}`, 400, contentJSON, `^\{"error":"Invalid request body: field \[taskGroupIds.*\}$`},
		{"/bad%20%22one/suspend", "", 400, contentJSON, `^\{"error":"The spec of supervisor\[bad .* Submit its spec again, or terminate it\."\}$`},
		{"/suspendAll", "", 400, contentJSON, `^\{"error":"1 of 4 supervisors could not be changed, the others are as they were asked to be: supervisor\[bad .* terminate it\."\}$`},
		{"/wiki/suspend", "", 400, contentJSON, `{"error":"[wiki] is already suspended"}`},
		{"/resumeAll", "", 400, contentJSON, `^\{"error":"1 of 4 supervisors could not be changed, the others are as they were asked to be: supervisor\[bad .* terminate it\."\}$`},
		{"/rests/resume", "", 400, contentJSON, `{"error":"[rests] is already running"}`},
		{"/new/shutdown", "", 200, contentJSON, `{"id":"new"}`},
		{"/terminateAll", "", 200, contentJSON, `{"status":"success"}`},
		{"/wiki/suspend", "", 404, contentText, "Cannot find any supervisor with id: [wiki]"},
		{"/bad%20%22one/terminate", "", 404, contentText, `Cannot find any supervisor with id: [bad "one]`},
		{"/suspendAll", "", 200, contentJSON, `{"status":"success"}`},
	} {
		w := f.answer("POST", base+"/supervisor"+c.path, c.body)
		is := w.Body.String() == c.want
		if c.want != "" && c.want[0] == '^' {
			is = regexp.MustCompile(c.want).MatchString(w.Body.String())
		}
		if w.Code != c.status || w.Header().Get("Content-Type") != c.contentType || !is {
			t.Errorf("POST %s %s: %d %s\n%s\nwant %d %s\n%s", c.path, c.body, w.Code, w.Header().Get("Content-Type"), w.Body, c.status, c.contentType, c.want)
		}
	}
	if w := f.answer("GET", base+"/supervisor", ""); w.Body.String() != "[]" {
		t.Errorf("there are %s", w.Body)
	}
	// The page of the documentation has specs of supervisors submitted as tasks, too.
	if w := f.answer("POST", base+"/task", spec); w.Code != 200 || w.Body.String() != `{"id":"new",`+why+`}` {
		t.Errorf("as a task: %d %s", w.Code, w.Body)
	}
}

// reads is a supervisor that reads a stream, and notes what is asked of it.
type reads struct {
	supervisor.Life
	asked []string
}

func (r *reads) note(format string, args ...any) error {
	r.asked = append(r.asked, fmt.Sprintf(format, args...))
	return nil
}
func (r *reads) Start() {
	r.Move(supervisor.State{Stage: supervisor.Running, Detailed: "CREATING_TASKS", Recent: []supervisor.Mishap{{At: 0, Message: "no answer", Stream: true}, {At: 1, Message: "b"}}})
}
func (r *reads) Stop(context.Context, bool) { r.Move(supervisor.State{Stage: supervisor.Stopping}) }
func (r *reads) Status(context.Context) ([]byte, error) {
	return []byte(`"activeTasks":[]`), nil
}
func (r *reads) Reset(_ context.Context, to json.RawMessage) error { return r.note("reset %s", to) }
func (r *reads) CheckPoint(_ context.Context, group int, from json.RawMessage) error {
	return r.note("checkpoint %d %s", group, from)
}
func (r *reads) Handoff(_ context.Context, groups []int) error { return r.note("handoff %d", groups) }
func (r *reads) Upgraded(ids []metadata.PendingRow)            { _ = r.note("upgraded %d", len(ids)) }
func (r *reads) Stats(context.Context) ([]byte, error)         { return []byte(`{"0":{}}`), nil }
func (r *reads) ParseErrors(context.Context) ([]byte, error)   { return []byte(`[{}]`), nil }

// One that runs is asked itself.
func TestSupervisorThatRuns(t *testing.T) {
	t.Parallel()
	r := &reads{}
	kind := supervisor.Kind{Type: "mine", Run: func(*supervisor.Spec, supervisor.Host) (supervisor.Supervising, error) { return r, nil }}
	f := ofSupervisors(t, sqlitetest.Open(t), kind)
	for _, c := range []struct {
		method, path, body string
		want               string // an expression
	}{
		{"POST", "", `{"type":"mine","dataSource":"a"}`, `\{"id":"a"\}`},
		{"GET", "?state=true", "", `\[\{"id":"a","state":"RUNNING","detailedState":"CREATING_TASKS","healthy":true,"suspended":false\}\]`},
		{"GET", "/a/status", "", `\{"id":"a","generationTime":".*","payload":\{"dataSource":"a","activeTasks":\[\],"suspended":false,"healthy":true,"state":"RUNNING","detailedState":"CREATING_TASKS","recentErrors":\[\{"timestamp":"1970-01-01T00:00:00.000Z","exceptionClass":null,"message":"no answer","streamException":true\},\{"timestamp":"1970-01-01T00:00:00.001Z","exceptionClass":null,"message":"b","streamException":false\}\]\}\}`},
		{"GET", "/a/health", "", `\{"healthy":true\}`},
		{"GET", "/a/stats", "", `\{"0":\{\}\}`},
		{"GET", "/a/parseErrors", "", `\[\{\}\]`},
		{"POST", "/a/reset", "", `\{"id":"a"\}`},
		{"POST", "/a/resetOffsets", `{"type":"mine"}`, `\{"id":"a"\}`},
		{"POST", "/a/taskGroups/handoff", `{"taskGroupIds":[1,2]}`, ``},
	} {
		if w := f.answer(c.method, base+"/supervisor"+c.path, c.body); w.Code != 200 || !regexp.MustCompile("^"+c.want+"$").MatchString(w.Body.String()) {
			t.Errorf("%s %s: %d %s, want %s", c.method, c.path, w.Code, w.Body, c.want)
		}
	}
	if got := strings.Join(r.asked, ", "); got != `reset , reset {"type":"mine"}, handoff [1 2]` {
		t.Errorf("it was asked to %s", got)
	}
}

// While the metadata cannot be read or written nobody is told that something was stored, or never was.
func TestSupervisorsOfAFailingStore(t *testing.T) {
	t.Parallel()
	store := sqlitetest.Open(t)
	f := ofSupervisors(t, store)
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	for path, body := range map[string]string{"GET /history": "", "GET /a/history": "", "POST ": kafkaSpec} {
		method, path, _ := strings.Cut(path, " ")
		if w := f.answer(method, base+"/supervisor"+path, body); w.Code != 500 {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
	if w := f.answer("GET", base+"/supervisor", ""); w.Body.String() != "[]" {
		t.Errorf("there are %s", w.Body)
	}
}
