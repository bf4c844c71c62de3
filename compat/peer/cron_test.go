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
)

// TestCron asks the schedulers of Druid's Overlord when schedules are due, and compares with what was recorded, by which ovate is tested
// (internal/schedule.TestDruid).
func TestCron(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	file := filepath.Join("..", "..", "internal", "schedule", "testdata", "druid.tsv")
	recorded, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var questions bytes.Buffer
	var before []string
	for line := range strings.Lines(string(recorded)) {
		part := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		before = append(before, part[3])
		questions.WriteString(strings.Join(part[:3], "\t") + "\n")
	}
	asked := questions.String()
	lib, err := Install(ctx, os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	cmd := Java(ctx, lib, filepath.Join("cron", "Cron.java"))
	cmd.Stdin = &questions
	var log bytes.Buffer
	cmd.Stderr = &log
	said, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, log.Bytes())
	}
	answers := strings.Split(strings.TrimSuffix(string(said), "\n"), "\n")
	if len(answers) != len(before) {
		t.Fatalf("%d answers to %d questions", len(answers), len(before))
	}
	var now strings.Builder
	i := 0
	for question := range strings.Lines(asked) {
		answer, _, _ := strings.Cut(answers[i], " ")
		if question = strings.TrimSuffix(question, "\n"); answer != before[i] && !*recordActions {
			t.Errorf("%s: Druid says %s, but recorded is %s", question, answers[i], before[i])
		}
		now.WriteString(question + "\t" + answer + "\n")
		i++
	}
	if *recordActions {
		if err := os.WriteFile(file, []byte(now.String()), 0o644); err != nil {
			t.Error(err)
		}
	}
}
