package spec

import (
	"math"

	"ovate/druid"
)

// defaultKillBatch is how many segments a kill task removes at a time.
const defaultKillBatch = 100

// Kill is what a kill task is asked to do: which unused segments to remove for good.
type Kill struct {
	DataSource   string
	Interval     druid.Interval
	Versions     []string // nil: all
	BatchSize    int
	Limit        int            // 0: none
	UpdatedUntil *druid.Instant // nil: no matter when they became unused
}

// Kill reads the fields of a kill task.
func (d *Document) Kill() (Kill, error) {
	r := &reader{taskType: "kill"}
	v := d.root
	k := Kill{DataSource: r.limited(v.field("dataSource"), MaxDataSource), Versions: r.texts(v.field("versions"))}
	if k.DataSource == "" {
		r.refuse(v.field("dataSource"), "is missing: it is the data source whose unused segments are to be removed")
	}
	k.Interval = r.span(v.field("interval"), "the span of time to clear")
	k.BatchSize = r.positive(v.field("batchSize"), defaultKillBatch)
	k.Limit = r.positive(v.field("limit"), 0)
	if t, _, ok := r.instant(v.field("maxUsedStatusLastUpdatedTime")); ok {
		k.UpdatedUntil = &t
	}
	return k, r.failure()
}

// span reads an interval that must be there and not be empty; what tells what it is.
func (r *reader) span(v value, what string) druid.Interval {
	if v.missing() {
		r.refuse(v, "is missing: it is %s, such as 2026-01-01/2026-02-01", what)
		return druid.Interval{}
	}
	i := r.interval(v)
	if i.Start == i.End {
		r.refuse(v, "must not be empty, but is %s", v.shown())
	}
	return i
}

// positive reads a number, and refuses others in Druid's words. What is not given is the fallback.
func (r *reader) positive(v value, fallback int) int {
	n, given := r.whole(v, math.MinInt32, math.MaxInt32)
	if !given {
		return fallback
	}
	if n < 1 {
		r.refuseAsDruid(v, "%s[%d] must be a positive integer.", v.path, n)
	}
	return int(n)
}
