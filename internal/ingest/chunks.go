package ingest

import (
	"ovate/druid"
	"ovate/internal/ingest/sink"
	"ovate/internal/spec"
)

// chunksOf are the time chunks of a spec: the buckets of its segment granularity. All time has only one, of which the spec's
// intervals, if there are any, are the parts that become segments.
func chunksOf(g *spec.GranularitySpec) sink.Chunks {
	if g.Segment.IsAll() && len(g.Intervals) > 0 {
		return spans(druid.CondenseIntervals(g.Intervals))
	}
	return g.Segment.Bucketer()
}

// spans are chunks that were given, in order. Rows outside of them are thrown away before.
type spans []druid.Interval

// Bucket is the span around t.
func (s spans) Bucket(t druid.Instant) druid.Interval {
	if at := druid.SearchIntervals(s, t); at < len(s) && s[at].Contains(t) {
		return s[at]
	}
	return druid.Interval{}
}
