package action

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"ovate/druid"
	"ovate/internal/chunk"
	"ovate/internal/metadata"
	"ovate/internal/timeline"
)

// SegmentListUsed answers the used segments that overlap any of the intervals, of which there must be one, but for those that others of these hide
// altogether. Under a REPLACE lock the
// task does not see what was appended within the locked interval after it got the lock: that is carried over when it publishes.
type SegmentListUsed struct {
	DataSource string           `json:"dataSource"`
	Intervals  []druid.Interval `json:"intervals"`
	Visibility Visibility       `json:"visibility,omitempty"` // none: OnlyVisible
}

// Visibility tells whether segments that newer ones hide are listed.
type Visibility string

// The two there are.
const (
	OnlyVisible           Visibility = "ONLY_VISIBLE"
	IncludingOvershadowed Visibility = "INCLUDING_OVERSHADOWED"
)

// Type is segmentListUsed.
func (SegmentListUsed) Type() string { return "segmentListUsed" }

func (a SegmentListUsed) check(given fields) error {
	switch a.Visibility {
	case "", OnlyVisible, IncludingOvershadowed:
		return cmp.Or(given.need("dataSource"), given.noNull("intervals"))
	}
	return fmt.Errorf("field [visibility] is %q, but must be ONLY_VISIBLE or INCLUDING_OVERSHADOWED", a.Visibility)
}

// Perform lists the segments.
func (a SegmentListUsed) Perform(ctx context.Context, box *Box, by Identity) (Segments, error) {
	if len(a.Intervals) == 0 {
		return nil, druid.InvalidInput("No interval specified for retrieving used segments")
	}
	rows, err := box.Store.UsedSegments(ctx, a.DataSource, a.Intervals)
	if err != nil {
		return nil, fmt.Errorf("list the used segments of data source[%s]: %w", a.DataSource, err)
	}
	beside, err := box.appendedBeside(ctx, by, a.DataSource)
	if err != nil {
		return nil, err
	}
	segments := make([]druid.DataSegment, 0, len(rows))
	for i := range rows {
		if !beside.has(&rows[i]) {
			segments = append(segments, rows[i].Segment)
		}
	}
	if a.Visibility == IncludingOvershadowed {
		return segments, nil
	}
	// What is hidden within the intervals alone is listed, as in Druid.
	return timeline.New(segments).Visible([]druid.Interval{druid.Eternity}), nil
}

// SegmentListAppended answers the visible segments that were appended to the intervals, of which there must be one, since the
// task was submitted, but for what was appended since it got a REPLACE lock: that is carried over when it publishes.
type SegmentListAppended struct {
	Intervals []druid.Interval `json:"intervals"`
}

// Type is segmentListAppended.
func (SegmentListAppended) Type() string { return "segmentListAppended" }

// Perform lists the segments.
func (a SegmentListAppended) Perform(ctx context.Context, box *Box, by Identity) (Segments, error) {
	rows, err := box.Store.UsedSegments(ctx, by.DataSource, a.Intervals)
	if err != nil {
		return nil, fmt.Errorf("list the segments appended to data source[%s]: %w", by.DataSource, err)
	}
	beside, err := box.appendedBeside(ctx, by, by.DataSource)
	if err != nil {
		return nil, err
	}
	now := box.Now()
	segments, late := make([]druid.DataSegment, len(rows)), map[druid.SegmentID]bool{}
	for i, r := range rows {
		segments[i] = r.Segment
		late[r.Segment.ID()] = by.publishedLater(r.Created, now) && !beside.has(&r)
	}
	// What replaces a chunk makes its core partitions; what is appended gets the numbers after them.
	return slices.DeleteFunc(timeline.New(segments).Visible(a.Intervals), func(s druid.DataSegment) bool {
		return !late[s.ID()] || s.ShardSpec.PartitionNum() < s.ShardSpec.CorePartitions()
	}), nil
}

// publishedLater tells whether a segment that was published at a time was published after the task was submitted. If that is not certain
// it was. What has a time to come was published by a clock that was ahead, and not since the server started.
func (t Identity) publishedLater(published, now druid.Instant) bool {
	return published >= t.Submitted && (t.Recovered || published <= now)
}

// Slice is a span of time over which a time chunk is the visible one.
type Slice struct {
	Interval druid.Interval `json:"interval"`
	Chunk    druid.Interval `json:"chunk"`
}

// ChunkListUsed answers what can be seen in the interval, cut to it, in order of time. It costs the same however many segments
// are in the chunks.
type ChunkListUsed struct {
	DataSource string         `json:"dataSource"`
	Interval   druid.Interval `json:"interval"`
}

// Type is chunkListUsed.
func (ChunkListUsed) Type() string { return "chunkListUsed" }

func (ChunkListUsed) check(given fields) error { return given.need("dataSource", "interval") }

// Perform lists the chunks.
func (a ChunkListUsed) Perform(ctx context.Context, box *Box, _ Identity) ([]Slice, error) {
	visible, err := chunk.Slices(ctx, box.Store, a.DataSource, a.Interval)
	if err != nil {
		return nil, fmt.Errorf("list the time chunks of data source[%s]: %w", a.DataSource, err)
	}
	slices := make([]Slice, len(visible))
	for i, s := range visible {
		seen := druid.Interval{Start: max(s.Interval.Start, a.Interval.Start), End: min(s.Interval.End, a.Interval.End)}
		slices[i] = Slice{seen, s.Chunk.Interval}
	}
	return slices, nil
}

// ChunkListNewer answers the used time chunks that overlap any of the intervals and would hide what is published there under a version, or be
// of the same one: their versions do not sort before it.
type ChunkListNewer struct {
	Intervals []druid.Interval `json:"intervals"`
	Version   string           `json:"version"`
}

// Type is chunkListNewer.
func (ChunkListNewer) Type() string { return "chunkListNewer" }

func (ChunkListNewer) check(given fields) error { return given.need("intervals", "version") }

// Perform lists the chunks.
func (a ChunkListNewer) Perform(ctx context.Context, box *Box, by Identity) ([]Chunk, error) {
	used, err := box.Store.UsedChunks(ctx, by.DataSource, a.Intervals)
	if err != nil {
		return nil, fmt.Errorf("list the time chunks of data source[%s]: %w", by.DataSource, err)
	}
	newer := []Chunk{}
	for _, c := range used {
		if c.Version >= a.Version {
			newer = append(newer, Chunk{c.Interval, c.Version})
		}
	}
	return newer, nil
}

// Chunk is a time chunk.
type Chunk struct {
	Interval druid.Interval `json:"interval"`
	Version  string         `json:"version"`
}

// SegmentListUnused answers unused segments that lie within the interval.
type SegmentListUnused struct {
	DataSource string         `json:"dataSource"`
	Interval   druid.Interval `json:"interval"`
	Versions   []string       `json:"versions"`        // nil: any
	Limit      int            `json:"limit,omitempty"` // 0: none
	// UpdatedUntil, if set, leaves out segments that became unused after it.
	UpdatedUntil *druid.Instant `json:"maxUsedStatusLastUpdatedTime"`
}

// Type is segmentListUnused.
func (SegmentListUnused) Type() string { return "segmentListUnused" }

func (a SegmentListUnused) check(given fields) error {
	if a.Limit < 0 {
		return fmt.Errorf("field [limit] is %d, but must be positive", a.Limit)
	}
	return given.need("dataSource", "interval")
}

// Perform lists the segments.
func (a SegmentListUnused) Perform(ctx context.Context, box *Box, _ Identity) (Segments, error) {
	rows, err := box.Store.UnusedSegments(ctx, metadata.UnusedQuery{
		DataSource: a.DataSource, Interval: a.Interval, Versions: a.Versions, Max: a.Limit, UpdatedUntil: a.UpdatedUntil,
	})
	if err != nil {
		return nil, fmt.Errorf("list the unused segments of data source[%s]: %w", a.DataSource, err)
	}
	segments := make([]druid.DataSegment, len(rows))
	for i, row := range rows {
		segments[i] = row.Segment
	}
	return segments, nil
}

// RetrieveSegmentsByID answers those of the segments that exist, used or not.
type RetrieveSegmentsByID struct {
	DataSource string   `json:"dataSource"`
	IDs        []string `json:"segmentIds"`
}

// Type is retrieveSegmentsById.
func (RetrieveSegmentsByID) Type() string { return "retrieveSegmentsById" }

func (a RetrieveSegmentsByID) check(given fields) error { return checkIDs(given, a.DataSource, a.IDs) }

// Perform reads the segments.
func (a RetrieveSegmentsByID) Perform(ctx context.Context, box *Box, _ Identity) (Segments, error) {
	rows, err := box.Store.SegmentsByID(ctx, a.DataSource, a.IDs)
	if err != nil {
		return nil, fmt.Errorf("read segments of data source[%s]: %w", a.DataSource, err)
	}
	segments := make([]druid.DataSegment, len(rows))
	for i, row := range rows {
		segments[i] = row.Segment
	}
	return segments, nil
}

// checkIDs refuses ids that no segment of the data source can have.
func checkIDs(given fields, dataSource string, ids []string) error {
	if err := given.need("dataSource", "segmentIds"); err != nil {
		return err
	}
	for i, id := range ids {
		if _, err := druid.ParseSegmentID(dataSource, id); err != nil {
			return fmt.Errorf("field [segmentIds[%d]]: %w", i, err)
		}
	}
	return nil
}
