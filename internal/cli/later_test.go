package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ovate/druid"
)

// What is to wait, or is tried again, is handed in and watched by submit; what is wrong is told without; and what has failed is submitted once more.
func TestSubmitLater(t *testing.T) {
	t.Parallel()
	server := serving(t, command(t, "serve", "--listen", "127.0.0.1:0", "--data", t.TempDir()))
	url := "--url=" + server.url
	task := func(text string) string {
		file := filepath.Join(t.TempDir(), "task.json")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	noop := task(`{"type":"noop","id":"one","dataSource":"d","runTime":1}`)
	run(t, "submit", noop, "--check", url).expect(t, 0, "the server would take it")
	run(t, "submit", task(`{"type":"noop","runTime":"long","groupId":[]}`), "--check", url).expect(t, 2, "/runTime: must be a whole number", "/groupId: ", "the server would not take it, for 2 reasons")
	run(t, "status", "one", url).expect(t, 4)

	soon := (druid.Now() + 2000).String()
	run(t, "submit", noop, "--not-before", soon, "--label", "team=data", "--wait", url).expect(t, 0, "one\n", "It is due at "+soon, "SUCCESS in")
	run(t, "submit", task(`{"type":"noop","id":"two","dataSource":"d","runTime":1}`), "--after", "one", "--attempts", "3", "--backoff", "PT1S", "--wait", url).expect(t, 0, "two\n", "SUCCESS in")

	broken := task(`{"type":"index_parallel","id":"broken","spec":{"dataSchema":{"dataSource":"d","timestampSpec":{"column":"t"},"dimensionsSpec":{}},
"ioConfig":{"type":"index_parallel","inputSource":{"type":"inline","data":"x"},"inputFormat":{"type":"json"}},"tuningConfig":{"type":"index_parallel","maxParseExceptions":0}}}`)
	run(t, "submit", broken, "--attempts", "2", "--backoff", "PT2S", "--label", "team=data", "--wait", url).expect(t, 1, "broken\n", "Attempt 2 begins at", "task broken failed: Max parse exceptions")
	run(t, "submit", task(`{"type":"noop"}`), "--after", "none", url).expect(t, 2, "there is no task and no submission of this id")
	for _, twice := range []string{"first", "second"} {
		if got := run(t, "submit", task(`{"type":"noop","runTime":1}`), "--key", "k", url); got.code != 0 || !strings.HasPrefix(got.out, "noop_") {
			t.Errorf("%s: %+v", twice, got)
		}
	}

	run(t, "retry", "--label", "team=data", "--dry-run", url).expect(t, 0, "broken_attempt2\n", "broken\n")
	run(t, "retry", "broken", url).expect(t, 0, "broken  index_parallel_d_")
	run(t, "retry", "-d", "other", url).expect(t, 0, "no task matches")
	run(t, "retry", url).expect(t, 2, "give either ids of tasks, or which are meant")
	for _, args := range [][]string{{"--not-before", "soon"}, {"--attempts=-1"}, {"--attempts=0"}, {"--backoff", "PT1S"}, {"--label", "team"}, {"--on-failure", "stop"}, {"--check", "--wait"}} {
		run(t, append([]string{"submit", noop, url}, args...)...).expect(t, 2, "ovate: --")
	}
}
