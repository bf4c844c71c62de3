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

// Slices returns what can be seen somewhere within the intervals, in order of time. A slice may begin before an interval or end after it;
// there, newer chunks that do not reach into the intervals may hide it. A chunk that is seen on both sides of another one comes twice.
func Slices(ctx context.Context, r metadata.Reader, dataSource string, intervals ...druid.Interval) ([]Slice, error) {
	intervals = druid.CondenseIntervals(intervals)
	found, err := r.UsedChunks(ctx, dataSource, intervals)
	if err != nil {
		return nil, err
	}
	summaries := map[timeline.Chunk]*Summary{}
	seen, err := cover(found, func(chunks []timeline.Chunk, tell func(timeline.Chunk, bool)) error {
		return summarize(ctx, r, dataSource, chunks, func(c timeline.Chunk, s *Summary, unreadable *UnreadableError) error {
			if unreadable != nil {
				return unreadable
			}
			summaries[c] = s
			tell(c, s != nil)
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	var visible []Slice
	for _, s := range seen.Slices {
		if druid.OverlapsAny(intervals, s.Interval) {
			visible = append(visible, Slice{s.Interval, summaries[s.Chunk]})
		}
	}
	return visible, nil
}
