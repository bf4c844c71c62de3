package action

import (
	"iter"
	"slices"
	"sort"

	"ovate/druid"
)

// placed are things that have intervals, among which those that overlap a given one are found without looking at the others.
type placed[T any] struct {
	things   []T
	interval func(T) druid.Interval
	latest   []druid.Instant // the latest end of the things up to each
}

// place sorts things by time. They may overlap each other.
func place[T any](things []T, interval func(T) druid.Interval) placed[T] {
	p := placed[T]{slices.Clone(things), interval, make([]druid.Instant, len(things))}
	slices.SortFunc(p.things, func(a, b T) int { return druid.CompareIntervals(interval(a), interval(b)) })
	latest := druid.MinInstant
	for i, t := range p.things {
		latest = max(latest, interval(t).End)
		p.latest[i] = latest
	}
	return p
}

// overlapping are the things that share an instant with an interval, the last one first.
func (p placed[T]) overlapping(i druid.Interval) iter.Seq[T] {
	return func(yield func(T) bool) {
		n := sort.Search(len(p.things), func(k int) bool { return p.interval(p.things[k]).Start >= i.End })
		for n--; n >= 0 && p.latest[n] > i.Start; n-- {
			if p.interval(p.things[n]).Overlaps(i) && !yield(p.things[n]) {
				return
			}
		}
	}
}

// anyOf tells whether one of some things is such.
func anyOf[T any](things iter.Seq[T], such func(T) bool) bool {
	for t := range things {
		if such(t) {
			return true
		}
	}
	return false
}
