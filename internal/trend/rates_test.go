package trend

import (
	"testing"

	"ovate/druid"
	"ovate/internal/ingest"
	"ovate/internal/task"
)

// Rates are means over steps that have ended; before the process began they are unknown, and what a task takes back does not make them less.
func TestRates(t *testing.T) {
	t.Parallel()
	clock := 10*Hour + rateStep/3
	r := NewRates(func() druid.Instant { return clock })
	read := func(stage string, rows, bytes int64) {
		r.Read(stage, ingest.Counters{Processed: rows, ProcessedBytes: bytes, Unparseable: rows / 10})
	}
	last := func(n int) (rows, bytes []float64) {
		allRows, allBytes := r.Last()
		if len(allRows) != int(Hour/rateStep) || allRows[len(allRows)-1].At != clock/rateStep*rateStep {
			t.Fatalf("%d steps, the last ends at %d", len(allRows), allRows[len(allRows)-1].At)
		}
		for i := len(allRows) - n; i < len(allRows); i++ {
			rows, bytes = append(rows, allRows[i].Value), append(bytes, allBytes[i].Value)
		}
		return rows, bytes
	}
	same := func(got, want []float64) {
		t.Helper()
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("%v, want %v", got, want)
				return
			}
		}
	}
	read(task.StageBuild, 300, 30_000)
	read(task.StageDetermine, 300, 30_000)
	read(task.StageBuild, -300, -30_000)
	rows, _ := last(1)
	same(rows, []float64{Unknown}) // the step has not ended
	clock += rateStep
	rows, bytes := last(2)
	same(rows, []float64{Unknown, 11})
	same(bytes, []float64{Unknown, 1000})
	clock += 2 * rateStep
	read(task.StageBuild, 3000, 0)
	clock += rateStep
	rows, _ = last(5)
	same(rows, []float64{Unknown, 11, 0, 0, 110})
	clock += 2 * Hour
	rows, _ = last(int(Hour / rateStep))
	same(rows, make([]float64, Hour/rateStep))
}
