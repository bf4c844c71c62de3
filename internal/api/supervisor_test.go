package api

import (
	"fmt"
	"regexp"
	"testing"

	"ovate/druid"
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
	return setupWith(func(o *Options) {
		e := *o.Engine()
		e.Supervisors = supervisor.NewStored(store)
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
		why             = `"This Overlord is ovate, which runs no supervisors in this version: it keeps the spec, makes no tasks of it and cannot change it. A Java Overlord that leads runs it."`
		now             = `"[-0-9]{10}T[:0-9]{8}\.[0-9]{3}Z"`
		badID, badSpell = "bad%20%22one", `bad \"one`
	)
	unreadable := `The spec of supervisor\[bad \\"one\] cannot be read in the metadata, table druid_supervisors: .*it is no JSON object`
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
		{"POST", "/wiki/suspend", 404, contentText, fmt.Sprintf(none, "wiki")},
		{"POST", "/wiki/terminate", 404, contentText, fmt.Sprintf(none, "wiki")},
		{"POST", "/terminateAll", 200, contentJSON, `{"status":"success"}`},
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

// While the metadata cannot be read nobody is told that there are no supervisors.
func TestSupervisorsOfAFailingStore(t *testing.T) {
	t.Parallel()
	store := sqlitetest.Open(t)
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	f := setupWith(func(o *Options) {
		e := *o.Engine()
		e.Supervisors = supervisor.NewStored(store)
		o.Engine = leads(e)
	})
	for _, path := range []string{"", "?full", "/history", "/a", "/a/status", "/a/health", "/a/stats", "/a/parseErrors", "/a/history"} {
		if w := f.answer("GET", base+"/supervisor"+path, ""); w.Code != 500 {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}
