package choice

import (
	"maps"
	"slices"

	"ovate/druid"
	"ovate/internal/timeline"
)

// Left is what is known of what tasks by a goal have left. Make it with NewLeft.
type Left struct {
	// states are those, by their keys, that count as configured, whatever they say, each with the intervals of the tasks.
	states map[string][]druid.Interval
	// chunks are those that a task has read and not hidden, with when it began: what came later it has not read.
	chunks map[timeline.Chunk]druid.Instant
}

// NewLeft is what is known when nothing is.
func NewLeft() *Left {
	return &Left{map[string][]druid.Interval{}, map[timeline.Chunk]druid.Instant{}}
}

// Trust has what a task by the goal has made count as configured, where its segments do not say that they are, and tells why they would not count; empty:
// there are none. They may say of themselves something that is not understood here, and would be made again for ever.
func (l *Left) Trust(s *Survey, reach druid.Interval, began druid.Instant) (why string) {
	for i := range s.Candidates {
		c := &s.Candidates[i]
		if c.Missed == "" || c.Made == nil || !reach.Overlaps(c.Interval) || c.Newest < began.String() || slices.Contains(l.states[c.Made.Key], reach) {
			continue
		}
		if read := c.Made.Intervals; len(read) > 0 && !slices.ContainsFunc(read, reach.Encloses) {
			continue // another task has made them
		}
		l.states[c.Made.Key] = append(l.states[c.Made.Key], reach)
		why = c.Missed
	}
	return why
}

// Settle notes what a task by the goal has left as it was, and tells whether there is any.
func (l *Left) Settle(s *Survey, reach druid.Interval, began druid.Instant) (some bool) {
	if s.chunks == nil {
		return false
	}
	for _, set := range s.chunks.line.overlapping(reach) {
		if reach.Encloses(set.Interval) && s.chunks.came[set.Chunk] <= began {
			l.chunks[set.Chunk], some = began, true
		}
	}
	return some
}

// Forget forgets chunks that are not seen any more.
func (l *Left) Forget(s *Survey) {
	seen := map[timeline.Chunk]bool{}
	if s.chunks != nil {
		for _, set := range s.chunks.line.sets {
			seen[set.Chunk] = true
		}
	}
	maps.DeleteFunc(l.chunks, func(c timeline.Chunk, _ druid.Instant) bool { return !seen[c] })
}
