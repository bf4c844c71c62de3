package druid

import (
	"cmp"
	"slices"
	"sort"
)

// CompareIntervals orders by start, then by end.
func CompareIntervals(a, b Interval) int {
	return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End))
}

// CondenseIntervals returns the same time as intervals in order, those that touch or overlap joined. The argument
// is left as it is.
func CondenseIntervals(intervals []Interval) []Interval {
	sorted := slices.SortedFunc(slices.Values(intervals), CompareIntervals)
	condensed := sorted[:0]
	for _, i := range sorted {
		if last := len(condensed) - 1; last >= 0 && i.Start <= condensed[last].End {
			condensed[last].End = max(condensed[last].End, i.End)
			continue
		}
		condensed = append(condensed, i)
	}
	return condensed
}

// SearchIntervals returns the place of the first of the intervals that ends after t, or their number if there is none. They
// must be in order and must not overlap, so that no other than the one found can hold t.
func SearchIntervals(intervals []Interval, t Instant) int {
	return sort.Search(len(intervals), func(i int) bool { return intervals[i].End > t })
}

// OverlapsAny tells whether an interval overlaps one of the intervals, which must be in order and must not overlap.
func OverlapsAny(intervals []Interval, i Interval) bool {
	at := SearchIntervals(intervals, i.Start)
	return at < len(intervals) && intervals[at].Overlaps(i)
}
