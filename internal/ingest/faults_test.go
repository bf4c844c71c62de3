package ingest

import (
	"errors"
	"log/slog"
	"strings"
	"testing"

	"ovate/druid"
	"ovate/internal/ingest/source"
	"ovate/internal/spec"
)

// faulty is a spec whose rows are, from the first on: good, out of the intervals (if there are any), not to be read, with a
// value that cannot be converted, and not to be read and out of the intervals once more.
func faulty(t *testing.T, intervals ...druid.Interval) *spec.Ingestion {
	t.Helper()
	s := inlineSpec(t, `{"dimensions": [{"type": "long", "name": "x"}]}`, `{"type": "json"}`, strings.Join([]string{
		`{"t":"2024-01-01","x":1}`, `{"t":"2024-01-09","x":2}`, `broken`, `{"t":"2024-01-01","x":"y"}`, `broken too`, `{"t":"2024-01-09","x":3}`,
	}, "\n"))
	s.Schema.Granularity.Intervals = intervals
	return s
}

// TestSavedFaults shows that the faults of Druid's two readings are saved apart: those of one do not push out the other's.
func TestSavedFaults(t *testing.T) {
	t.Parallel()
	s := faulty(t)
	s.Tuning.MaxSavedParseExceptions = 2
	_, progress := runJob(t, s, 1)
	snapshot := progress.Snapshot()
	var determine, build []string
	for _, f := range snapshot.DetermineFaults {
		determine = append(determine, f.Input)
	}
	for _, f := range snapshot.BuildFaults {
		build = append(build, f.Input)
	}
	if got, want := strings.Join(determine, ","), "broken too,broken"; got != want {
		t.Errorf("determinePartitions saved %s, want %s", got, want)
	}
	if got, want := strings.Join(build, ","), "broken too,{t=2024-01-01, x=y}"; got != want {
		t.Errorf("buildSegments saved %s, want %s", got, want)
	}
}

// TestCountersOfTooManyFaults shows that what stands behind the fault that is one too many is not counted.
func TestCountersOfTooManyFaults(t *testing.T) {
	t.Parallel()
	day, err := druid.ParseInterval("2024-01-01/P1D")
	if err != nil {
		t.Fatal(err)
	}
	for allowed, want := range []Counters{
		{Processed: 1, ThrownAway: 1, Unparseable: 1},
		{Processed: 1, ThrownAway: 1, Unparseable: 1, ProcessedWithError: 1},
		{Processed: 1, ThrownAway: 1, Unparseable: 2, ProcessedWithError: 1},
	} {
		s := faulty(t, day)
		s.Tuning.MaxParseExceptions = allowed
		progress := &Progress{}
		_, err := Run(t.Context(), Job{
			Spec: s, Staging: t.TempDir(), Policy: source.Policy{}, Workers: 1, MemoryBudget: 1 << 30,
			Log: slog.New(slog.DiscardHandler), Progress: progress,
		})
		var tooMany *TooManyFaults
		if !errors.As(err, &tooMany) {
			t.Fatalf("with %d faults allowed: %v", allowed, err)
		}
		got := progress.Snapshot().Build
		if got.ProcessedBytes = 0; got != want {
			t.Errorf("with %d faults allowed: %+v, want %+v", allowed, got, want)
		}
	}
}

// TestHeaderFault shows that an input whose header names a column twice is one fault, and not the end of everything.
func TestHeaderFault(t *testing.T) {
	t.Parallel()
	s := inlineSpec(t, `{"dimensions": ["a", {"type": "long", "name": "b"}]}`, `{"type": "csv", "findColumnsFromHeader": true}`, "t,a,a,b\n2024-01-01,x,y,1\n")
	result, progress := runJob(t, s, 2)
	if got, want := progress.Snapshot().Build.Unparseable, int64(1); got != want || len(result.Segments) != 0 {
		t.Errorf("%d rows did not parse, want %d; %d segments", got, want, len(result.Segments))
	}
}
