package clock

import "time"

// Doubling is a pause that is twice as long after each failure in a row, up to the longest.
type Doubling struct{ First, Longest time.Duration }

// After is how long to wait after so many failures: not at all after none.
func (d Doubling) After(failures int) time.Duration {
	if failures <= 0 {
		return 0
	}
	wait := d.First
	for ; failures > 1 && 0 < wait && wait < d.Longest; failures-- {
		wait *= 2
	}
	return min(wait, d.Longest)
}
