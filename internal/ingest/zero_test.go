package ingest

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"ovate/internal/spec"
)

// TestNegativeZero has what Druid 33 makes of -0.0: a sum adds it to 0, a minimum keeps it.
func TestNegativeZero(t *testing.T) {
	t.Parallel()
	s := inlineSpec(t, `{"dimensions": ["a"]}`, `{"type": "json"}`, `{"t":"2024-01-01","v":-0.0}`)
	for _, typ := range []spec.ColumnType{spec.Double, spec.Float} {
		s.Schema.Metrics = append(s.Schema.Metrics,
			spec.Aggregator{Name: typ.String() + "Sum", Aggregate: spec.Sum, Type: typ, Field: "v"},
			spec.Aggregator{Name: typ.String() + "Min", Aggregate: spec.Min, Type: typ, Field: "v"})
	}
	const want = `{"__time":"2024-01-01T00:00:00.000Z","a":null,"doubleMin":-0.0,"doubleSum":0.0,"floatMin":-0.0,"floatSum":0.0}` + "\n"
	for _, rollup := range []bool{false, true} {
		s.Schema.Granularity.Rollup = rollup
		result, _ := runJob(t, s, 1)
		if d := cmp.Diff(want, rowsOf(t, result.Segments[0])); d != "" {
			t.Errorf("rollup %v (-want +got):\n%s", rollup, d)
		}
	}
}
