//go:build peer

package peer

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// airflowProvider is Airflow's provider for Druid, which brings Airflow with it.
const airflowProvider = "apache-airflow-providers-apache-druid==4.6.1"

// installAirflow makes sure that the provider is in an environment of Python's in the user's cache, and returns its interpreter. The environment
// counts once it is whole: an interrupted install is repeated.
func installAirflow(ctx context.Context, t *testing.T) (python string) {
	t.Helper()
	cache, err := cacheFolder()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(cache, "airflow-druid-4.6.1")
	python = filepath.Join(dir, "bin", "python")
	whole := filepath.Join(dir, "whole")
	if _, err := os.Stat(whole); err == nil {
		return python
	}
	fmt.Fprintf(os.Stderr, "installing %s into %s (once)\n", airflowProvider, dir)
	for _, args := range [][]string{{"python3", "-m", "venv", "--clear", dir}, {python, "-m", "pip", "install", "-q", airflowProvider}} {
		if out, err := exec.CommandContext(ctx, args[0], args[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%q: %v\n%s", args, err, out)
		}
	}
	if err := os.WriteFile(whole, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	return python
}

// TestAirflow: Airflow's hook for Druid submits tasks to ovate, waits for them, hears how they end, and cancels one that takes too long.
func TestAirflow(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes minutes")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Minute)
	defer cancel()
	python := installAirflow(ctx, t)
	c := serve(ctx, t, t.TempDir())
	const spec = `{"type":"index_parallel","id":"%s","spec":{"dataSchema":{"dataSource":"air","timestampSpec":{"column":"t","format":"auto"},"dimensionsSpec":{"dimensions":["page"]},
"granularitySpec":{"segmentGranularity":"DAY"}},"ioConfig":{"type":"index_parallel","inputSource":{"type":"%s"%s},"inputFormat":{"type":"json"}},"tuningConfig":{"type":"index_parallel"}}}`
	rows := `,"data":"{\"t\":\"2024-01-01T01:00:00Z\",\"page\":\"a\"}\n{\"t\":\"2024-01-02T01:00:00Z\",\"page\":\"b\"}"`
	var lines []string
	wants := []struct{ task, options, ends string }{
		{fmt.Sprintf(spec, "flies", "inline", rows), `{}`, "ok"},
		{fmt.Sprintf(spec, "crashes", "local", `,"files":["/nobody/has/this.json"]`), `{}`, "Druid indexing job failed"},
		{fmt.Sprintf(spec, "refused", "nobody_knows", ""), `{}`, "Did not get 200 or 202"},
		{`{"type":"noop","id":"late","runTime":600000}`, `{"max_ingestion_time":1}`, "took more than 1 seconds"},
	}
	for _, w := range wants {
		line, err := json.Marshal(map[string]json.RawMessage{"task": json.RawMessage(w.task), "options": json.RawMessage(w.options)})
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, string(line))
	}
	cmd := exec.CommandContext(ctx, python, filepath.Join("airflow", "hook.py"), c.URL())
	cmd.Env = append(os.Environ(), "AIRFLOW_HOME="+t.TempDir())
	cmd.Stdin = strings.NewReader(strings.Join(lines, "\n") + "\n")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var ends []string
	for line := range strings.Lines(string(out)) {
		if end, is := strings.CutPrefix(line, "ends: "); is {
			ends = append(ends, strings.TrimSpace(end))
		}
	}
	for i, w := range wants {
		if len(ends) != len(wants) || !strings.Contains(ends[i], w.ends) {
			t.Fatalf("the hook says %q of task %d, want %q\n%s", ends, i, w.ends, out)
		}
	}
	for id, want := range map[string]string{"flies": "SUCCESS", "crashes": "FAILED", "late": "FAILED Shutdown request from user"} {
		status, err := c.Status(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(status.State) + " " + status.ErrorMsg; !strings.HasPrefix(got, want) {
			t.Errorf("%s is %s, want %s", id, got, want)
		}
	}
}
