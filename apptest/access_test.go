package apptest

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"ovate/internal/ui"
)

// asked is a request.
type asked struct{ method, path, body string }

// guardedSite is a server with users: admin, who may do everything, one who may read and write to the data source "mine", and none who may do nothing.
// There is a data source of somebody else besides.
type guardedSite struct {
	*server
	t       *testing.T
	uploads map[string]string // ids, by data source
}

// What is not for the users mine and none: names of it must not be in any answer, unless the request has them.
const (
	theirs, theirTask, theirRun, theirColumn = "dsofothers", "spoonful", "runsnow", "colofothers"
	theirSupervisor                          = "autocompact__" + theirs // as it is named
)

func newGuardedSite(t *testing.T) *guardedSite {
	t.Helper()
	s := &guardedSite{t: t, server: start(t, t.TempDir(), "druid.worker.capacity=1", "ovate.pprof.enabled=true",
		`druid.auth.authenticatorChain=["users"]`, "druid.auth.authenticator.users.type=basic", "druid.auth.authenticator.users.initialAdminPassword=admin",
		"druid.auth.authenticator.users.credentialIterations=10", "druid.auth.authenticator.users.authorizerName=roles",
		`druid.auth.authorizers=["roles"]`, "druid.auth.authorizer.roles.type=basic")}
	const ext = "/druid-ext/basic-security/"
	for _, user := range []string{"mine", "none"} {
		s.does("admin", asked{"POST", ext + "authentication/db/users/users/" + user, ""})
		s.does("admin", asked{"POST", ext + "authentication/db/users/users/" + user + "/credentials", fmt.Sprintf(`{"password":%q}`, user)})
		s.does("admin", asked{"POST", ext + "authorization/db/roles/users/" + user, ""})
	}
	s.does("admin", asked{"POST", ext + "authorization/db/roles/roles/writer", ""})
	s.does("admin", asked{"POST", ext + "authorization/db/roles/roles/writer/permissions",
		`[{"resource":{"type":"DATASOURCE","name":"mine"},"action":"READ"},{"resource":{"type":"DATASOURCE","name":"mine"},"action":"WRITE"}]`})
	s.does("admin", asked{"POST", ext + "authorization/db/roles/users/mine/roles/writer", ""})
	return s
}

// ask sends a request by a user, whose password is his name; by nobody if it is empty.
func (s *guardedSite) ask(user string, a asked) (status int, body string) {
	s.t.Helper()
	answer := s.send(user, a)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer.StatusCode, string(text) + fmt.Sprint(answer.Header)
}

func (s *guardedSite) send(user string, a asked) *http.Response {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), a.method, s.URL()+a.path, strings.NewReader(a.body))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if strings.Contains(a.body, "=") {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if user != "" {
		r.SetBasicAuth(user, user)
	}
	answer, err := s.http.Transport.RoundTrip(r)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer
}

func (s *guardedSite) does(user string, a asked) string {
	s.t.Helper()
	status, body := s.ask(user, a)
	if status >= 300 {
		s.t.Fatalf("%s: %s %s: %d %s", user, a.method, a.path, status, body)
	}
	return body
}

// sends has a user send a file for a data source, and returns the answer's body.
func (s *guardedSite) sends(user, dataSource string) string {
	s.t.Helper()
	answer := s.send(user, asked{"POST", "/api/v1/uploads?name=x.csv&dataSource=" + url.QueryEscape(dataSource), "time,x\n2026-03-01,1\n"})
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusCreated {
		s.t.Fatalf("%d %s, %v", answer.StatusCode, text, err)
	}
	return string(text)
}

// batch is a task that writes one row.
func batch(id, dataSource, column string) string {
	return fmt.Sprintf(`{"type":"index_parallel","id":%q,"spec":{"dataSchema":{"dataSource":%q,"timestampSpec":{"column":"time"},"dimensionsSpec":{"dimensions":[%q]},
"granularitySpec":{"segmentGranularity":"DAY"}},"ioConfig":{"type":"index_parallel","inputSource":{"type":"inline","data":"{\"time\":\"2026-03-01\",%s:\"x\"}"},"inputFormat":{"type":"json"}}}}`,
		id, dataSource, column, strings.ReplaceAll(fmt.Sprintf("%q", column), `"`, `\"`))
}

// fill has both data sources filled, the other's task run on the only slot, and one of mine wait for that.
func (s *guardedSite) fill() {
	s.t.Helper()
	for id, task := range map[string]string{theirTask: batch(theirTask, theirs, theirColumn), "mytask": batch("mytask", "mine", "mycolumn")} {
		s.does("admin", asked{"POST", "/druid/indexer/v1/task", task})
		eventually(s.t, id+" has ended", func() bool {
			status := s.does("admin", asked{"GET", "/druid/indexer/v1/task/" + id + "/status", ""})
			if strings.Contains(status, `"FAILED"`) {
				s.t.Fatal(status)
			}
			return strings.Contains(status, `"SUCCESS"`)
		})
	}
	for _, dataSource := range []string{theirs, "mine"} {
		s.does("admin", asked{"POST", "/druid/indexer/v1/supervisor", fmt.Sprintf(`{"type":"autocompact","spec":{"dataSource":%q},"suspended":true}`, dataSource)})
	}
	s.uploads = map[string]string{}
	for _, dataSource := range []string{theirs, "mine"} {
		var sent struct{ ID string }
		if err := json.Unmarshal([]byte(s.sends("admin", dataSource)), &sent); err != nil {
			s.t.Fatal(err)
		}
		s.uploads[dataSource] = sent.ID
	}
	s.does("admin", asked{"POST", "/druid/indexer/v1/task", lasting(theirRun, theirs)})
	s.does("admin", asked{"POST", "/druid/indexer/v1/task", lasting("mywait", "mine")})
}

func lasting(id, dataSource string) string {
	return fmt.Sprintf(`{"type":"noop","id":%q,"dataSource":%q,"runTime":3600000}`, id, dataSource)
}

// all are requests of every path that is described, of every page, and of what else there is, with the names of the other's or of mine.
func (s *guardedSite) all() (all []asked) {
	s.t.Helper()
	var described struct {
		Paths map[string]map[string]any `json:"paths"`
	}
	status, body := s.ask("admin", asked{"GET", "/api/v1/openapi.json", ""})
	if status != 200 || json.NewDecoder(strings.NewReader(body)).Decode(&described) != nil || len(described.Paths) < 60 {
		s.t.Fatalf("%d %s", status, body)
	}
	bodies := map[string]string{
		"/druid/indexer/v1/task": lasting("new", theirs), "/api/v1/tasks": lasting("new", theirs), "/api/v1/validate": lasting("new", theirs),
		"/api/v1/tasks/cancel": fmt.Sprintf(`{"ids":[%q]}`, theirRun), "/api/v1/tasks/retry": fmt.Sprintf(`{"ids":[%q]}`, theirTask),
		"/druid/indexer/v1/supervisor": fmt.Sprintf(`{"type":"autocompact","spec":{"dataSource":%q}}`, theirs),
		"/api/v1/preview":              fmt.Sprintf(`{"upload":%q}`, s.uploads[theirs]),
	}
	for _, path := range slices.Sorted(maps.Keys(described.Paths)) {
		for method := range described.Paths[path] {
			a := asked{method: strings.ToUpper(method), path: path}
			if a.method == "POST" {
				if a.body = bodies[path]; a.body == "" {
					a.body = "{}"
				}
			}
			for _, names := range [][]string{{theirs, theirRun, theirSupervisor}, {theirs, theirTask, theirSupervisor}, {"mine", "mywait", "autocompact__mine"}} {
				b := a
				id := names[1]
				if strings.Contains(path, "/supervisor/") || strings.Contains(path, "/supervisors/") {
					id = names[2]
				}
				if strings.Contains(path, "/uploads/") {
					id = s.uploads[names[0]]
				}
				b.path = strings.NewReplacer("{dataSource}", names[0], "{id}", id, "{host}", "here:1").Replace(path)
				if names[0] == theirs || b.path != path && a.method == "GET" {
					all = append(all, b)
				}
			}
		}
	}
	slices.SortStableFunc(all, func(a, b asked) int { // what ends all comes last
		return strings.Count(a.path, "terminateAll") - strings.Count(b.path, "terminateAll")
	})
	for _, path := range append(ui.Pages(),
		"/tasks?datasource="+theirs, "/tasks/"+theirRun, "/tasks/"+theirTask+"/log", "/tasks/mywait", "/tasks/mytask", "/submit?from="+theirTask,
		"/submit/file/"+s.uploads[theirs], "/submit/file/"+s.uploads["mine"],
		"/data/"+theirs, "/data/"+theirs+"/none", "/data/mine", "/supervisors/"+theirSupervisor, "/reference/listTasks", "/no/such/page",
		"/metrics", "/debug/pprof/", "/debug/pprof/heap", "/druid-ext/basic-security/authentication/db/users/users", "/druid-ext/basic-security/authorization/db/roles/roles",
		"/api/v1/tasks?limit=1", "/api/v1/tasks?limit=2", "/api/v1/tasks?limit=3", "/api/v1/tasks?counts=true", "/api/v1/nothing", "/druid/nothing", "/nothing", "/druid/indexer/v1/tasks?datasource="+theirs,
	) {
		all = append(all, asked{"GET", path, ""})
	}
	return append(all, asked{"POST", "/tasks/" + theirRun + "/cancel", "a=b"}, asked{"POST", "/tasks", "action=cancel&id=" + theirRun}, asked{"POST", "/tasks", "action=again&id=" + theirTask},
		asked{"POST", "/submit/file/" + s.uploads[theirs], "action=remove"}, asked{"POST", "/submit/file/" + s.uploads[theirs], "action=show"},
		asked{"POST", "/submit", "spec=" + lasting("new", theirs)}, asked{"POST", "/data/" + theirs, "action=unused&interval=2026/2027"},
		asked{"POST", "/supervisors/" + theirSupervisor, "action=terminate"}, asked{"POST", "/workers", "action=disable&host=here"})
}

// placeIn is what the place of the next page says in an answer, which is written in base64.
func placeIn(answer string) string {
	_, next, _ := strings.Cut(answer, `"next":"`)
	next, _, _ = strings.Cut(next, `"`)
	place, err := base64.RawURLEncoding.DecodeString(next)
	if err != nil {
		return ""
	}
	return string(place)
}

// tells tells whether an answer has what is secret, and the request has not.
func tells(a asked, answer string, secrets ...string) string {
	answer += placeIn(answer)
	for _, secret := range secrets {
		if strings.Contains(answer, secret) && !strings.Contains(a.path+a.body, secret) {
			return secret
		}
	}
	return ""
}

// Nobody gets an answer who does not say who he is; who has no right sees and changes nothing; and who has one to a data source gets to know nothing of another.
func TestUsersSeeWhatIsTheirs(t *testing.T) {
	t.Parallel()
	s := newGuardedSite(t)
	s.fill()
	open := []string{"/druid/indexer/v1/isLeader", "/status/health", "/livez", "/readyz", ui.LoginPath}
	harmless := []string{ // they change what one may change, or are none here
		"POST /api/v1/tasks/cancel", "POST /api/v1/tasks/retry", "POST /druid/indexer/v1/supervisor/resumeAll", "POST /druid/indexer/v1/supervisor/suspendAll",
		"POST /druid/indexer/v1/supervisor/terminateAll", "POST /druid/indexer/v1/worker", "POST /druid/indexer/v1/worker/here:1/enable", "POST /druid/indexer/v1/worker/here:1/disable",
		"GET /no/such/page", "GET /api/v1/nothing", "GET /druid/nothing", "GET /nothing", "GET /druid/indexer/v1/supervisor/" + theirSupervisor + "/history", "GET /druid/indexer/v1/supervisor/autocompact__mine/history",
	}
	follows := func(a asked) bool { // without an end
		return strings.HasSuffix(a.path, "/events") || strings.HasPrefix(a.path, "/api/v1/tasks/") && strings.HasSuffix(a.path, "/log")
	}
	for _, a := range s.all() {
		if status, body := s.ask("", a); status != http.StatusUnauthorized && !slices.Contains(open, a.path) || tells(a, body, theirs, theirTask, theirRun, "mine") != "" {
			t.Errorf("nobody: %s %s: %d %s", a.method, a.path, status, body)
		}
		if follows(a) {
			continue
		}
		status, body := s.ask("none", a)
		secret := tells(a, body, theirs, theirTask, theirRun, theirSupervisor, theirColumn, "mytask", "mywait", "mycolumn")
		if status != http.StatusForbidden && (status >= 400 || a.method != "GET") && !slices.Contains(harmless, a.method+" "+a.path) || secret != "" {
			t.Errorf("none: %s %s %s: %d, tells %q: %.600s", a.method, a.path, a.body, status, secret, body)
		}
		if a.method != "GET" && strings.Contains(a.path, "mine") {
			continue
		}
		if status, body = s.ask("mine", a); tells(a, body, theirs, theirTask, theirRun, theirSupervisor, theirColumn) != "" || status >= 500 {
			t.Errorf("mine: %s %s %s: %d, tells %q: %.600s", a.method, a.path, a.body, status, tells(a, body, theirs, theirTask, theirRun, theirSupervisor, theirColumn), body)
		}
	}
	if page := s.does("mine", asked{"GET", "/tasks/mywait", ""}); !strings.Contains(page, "Cancel this task") {
		t.Errorf("a page of mine is %s", page)
	}
	for path, has := range map[string]string{
		"/druid/indexer/v1/task/" + theirRun + "/status": `"statusCode":"RUNNING"`, "/druid/indexer/v1/supervisor/" + theirSupervisor: theirs,
		"/api/v1/datasources/" + theirs + "/segments": `"visible":["2026`,
	} {
		if body := s.does("admin", asked{"GET", path, ""}); !strings.Contains(body, has) {
			t.Errorf("afterwards %s is %s", path, body)
		}
	}
	if uploads := s.does("admin", asked{"GET", "/api/v1/uploads", ""}); !strings.Contains(uploads, s.uploads[theirs]) {
		t.Errorf("afterwards there are %s", uploads)
	}
	if tasks := s.does("admin", asked{"GET", "/api/v1/tasks", ""}); strings.Count(tasks, `"id":`) != 4 {
		t.Errorf("afterwards there are %s", tasks)
	}
}

// Who follows events hears of his own tasks alone.
func TestEventsOfOthers(t *testing.T) {
	t.Parallel()
	s := newGuardedSite(t)
	s.does("admin", asked{"POST", "/druid/indexer/v1/task", lasting("before", "mine")})
	for path, last := range map[string]string{"/api/v1/events": `"id":"after-v1"`, "/events": "data: {}"} {
		answer := s.send("mine", asked{"GET", path, ""})
		if answer.StatusCode != http.StatusOK {
			t.Fatalf("%s: %d", path, answer.StatusCode)
		}
		lines, heard := bufio.NewScanner(answer.Body), ""
		until := func(text string) {
			for lines.Scan() {
				if heard += lines.Text() + "\n"; strings.Contains(lines.Text(), text) {
					return
				}
			}
			t.Fatalf("%s ends before %s:\n%s", path, text, heard)
		}
		until("data: {}") // it follows from now on
		suffix := "-v1"
		if path == "/events" {
			suffix = "-page"
		}
		s.does("admin", asked{"POST", "/druid/indexer/v1/task", lasting(theirTask+suffix, theirs)})
		s.does("admin", asked{"POST", "/druid/indexer/v1/task", lasting("after"+suffix, "mine")})
		until(last)
		if strings.Contains(heard, theirTask) || strings.Contains(heard, theirs) || path == "/events" && strings.Contains(heard, "tasks") {
			t.Errorf("%s tells %s", path, heard)
		}
		_ = answer.Body.Close() // it has no end
	}
}
