// Package choice decides what is compacted next, by what is known: the segments of data sources, what these are to be like, where something is at work, and
// how many slots there are. It asks nobody and does nothing: package scheduler does both.
package choice

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"ovate/druid"
	"ovate/internal/compaction/goal"
	"ovate/internal/timeline"
)

// Candidate is segments of a data source that one task would compact together.
type Candidate struct {
	DataSource string
	// Interval is the time from the beginning of the first to the end of the last of them. Reach is what the task works on, which may be longer.
	Interval, Reach druid.Interval
	Segments        int
	Bytes           int64
	// Intervals are those of the segments, each once.
	Intervals []druid.Interval
	// Tombstones tells that there is nothing else.
	Tombstones bool
	// Missed is why they are not as they are to be; empty: they are.
	Missed string
	// Newest is the newest version of the segments, and Made what those of it say of how they were made; nil: nothing, or not the same.
	Newest string
	Made   *goal.State
}

// Survey is what there is of a data source to be compacted, or not.
type Survey struct {
	Goal       *goal.Goal
	Candidates []Candidate
	// SkipFrom is where that begins which is too young to be compacted.
	SkipFrom druid.Instant
	// Endless tells that there are segments without a beginning or an end, with which Druid compacts nothing.
	Endless bool

	chunks *chunks // nil if there are none
}

// States reads each state that segments tell of once.
type States map[string]*goal.State

func (s States) of(segment *druid.DataSegment) *goal.State {
	text := string(segment.LastCompactionState)
	state, read := s[text]
	if !read {
		state = goal.ReadState(segment.LastCompactionState)
		s[text] = state
	}
	return state
}

// Came is when the last of the segments of a time chunk came, by being published or marked as used.
type Came map[timeline.Chunk]druid.Instant

// Of surveys the used segments of a data source. What queries do not see does not count.
func Of(g *goal.Goal, segments []druid.DataSegment, came Came, states States, left *Left) *Survey {
	s := &Survey{Goal: g, SkipFrom: druid.MaxInstant}
	sets := timeline.New(segments).Shown([]druid.Interval{druid.Eternity})
	end := druid.MinInstant
	for _, set := range sets {
		s.Endless = s.Endless || set.Interval.Start <= druid.MinInstant || set.Interval.End >= druid.MaxInstant
		end = max(end, set.Parts[len(set.Parts)-1].End)
	}
	if len(sets) == 0 || s.Endless {
		return s
	}
	s.SkipFrom = skipFrom(g, end)
	all := &chunks{g, newLine(sets), came, states, left}
	s.chunks = all
	seen := map[druid.Interval]bool{}
	for _, together := range all.gather() {
		c := all.candidate(together)
		if seen[c.Interval] || c.Bytes == 0 || c.Segments == 1 && c.Tombstones {
			continue
		}
		seen[c.Interval] = true
		s.Candidates = append(s.Candidates, c)
	}
	slices.SortFunc(s.Candidates, func(a, b Candidate) int { return newestFirst(&a, &b) })
	return s
}

// skipFrom is where that begins which is too young, where the newest segment ends at an instant.
func skipFrom(g *goal.Goal, end druid.Instant) druid.Instant {
	if g.Segment == nil || g.Segment.IsNone() || g.Segment.IsAll() {
		from := g.SkipOffset.AddTo(end, -1, time.UTC)
		if g.Segment != nil {
			from = g.Segment.Truncate(from)
		}
		return from
	}
	end = g.Segment.Bucket(end - 1).End
	return g.Segment.Truncate(g.SkipOffset.AddTo(end, -1, time.UTC))
}

// newestFirst orders candidates by time.
func newestFirst(a, b *Candidate) int {
	return cmp.Or(cmp.Compare(b.Interval.Start, a.Interval.Start), cmp.Compare(b.Interval.End, a.Interval.End), strings.Compare(a.DataSource, b.DataSource))
}
