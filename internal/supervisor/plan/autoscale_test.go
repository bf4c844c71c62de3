package plan

import (
	"math"
	"testing"
	"time"
)

// The number of tasks follows the lag, within what the spec allows and the partitions there are.
func TestTaskCount(t *testing.T) {
	t.Parallel()
	s := Scaling{Min: 1, Max: 6, OutThreshold: 100, InThreshold: 10, OutShare: 0.3, InShare: 0.9, OutStep: 2, InStep: 1}
	lags := func(high, middle, low int) (lags []int64) {
		for range high {
			lags = append(lags, 100)
		}
		for range middle {
			lags = append(lags, 50)
		}
		for range low {
			lags = append(lags, 10)
		}
		return lags
	}
	for _, c := range []struct {
		what            string
		now, partitions int
		lags            []int64
		want            int
	}{
		{"nothing is known", 2, 8, nil, 2},
		{"no partition", 2, 0, lags(1, 0, 0), 2},
		{"in between", 2, 8, lags(0, 10, 0), 2},
		{"too few are high", 2, 8, lags(29, 71, 0), 2},
		{"enough are high", 2, 8, lags(30, 70, 0), 4},
		{"high goes before low", 2, 8, lags(1, 0, 1), 4},
		{"no more than allowed", 5, 8, lags(1, 0, 0), 6},
		{"all that is allowed", 6, 8, lags(1, 0, 0), 6},
		{"no more than partitions", 2, 3, lags(1, 0, 0), 3},
		{"as many as partitions", 3, 3, lags(1, 0, 0), 3},
		{"more than partitions", 5, 3, lags(1, 0, 0), 5},
		{"too few are low", 3, 8, lags(0, 11, 89), 3},
		{"enough are low", 3, 8, lags(0, 10, 90), 2},
		{"no fewer than allowed", 1, 8, lags(0, 0, 1), 1},
		{"fewer than what reads", 5, 3, lags(0, 0, 1), 2},
	} {
		if got := s.TaskCount(c.now, c.partitions, c.lags); got != c.want {
			t.Errorf("%s: %d, want %d", c.what, got, c.want)
		}
	}
	s.Min, s.InStep = 2, 5
	if got := s.TaskCount(4, 8, lags(0, 0, 1)); got != 2 {
		t.Errorf("no fewer than allowed in a long step: %d", got)
	}
	if got := s.TaskCount(1, 8, lags(0, 0, 1)); got != 1 {
		t.Errorf("fewer than allowed, and low: %d", got)
	}
	s.Interval, s.Range, s.StartDelay, s.Rest = 30*time.Second, 10*time.Minute, 5*time.Minute, 10*time.Minute
	if got, begins := s.Window(), s.Begins(); got != 21 || begins != 15*time.Minute {
		t.Errorf("a window of %d lags, and it begins after %s", got, begins)
	}
	if s.StartDelay = math.MaxInt64; s.Begins() != math.MaxInt64 {
		t.Errorf("what is never to begin begins after %s", s.Begins())
	}
}

// What counts of lags is their sum, the greatest, or the average.
func TestLag(t *testing.T) {
	t.Parallel()
	for aggregate, want := range map[string]int64{"": 35, "SUM": 35, "MAX": 25, "AVERAGE": 11} {
		s := Scaling{Aggregate: aggregate}
		if got := s.Lag(map[string]int64{"0": 10, "1": 25, "2": -7}); got != want {
			t.Errorf("%q: %d, want %d", aggregate, got, want)
		}
		if got := s.Lag(nil); got != 0 {
			t.Errorf("%q of none: %d", aggregate, got)
		}
	}
}
