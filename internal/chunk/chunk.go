// Package chunk tells which time chunks of a data source can be seen, without reading the segments in them: a chunk that
// thousands of appends made costs what one with a single segment does.
package chunk

import (
	"context"
	"fmt"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/timeline"
)

// Summary is what counts of a time chunk of which all core partitions are there.
type Summary struct {
	timeline.Chunk
	// Last is the segment with the highest partition number.
	Last druid.DataSegment
	// Segments are all of them, by partition number, but only of a chunk in which partitions overwrite others: to extend it takes
	// more than the last number. Those hidden by a newer partition are left out.
	Segments []druid.DataSegment
}

// Slice is a span of time over which a chunk is the visible one.
type Slice struct {
	Interval druid.Interval
	Chunk    *Summary
}

// UnreadableError is why nothing can be told of a chunk: a row of it cannot be read.
type UnreadableError struct {
	Chunk timeline.Chunk
	ID    string // the segment's
	Err   error
}

func (e *UnreadableError) Error() string {
	return fmt.Sprintf("nothing can be told of the time chunk %s: segment %s: %v", e.Chunk.Interval, e.ID, e.Err)
}

// Unwrap returns why the row cannot be read.
func (e *UnreadableError) Unwrap() error { return e.Err }

// Slices returns what can be seen somewhere within the interval, in order of time. A slice may begin before the interval or end after it;
// there, newer chunks that do not reach into the interval may hide it. A chunk that is seen on both sides of another one comes twice.
func Slices(ctx context.Context, r metadata.Reader, dataSource string, interval druid.Interval) ([]Slice, error) {
	found, err := r.UsedChunks(ctx, dataSource, []druid.Interval{interval})
	if err != nil {
		return nil, err
	}
	summaries := map[timeline.Chunk]*Summary{}
	cover := timeline.NewCover(found, func(c timeline.Chunk) bool {
		var s *Summary
		if err == nil {
			s, err = summary(ctx, r, dataSource, c)
		}
		summaries[c] = s
		return s != nil
	})
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

// summary is nil if a core partition is missing.
func summary(ctx context.Context, r metadata.Reader, dataSource string, c timeline.Chunk) (*Summary, error) {
	last, err := r.LastSegment(ctx, dataSource, c, true)
	if err != nil || last == nil {
		return nil, err
	}
	if last.Unreadable != nil {
		return nil, &UnreadableError{c, last.Segment.ID().String(), last.Unreadable}
	}
	if last.Segment.ShardSpec.Overwrites() {
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
		if row.Segment.Interval != c.Interval || row.Segment.Version != c.Version {
			continue
		}
		if row.Unreadable != nil {
			return nil, &UnreadableError{c, row.Segment.ID().String(), row.Unreadable}
		}
		segments = append(segments, row.Segment)
	}
	visible := timeline.New(segments).Visible([]druid.Interval{c.Interval})
	if len(visible) == 0 {
		return nil, nil
	}
	return &Summary{Chunk: c, Last: visible[len(visible)-1], Segments: visible}, nil
}
