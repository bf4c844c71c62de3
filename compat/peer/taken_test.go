//go:build peer

package peer

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ovate/compat/replay"
)

// TestTaken has Druid's Overlord read tasks, and compares which of them it refuses with what was recorded, by which ovate is tested
// (internal/task.TestTaken).
func TestTaken(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	file := filepath.Join("..", "testdata", "taken.jsonl")
	all, err := replay.LoadTaken(file)
	if err != nil {
		t.Fatal(err)
	}
	lib, err := Install(ctx, os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	kafka, err := ensure(ctx, os.Stderr, "kafka-"+Version, dependency("org.apache.druid.extensions", "druid-kafka-indexing-service", Version))
	if err != nil {
		t.Fatal(err)
	}
	var tasks bytes.Buffer
	for _, each := range all {
		tasks.Write(append(each.Task, '\n'))
	}
	cmd := Java(ctx, lib, "-cp", jars(lib)+string(os.PathListSeparator)+jars(kafka), "-Ddruid.metadata.storage.type=derby", "-Ddruid.indexer.runner.type=httpRemote",
		"-Ddruid.extensions.directory="+t.TempDir(), "-Ddruid.zk.service.host=127.0.0.1:1", filepath.Join("taken", "Taken.java"))
	cmd.Stdin = &tasks
	var log bytes.Buffer
	cmd.Stderr = &log
	said, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, log.Bytes())
	}
	answers := strings.Split(strings.TrimSuffix(string(said), "\n"), "\n")
	if len(answers) != len(all) {
		t.Fatalf("%d answers to %d tasks:\n%s", len(answers), len(all), said)
	}
	for i, answer := range answers {
		if answer != all[i].Druid && !*recordActions {
			t.Errorf("%s: Druid says %q, but recorded is %q", all[i].Task, answer, all[i].Druid)
		}
		all[i].Druid = answer
	}
	if *recordActions {
		if err := replay.SaveTaken(file, all); err != nil {
			t.Error(err)
		}
	}
}
