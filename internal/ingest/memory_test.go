package ingest

import (
	"testing"

	"ovate/internal/spec"
)

// What a spec asks for is no more than the operator has for a task.
func TestMemory(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ given, limit, want int64 }{
		{0, 0, 100}, {0, 1000, 100}, {70, 0, 70}, {70, 1000, 70}, {7000, 1000, 1000}, {1 << 62, 1000, 1000}, {-1, 1000, 1000}, {-1, 0, 0}, {7000, 0, 7000},
	} {
		j := Job{MemoryBudget: 100, MemoryLimit: c.limit, Spec: &spec.Ingestion{Tuning: spec.Tuning{MaxBytesInMemory: c.given}}}
		if got := j.Memory(); got != c.want {
			t.Errorf("%d with a limit of %d: %d, want %d", c.given, c.limit, got, c.want)
		}
	}
}
