package ui

import (
	"ovate/druid"
	"ovate/internal/inventory"
)

// removal is what can be removed of an interval, or brought back.
type removal struct {
	Interval druid.Interval
	Segments int   // that queries see and that lie within it as a whole
	Size     int64 // of these
	Unused   int   // that are marked unused and lie within it
	Many     bool  // there are more unused ones than were counted
}

// unusedCounted is how many unused segments are counted, and unusedShown how many a page lists.
const (
	unusedCounted = 1000
	unusedShown   = 100
)

// removable is what can be removed of the interval that remove=INTERVAL names; nil if none is named.
func (c *call) removable(dataSource string) (*removal, error) {
	text := c.r.URL.Query().Get("remove")
	if text == "" {
		return nil, nil
	}
	interval, err := intervalOf(text)
	if err != nil {
		return nil, err
	}
	r := &removal{Interval: interval}
	q := inventory.Query{DataSource: dataSource, Intervals: []druid.Interval{interval}}
	err = c.Inventory.Segments(c.r.Context(), q, func(s *inventory.Segment) error {
		if interval.Encloses(s.Interval) {
			r.Segments, r.Size = r.Segments+1, r.Size+s.Size
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	unused, err := c.Inventory.Unused(c.r.Context(), dataSource, interval, unusedCounted+1)
	r.Unused, r.Many = min(len(unused), unusedCounted), len(unused) > unusedCounted
	return r, err
}

// spanOf is the shortest interval that has all of some segments.
func spanOf(segments []druid.DataSegment) (span druid.Interval) {
	for i, s := range segments {
		if i == 0 {
			span = s.Interval
		}
		span = druid.Interval{Start: min(span.Start, s.Interval.Start), End: max(span.End, s.Interval.End)}
	}
	return span
}
