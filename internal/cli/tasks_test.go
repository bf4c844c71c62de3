package cli

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// statusJSON is a task as the API answers it.
func statusJSON(id, state, runner string) string {
	duration, message := -1, "null"
	if state != "RUNNING" {
		duration = 1234
	}
	if state == "FAILED" {
		message = `"no such file\nat line 2"`
	}
	return fmt.Sprintf(`{"id":"%s","groupId":"g","type":"noop","createdTime":"2026-11-23T20:17:31.697Z","queueInsertionTime":"1970-01-01T00:00:00.000Z","statusCode":"%s","status":"%s","runnerStatusCode":"%s","duration":%d,"location":{"host":"localhost","port":8100,"tlsPort":-1},"dataSource":"d","errorMsg":%s}`,
		id, state, state, runner, duration, message)
}

func answer(id, state, runner string) string {
	return fmt.Sprintf(`{"task":"%s","status":%s}`, id, statusJSON(id, state, runner))
}

const unknown = "404!Cannot find any task with id: [x]"

func TestSubmit(t *testing.T) {
	t.Parallel()
	url := fake(t, map[string][]string{`POST /task {"type":"noop"}`: {`{"task":"noop_1"}`}})
	cmd := command(t, "submit", "-", url)
	cmd.Stdin = strings.NewReader(`{"type":"noop"}`)
	got := finish(t, cmd)
	got.expect(t, 0)
	if got.out != "noop_1\n" {
		t.Errorf("printed %q", got.out)
	}
}

// The spec of a supervisor is taken, too. What the server says of it is shown, and nobody waits for its end.
func TestSubmitSupervisor(t *testing.T) {
	t.Parallel()
	url := fake(t, map[string][]string{`POST /task {"type":"kafka"}`: {`{"id":"wiki","warning":"It rests."}`}})
	cmd := command(t, "submit", "-", "--wait", url)
	cmd.Stdin = strings.NewReader(`{"type":"kafka"}`)
	got := finish(t, cmd)
	got.expect(t, 0, "no end to wait for", "It rests.")
	if got.out != "wiki\n" {
		t.Errorf("printed %q", got.out)
	}
}

func TestSubmitAndWait(t *testing.T) {
	t.Parallel()
	const report = `{"ingestionStatsAndErrors":{"payload":{"ingestionState":"COMPLETED","rowStats":{"totals":{"buildSegments":{"processed":1500,"processedBytes":30000,"processedWithError":2,"unparseable":3,"thrownAway":4}}},"segmentsPublished":5}}}`
	url := fake(t, map[string][]string{
		`POST /task {"type":"x"}`: {`{"task":"x"}`},
		"GET /task/x/status":      {answer("x", "RUNNING", "PENDING"), answer("x", "RUNNING", "RUNNING"), answer("x", "SUCCESS", "NONE")},
		"GET /task/x/reports":     {"404!", report},
	})
	cmd := command(t, "submit", "-", "--wait", url)
	cmd.Stdin = strings.NewReader(`{"type":"x"}`)
	finish(t, cmd).expect(t, 0, "x\n", "running", "1,502 rows  ", "rows/s  30 kB  ", "SUCCESS in", "1,502, ", "30 kB of text", "2 of them", "4 more lay outside", "3 more could not be parsed", "ovate report x", "5 published")

	url = fake(t, map[string][]string{`POST /task {"type":"x"}`: {`{"task":"x"}`}, "GET /task/x/status": {answer("x", "FAILED", "NONE")}, "GET /task/x/reports": {"404!"}})
	cmd = command(t, "submit", "-", "--wait", url)
	cmd.Stdin = strings.NewReader(`{"type":"x"}`)
	finish(t, cmd).expect(t, 1, "task x failed: no such file", "ovate logs x")
}

func TestSubmitRefusesWhatIsNoTask(t *testing.T) {
	t.Parallel()
	f := func(text, complaint string) {
		t.Helper()
		cmd := command(t, "submit", "-")
		cmd.Stdin = strings.NewReader(text)
		finish(t, cmd).expect(t, 2, complaint)
	}
	f("{\n  \"type\": noop\n}", "standard input is not JSON: line 2, column 12")
	f("[]", "must be one JSON object")
	f("", "not JSON")
	run(t, "submit", "none.json").expect(t, 2, "none.json", "no such file")
	url := fake(t, map[string][]string{`POST /task {"type":"y"}`: {`400!{"error":"Could not resolve type id 'y'"}`}})
	cmd := command(t, "submit", "-", url)
	cmd.Stdin = strings.NewReader(`{"type":"y"}`)
	finish(t, cmd).expect(t, 2, "Could not resolve type id 'y' (400 Bad Request)")
}

func TestTasks(t *testing.T) {
	t.Parallel()
	url := fake(t, map[string][]string{
		"GET /tasks?datasource=d&max=2&state=complete&type=noop": {"[" + statusJSON("b", "FAILED", "NONE") + "," + statusJSON("a", "SUCCESS", "NONE") + "]"},
		"GET /tasks": {"[" + statusJSON("c", "RUNNING", "WAITING") + "]"},
		"GET /tasks?createdTimeInterval=2026-01-01T00%3A00%3A00.000Z_2026-01-02T00%3A00%3A00.000Z": {"[]"},
	})
	want := `ID  TYPE  DATASOURCE  STATE    CREATED                   DURATION  ERROR
b   noop  d           FAILED   2026-11-23T20:17:31.697Z  1.234s    no such file
a   noop  d           SUCCESS  2026-11-23T20:17:31.697Z  1.234s    
`
	for _, most := range []string{"0", "-1"} {
		run(t, "tasks", "--max="+most, url).expect(t, 2, "-n "+most+": must be a number of complete tasks, 1 or more")
	}
	if diff := cmp.Diff(want, run(t, "tasks", "-d", "d", "--type", "noop", "--state", "complete", "-n", "2", url).out); diff != "" {
		t.Error(diff)
	}
	run(t, "tasks", url).expect(t, 0, "c   noop  d           WAITING  2026-11-23T20:17:31.697Z  -")
	if got := run(t, "tasks", "--json", url); got.out != statusJSON("c", "RUNNING", "WAITING")+"\n" {
		t.Errorf("%s", got.out)
	}
	run(t, "tasks", "--created", "2026-01-01/P1D", url).expect(t, 0, "no tasks")
	run(t, "tasks", "--created", "yesterday", url).expect(t, 2, "--created", "2026-01-01/2026-01-02")
	run(t, "tasks", "--state", "done", url).expect(t, 2, "--state", "ovate tasks --help")
}

func TestStatusAndReport(t *testing.T) {
	t.Parallel()
	url := fake(t, map[string][]string{
		"GET /task/a/status":  {answer("a", "RUNNING", "PENDING")},
		"GET /task/x/status":  {unknown},
		everyTask:             {"[" + statusJSON("a", "RUNNING", "PENDING") + "]"},
		"GET /task/a/reports": {`{"a":{"taskId":"a"}}`},
	})
	run(t, "status", "a", url).expect(t, 0, "id           a\n", "state        RUNNING (PENDING)", "created", "runs on      localhost:8100")
	secure := strings.Replace(answer("a", "RUNNING", "PENDING"), `"port":8100,"tlsPort":-1`, `"port":-1,"tlsPort":8290`, 1)
	run(t, "status", "a", fake(t, map[string][]string{"GET /task/a/status": {secure}, everyTask: {"[]"}})).expect(t, 0, "runs on      localhost:8290")
	run(t, "status", "a", "--json", url).expect(t, 0, statusJSON("a", "RUNNING", "PENDING"))
	run(t, "status", "x", url).expect(t, 4, "Cannot find any task", "`ovate tasks`")
	run(t, "report", "a", url).expect(t, 0, "{\n  \"a\": {\n    \"taskId\": \"a\"\n  }\n}\n")
}

func TestWait(t *testing.T) {
	t.Parallel()
	url := fake(t, map[string][]string{
		"GET /task/a/status": {answer("a", "RUNNING", "RUNNING"), answer("a", "SUCCESS", "NONE")},
		"GET /task/b/status": {answer("b", "FAILED", "NONE")},
	})
	run(t, "wait", "a", url).expect(t, 0, "a  SUCCESS  1.234s\n")
	run(t, "wait", "a", "b", "a", url).expect(t, 1, "a  SUCCESS", "b  FAILED", "a  SUCCESS", "task b failed")
}

func TestLogs(t *testing.T) {
	t.Parallel()
	url := fake(t, map[string][]string{
		"GET /task/a/log":           {"one\n"},
		"GET /task/a/log?offset=-3": {"ne\n"},
		"GET /task/a/log?offset=4":  {"two\n"},
		"GET /task/a/status":        {answer("a", "RUNNING", "RUNNING"), answer("a", "FAILED", "NONE")},
	})
	if got := run(t, "logs", "a", url); got.out != "one\n" {
		t.Errorf("%q", got.out)
	}
	if got := run(t, "logs", "a", "--bytes", "3", url); got.out != "ne\n" {
		t.Errorf("%q", got.out)
	}
	got := run(t, "logs", "-f", "a", url)
	got.expect(t, 1)
	if got.out != "one\ntwo\n" {
		t.Errorf("%q", got.out)
	}
}

func TestKill(t *testing.T) {
	t.Parallel()
	url := fake(t, map[string][]string{
		"GET /task/a/status":    {answer("a", "RUNNING", "RUNNING")},
		"GET /task/b/status":    {answer("b", "RUNNING", "WAITING")},
		"GET /task/c/status":    {answer("c", "SUCCESS", "NONE")},
		"POST /task/a/shutdown": {`{"task":"a"}`}, "POST /task/b/shutdown": {`{"task":"b"}`},
		"POST /datasources/d/shutdownAllTasks": {`{"dataSource":"d"}`}, "POST /datasources/e/shutdownAllTasks": {"404!"},
	})
	run(t, "kill", "a", "b", url).expect(t, 0, "shut down a\nshut down b\n")
	run(t, "kill", "c", "a", url).expect(t, 1, "shut down a\n", "task c was over already: SUCCESS")
	run(t, "kill", "-d", "d", url).expect(t, 0, "all tasks of d")
	run(t, "kill", "-d", "e", url).expect(t, 4, "no task of data source e is active")
	run(t, "kill", url).expect(t, 2, "either ids of tasks or --datasource")
	run(t, "kill", "a", "-d", "d", url).expect(t, 2, "either")
}

func TestNoServer(t *testing.T) {
	t.Parallel()
	run(t, "tasks", "--url", "http://127.0.0.1:1").expect(t, 3, "no answer from http://127.0.0.1:1", "ovate serve", "OVATE_URL")
	run(t, "tasks", "--url", "127.0.0.1:1").expect(t, 2, "http://HOST:PORT")
	run(t, "tasks", fake(t, map[string][]string{"GET /tasks": {"500!{\"error\":\"disk full\"}"}})).expect(t, 3, "disk full")
}

// TestWordsInAnyCase: a word of a few is taken however it is written, and tasks are listed by whatever word they are shown with.
func TestWordsInAnyCase(t *testing.T) {
	t.Parallel()
	list := "[" + strings.Join([]string{statusJSON("a", "FAILED", "NONE"), statusJSON("b", "SUCCESS", "NONE"), statusJSON("c", "FAILED", "NONE"), statusJSON("d", "SUCCESS", "NONE")}, ",") + "]"
	url := fake(t, map[string][]string{
		"GET /tasks?state=complete": {list},
		"GET /tasks?state=running":  {"[" + statusJSON("r", "RUNNING", "RUNNING") + "]"},
	})
	for _, c := range []struct {
		flags []string
		want  string
	}{
		{[]string{"--state", "failed"}, "a c"},
		{[]string{"--state", "FAILED", "-n", "1"}, "a"},
		{[]string{"--state", "Success"}, "b d"},
		{[]string{"--state", "COMPLETE"}, "a b c d"},
		{[]string{"--state", "RUNNING"}, "r"},
	} {
		got := run(t, append([]string{"tasks", url}, c.flags...)...)
		got.expect(t, 0)
		var ids []string
		for line := range strings.Lines(got.out) {
			if id, _, _ := strings.Cut(line, " "); id != "ID" {
				ids = append(ids, id)
			}
		}
		if strings.Join(ids, " ") != c.want {
			t.Errorf("%q lists %q, want %s", c.flags, ids, c.want)
		}
	}
	run(t, "completion", "BASH").expect(t, 0, "complete")
}

// TestEmptyArgument: an argument that is nothing, as one of a script may be, is refused as such, and nothing is asked of a server.
func TestEmptyArgument(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"users", "add", ""}, {"users", "grant", "joe", ""}, {"status", ""}, {"kill", "a", ""}, {"dump", ""}, {"ingest", "", "-d", "x"}} {
		run(t, append(args, "--url", "http://localhost:1")...).expect(t, 2, "> must not be empty", "ovate "+args[0])
	}
}
