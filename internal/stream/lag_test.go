package stream_test

import (
	"testing"

	"ovate/internal/stream"
)

// What is read beyond what was the end a moment ago is no lag, and takes nothing off that of others.
func TestLag(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		lag         stream.Lag
		total, most int64
		average     float64
	}{
		{nil, 0, 0, 0}, {stream.Lag{"0": 3}, 3, 3, 3}, {stream.Lag{"0": 3, "1": 4, "2": -9}, 7, 4, 7. / 3}, {stream.Lag{"0": -1}, 0, 0, 0},
	} {
		if total, most, average := c.lag.Total(), c.lag.Most(), c.lag.Average(); total != c.total || most != c.most || average != c.average {
			t.Errorf("%v: %d, %d, %g, want %d, %d, %g", c.lag, total, most, average, c.total, c.most, c.average)
		}
	}
}
