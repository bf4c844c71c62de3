//go:build peer

package peer

import (
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
	var questions [][]byte
	var before []string
	for line := range strings.Lines(string(recorded)) {
		part := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		before = append(before, part[3])
		questions = append(questions, []byte(strings.Join(part[:3], "\t")))
	}
	var now strings.Builder
	for i, said := range druidSays(ctx, t, filepath.Join("cron", "Cron.java"), questions) {
		answer, _, _ := strings.Cut(string(said), " ")
		if answer != before[i] && !*recordActions {
			t.Errorf("%s: Druid says %s, but recorded is %s", questions[i], said, before[i])
		}
		now.WriteString(string(questions[i]) + "\t" + answer + "\n")
	}
	if *recordActions {
		if err := os.WriteFile(file, []byte(now.String()), 0o644); err != nil {
			t.Error(err)
		}
	}
}
