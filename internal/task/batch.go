package task

import (
	"cmp"
	"context"

	"ovate/druid"
	"ovate/internal/action"
	"ovate/internal/lockbox"
	"ovate/internal/spec"
)

// outlineOfBatch is that of `index` and `index_parallel`.
func outlineOfBatch(typ string) func(raw []byte) (outline, error) {
	return func(raw []byte) (outline, error) {
		f := &batchFields{}
		err := readFields(raw, f)
		schema := &f.Spec.DataSchema
		return outline{
			dataSource:   cmp.Or(schema.DataSource, f.DataSource), // Druid reads the former
			appends:      f.appends(),
			forcesChunks: forcesChunks(typ, len(schema.Granularity.Intervals) > 0, f.appends()),
			locks:        f.locks,
			ready:        f.ready,
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
			AppendToExisting truth `json:"appendToExisting"`
			DropExisting     truth `json:"dropExisting"`
		} `json:"ioConfig"`
		Tuning struct {
			PerfectRollup truth `json:"forceGuaranteedRollup"`
		} `json:"tuningConfig"`
	} `json:"spec"`
}

func (f *batchFields) appends() bool { return bool(f.Spec.IOConfig.AppendToExisting) }

// locks are the time chunks of the spec's intervals, unless it locks segments.
func (f *batchFields) locks(h *druid.Task) lockbox.Request {
	if !f.locksChunks(&h.Context) {
		return lockbox.Request{}
	}
	g := &f.Spec.DataSchema.Granularity
	return batchLocks(&h.Context, widened(g.Intervals, g.granularity()), f.appends())
}

// locksChunks tells whether the task locks time chunks, whatever is in them.
func (f *batchFields) locksChunks(c *druid.Context) bool {
	return locksChunks(c) || !f.appends() && bool(f.Spec.IOConfig.DropExisting || f.Spec.Tuning.PerfectRollup)
}

// ready takes the locks of locks, or those over the segments of the spec's intervals. A task that appends has nothing to lock.
func (f *batchFields) ready(ctx context.Context, c action.Client, h *druid.Task) (bool, error) {
	g := &f.Spec.DataSchema.Granularity
	if f.locksChunks(&h.Context) || f.appends() || len(g.Intervals) == 0 {
		return lockAll(ctx, c, h.ID, f.locks(h))
	}
	segments, err := action.Do(ctx, c, action.SegmentListUsed{DataSource: h.DataSource, Intervals: g.Intervals})
	if err != nil {
		return false, err
	}
	return lockExisting(ctx, c, h, segments, g.granularity())
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

// granularity is that of the segments; nil: their time chunks are the intervals.
func (g *granularityFields) granularity() *druid.Granularity {
	if g.Type == "arbitrary" {
		return nil
	}
	if g.Segment == nil {
		day := druid.Day
		return &day
	}
	return g.Segment
}

// widened are the intervals, widened to whole buckets unless the granularity is nil.
func widened(intervals []druid.Interval, to *druid.Granularity) []druid.Interval {
	if to == nil || to.IsAll() || to.IsNone() {
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
func partKind(typ string) Kind {
	return Kind{Type: typ, Part: true, priority: 50, check: (*spec.Document).CheckPart}
}

// hadoopKind is that of ingestion by Hadoop, which takes its locks itself.
func hadoopKind() Kind {
	return Kind{Type: "index_hadoop", TakesLocks: true, MakesSegments: true, Audited: true, priority: 50, check: (*spec.Document).CheckHadoop}
}
