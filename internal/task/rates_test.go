package task

import (
	"math"
	"testing"

	"ovate/internal/ingest"
)

func TestRates(t *testing.T) {
	t.Parallel()
	var r rates
	rows := int64(0)
	f := func(more int64) {
		rows += more
		r.measure(ingest.Counters{Processed: rows})
	}
	f(5000)
	for i, m := range r.means {
		if m.processed != 1000 {
			t.Errorf("mean %d is %g at first, want the 1000 rows a second of the first tick", i, m.processed)
		}
	}
	f(0)
	for i, span := range []float64{60, 300, 900} {
		if want := 1000 * math.Exp(-5/span); math.Abs(r.means[i].processed-want) > 1e-9 {
			t.Errorf("mean %d is %g after five idle seconds, want %g", i, r.means[i].processed, want)
		}
	}
}
