package choice

import (
	"cmp"
	"slices"
	"sort"

	"ovate/druid"
	"ovate/internal/timeline"
)

// line is sets in order of time, of which those can be found that overlap an interval.
type line struct {
	sets []*timeline.Shown // by where they begin
	ends []druid.Instant   // the latest end of the sets up to each
}

func newLine(sets []*timeline.Shown) *line {
	l := &line{sets: slices.Clone(sets)}
	slices.SortStableFunc(l.sets, func(a, b *timeline.Shown) int { return cmp.Compare(a.Interval.Start, b.Interval.Start) })
	end := druid.MinInstant
	for _, set := range l.sets {
		end = max(end, set.Interval.End)
		l.ends = append(l.ends, end)
	}
	return l
}

func (l *line) overlapping(i druid.Interval) (found []*timeline.Shown) {
	from := sort.Search(len(l.sets), func(n int) bool { return l.ends[n] > i.Start })
	for _, set := range l.sets[from:] {
		if set.Interval.Start >= i.End {
			break
		}
		if set.Interval.Overlaps(i) {
			found = append(found, set)
		}
	}
	return found
}

// reach is the time of the sets that overlap an interval, of which there is one.
func (l *line) reach(i druid.Interval) druid.Interval {
	found := l.overlapping(i)
	all := found[0].Interval
	for _, set := range found {
		all.Start, all.End = min(all.Start, set.Interval.Start), max(all.End, set.Interval.End)
	}
	return all
}
