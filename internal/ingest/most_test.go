package ingest

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"ovate/internal/ingest/source"
)

// TestMost: a job that wants some rows builds of the first ones what a job builds whose input ends there, however it is cut into chunks and whoever parses them.
func TestMost(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		lines := rapid.SliceOfN(rapid.SampledFrom([]string{`{"t":"2024-01-01","a":1}`, `{"t":"2024-01-01","b":"x"}`, "bad", `{"t":"2024-01-02","a":"` + strings.Repeat("x", 300_000) + `"}`}), 1, 12).Draw(r, "lines")
		most, workers := rapid.IntRange(1, 14).Draw(r, "most"), rapid.IntRange(1, 3).Draw(r, "workers")
		build := func(lines []string, most int) string {
			s := inlineSpec(t, `{}`, `{"type": "json"}`, strings.Join(lines, "\n")+"\n")
			s.Tuning.MaxParseExceptions, s.Tuning.MaxSavedParseExceptions = 1000, 1000
			progress := &Progress{}
			built, err := Run(t.Context(), Job{
				Spec: s, Staging: t.TempDir(), Policy: source.Policy{}, Workers: workers, MemoryBudget: 64 << 20, Most: Limit{Rows: most}, Log: slog.New(slog.DiscardHandler), Progress: progress,
			})
			if err != nil {
				r.Fatal(err)
			}
			var all strings.Builder
			for _, one := range built.Segments {
				all.WriteString(rowsOf(t, one))
			}
			read := progress.Snapshot()
			fmt.Fprintf(&all, "%d processed, %d unparseable, faults %d", read.Build.Processed, read.Build.Unparseable, len(read.BuildFaults))
			return all.String()
		}
		if got, want := build(lines, most), build(lines[:min(most, len(lines))], 0); got != want {
			r.Fatalf("%.2000s\nwant\n%.2000s", got, want)
		}
	})
}

// TestMostBytes: rows that are thrown away end a job as well, by their bytes.
func TestMostBytes(t *testing.T) {
	t.Parallel()
	s := inlineSpec(t, `{}`, `{"type": "json"}`, strings.Repeat(`{"t":"2024-01-01","a":1}`+"\n", 400_000))
	progress := &Progress{}
	if _, err := Run(t.Context(), Job{
		Spec: s, Staging: t.TempDir(), Workers: 1, MemoryBudget: 64 << 20, Most: Limit{Rows: 1 << 30, Bytes: 1 << 20}, Log: slog.New(slog.DiscardHandler), Progress: progress,
	}); err != nil {
		t.Fatal(err)
	}
	if got := progress.Snapshot().Build.ProcessedBytes; got < 1<<20 || got > 3<<20 {
		t.Errorf("%d bytes were read where a job wants %d", got, 1<<20)
	}
}
