package choice

import (
	"slices"

	"ovate/druid"
	"ovate/internal/compaction/goal"
	"ovate/internal/quantity"
	"ovate/internal/timeline"
)

// chunks are the time chunks of a data source that are visible, as they are looked at for candidates.
type chunks struct {
	goal   *goal.Goal
	line   *line
	came   Came
	states States
	known  *Left
}

// gather has those sets together that one task would compact: without a granularity each by itself, and else all that overlap the time of those which overlap
// a bucket. Sets that were left behind come last, each by itself: there is nothing in them that would have to be compacted with others.
func (all *chunks) gather() (together [][]*timeline.Shown) {
	var open, alone []*timeline.Shown
	for _, set := range all.line.sets {
		if all.goal.Segment == nil || all.left(set) {
			alone = append(alone, set)
		} else {
			open = append(open, set)
		}
	}
	rest := newLine(open)
	done := map[druid.Instant]bool{}
	for _, set := range rest.sets {
		for _, bucket := range bucketsOf(*all.goal.Segment, set.Interval) {
			if !done[bucket.Start] {
				done[bucket.Start] = true
				together = append(together, rest.overlapping(rest.reach(bucket)))
			}
		}
	}
	for _, set := range alone {
		together = append(together, []*timeline.Shown{set})
	}
	return together
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

// candidate is the sets as one.
func (all *chunks) candidate(sets []*timeline.Shown) Candidate {
	c := Candidate{DataSource: all.goal.DataSource, Interval: sets[0].Interval, Tombstones: true}
	var made []*goal.State
	for _, set := range sets {
		c.Interval.Start, c.Interval.End = min(c.Interval.Start, set.Interval.Start), max(c.Interval.End, set.Interval.End)
		if !slices.Contains(c.Intervals, set.Interval) {
			c.Intervals = append(c.Intervals, set.Interval)
		}
		for i := range set.Segments {
			c.Segments++
			c.Bytes = quantity.Sum(c.Bytes, set.Segments[i].Size)
			c.Tombstones = c.Tombstones && set.Segments[i].ShardSpec.IsTombstone()
		}
		say := all.say(set)
		for _, state := range say {
			if !slices.Contains(made, state) {
				made = append(made, state)
			}
		}
		switch one := only(say); {
		case set.Version > c.Newest:
			c.Newest, c.Made = set.Version, one
		case set.Version == c.Newest && c.Made != one:
			c.Made = nil
		}
	}
	_, c.Reach = all.goal.Reach(c.Intervals)
	if len(sets) > 1 || !all.left(sets[0]) {
		c.Missed = all.missed(made, c.Intervals)
	}
	return c
}

// say is what the segments of a set say of how they were made, each state once.
func (all *chunks) say(set *timeline.Shown) (made []*goal.State) {
	for i := range set.Segments {
		if state := all.states.of(&set.Segments[i]); !slices.Contains(made, state) {
			made = append(made, state)
		}
	}
	return made
}

// only is the one state that there is; nil if there are others.
func only(states []*goal.State) *goal.State {
	if len(states) != 1 {
		return nil
	}
	return states[0]
}

// missed is why segments are not as they are to be, by their states; empty: they are.
func (all *chunks) missed(made []*goal.State, intervals []druid.Interval) string {
	made = slices.DeleteFunc(slices.Clone(made), func(s *goal.State) bool { return s != nil && all.known.states[s.Key] != nil })
	if len(made) == 0 {
		return ""
	}
	return all.goal.Missed(made, intervals)
}

// left tells whether a set is seen only where a compaction as configured, which has read all of it, has found no rows, and so has written nothing that would
// hide it: what is known of tasks tells, or what they have made. There is nothing to be compacted in it, and another task would leave it just so.
func (all *chunks) left(set *timeline.Shown) bool {
	if began, is := all.known.chunks[set.Chunk]; is && all.came[set.Chunk] <= began {
		return true
	}
	if len(set.Parts) == 1 && set.Parts[0] == set.Interval {
		return false
	}
	return slices.ContainsFunc(all.line.overlapping(set.Interval), func(by *timeline.Shown) bool {
		made := only(all.say(by))
		if made == nil || by.Version <= set.Version {
			return false
		}
		enclosed := func(i druid.Interval) bool { return i.Encloses(set.Interval) }
		if !slices.ContainsFunc(made.Intervals, enclosed) && !slices.ContainsFunc(all.known.states[made.Key], enclosed) {
			return false
		}
		// The version is when the task got its lock, after which it has read.
		locked, err := druid.ParseInstant(by.Version)
		return err == nil && all.came[set.Chunk] <= locked && all.missed([]*goal.State{made}, []druid.Interval{by.Interval}) == ""
	})
}
