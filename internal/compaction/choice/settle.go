package choice

import (
	"slices"

	"ovate/druid"
)

// Trust has what a task by the goal has made count as configured, where its segments do not say that they are, and tells why they would not count; empty:
// there are none. They may say of themselves something that is not understood here, and would be made again for ever.
func (s *Survey) Trust(trusted Trusted, reach druid.Interval, began druid.Instant) (why string) {
	for i := range s.Candidates {
		c := &s.Candidates[i]
		if c.Missed == "" || c.Made == nil || !reach.Overlaps(c.Interval) || c.Newest < began.String() || slices.Contains(trusted[c.Made.Key], reach) {
			continue
		}
		if read := c.Made.Intervals; len(read) > 0 && !slices.ContainsFunc(read, reach.Encloses) {
			continue // another task has made them
		}
		trusted[c.Made.Key] = append(trusted[c.Made.Key], reach)
		why = c.Missed
	}
	return why
}

// Settle notes which intervals a task by the goal has left as they were, as it has found no rows that would have made segments.
func (s *Survey) Settle(settled map[druid.Interval]druid.Instant, reach druid.Interval, began druid.Instant) {
	for i := range s.Candidates {
		if c := &s.Candidates[i]; c.Missed != "" && reach.Encloses(c.Interval) && c.Came <= began {
			settled[c.Interval] = began
		}
	}
}
