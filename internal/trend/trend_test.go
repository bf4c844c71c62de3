package trend

import (
	"testing"

	"pgregory.net/rapid"

	"ovate/druid"
)

// Whatever moments come, and should the clock go back, a series has what was noted in the steps of the last hour, and nothing else.
func TestSeries(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		const step = Hour / 6
		clock := druid.Instant(rapid.Int64Range(int64(Hour), int64(100*Hour)).Draw(t, "begin"))
		s, noted, newest := newSeries(step, clock, Unknown), map[druid.Instant]int64{}, clock/step
		for i := range rapid.IntRange(0, 30).Draw(t, "moments") {
			clock += druid.Instant(rapid.Int64Range(-int64(Hour)/2, int64(Hour)).Draw(t, "later"))
			clock = max(clock, 0)
			newest = max(newest, clock/step)
			if at := s.at(clock); at != nil {
				*at = int64(i)
				noted[clock/step] = int64(i)
			} else if clock/step > newest-6 {
				t.Fatalf("there is no place for %d, as the newest is %d", clock/step, newest)
			}
			for n := range noted {
				if n <= newest-6 {
					delete(noted, n)
				}
			}
			points := s.points(clock, 7)
			if len(points) != 6 || points[5].At != clock/step*step+7 {
				t.Fatalf("%d points, the last at %d", len(points), points[len(points)-1].At)
			}
			for _, p := range points {
				want, there := noted[(p.At-7)/step]
				if !there {
					want = Unknown
				}
				if p.Value != float64(want) {
					t.Fatalf("%v at %d, want %d", p.Value, p.At, want)
				}
			}
		}
	})
}
