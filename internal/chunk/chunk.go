// Package chunk tells which time chunks of a data source can be seen, without reading the segments in them: a chunk that
// thousands of appends made costs what one with a single segment does.
package chunk

import (
	"context"
	"fmt"
	"slices"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/timeline"
)

// Summary is what counts of a time chunk of which all core partitions are there.
type Summary struct {
	timeline.Chunk
	// Last is the segment with the highest partition number.
	Last druid.DataSegment
	// Segments are all of them, by partition number, but only of a chunk whose last segment is not a numbered one: to extend or
	// overwrite it takes more than the last number. Those hidden by a newer partition are left out.
	Segments []druid.DataSegment
}

// Slice is a span of time over which a chunk is the visible one.
type Slice struct {
	Interval druid.Interval
	Chunk    *Summary
}

// Slices returns what can be seen somewhere within the interval, in order of time. A slice may begin before the interval or end after it;
// there, newer chunks that do not reach into the interval may hide it. A chunk that is seen on both sides of another one comes twice.
func Slices(ctx context.Context, r metadata.Reader, dataSource string, interval druid.Interval) ([]Slice, error) {
	cover, summaries, err := coverOf(ctx, r, dataSource, interval)
	if err != nil {
		return nil, err
	}
	var visible []Slice
	for _, s := range cover.Slices {
		if s.Interval.Overlaps(interval) {
			visible = append(visible, Slice{s.Interval, summaries[s.Chunk]})
		}
	}
	return visible, nil
}

// coverOf lays the chunks that overlap the interval over each other, with the summaries of those that are complete and not hidden.
func coverOf(ctx context.Context, r metadata.Reader, dataSource string, interval druid.Interval) (_ *timeline.Cover, _ map[timeline.Chunk]*Summary, err error) {
	found, err := r.UsedChunks(ctx, dataSource, []druid.Interval{interval})
	if err != nil {
		return nil, nil, err
	}
	summaries := map[timeline.Chunk]*Summary{}
	cover := timeline.NewCover(found, func(c timeline.Chunk) bool {
		if err != nil {
			return false
		}
		var s *Summary
		if s, err = summary(ctx, r, dataSource, c); s == nil {
			return false
		}
		summaries[c] = s
		return true
	})
	return cover, summaries, err
}

// Overshadowed returns those of the chunks overlapping any of the intervals that are hidden everywhere: newer chunks, of which
// all core partitions are there, cover their whole interval.
func Overshadowed(ctx context.Context, r metadata.Reader, dataSource string, intervals []druid.Interval) ([]timeline.Chunk, error) {
	found, err := r.UsedChunks(ctx, dataSource, intervals)
	if err != nil {
		return nil, err
	}
	// What is seen there if every chunk is taken for complete cannot be hidden by those that are.
	seen := map[timeline.Chunk]bool{}
	for _, s := range timeline.NewCover(found, func(timeline.Chunk) bool { return true }).Slices {
		if slices.ContainsFunc(intervals, s.Interval.Overlaps) {
			seen[s.Chunk] = true
		}
	}
	var overshadowed []timeline.Chunk
	for _, c := range found {
		if seen[c] {
			continue
		}
		hidden, err := Hidden(ctx, r, dataSource, c)
		if err != nil {
			return nil, err
		}
		if hidden {
			overshadowed = append(overshadowed, c)
		}
	}
	return overshadowed, nil
}

// Hidden tells whether newer chunks, of which all core partitions are there, cover the whole interval of a chunk.
func Hidden(ctx context.Context, r metadata.Reader, dataSource string, c timeline.Chunk) (bool, error) {
	cover, _, err := coverOf(ctx, r, dataSource, c.Interval)
	if err != nil {
		return false, err
	}
	return slices.Contains(cover.Hidden, c), nil
}

// summary is nil if a core partition is missing.
func summary(ctx context.Context, r metadata.Reader, dataSource string, c timeline.Chunk) (*Summary, error) {
	last, err := r.LastSegment(ctx, dataSource, c, true)
	if err != nil || last == nil {
		return nil, err
	}
	if last.Unreadable != nil {
		return nil, fmt.Errorf("nothing can be told of the time chunk %s: segment %s: %w", c.Interval, last.Segment.ID(), last.Unreadable)
	}
	if last.Segment.ShardSpec.Type() != "numbered" {
		return readAll(ctx, r, dataSource, c)
	}
	if core := last.Segment.ShardSpec.CorePartitions(); core > 0 {
		n, err := r.CountSegments(ctx, dataSource, c, core)
		if err != nil || n < core {
			return nil, err
		}
	}
	return &Summary{Chunk: c, Last: last.Segment}, nil
}

func readAll(ctx context.Context, r metadata.Reader, dataSource string, c timeline.Chunk) (*Summary, error) {
	rows, err := r.UsedSegments(ctx, dataSource, []druid.Interval{c.Interval})
	if err != nil {
		return nil, err
	}
	var segments []druid.DataSegment
	for _, row := range rows {
		if row.Segment.Interval == c.Interval && row.Segment.Version == c.Version {
			segments = append(segments, row.Segment)
		}
	}
	visible := timeline.New(segments).Visible([]druid.Interval{c.Interval})
	if len(visible) == 0 {
		return nil, nil
	}
	return &Summary{Chunk: c, Last: visible[len(visible)-1], Segments: visible}, nil
}
