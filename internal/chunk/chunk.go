// Package chunk tells which time chunks of a data source can be seen, without reading the segments in them: a chunk that
// thousands of appends made costs what one with a single segment does.
package chunk

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/timeline"
)

// Chunk is a time chunk of which all core partitions are there.
type Chunk struct {
	metadata.Chunk
	// Last is the segment with the highest partition number.
	Last druid.DataSegment
	// Segments are all of them, by partition number, but only of a chunk whose last segment is not a numbered one: to extend or
	// overwrite it takes more than the last number. Those hidden by a newer partition are left out.
	Segments []druid.DataSegment
}

// Visible returns the chunks that can be seen somewhere within the interval, in order of time. A chunk that is seen on both sides
// of another one comes twice.
func Visible(ctx context.Context, r metadata.Reader, dataSource string, interval druid.Interval) ([]*Chunk, error) {
	slices, err := Slices(ctx, r, dataSource, interval)
	if err != nil {
		return nil, err
	}
	visible := make([]*Chunk, len(slices))
	for i, s := range slices {
		visible[i] = s.Chunk
	}
	return visible, nil
}

// Overshadowed returns those of the chunks overlapping any of the intervals that are hidden everywhere: newer chunks, of which
// all core partitions are there, cover their whole interval.
func Overshadowed(ctx context.Context, r metadata.Reader, dataSource string, intervals []druid.Interval) ([]metadata.Chunk, error) {
	found, err := r.UsedChunks(ctx, dataSource, intervals)
	if err != nil {
		return nil, err
	}
	if len(found) < 2 {
		return nil, nil
	}
	// What is seen there if every chunk is taken for complete cannot be hidden by those that are.
	marks := make([]druid.DataSegment, len(found))
	for i, c := range found {
		marks[i] = druid.DataSegment{Interval: c.Interval, Version: c.Version}
	}
	seen := map[metadata.Chunk]bool{}
	all := timeline.New(marks)
	for _, i := range druid.CondenseIntervals(intervals) {
		for _, s := range all.Lookup(i) {
			seen[metadata.Chunk{Interval: s.Chunk.Interval, Version: s.Chunk.Version}] = true
		}
	}
	var overshadowed []metadata.Chunk
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
func Hidden(ctx context.Context, r metadata.Reader, dataSource string, c metadata.Chunk) (bool, error) {
	covers, err := Slices(ctx, r, dataSource, c.Interval)
	if err != nil {
		return false, err
	}
	at := c.Interval.Start
	for _, s := range covers {
		if s.Interval.Start > at || s.Chunk.Version <= c.Version {
			break
		}
		at = s.Interval.End
	}
	return at >= c.Interval.End, nil
}

// Slice is a span of time over which a chunk is the visible one.
type Slice struct {
	Interval druid.Interval
	Chunk    *Chunk
}

// Slices returns what can be seen somewhere within the interval, in order of time. A slice may begin before the interval or end after it;
// there, newer chunks that do not reach into the interval may hide it.
func Slices(ctx context.Context, r metadata.Reader, dataSource string, interval druid.Interval) ([]Slice, error) {
	found, err := r.UsedChunks(ctx, dataSource, []druid.Interval{interval})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(found, func(a, b metadata.Chunk) int { // newest first
		return cmp.Or(strings.Compare(b.Version, a.Version), cmp.Compare(b.Interval.End-b.Interval.Start, a.Interval.End-a.Interval.Start))
	})
	chunks := map[metadata.Chunk]*Chunk{}
	var marks []druid.DataSegment // one segment stands for each chunk
	for _, f := range found {
		if hidden(f, marks) {
			continue
		}
		c, err := read(ctx, r, dataSource, f)
		if err != nil {
			return nil, err
		}
		if c != nil {
			chunks[f] = c
			marks = append(marks, druid.DataSegment{Interval: f.Interval, Version: f.Version})
		}
	}
	var visible []Slice
	for _, s := range timeline.New(marks).Lookup(interval) {
		visible = append(visible, Slice{s.Interval, chunks[metadata.Chunk{Interval: s.Chunk.Interval, Version: s.Chunk.Version}]})
	}
	return visible, nil
}

// hidden tells whether a single newer chunk covers c: most of what is hidden is found without reading of it.
func hidden(c metadata.Chunk, newer []druid.DataSegment) bool {
	return slices.ContainsFunc(newer, func(n druid.DataSegment) bool { return n.Version > c.Version && n.Interval.Encloses(c.Interval) })
}

// read summarises a chunk; it is nil if a core partition is missing.
func read(ctx context.Context, r metadata.Reader, dataSource string, c metadata.Chunk) (*Chunk, error) {
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
	return &Chunk{Chunk: c, Last: last.Segment}, nil
}

func readAll(ctx context.Context, r metadata.Reader, dataSource string, c metadata.Chunk) (*Chunk, error) {
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
	return &Chunk{Chunk: c, Last: visible[len(visible)-1], Segments: visible}, nil
}
