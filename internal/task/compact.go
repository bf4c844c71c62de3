package task

import (
	"context"
	"fmt"

	"ovate/druid"
	"ovate/internal/action"
	"ovate/internal/spec"
)

// compactKind is that of tasks that write the segments of an interval anew.
func compactKind() Kind {
	return Kind{
		Type: "compact", TakesLocks: true, Audited: true,
		priority: 25,
		group:    ownGroup,
		check:    (*spec.Document).CheckCompaction,
		outline:  outlineOfCompact, strict: true,
	}
}

// compactFields are those by which the locks are known.
type compactFields struct {
	DataSource string          `json:"dataSource"`
	Interval   *druid.Interval `json:"interval"`
	IOConfig   struct {
		InputSpec struct {
			Interval *druid.Interval `json:"interval"`
		} `json:"inputSpec"`
	} `json:"ioConfig"`
	Granularity granularityFields  `json:"granularitySpec"`
	Segment     *druid.Granularity `json:"segmentGranularity"`
}

func outlineOfCompact(raw []byte) (outline, error) {
	f := &compactFields{}
	err := readFields(raw, f)
	return outline{dataSource: f.DataSource, ready: f.ready}, err
}

// within is the interval to be compacted; nil if segments are named.
func (f *compactFields) within() *druid.Interval {
	if i := f.IOConfig.InputSpec.Interval; i != nil {
		return i
	}
	return f.Interval
}

// ready locks what is there of the segments that are to be compacted: their time chunks, or each of them.
func (f *compactFields) ready(ctx context.Context, c action.Client, h *druid.Task) (bool, error) {
	within := f.within()
	if within == nil {
		return true, nil // it names its segments, and locks them itself
	}
	segments, err := action.Do(ctx, c, action.SegmentListUsed{DataSource: h.DataSource, Intervals: []druid.Interval{*within}})
	if err != nil {
		return false, err
	}
	if len(segments) == 0 {
		return false, fmt.Errorf("No segments found for compaction. Please check that datasource name and interval are correct: data source[%s], interval[%s]",
			h.DataSource, within)
	}
	if locksChunks(&h.Context) {
		return lockChunksOf(ctx, c, h, segments, f.granularity())
	}
	return lockExisting(ctx, c, h, segments, f.granularity())
}

// granularity is that of the segments to be made; nil: that of those which are there.
func (f *compactFields) granularity() *druid.Granularity {
	if g := f.Granularity.Segment; g != nil {
		return g
	}
	return f.Segment
}
