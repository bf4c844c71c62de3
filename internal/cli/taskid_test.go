package cli

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// everyTask is how tasks of all times are asked for.
const everyTask = "GET /tasks?createdTimeInterval=1970-01-01T00%3A00%3A00.000Z_3000-01-01T00%3A00%3A00.000Z"

func submitNoop(t *testing.T, server *running, id string) {
	t.Helper()
	cmd := command(t, "submit", "-", "--wait", "--url", server.url)
	cmd.Stdin = strings.NewReader(`{"type":"noop","id":"` + id + `","runTime":1}`)
	finish(t, cmd).expect(t, 0, id)
}

func TestTaskIDsCutShort(t *testing.T) {
	t.Parallel()
	server := serving(t, command(t, "serve", "--listen", "127.0.0.1:0", "--data", t.TempDir()))
	url := "--url=" + server.url
	run(t, "status", "last", url).expect(t, 4, "there are no tasks yet", "`ovate submit TASK.json`")
	run(t, "logs", "last", url).expect(t, 4, "there are no tasks yet", "`ovate ingest FILE --datasource NAME`")
	for _, id := range []string{"load_a_1", "load_a_2", "load_b", "load"} {
		submitNoop(t, server, id)
	}
	run(t, "status", "load_b", url).expect(t, 0, "load_b")
	run(t, "status", "load_a_1", url).expect(t, 0, "load_a_1")
	run(t, "status", "load", url).expect(t, 0, "id           load\n") // the whole id of one, and a beginning of others
	run(t, "status", "last", url).expect(t, 0, "id           load\n")
	run(t, "wait", "load_b", "last", url).expect(t, 0, "load_b  SUCCESS", "load  SUCCESS")
	run(t, "logs", "load_b", url).expect(t, 0)
	run(t, "logs", "-f", "last", url).expect(t, 0)
	run(t, "kill", "load_a", url).expect(t, 2, "2 tasks have an id that begins with load_a", "load_a_")
	run(t, "kill", "lo", url).expect(t, 2, "4 tasks", "load_a_1")
	run(t, "kill", "load_b", url).expect(t, 1, "task load_b was over already")
	run(t, "report", "", url).expect(t, 2, "must not be empty")
	run(t, "status", "nothing", url).expect(t, 4, "nothing", "`ovate tasks`")
}

func TestTasksWatch(t *testing.T) {
	t.Parallel()
	url := fake(t, map[string][]string{"GET /tasks": {
		"[" + statusJSON("a", "RUNNING", "WAITING") + "]",
		"[" + statusJSON("b", "RUNNING", "RUNNING") + "," + statusJSON("a", "FAILED", "NONE") + "]",
	}})
	cmd := command(t, "tasks", "--watch", url)
	watch := starting(t, cmd)
	for _, text := range []string{"a  WAITING", "b  RUNNING", "a  FAILED  1.234s  no such file"} {
		watch.until(t, text)
	}
	got := watch.end(t, os.Interrupt)
	got.expect(t, 0)
	if got.err != "" {
		t.Errorf("it complains: %s", got.err)
	}
	run(t, "tasks", "--watch", "--json", url).expect(t, 2, "--json and --watch")
}

func TestScreenIsNotLeft(t *testing.T) {
	t.Parallel()
	lines := fit([]string{"ID  STATE", "one  SUCCESS   ", "zwei  FAILED with a long story", "drei  RUNNING"}, 16, 3)
	if diff := cmp.Diff([]string{"ID  STATE", "zwei  FAILED wi…", "drei  RUNNING"}, lines); diff != "" {
		t.Error(diff)
	}
}
