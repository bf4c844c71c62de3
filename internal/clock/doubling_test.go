package clock

import (
	"math"
	"slices"
	"testing"
	"time"
)

// A pause doubles up to the longest, however many failures there are.
func TestDoubling(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		first, longest time.Duration
		want           []time.Duration // after none, one and so on, and after as many as can be counted
	}{
		{1, 5, []time.Duration{0, 1, 2, 4, 5, 5, 5}},
		{2, 8, []time.Duration{0, 2, 4, 8, 8, 8}},
		{7, 3, []time.Duration{0, 3, 3, 3}},
		{0, 3, []time.Duration{0, 0, 0, 0}},
		{time.Second, 366 * 24 * time.Hour, []time.Duration{0, time.Second, 2 * time.Second, 366 * 24 * time.Hour}},
	} {
		d := Doubling{First: c.first, Longest: c.longest}
		var got []time.Duration
		for n := range len(c.want) - 1 {
			got = append(got, d.After(n))
		}
		if got = append(got, d.After(math.MaxInt)); !slices.Equal(got, c.want) {
			t.Errorf("%v: %v, want %v", d, got, c.want)
		}
		if got := d.After(-1); got != 0 {
			t.Errorf("%v after -1: %v", d, got)
		}
	}
}
