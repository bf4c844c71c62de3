package api

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"ovate/druid"
	"ovate/internal/auth"
	"ovate/internal/surface"
)

// only is an authorizer that allows what it lists, as "READ DATASOURCE wiki", and remembers what it is asked.
type only struct {
	allowed []string
	asked   *[]string
}

func (o only) Ready() error { return nil }

func (o only) May(_ string, a auth.Action, r auth.Resource) bool {
	what := string(a) + " " + r.Type + " " + r.Name
	if o.asked != nil {
		*o.asked = append(*o.asked, what)
	}
	return slices.Contains(o.allowed, what)
}

// allRoutes are the routes of all tables, as "GET /status".
func allRoutes() (all []path) {
	for _, table := range [][]path{taskPaths(), listPaths(), segmentPaths(), workerPaths(), compactionPaths(), supervisorPaths(), statusPaths(), remotePaths()} {
		all = append(all, table...)
	}
	return all
}

// answerTo is the answer to a request of somebody.
func (f *fixture) answerTo(i auth.Identity, method, url, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, url, strings.NewReader(body))
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/json")
	}
	w := httptest.NewRecorder()
	f.API.ServeHTTP(w, r.WithContext(auth.With(r.Context(), i)))
	return w
}

// Somebody who may do nothing is refused everywhere, as Druid refuses it, but where nobody is asked, and where lists have only what one may see.
// What each route asks for is what Druid's resource filters ask for.
func TestEveryRouteDecides(t *testing.T) {
	t.Parallel()
	const ds, task = "DATASOURCE name", "DATASOURCE tasked"
	want := map[string]string{
		"GET /druid/indexer/v1/isLeader": "open", "GET /status/health": "open",
		"POST /druid/indexer/v1/task": "WRITE DATASOURCE none", "POST /druid/indexer/v1/supervisor": "WRITE DATASOURCE spec",
		"GET /druid/indexer/v1/task/{id}": "READ " + task, "GET /druid/indexer/v1/task/{id}/status": "READ " + task, "GET /druid/indexer/v1/task/{id}/segments": "READ " + task,
		"GET /druid/indexer/v1/task/{id}/reports": "READ " + task, "GET /druid/indexer/v1/task/{id}/log": "READ " + task, "POST /druid/indexer/v1/task/{id}/shutdown": "WRITE " + task,
		"POST /druid/indexer/v1/datasources/{dataSource}/shutdownAllTasks": "WRITE " + ds, "POST /druid/indexer/v1/sampler": "WRITE STATE STATE",
		"POST /druid/indexer/v1/action": "WRITE STATE STATE", "POST /druid/indexer/v1/taskStatus": "WRITE STATE STATE",
		"GET /druid/indexer/v1/tasks": "filtered", "GET /druid/indexer/v1/waitingTasks": "filtered", "GET /druid/indexer/v1/pendingTasks": "filtered",
		"GET /druid/indexer/v1/runningTasks": "filtered", "GET /druid/indexer/v1/completeTasks": "filtered",
		"POST /druid/indexer/v1/lockedIntervals/v2": "WRITE STATE STATE", "POST /druid/indexer/v1/activeLocks": "WRITE STATE STATE",
		"POST /druid/indexer/v1/datasources/{dataSource}": "WRITE " + ds, "DELETE /druid/indexer/v1/datasources/{dataSource}": "WRITE " + ds,
		"POST /druid/indexer/v1/datasources/{dataSource}/markUsed": "WRITE " + ds, "POST /druid/indexer/v1/datasources/{dataSource}/markUnused": "WRITE " + ds,
		"POST /druid/indexer/v1/datasources/{dataSource}/segments/{id}": "WRITE " + ds, "DELETE /druid/indexer/v1/datasources/{dataSource}/segments/{id}": "WRITE " + ds,
		"DELETE /druid/indexer/v1/pendingSegments/{dataSource}": "READ " + ds,
		"GET /druid/indexer/v1/leader":                          "READ STATE STATE", "GET /druid/indexer/v1/workers": "READ STATE STATE", "GET /druid/indexer/v1/worker": "READ CONFIG CONFIG",
		"GET /druid/indexer/v1/worker/history": "READ CONFIG CONFIG", "GET /druid/indexer/v1/totalWorkerCapacity": "READ CONFIG CONFIG", "GET /druid/indexer/v1/scaling": "READ STATE STATE",
		"POST /druid/indexer/v1/worker": "WRITE CONFIG CONFIG", "POST /druid/indexer/v1/worker/{host}/enable": "WRITE STATE STATE", "POST /druid/indexer/v1/worker/{host}/disable": "WRITE STATE STATE",
		"GET /druid/indexer/v1/compaction/isSupervisorEnabled": "READ CONFIG CONFIG", "GET /druid/indexer/v1/compaction/config/cluster": "READ CONFIG CONFIG",
		"POST /druid/indexer/v1/compaction/config/cluster": "WRITE CONFIG CONFIG", "GET /druid/indexer/v1/compaction/config/datasources": "filtered",
		"GET /druid/indexer/v1/compaction/config/datasources/{dataSource}": "READ " + ds, "POST /druid/indexer/v1/compaction/config/datasources/{dataSource}": "WRITE " + ds,
		"DELETE /druid/indexer/v1/compaction/config/datasources/{dataSource}": "WRITE " + ds, "GET /druid/indexer/v1/compaction/config/datasources/{dataSource}/history": "READ " + ds,
		"GET /druid/indexer/v1/compaction/status/datasources": "filtered", "GET /druid/indexer/v1/compaction/status/datasources/{dataSource}": "READ " + ds,
		"POST /druid/indexer/v1/compaction/simulate": "WRITE CONFIG CONFIG",
		"GET /druid/indexer/v1/supervisor":           "filtered", "GET /druid/indexer/v1/supervisor/history": "filtered", "GET /druid/indexer/v1/supervisor/{id}/history": "filtered",
		"POST /druid/indexer/v1/supervisor/suspendAll": "filtered", "POST /druid/indexer/v1/supervisor/resumeAll": "filtered", "POST /druid/indexer/v1/supervisor/terminateAll": "filtered",
		"GET /status": "READ STATE STATE", "GET /status/properties": "READ CONFIG CONFIG", "GET /status/selfDiscovered": "READ STATE STATE", "GET /status/selfDiscovered/status": "READ STATE STATE",
	}
	f := setupWith(func(o *Options) { o.Places.Workers = true })
	f.tasks.listed = []druid.TaskStatusPlus{{ID: "x", DataSource: "tasked"}}
	seen := 0
	for _, p := range allRoutes() {
		name := p.method + " " + p.pattern
		if p.needs == nil {
			t.Errorf("%s takes nothing, and is refused to everybody", name)
		}
		expected, listed := want[name]
		if !listed {
			if strings.Contains(p.pattern, "/supervisor/{id}/") || strings.HasSuffix(p.pattern, "/supervisor/{id}") {
				continue // see TestSupervisorsOfOthers
			}
			t.Errorf("%s: nobody has said what it is to take", name)
			continue
		}
		seen++
		if expected == "filtered" {
			continue
		}
		url := strings.NewReplacer("{dataSource}", "name", "{id}", "x", "{host}", "h:1").Replace(p.pattern)
		body := ""
		switch {
		case strings.HasSuffix(url, "/task"):
			body = `{"type":"noop"}`
		case strings.HasSuffix(url, "/supervisor"):
			body = `{"type":"autocompact","spec":{"dataSource":"spec"}}`
		}
		var asked []string
		w := f.answerTo(auth.NewIdentity("joe", only{asked: &asked}), p.method, url, body)
		if expected == "open" {
			if len(asked) > 0 || w.Code == http.StatusForbidden {
				t.Errorf("%s asks for %v, and answers %d; everybody may know it", name, asked, w.Code)
			}
			continue
		}
		if w.Code != http.StatusForbidden || w.Body.String() != `{"Access-Check-Result":"Unauthorized"}` || w.Header().Get("Content-Type") != contentJSON {
			t.Errorf("%s is answered %d %s", name, w.Code, w.Body)
		}
		if len(asked) != 1 || asked[0] != expected {
			t.Errorf("%s asks for %q, want %q", name, asked, expected)
		}
		if w := f.answerTo(auth.NewIdentity("joe", only{allowed: append(asked, strings.Replace(expected, "READ", "WRITE", 1))}), p.method, url, body); w.Code == http.StatusForbidden {
			t.Errorf("%s is refused to somebody who may %s", name, expected)
		}
		if w := f.answerTo(auth.Identity{}, p.method, url, body); w.Code != http.StatusForbidden {
			t.Errorf("%s is answered %d to nobody", name, w.Code)
		}
	}
	if seen != len(want) {
		t.Errorf("%d of %d routes that are listed are there", seen, len(want))
	}
}

// An endpoint that answers without a decision has nothing of it come out.
func TestUndecided(t *testing.T) {
	t.Parallel()
	h := &handler{Options: Options{Server: surface.Server{Log: slog.New(slog.DiscardHandler)}, Engine: func() *Engine { return &Engine{} }}, flight: newInFlight(1<<20, nil, nil)}
	h.routes.add("GET", "/forgotten", route{handle: func(c *call) error { return c.json([]byte("all")) }})
	h.routes.add("GET", "/undecided", route{needs: byBody, handle: func(c *call) error { return c.json([]byte("all")) }})
	h.routes.add("GET", "/decided", route{needs: nothing, handle: func(c *call) error { return c.json([]byte("all")) }})
	f := &fixture{API: h}
	for url, want := range map[string]int{"/forgotten": 403, "/undecided": 403, "/decided": 200} {
		if w := f.answerTo(auth.Everybody(), "GET", url, ""); w.Code != want || want == 403 && w.Body.String() != auth.ForbiddenBody {
			t.Errorf("%s: %d %s", url, w.Code, w.Body)
		}
	}
}

// Lists have what one may see.
func TestListsOfOthers(t *testing.T) {
	t.Parallel()
	f := setup()
	f.tasks.listed = []druid.TaskStatusPlus{{ID: "a", DataSource: "mine"}, {ID: "b", DataSource: "theirs"}, {ID: "c", DataSource: "mine"}}
	mine := auth.NewIdentity("joe", only{allowed: []string{"READ DATASOURCE mine"}})
	for url, want := range map[string]string{"tasks": "a c", "tasks?datasource=mine": "a c", "runningTasks": "a c"} {
		w := f.answerTo(mine, "GET", base+"/"+url, "")
		var got []string
		for _, id := range []string{"a", "b", "c"} {
			if strings.Contains(w.Body.String(), `"id":"`+id+`"`) {
				got = append(got, id)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s has %v, want %s", url, got, want)
		}
	}
	w := f.answerTo(mine, "GET", base+"/tasks?datasource=theirs", "")
	if w.Code != 403 || w.Header().Get("Content-Type") != contentText || w.Body.String() != "Access-Check-Result: Unauthorized" {
		t.Errorf("tasks of theirs: %d %s", w.Code, w.Body)
	}
}

// Of supervisors one sees, and changes, those whose data sources one may write to; each is asked for by the verb.
func TestSupervisorsOfOthers(t *testing.T) {
	t.Parallel()
	f := setupSupervisors(t)
	writer := auth.NewIdentity("joe", only{allowed: []string{"WRITE DATASOURCE wiki", "READ DATASOURCE gone"}})
	reader := auth.NewIdentity("ann", only{allowed: []string{"READ DATASOURCE wiki"}})
	for _, c := range []struct {
		who          auth.Identity
		method, path string
		status       int
		want         string
	}{
		{writer, "GET", "", 200, `["wiki"]`},
		{reader, "GET", "", 200, `[]`},
		{reader, "GET", "/wiki", 200, ""},
		{writer, "GET", "/wiki", 403, auth.ForbiddenBody},
		{reader, "GET", "/nope", 404, "Cannot find any supervisor with id: [nope]"},
		{reader, "POST", "/wiki/suspend", 403, auth.ForbiddenBody},
		{reader, "POST", "/wiki/reset", 403, auth.ForbiddenBody},
		{reader, "POST", "/wiki/terminate", 403, auth.ForbiddenBody},
		{reader, "GET", "/rests", 403, auth.ForbiddenBody}, // its spec tells no data source
		{reader, "GET", "/gone/history", 404, `{"error":"No history for [gone]."}`},
		{writer, "GET", "/gone/history", 200, `[{"spec":{"type":"NoopSupervisorSpec","id":null,"dataSources":["gone"],"suspended":false,"type":"noop","source":"noop"},"version":"1970-01-01T00:00:05.000Z"}]`},
		{reader, "POST", "/terminateAll", 200, `{"status":"success"}`},
		{reader, "POST", "/suspendAll", 200, `{"status":"success"}`},
		{reader, "GET", "/wiki/history", 200, ""},
		{auth.Everybody(), "GET", "", 200, `["bad \"one","rests","wiki"]`}, // nothing was ended
		{writer, "POST", "/terminateAll", 200, `{"status":"success"}`},
		{auth.Everybody(), "GET", "", 200, `["bad \"one","rests"]`},
	} {
		w := f.answerTo(c.who, c.method, base+"/supervisor"+c.path, "")
		if w.Code != c.status || c.want != "" && w.Body.String() != c.want {
			t.Errorf("%s %s of %s: %d %s, want %d %s", c.method, c.path, c.who.Name, w.Code, w.Body, c.status, c.want)
		}
	}
}

// Whatever is asked of one supervisor takes the right to its data source, by the verb.
func TestEveryRouteOfASupervisorAsks(t *testing.T) {
	t.Parallel()
	f := setupSupervisors(t)
	others := map[string]auth.Identity{
		"GET":  auth.NewIdentity("joe", only{allowed: []string{"WRITE DATASOURCE wiki"}}),
		"POST": auth.NewIdentity("ann", only{allowed: []string{"READ DATASOURCE wiki"}}),
	}
	for _, p := range supervisorPaths() {
		if !strings.Contains(p.pattern, "{id}") || strings.HasSuffix(p.pattern, "/history") { // that of a terminated one is filtered
			continue
		}
		who, known := others[p.method]
		if w := f.answerTo(who, p.method, strings.Replace(p.pattern, "{id}", "wiki", 1), `{}`); !known || w.Code != 403 || w.Body.String() != auth.ForbiddenBody {
			t.Errorf("%s %s is answered %d %s", p.method, p.pattern, w.Code, w.Body)
		}
	}
}

// A task takes the right to each data source that it names where it may write to it.
func TestTargets(t *testing.T) {
	t.Parallel()
	f := setupWith(func(o *Options) { o.Places.Workers = true })
	writer := auth.NewIdentity("joe", only{allowed: []string{"WRITE DATASOURCE mine"}})
	for document, status := range map[string]int{
		`{"type":"noop","dataSource":"mine"}`:                                                                             200,
		`{"type":"noop","dataSource":"theirs"}`:                                                                           403,
		`{"type":"odd","dataSource":"mine","spec":{}}`:                                                                    200,
		`{"type":"odd","dataSource":"mine","spec":{"dataSchema":{"dataSource":"theirs"}}}`:                                403,
		`{"type":"odd","dataSource":"mine","spec":{"destination":{"dataSource":"theirs"}}}`:                               403,
		`{"type":"odd","dataSource":"theirs","spec":{"dataSchema":{"dataSource":"mine"}}}`:                                403,
		`{"type":"ovate_scheduled_task","dataSource":"mine","schedule":"x","task":{"type":"noop","dataSource":"theirs"}}`: 403,
	} {
		if w := f.answerTo(writer, "POST", base+"/task", document); w.Code != status {
			t.Errorf("%s: %d %s, want %d", document, w.Code, w.Body, status)
		}
	}
}

// Whatever a spec says twice, what its sender has to be allowed is what is run: to write to its data source, to read its stream, or what the task of a schedule reads.
func TestWhatSpecsOfSupervisorsSayTwice(t *testing.T) {
	t.Parallel()
	f := setupWith(func(o *Options) { o.Inputs.Kept, o.Places.Workers = true, true })
	writer := auth.NewIdentity("joe", only{allowed: []string{"WRITE DATASOURCE wiki", "READ EXTERNAL inline"}})
	const schema = `"dataSchema":{"dataSource":"wiki","timestampSpec":{"column":"t"},"dimensionsSpec":{}}`
	const stream = `"spec":{` + schema + `,"ioConfig":{"topic":"t","consumerProperties":{"bootstrap.servers":"b:1"},"inputFormat":{"type":"json"}}}`
	const schedule = `"id":"a","dataSource":"wiki","schedulerConfig":{"type":"unix","schedule":"0 0 * * *"}`
	reads := func(source string) string {
		return `"type":"index_parallel","spec":{` + schema + `,"ioConfig":{"type":"index_parallel","inputSource":` + source + `,"inputFormat":{"type":"json"}}}`
	}
	web, own := reads(`{"type":"http","uris":["http://example.com/x"]}`), reads(`{"type":"inline","data":"{}"}`)
	for document, status := range map[string]int{
		`{"type":"kafka",` + stream + `}`:                                                                         403,
		`{"type":"kafka",` + stream + `,"type":"odd"}`:                                                            403,
		`{"type":"ovate_scheduled_task",` + schedule + `,"task":{` + own + `}}`:                                   200,
		`{"type":"ovate_scheduled_task",` + schedule + `,"task":{` + web + `}}`:                                   403,
		`{"type":"ovate_scheduled_task",` + schedule + `,"task":{` + web + `},"type":"odd"}`:                      403,
		`{"type":"ovate_scheduled_task",` + schedule + `,"task":{"type":"noop","dataSource":"wiki",` + web + `}}`: 200, // and a noop it is
		`{"type":"ovate_scheduled_task",` + schedule + `,"task":{` + web + `},"task":{` + own + `}}`:              200,
		`{"type":"ovate_scheduled_task",` + schedule + `,"task":{` + web + `,"dataSource":"wiki","type":"noop"}}`: 403,
	} {
		if w := f.answerTo(writer, "POST", base+"/supervisor", document); w.Code != status {
			t.Errorf("%s: %d %s, want %d", document, w.Code, w.Body, status)
		}
	}
	reader := auth.NewIdentity("joe", only{allowed: []string{"WRITE DATASOURCE wiki", "READ EXTERNAL kafka"}})
	const theirs = `{"type":"kafka","spec":{"dataSchema":{"dataSource":"wiki"},"ioConfig":{"topic":"t"}},"spec":null,"dataSchema":{"dataSource":"theirs"},"ioConfig":{"topic":"t"}}`
	for document, status := range map[string]int{`{"type":"kafka",` + stream + `}`: 200, theirs: 403} {
		if w := f.answerTo(reader, "POST", base+"/supervisor", document); w.Code != status {
			t.Errorf("%s: %d %s, want %d", document, w.Code, w.Body, status)
		}
	}
}

// A file that somebody has sent is read by tasks of those who may write to the data source that it was sent for: however its path is written, who knows that alone may not.
func TestSentFiles(t *testing.T) {
	t.Parallel()
	const folder = "7c0f6a3e-2b1d-4c5e-9f80-1a2b3c4d5e6f"
	f := setupWith(func(o *Options) {
		o.Inputs.Sent = func(name string) (string, bool) { return "theirs", name == folder }
		o.MayRead = nil
	})
	status := func(rights, source string) int {
		who := auth.NewIdentity("joe", only{allowed: strings.Split(rights, ",")})
		return f.answerTo(who, "POST", base+"/task", `{"type":"index_parallel","spec":{"dataSchema":{"dataSource":"wiki","timestampSpec":{"column":"t"},"dimensionsSpec":{}},`+
			`"ioConfig":{"type":"index_parallel","inputSource":`+source+`,"inputFormat":{"type":"json"}}}}`).Code
	}
	for source, want := range map[string]int{
		`{"type":"local","files":["/data/uploads/` + folder + `/x.json"]}`:                               403,
		`{"type":"local","files":["/a.json"," //data/uploads/x/../` + folder + `/x.json "]}`:             403,
		`{"type":"local","baseDir":"/data/uploads/` + strings.ToUpper(folder) + ` ","filter":"*"}`:       403,
		`{"type":"local","baseDir":"\u002fdata/uploads/\u0037` + folder[1:] + `","filter":"*"}`:          403,
		`{"type":"local","files":["/data/uploads/x/x.json"],"files":["/data/uploads/` + folder + `"]}`:   403,
		`{"type":"local","files":["/data/uploads/` + strings.Replace(folder, "7", "8", 1) + `/x.json"]}`: 200,
		`{"type":"inline","data":"{}"}`: 200,
	} {
		if got := status("WRITE DATASOURCE wiki", source); got != want {
			t.Errorf("%s: %d, want %d", source, got, want)
		}
		if got := status("WRITE DATASOURCE wiki,WRITE DATASOURCE theirs", source); got != 200 {
			t.Errorf("%s, of who may write to both: %d", source, got)
		}
	}
}

// Where input sources are kept, a task takes a permission for each type that it reads; one that does not tell is refused.
func TestInputSources(t *testing.T) {
	t.Parallel()
	for document, want := range map[string]string{
		`{"type":"noop"}`: "",
		`{"type":"kill","dataSource":"x","interval":"2020/2021"}`:                                                                    "",
		`{"type":"index_kafka"}`:                                                                                                     "kafka",
		`{"type":"index_parallel","spec":{"ioConfig":{"inputSource":{"type":"http"}}}}`:                                              "http",
		`{"type":"x","spec":{"ioConfig":{"inputSource":{"type":"combining","delegates":[{"type":"s3"},{"type":"local"}]}}}}`:         "s3 local",
		`{"type":"index_hadoop","spec":{"ioConfig":{}}}`:                                                                             "?",
		`{"type":"index","spec":{"ioConfig":{"inputSource":7}}}`:                                                                     "?",
		`{"type":"index","spec":{"ioConfig":{"inputSource":{"type":"combining"}}}}`:                                                  "?",
		`{"type":"index","spec":{"ioConfig":{"inputSource":{"type":"http","type":"inline"}}}}`:                                       "?",
		`{"type":"index","spec":{"ioConfig":{"inputSource":{"type":"combining","delegates":[{"\u0074ype":"s3","type":"inline"}]}}}}`: "?",
	} {
		var kind struct{ Type string }
		if err := json.Unmarshal([]byte(document), &kind); err != nil {
			t.Fatal(err)
		}
		types, err := auth.InputSources(kind.Type, []byte(document))
		got := strings.Join(types, " ")
		if err != nil {
			got = "?"
		}
		if got != want {
			t.Errorf("%s reads %q (%v), want %q", document, got, err, want)
		}
	}
	f := setupWith(func(o *Options) { o.Inputs.Kept = true })
	const task = `{"type":"index_parallel","spec":{"dataSchema":{"dataSource":"wiki","timestampSpec":{"column":"t"},"dimensionsSpec":{}},"ioConfig":{"type":"index_parallel","inputSource":{"type":"inline","data":"{}"},"inputFormat":{"type":"json"}}}}`
	for allowed, status := range map[string]int{"WRITE DATASOURCE wiki": 403, "READ EXTERNAL inline": 403, "WRITE DATASOURCE wiki,READ EXTERNAL inline": 200} {
		who := auth.NewIdentity("joe", only{allowed: strings.Split(allowed, ",")})
		if w := f.answerTo(who, "POST", base+"/task", task); w.Code != status {
			t.Errorf("with %s: %d %s", allowed, w.Code, w.Body)
		}
	}
}
