package api

import (
	"strings"
	"testing"

	"ovate/internal/auth"
	"ovate/internal/ingest/source"
	"ovate/internal/task"
)

// TestInputForWorkers: what this process may not read, a worker may, unless the task says where it is to run.
func TestInputForWorkers(t *testing.T) {
	t.Parallel()
	for runner, want := range map[string]struct {
		status int
		place  task.Place
	}{"auto": {200, task.OnWorker}, "httpRemote": {200, task.OnWorker}, "local": {403, task.InProcess}} {
		kit := &task.Kit{}
		f := setupWith(func(o *Options) { o.MayRead, o.Places.Workers = kit.MayRead, true })
		w := f.answer("POST", base+"/task", `{"type":"index_parallel","context":{"ovateRunner":"`+runner+`"},"spec":{"dataSchema":{"dataSource":"a","timestampSpec":{},"dimensionsSpec":{}},
			"ioConfig":{"type":"index_parallel","inputSource":{"type":"local","files":["/etc/passwd"]},"inputFormat":{"type":"json"}}}}`)
		if w.Code != want.status {
			t.Errorf("%s: %d %s", runner, w.Code, w.Body)
		}
		if w.Code == 200 && task.PlaceOf(f.tasks.added[0]) != want.place {
			t.Errorf("%s: it runs at %v", runner, task.PlaceOf(f.tasks.added[0]))
		}
	}
}

// TestTasksThroughAProxy: whoever sends them may be anywhere, as whoever sends them beyond this machine.
func TestTasksThroughAProxy(t *testing.T) {
	t.Parallel()
	body := func(source string) string {
		return `{"type":"index_parallel","spec":{"dataSchema":{"dataSource":"a","timestampSpec":{},"dimensionsSpec":{}},
			"ioConfig":{"type":"index_parallel","inputSource":` + source + `,"inputFormat":{"type":"json"}}}}`
	}
	local, http := body(`{"type":"local","files":["/etc/passwd"]}`), body(`{"type":"http","uris":["http://x/a"]}`)
	private := body(`{"type":"http","uris":["http://x/a","http://10.1.2.3/a"]}`)
	variable := body(`{"type":"http","uris":["http://x/a"],"httpAuthenticationUsername":"u","httpAuthenticationPassword":{"type":"environment","variable":"PATH"}}`)
	named := strings.Replace(variable, "PATH", "HOME", 1)
	unset := strings.Replace(variable, "PATH", "OVATE_TEST_UNSET", 1)
	for _, c := range []struct {
		about, body, header string
		open                bool // to those who come through no proxy
		status              int
		marked              bool
	}{
		{"from this machine", local, "Accept", true, 200, false},
		{"Via", local, "Via", true, 403, false},
		{"Forwarded", local, "Forwarded", true, 403, false},
		{"X-Forwarded-For", local, "X-Forwarded-For", true, 403, false},
		{"X-Forwarded-Host", local, "X-Forwarded-Host", true, 403, false},
		{"X-Real-IP", local, "X-Real-IP", true, 403, false},
		{"a folder that is named", body(`{"type":"local","baseDir":"/srv/in/a","filter":"*"}`), "Via", false, 200, true},
		{"beyond this machine", local, "Accept", false, 403, false},
		{"a folder beyond this machine", body(`{"type":"local","baseDir":"/etc","filter":"*"}`), "Accept", false, 403, false},
		{"a private address", private, "Accept", true, 200, false},
		{"a private address, proxied", private, "Via", true, 403, false},
		{"a private address beyond this machine", private, "Accept", false, 403, false},
		{"a variable", variable, "Accept", true, 200, false},
		{"a variable, proxied", variable, "Via", true, 403, false},
		{"a variable beyond this machine", variable, "Accept", false, 403, false},
		{"a variable that is named", named, "Accept", false, 200, false},
		{"a variable that is named, proxied", named, "Via", true, 200, true},
		{"a variable that is not set", unset, "Accept", true, 400, false},
		{"a variable that is not set, proxied", unset, "Via", true, 403, false},
		{"other input", http, "X-Forwarded-Proto", true, 200, true},
		{"other input from here", http, "Accept", true, 200, false},
	} {
		less := source.Policy{Roots: []string{"/srv/in"}, Variables: []string{"HOME"}}
		kit := &task.Kit{Policy: less, ProxiedPolicy: less}
		if c.open {
			kit.Policy = source.Policy{AnyLocalFile: true, AllowPrivateHTTP: true, AnyVariable: true}
		}
		f := setupWith(func(o *Options) { o.MayRead = kit.MayRead })
		w := f.answer("POST", base+"/task", c.body, c.header, "*/*")
		if w.Code != c.status || c.status == 403 && !strings.Contains(w.Body.String(), "(property ovate.ingest.") {
			t.Errorf("%s: %d %s", c.about, w.Code, w.Body)
		}
		if c.status == 200 && strings.HasSuffix(string(task.Stored(f.tasks.added[0])), `"proxied":true}`) != c.marked {
			t.Errorf("%s: stored as %s", c.about, task.Stored(f.tasks.added[0]))
		}
	}
}

// TestTasksOfUsers: on a server that reads every file for whoever runs it, a user who writes to one data source reads none, as else its database and the secrets of
// others were his, and an administrator all.
func TestTasksOfUsers(t *testing.T) {
	t.Parallel()
	body := `{"type":"index_parallel","spec":{"dataSchema":{"dataSource":"a","timestampSpec":{},"dimensionsSpec":{}},
		"ioConfig":{"type":"index_parallel","inputSource":{"type":"local","files":["/etc/passwd"]},"inputFormat":{"type":"json"}}}}`
	kit := &task.Kit{Policy: source.Policy{AnyLocalFile: true}}
	writer, administrator := only{allowed: []string{"WRITE DATASOURCE a"}}, only{allowed: []string{"WRITE DATASOURCE a", "WRITE STATE STATE"}}
	for status, who := range map[int]auth.Authorizer{403: writer, 200: administrator} {
		f := setupWith(func(o *Options) { o.MayRead = kit.MayRead })
		w := f.answerTo(auth.NewIdentity("joe", who), "POST", base+"/task", body)
		if w.Code != status || status == 403 && !strings.Contains(w.Body.String(), "(property ovate.ingest.localRoots)") {
			t.Errorf("%v: %d %s", who, w.Code, w.Body)
		}
	}
}
