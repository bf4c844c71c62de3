package action

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"ovate/druid"
)

// What is found is what a look at everything would find, however things overlap.
func TestOverlapping(t *testing.T) {
	t.Parallel()
	interval := func(i druid.Interval) druid.Interval { return i }
	rapid.Check(t, func(t *rapid.T) {
		some := rapid.Custom(func(t *rapid.T) druid.Interval {
			start := druid.Instant(rapid.IntRange(0, 20).Draw(t, "start"))
			return druid.Interval{Start: start, End: start + druid.Instant(rapid.IntRange(1, 8).Draw(t, "length"))}
		})
		things, sought := rapid.SliceOfN(some, 0, 12).Draw(t, "things"), some.Draw(t, "sought")
		got := slices.Collect(place(things, interval).overlapping(sought))
		want := slices.DeleteFunc(slices.Clone(things), func(i druid.Interval) bool { return !i.Overlaps(sought) })
		slices.SortFunc(got, druid.CompareIntervals)
		slices.SortFunc(want, druid.CompareIntervals)
		if !slices.Equal(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
	})
}
