// Package choice decides what is compacted next, by what is known: the segments of data sources, what these are to be like, where something is at work, and
// how many slots there are. It asks nobody and does nothing: package scheduler does both.
package choice

import (
	"cmp"
	"slices"
	"sort"
	"strings"
	"time"

	"ovate/druid"
	"ovate/internal/compaction/goal"
	"ovate/internal/quantity"
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
	// Made is what all of the segments say of how they were made; nil: nothing, or not the same.
	Made *goal.State
	// Newest is the newest version of the segments.
	Newest string
}

// Survey is what there is of a data source to be compacted, or not.
type Survey struct {
	Goal       *goal.Goal
	Candidates []Candidate
	// SkipFrom is where that begins which is too young to be compacted.
	SkipFrom druid.Instant
	// Endless tells that there are segments without a beginning or an end, with which Druid compacts nothing.
	Endless bool
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

// Of surveys the used segments of a data source. What queries do not see does not count.
func Of(g *goal.Goal, segments []druid.DataSegment, states States) *Survey {
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
	seen := map[druid.Interval]bool{}
	for _, together := range gather(g, sets) {
		c := candidateOf(g, together, states)
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

// gather has those sets together that one task would compact: without a granularity each by itself, and else all that overlap the time of those which overlap
// a bucket.
func gather(g *goal.Goal, sets []*timeline.Shown) (all [][]*timeline.Shown) {
	if g.Segment == nil {
		for _, set := range sets {
			all = append(all, []*timeline.Shown{set})
		}
		return all
	}
	line := newLine(sets)
	done := map[druid.Instant]bool{}
	for _, set := range sets {
		for _, bucket := range bucketsOf(*g.Segment, set.Interval) {
			if !done[bucket.Start] {
				done[bucket.Start] = true
				all = append(all, line.overlapping(line.reach(bucket)))
			}
		}
	}
	return all
}

// bucketsOf are the buckets that overlap an interval: the first, the last, and one for all in between, which lead to the same.
func bucketsOf(g druid.Granularity, i druid.Interval) []druid.Interval {
	if g.IsAll() {
		return []druid.Interval{i} // as in Druid
	}
	buckets := []druid.Interval{g.Bucket(i.Start)}
	if next := buckets[0].End; next < i.End {
		buckets = append(buckets, g.Bucket(next))
	}
	if last := g.Bucket(i.End - 1); last != buckets[len(buckets)-1] && last != buckets[0] {
		buckets = append(buckets, last)
	}
	return buckets
}

// line is sets in order of time, of which those can be found that overlap an interval.
type line struct {
	sets []*timeline.Shown // by where they begin
	ends []druid.Instant   // the latest end of the sets up to each
}

func newLine(sets []*timeline.Shown) *line {
	l := &line{sets: slices.Clone(sets)}
	slices.SortStableFunc(l.sets, func(a, b *timeline.Shown) int { return cmp.Compare(a.Interval.Start, b.Interval.Start) })
	end := druid.MinInstant
	for _, set := range l.sets {
		end = max(end, set.Interval.End)
		l.ends = append(l.ends, end)
	}
	return l
}

func (l *line) overlapping(i druid.Interval) (found []*timeline.Shown) {
	from := sort.Search(len(l.sets), func(n int) bool { return l.ends[n] > i.Start })
	for _, set := range l.sets[from:] {
		if set.Interval.Start >= i.End {
			break
		}
		if set.Interval.Overlaps(i) {
			found = append(found, set)
		}
	}
	return found
}

// reach is the time of the sets that overlap an interval, of which there is one.
func (l *line) reach(i druid.Interval) druid.Interval {
	found := l.overlapping(i)
	all := found[0].Interval
	for _, set := range found {
		all.Start, all.End = min(all.Start, set.Interval.Start), max(all.End, set.Interval.End)
	}
	return all
}

// candidateOf is the sets as one.
func candidateOf(g *goal.Goal, sets []*timeline.Shown, states States) Candidate {
	c := Candidate{DataSource: g.DataSource, Interval: sets[0].Interval, Tombstones: true}
	var made []*goal.State
	for _, set := range sets {
		c.Interval.Start, c.Interval.End = min(c.Interval.Start, set.Interval.Start), max(c.Interval.End, set.Interval.End)
		c.Newest = max(c.Newest, set.Version)
		if !slices.Contains(c.Intervals, set.Interval) {
			c.Intervals = append(c.Intervals, set.Interval)
		}
		for i := range set.Segments {
			segment := &set.Segments[i]
			c.Segments++
			c.Bytes = quantity.Sum(c.Bytes, segment.Size)
			c.Tombstones = c.Tombstones && segment.ShardSpec.IsTombstone()
			if state := states.of(segment); !slices.Contains(made, state) {
				made = append(made, state)
			}
		}
	}
	_, c.Reach = g.Reach(c.Intervals)
	c.Missed = g.Missed(made, c.Intervals)
	if len(made) == 1 {
		c.Made = made[0]
	}
	return c
}

// newestFirst orders candidates by time.
func newestFirst(a, b *Candidate) int {
	return cmp.Or(cmp.Compare(b.Interval.Start, a.Interval.Start), cmp.Compare(b.Interval.End, a.Interval.End), strings.Compare(a.DataSource, b.DataSource))
}
