package spec

import (
	"encoding/json"
	"errors"
	"strings"

	"ovate/druid"
)

// maxIntervals is how many locks a task may ask for before it runs: as many as there are hours in eleven years.
const maxIntervals = 100_000

func (r *reader) granularitySpec(v value) GranularitySpec {
	s := GranularitySpec{Segment: druid.Day, Query: druid.None, Rollup: true}
	if !r.object(v) {
		return s
	}
	// Types that nobody knows are uniform to Druid.
	if t := v.field("type"); r.text(t, "") == "arbitrary" {
		r.unsupported(t, `use "uniform" with a segmentGranularity`)
	}
	s.Segment = r.granularity(v.field("segmentGranularity"), s.Segment)
	s.Query = r.granularity(v.field("queryGranularity"), s.Query)
	s.Rollup = r.boolean(v.field("rollup"), true)
	intervals := v.field("intervals")
	for _, item := range r.list(intervals) {
		s.Intervals = append(s.Intervals, r.interval(item))
	}
	if apart := len(druid.CondenseIntervals(s.Intervals)); apart > maxIntervals {
		r.refuse(intervals, "has %d spans of time that do not touch, each of which needs a lock, but must have at most %d: join them", apart, maxIntervals)
	}
	return s
}

func (r *reader) granularity(v value, fallback druid.Granularity) druid.Granularity {
	if v.missing() {
		return fallback
	}
	var g druid.Granularity
	if r.isURI(v) {
		return fallback
	}
	switch v.kind {
	case text:
		g, err := druid.ParseGranularity(v.text)
		switch {
		case err == nil:
		case !isWord(v.text) || !strings.HasPrefix(r.taskType, "index"): // the former mostly a period
			r.refuse(v, `must be a name such as "DAY", or an object such as {"type":"period","period":"P1D"} for a period, but is %s`, v.shown())
		default:
			r.refuseAsDruid(v, "Cannot construct instance of `org.apache.druid.java.util.common.granularity.Granularity`, problem: "+
				"No enum constant org.apache.druid.java.util.common.granularity.GranularityType.%s", strings.ToUpper(v.text))
		}
		return g
	case object:
		if err := json.Unmarshal(r.granularityJSON(v), &g); err != nil {
			r.refuse(v, "%s", oneLine(err.Error()))
		}
		return g
	}
	r.refuse(v, `must be a name such as "DAY" or an object such as {"type":"period","period":"P1D"}, but is %s`, v.shown())
	return g
}

// isWord tells whether a text is letters and underscores, as the names of granularities are.
func isWord(s string) bool {
	return s != "" && strings.Trim(strings.ToUpper(s), "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") == ""
}

// granularityJSON rewrites an object with what Druid reads of it, and as strictly typed as a granularity is read.
func (r *reader) granularityJSON(v value) []byte {
	e := beginObject(nil)
	for _, name := range []string{"type", "period", "timeZone"} {
		if given := r.text(v.field(name), ""); given != "" && !r.isURI(v.field(name)) {
			e.text(name, given)
		}
	}
	if d := v.field("duration"); !d.missing() {
		e.number("duration", r.long(d, 0))
	}
	if origin := v.field("origin"); !origin.missing() && origin.text != "" && !r.isURI(origin) {
		e.name("origin")
		e.dst = origin.appendRaw(e.dst)
	}
	return e.end()
}

func (r *reader) interval(v value) druid.Interval {
	if v.missing() || v.kind >= list {
		r.refuse(v, "must be an interval such as 2026-01-01/2026-02-01, but is %s", v.shown())
		return druid.Interval{}
	}
	if r.isURI(v) {
		return druid.Interval{}
	}
	i, err := druid.ParseInterval(v.text)
	var invalid *druid.IntervalError
	switch {
	case err == nil:
	case errors.As(err, &invalid) && v.kind == text && !strings.ContainsAny(v.text, "\r\n") && strings.HasPrefix(r.taskType, "index"):
		r.refuseAsDruid(v, "%s (through reference chain: %s)", invalid.Error(), r.intervalChain(v))
	default:
		r.refuse(v, "must be an interval such as 2026-01-01/2026-02-01, but is %s: %s", v.shown(), oneLine(err.Error()))
	}
	return i
}

// intervalChain is how Druid says where an interval stands.
func (r *reader) intervalChain(v value) string {
	task := "org.apache.druid.indexing.common.task.batch.parallel.ParallelIndexSupervisorTask"
	if r.taskType == "index" {
		task = "org.apache.druid.indexing.common.task.IndexTask"
	}
	return task + `["spec"]->` + r.specClass() + `["dataSchema"]->org.apache.druid.segment.indexing.DataSchema["granularitySpec"]->` +
		`org.apache.druid.indexer.granularity.UniformGranularitySpec["intervals"]->java.util.ArrayList` + v.path[strings.LastIndexByte(v.path, '['):]
}

func (s *GranularitySpec) appendJSON(dst []byte) []byte {
	e := beginObject(dst)
	e.text("type", "uniform")
	e.granularity("segmentGranularity", s.Segment)
	e.granularity("queryGranularity", s.Query)
	e.boolean("rollup", s.Rollup)
	e.name("intervals")
	e.dst = append(e.dst, '[')
	for i, interval := range s.Intervals {
		if i > 0 {
			e.dst = append(e.dst, ',')
		}
		e.dst = append(interval.AppendTo(append(e.dst, '"')), '"')
	}
	e.dst = append(e.dst, ']')
	return e.end()
}
