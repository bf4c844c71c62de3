//go:build peer

package peer

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
)

// druidSays has a program, which works with Druid's own classes and those of its extension for Kafka, answer each of some lines by a line.
func druidSays(ctx context.Context, t *testing.T, program string, lines [][]byte) (answers [][]byte) {
	t.Helper()
	lib, err := Install(ctx, os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	kafka, err := ensure(ctx, os.Stderr, "kafka-"+Version, dependency("org.apache.druid.extensions", "druid-kafka-indexing-service", Version))
	if err != nil {
		t.Fatal(err)
	}
	cmd := Java(ctx, lib, "-cp", jars(lib)+string(os.PathListSeparator)+jars(kafka), "-Ddruid.metadata.storage.type=derby", "-Ddruid.indexer.runner.type=httpRemote",
		"-Ddruid.extensions.directory="+t.TempDir(), "-Ddruid.zk.service.host=127.0.0.1:1", program)
	cmd.Stdin = bytes.NewReader(append(bytes.Join(lines, []byte("\n")), '\n'))
	var log bytes.Buffer
	cmd.Stderr = &log
	said, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", filepath.Base(program), err, log.Bytes())
	}
	if answers = bytes.Split(bytes.TrimSuffix(said, []byte("\n")), []byte("\n")); len(answers) != len(lines) {
		t.Fatalf("%s: %d answers to %d lines:\n%s", filepath.Base(program), len(answers), len(lines), said)
	}
	return answers
}
