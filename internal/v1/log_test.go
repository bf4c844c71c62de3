package v1_test

import (
	"fmt"
	"strings"
	"testing"

	"ovate/client"
)

// TestFollowedLog: who follows the log of a task gets all of it, line by line, whenever he comes and however often the connection breaks, and hears of the end.
func TestFollowedLog(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c, err := client.New(s.url, client.WithHTTPClient(s.http))
	if err != nil {
		t.Fatal(err)
	}
	follow := func(id string, offset int64) (lines []string) {
		t.Helper()
		task, err := c.LogLines(t.Context(), id, offset, func(line string) error { lines = append(lines, line); return nil })
		if err != nil || task.ID != id || task.State != "SUCCESS" {
			t.Fatalf("%+v, %v", task, err)
		}
		return lines
	}
	s.expect(201, "", "POST", "/api/v1/tasks", `{"type":"noop","id":"a","dataSource":"d","runTime":1500}`)
	lines := follow("a", 0) // while it is written
	log := s.expect(200, "", "GET", "/druid/indexer/v1/task/a/log", "").body
	if len(lines) < 2 || strings.Join(lines, "\n")+"\n" != log {
		t.Errorf("followed is %q, and the log is %q", lines, log)
	}
	if rest := follow("a", int64(len(lines[0])+1)); strings.Join(rest, "\n") != strings.Join(lines[1:], "\n") {
		t.Errorf("behind the first line: %q", rest)
	}
	broken := s.stream("/api/v1/tasks/a/log", fmt.Sprint(len(lines[0])+1))
	if name, data := broken.next(); name != "lines" || data != lines[len(lines)-1] {
		t.Errorf("after a break: %s %q", name, data)
	}
	if name, data := broken.next(); name != "ended" || !strings.HasPrefix(data, `{"id":"a"`) || broken.last != fmt.Sprint(len(log)) {
		t.Errorf("%s %q, at %s of %d", name, data, broken.last, len(log))
	}
	if name, _ := broken.next(); name != "" {
		t.Errorf("after the end comes %s", name)
	}
	s.expect(404, "", "GET", "/api/v1/tasks/none/log", "")
	for _, wrong := range []string{"-1", "x", "1e3"} {
		s.expect(400, "", "GET", "/api/v1/tasks/a/log?offset="+wrong, "")
		s.expect(400, "", "GET", "/api/v1/tasks/a/log", "", "Last-Event-ID", wrong)
	}
}
