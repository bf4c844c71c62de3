package task

import (
	"cmp"

	"ovate/druid"
	"ovate/internal/lockbox"
)

// outlineOfBatch is that of `index` and `index_parallel`.
func outlineOfBatch(typ string) func(raw []byte) (outline, error) {
	return func(raw []byte) (outline, error) {
		f := &batchFields{}
		err := readFields(raw, f)
		schema, appends := &f.Spec.DataSchema, f.Spec.IOConfig.AppendToExisting
		return outline{
			dataSource:   cmp.Or(f.DataSource, schema.DataSource),
			appends:      appends,
			forcesChunks: forcesChunks(typ, len(schema.Granularity.Intervals) > 0, appends),
			locks:        f.locks,
		}, err
	}
}

// batchFields are those by which the locks are known.
type batchFields struct {
	DataSource string `json:"dataSource"`
	Spec       struct {
		DataSchema struct {
			DataSource  string            `json:"dataSource"`
			Granularity granularityFields `json:"granularitySpec"`
		} `json:"dataSchema"`
		IOConfig struct {
			AppendToExisting bool `json:"appendToExisting"`
		} `json:"ioConfig"`
	} `json:"spec"`
}

// locks are the time chunks of the spec's intervals.
func (f *batchFields) locks(h *druid.Task) lockbox.Request {
	if !locksChunks(&h.Context) {
		return lockbox.Request{} // segments are locked, by the task itself
	}
	return batchLocks(&h.Context, f.Spec.DataSchema.Granularity.chunks(druid.Day), f.Spec.IOConfig.AppendToExisting)
}

// forcesChunks tells whether a task locks time chunks, whatever its context says: it overwrites what it learns of only from its rows.
func forcesChunks(typ string, hasIntervals, appends bool) bool {
	return typ == typeIndexParallel && !hasIntervals && !appends
}

// locksChunks tells whether the context asks for locks over time chunks, and not over segments.
func locksChunks(c *druid.Context) bool { return contextBool(c, KeyForceChunks, true) }

// KeyForceChunks is the context key for that.
const KeyForceChunks = "forceTimeChunkLock"

// batchLocks are locks over time chunks, of the type that Druid's batch tasks ask for.
func batchLocks(c *druid.Context, chunks []druid.Interval, appends bool) lockbox.Request {
	typ := contextLockType(c, druid.Exclusive)
	switch {
	case concurrentLocks(c) && appends:
		typ = druid.Append
	case concurrentLocks(c):
		typ = druid.Replace
	case !appends && (typ == druid.Shared || typ == druid.Append):
		typ = druid.Exclusive
	}
	return lockbox.Request{Type: typ, Intervals: druid.CondenseIntervals(chunks)}
}

type granularityFields struct {
	Type      string             `json:"type"`
	Segment   *druid.Granularity `json:"segmentGranularity"`
	Intervals []druid.Interval   `json:"intervals"`
}

// chunks are the intervals, widened to whole buckets.
func (g *granularityFields) chunks(otherwise druid.Granularity) []druid.Interval {
	segment := otherwise
	if g.Segment != nil {
		segment = *g.Segment
	}
	if g.Type == "arbitrary" {
		return g.Intervals
	}
	return widened(g.Intervals, segment)
}

func widened(intervals []druid.Interval, to druid.Granularity) []druid.Interval {
	if to.IsAll() || to.IsNone() {
		return intervals
	}
	wide := make([]druid.Interval, 0, len(intervals))
	for _, i := range intervals {
		if i.Start < i.End {
			wide = append(wide, druid.Interval{Start: to.Bucket(i.Start).Start, End: to.Bucket(i.End - 1).End})
		}
	}
	return wide
}

// partKind is that of a part of a parallel ingestion, which takes its locks in the name of the whole.
func partKind(typ string) Kind { return Kind{Type: typ, priority: 50} }

// hadoopKind is that of ingestion by Hadoop, which takes its locks itself.
func hadoopKind() Kind {
	return Kind{Type: "index_hadoop", TakesLocks: true, Audited: true, priority: 50}
}
