package goal

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"time"

	"ovate/druid"
)

// TaskType is the type of compact tasks, and idPrefix what the ids of Druid's own begin with.
const (
	TaskType = "compact"
	idPrefix = "coordinator-issued_" + TaskType
)

// Slots is how many slots a task takes: one for itself, and those of its sub-tasks.
func (g *Goal) Slots() int { return SlotsOf(g.config.Tuning) }

// SlotsOf is how many slots a compact task takes that has such a tuningConfig.
func SlotsOf(tuning map[string]json.RawMessage) int {
	p, err := readPartitions(tuning["partitionsSpec"])
	least := 2
	if err == nil && p != nil && p.kind == "range" {
		least = 1
	}
	var together int
	if read(tuning["maxNumConcurrentSubTasks"], &together) != nil || together < least {
		return 1
	}
	return together + 1
}

// Reach is the granularity of the segments that a task makes of those in such intervals, nil if each interval has its own, and the interval that the task
// compacts, which is whole buckets of that.
func (g *Goal) Reach(intervals []druid.Interval) (*druid.Granularity, druid.Interval) {
	within := umbrella(intervals)
	granularity := g.Segment
	if granularity == nil && !slices.ContainsFunc(intervals, func(i druid.Interval) bool { return !i.Overlaps(intervals[0]) }) {
		granularity = granularityOf(intervals[0])
	}
	if granularity == nil || granularity.IsAll() || granularity.IsNone() {
		return granularity, within
	}
	return granularity, druid.Interval{Start: granularity.Truncate(within.Start), End: granularity.Bucket(within.End - 1).End}
}

func umbrella(intervals []druid.Interval) druid.Interval {
	all := intervals[0]
	for _, i := range intervals {
		all.Start, all.End = min(all.Start, i.Start), max(all.End, i.End)
	}
	return all
}

// granularityOf is the granularity that Druid takes for that of a segment, by how long its interval is, wherever that begins: years, a quarter, a month, and
// so on; nil if it is none of these.
func granularityOf(i druid.Interval) *druid.Granularity {
	for _, by := range []struct {
		period      druid.Period
		granularity druid.Granularity
		many        bool
	}{
		{druid.Period{Years: 1}, druid.Year, true}, {druid.Period{Months: 3}, druid.Quarter, false}, {druid.Period{Months: 1}, druid.Month, false},
		{druid.Period{Weeks: 1}, druid.Week, true}, {druid.Period{Days: 1}, druid.Day, true}, {druid.Period{Hours: 8}, druid.EightHour, false},
		{druid.Period{Hours: 6}, druid.SixHour, false}, {druid.Period{Hours: 1}, druid.Hour, false}, {druid.Period{Minutes: 30}, druid.ThirtyMinute, false},
		{druid.Period{Minutes: 15}, druid.FifteenMinute, false}, {druid.Period{Minutes: 10}, druid.TenMinute, false}, {druid.Period{Minutes: 5}, druid.FiveMinute, false},
		{druid.Period{Minutes: 1}, druid.Minute, false}, {druid.Period{Seconds: 1}, druid.Second, true},
	} {
		end := by.period.AddTo(i.Start, 1, time.UTC)
		for n := 2; by.many && end < i.End && n < mostPeriods; n++ {
			end = by.period.AddTo(i.Start, n, time.UTC)
		}
		if end == i.End {
			return &by.granularity
		}
	}
	return nil
}

// mostPeriods bounds how long is looked for a granularity.
const mostPeriods = 1000

// Task is the JSON of a task that makes the segments of such intervals as they are to be, as Druid's scheduler makes it. Tombstones tells that there is
// nothing but tombstones, and why is what Missed has said.
func (g *Goal) Task(intervals []druid.Interval, tombstones bool, why string, now druid.Instant) []byte {
	c := &g.config
	granularity, within := g.Reach(intervals)
	dst := druid.AppendString([]byte(`{"type":"`+TaskType+`","id":`), druid.NewTaskID(idPrefix, g.DataSource, nil, now))
	dst = druid.AppendString(append(dst, `,"dataSource":`...), g.DataSource)
	dst = within.AppendTo(append(dst, `,"ioConfig":{"type":"compact","inputSpec":{"type":"interval","interval":"`...))
	dst = append(dst, `","sha256OfSortedSegmentIds":null},"dropExisting":`...)
	dst = strconv.AppendBool(dst, tombstones || c.IO.DropExisting != nil && *c.IO.DropExisting)
	dst = appendMembers(append(dst, `},"tuningConfig":`...), c.tuning())
	dst = appendGranularity(append(dst, `,"granularitySpec":{"segmentGranularity":`...), granularity)
	var query *druid.Granularity
	var rollup *bool
	if c.Granularity != nil {
		query, rollup = c.Granularity.Query, c.Granularity.Rollup
	}
	dst = appendGranularity(append(dst, `,"queryGranularity":`...), query)
	dst = appendRollup(append(dst, `,"rollup":`...), rollup)
	dst = append(dst, `},"dimensionsSpec":`...)
	if c.Dimensions == nil {
		dst = append(dst, "null"...)
	} else {
		dst = append(append(append(dst, `{"dimensions":`...), orNull(c.Dimensions.List)...), '}')
	}
	dst = append(append(dst, `,"metricsSpec":`...), orNull(c.Metrics)...)
	dst = append(append(dst, `,"transformSpec":`...), orNull(c.Transform)...)
	if !isNull(c.Projections) {
		dst = append(append(dst, `,"projections":`...), c.Projections...)
	}
	dst = appendMembers(append(dst, `,"context":`...), c.context(why))
	return append(dst, `,"compactionRunner":{"type":"native"}}`...)
}

// tuning is the task's tuningConfig: the config's, with what is Druid's to say.
func (c *config) tuning() map[string]json.RawMessage {
	t := maps.Clone(c.Tuning)
	if t == nil {
		t = map[string]json.RawMessage{}
	}
	maps.DeleteFunc(t, func(_ string, value json.RawMessage) bool { return isNull(value) })
	t["type"] = json.RawMessage(`"index_parallel"`)
	delete(t, "maxRowsPerSegment")
	if !isNull(c.MaxRows) {
		t["maxRowsPerSegment"] = c.MaxRows
	}
	if p, err := readPartitions(t["partitionsSpec"]); err == nil && p != nil && p.kind != "dynamic" {
		t["forceGuaranteedRollup"] = json.RawMessage("true") // without which Druid spreads no rows so
	}
	if t["appendableIndexSpec"] == nil {
		t["appendableIndexSpec"] = json.RawMessage(`{"type":"onheap","preserveExistingMetrics":` + strconv.FormatBool(!isNull(c.Metrics)) + `}`)
	}
	return t
}

func (c *config) context(why string) map[string]json.RawMessage {
	all := maps.Clone(c.Context)
	if all == nil {
		all = map[string]json.RawMessage{}
	}
	all["storeCompactionState"] = json.RawMessage("true")
	all["priority"] = json.RawMessage(strconv.Itoa(c.Priority))
	all["compactionReason"] = druid.AppendString(nil, why)
	return all
}

func appendMembers(dst []byte, members map[string]json.RawMessage) []byte {
	dst = append(dst, '{')
	for i, name := range slices.Sorted(maps.Keys(members)) {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(append(druid.AppendString(dst, name), ':'), members[name]...)
	}
	return append(dst, '}')
}

func orNull(value json.RawMessage) json.RawMessage {
	if len(value) == 0 {
		return json.RawMessage("null")
	}
	return value
}

func appendGranularity(dst []byte, g *druid.Granularity) []byte {
	if g == nil {
		return append(dst, "null"...)
	}
	return g.AppendJSON(dst)
}

func appendRollup(dst []byte, rollup *bool) []byte {
	if rollup == nil {
		return append(dst, "null"...)
	}
	return strconv.AppendBool(dst, *rollup)
}
