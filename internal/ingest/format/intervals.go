package format

import (
	"ovate/druid"
	"ovate/internal/spec"
)

// intervals tells which rows are inside the intervals of a spec: those whose segment would overlap one of them
// (UniformGranularitySpec), so that intervals which are not aligned let through all of the segments they touch.
type intervals struct {
	given   []druid.Interval // empty admits everything
	known   druid.Interval   // a span that is wholly inside
	whole   bool             // one segment for each interval given
	buckets *druid.Bucketer
}

func newIntervals(g *spec.GranularitySpec) intervals {
	if len(g.Intervals) == 0 {
		return intervals{known: druid.Eternity}
	}
	return intervals{given: druid.CondenseIntervals(g.Intervals), whole: g.Segment.IsAll(), buckets: g.Segment.Bucketer()}
}

func (x *intervals) admit(t druid.Instant) bool {
	if x.known.Contains(t) {
		return true
	}
	for _, given := range x.given {
		if given.Contains(t) {
			x.known = given
			return true
		}
	}
	if x.whole || len(x.given) == 0 {
		return false
	}
	bucket := x.buckets.Bucket(t)
	for _, given := range x.given {
		if given.Overlaps(bucket) {
			x.known = bucket
			return true
		}
	}
	return false
}
