package scheduler

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"ovate/druid"
	"ovate/internal/compaction/choice"
	"ovate/internal/metadata"
	"ovate/internal/timeline"
)

// wholeAfter is how long after a data source was read as a whole that is done again: programs other than this server may have changed its segments.
const wholeAfter druid.Instant = 60 * 60 * 1000

// stock is the used segments of a data source, as far as it matters for compaction. What has changed of it is read anew, and not the rest.
type stock struct {
	segments   []druid.DataSegment
	came       choice.Came
	unreadable []druid.Interval
	read       druid.Instant // when it was as a whole
	version    int           // how often it has changed
	texts      map[string]string
	states     map[string]json.RawMessage
	parsed     choice.States
}

// refresh reads what has changed in these intervals, or everything if that was long ago.
func (s *stock) refresh(ctx context.Context, store metadata.Reader, dataSource string, intervals []druid.Interval, now druid.Instant) (err error) {
	if s.version == 0 || now >= s.read+wholeAfter {
		if _, err = s.take(ctx, store, dataSource, nil); err == nil {
			s.read = now
		}
		return err
	}
	if len(intervals) > 0 {
		_, err = s.take(ctx, store, dataSource, intervals)
	}
	return err
}

// take reads the segments that overlap the intervals, which are in order and apart, nil for all, in the place of those that it has, and tells whether they are others.
func (s *stock) take(ctx context.Context, store metadata.Reader, dataSource string, intervals []druid.Interval) (changed bool, err error) {
	rows, err := store.UsedSegments(ctx, dataSource, intervals)
	if err != nil {
		return false, fmt.Errorf("the segments of data source[%s]: %w", dataSource, err)
	}
	within := func(i druid.Interval) bool {
		return intervals == nil || choice.Overlaps(intervals, i)
	}
	if intervals == nil {
		s.texts, s.states, s.parsed = map[string]string{}, map[string]json.RawMessage{}, choice.States{}
	}
	before := map[druid.SegmentID]bool{}
	came := choice.Came{}
	maps.Copy(came, s.came)
	maps.DeleteFunc(came, func(c timeline.Chunk, _ druid.Instant) bool { return within(c.Interval) })
	kept := s.segments[:0:0]
	for _, segment := range s.segments {
		if within(segment.Interval) {
			before[segment.ID()] = true
		} else {
			kept = append(kept, segment)
		}
	}
	unreadable := slices.DeleteFunc(slices.Clone(s.unreadable), within)
	for i := range rows {
		row := &rows[i]
		if row.Unreadable != nil {
			unreadable = append(unreadable, row.Segment.Interval)
			continue
		}
		changed = changed || !before[row.Segment.ID()]
		delete(before, row.Segment.ID())
		kept = append(kept, s.slim(&row.Segment))
		chunk := timeline.Chunk{Interval: row.Segment.Interval, Version: s.text(row.Segment.Version)}
		came[chunk] = max(came[chunk], row.Created, row.UsedStatusLastUpdated)
	}
	if changed = changed || len(before) > 0 || !slices.Equal(unreadable, s.unreadable) || !maps.Equal(came, s.came) || s.version == 0; changed {
		s.segments, s.came, s.unreadable = kept, came, unreadable
		s.version++
	}
	return changed, nil
}

// slim is a segment without what nobody here needs; what many have in common is there once.
func (s *stock) slim(segment *druid.DataSegment) druid.DataSegment {
	state, there := s.states[string(segment.LastCompactionState)]
	if !there && segment.LastCompactionState != nil {
		state = slices.Clone(segment.LastCompactionState)
		s.states[string(state)] = state
	}
	return druid.DataSegment{
		DataSource: s.text(segment.DataSource), Interval: segment.Interval, Version: s.text(segment.Version), ShardSpec: segment.ShardSpec, Size: segment.Size,
		LastCompactionState: state,
	}
}

func (s *stock) text(t string) string {
	if _, there := s.texts[t]; !there {
		s.texts[t] = t
	}
	return s.texts[t]
}
