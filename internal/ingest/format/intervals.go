package format

import (
	"slices"

	"ovate/druid"
	"ovate/internal/spec"
)

// intervals tells which rows are inside the intervals of a spec: those whose segment would overlap one of them
// (UniformGranularitySpec), so that intervals which are not aligned let through all of the segments they touch.
type intervals struct {
	given   []druid.Interval
	known   druid.Interval // a span that is wholly inside; all time, if the spec has no intervals
	whole   bool           // one segment for each interval given
	buckets *druid.Bucketer
}

func newIntervals(g *spec.GranularitySpec) intervals {
	if len(g.Intervals) == 0 {
		return intervals{known: druid.Eternity}
	}
	given := slices.DeleteFunc(slices.Clone(g.Intervals), druid.Interval.IsEmpty) // which touch no segment
	return intervals{given: druid.CondenseIntervals(given), whole: g.Segment.IsAll(), buckets: g.Segment.Bucketer()}
}

func (x *intervals) admit(t druid.Instant) bool {
	if x.known.Contains(t) {
		return true
	}
	if at := druid.SearchIntervals(x.given, t); at < len(x.given) && x.given[at].Contains(t) {
		x.known = x.given[at]
		return true
	}
	if x.whole {
		return false
	}
	bucket := x.buckets.Bucket(t)
	if druid.OverlapsAny(x.given, bucket) {
		x.known = bucket
		return true
	}
	return false
}
