package ui

import (
	"encoding/json"
	"fmt"
	"net/http"

	"ovate/druid"
	"ovate/internal/inventory"
)

// compaction is what a compact task over an interval would do.
type compaction struct {
	Interval druid.Interval
	Covers   druid.Interval // from the first to the last moment of the segments that it writes anew
	Segments int
	Chunks   int // stretches of time that have segments of their own
	Size     int64
}

// planned is what compacting the interval would do that compact=INTERVAL names; nil if none is named.
func (c *call) planned(dataSource string) (*compaction, error) {
	text := c.r.URL.Query().Get("compact")
	if text == "" {
		return nil, nil
	}
	interval, err := intervalOf(text)
	if err != nil {
		return nil, err
	}
	return c.plan(dataSource, interval)
}

// plan is what compacting an interval would do.
func (c *call) plan(dataSource string, interval druid.Interval) (*compaction, error) {
	p := &compaction{Interval: interval}
	chunks := map[druid.Interval]bool{}
	q := inventory.Query{DataSource: dataSource, Intervals: []druid.Interval{interval}}
	err := c.Inventory.Segments(c.r.Context(), q, func(s *inventory.Segment) error {
		if s.Unreadable != nil {
			return nil // which the task meets, and tells
		}
		if p.Segments == 0 {
			p.Covers = s.Interval
		}
		p.Covers = druid.Interval{Start: min(p.Covers.Start, s.Interval.Start), End: max(p.Covers.End, s.Interval.End)}
		p.Segments, p.Size, chunks[s.Interval] = p.Segments+1, p.Size+s.Size, true
		return nil
	})
	p.Chunks = len(chunks)
	return p, err
}

// Wider tells that segments reach beyond the interval that was asked for.
func (p *compaction) Wider() bool { return p.Segments > 0 && !p.Interval.Encloses(p.Covers) }

// compact has a task write the segments of an interval anew, and returns the path of its page.
func (c *call) compact(dataSource string, interval druid.Interval) (string, error) {
	if !c.Places.Workers {
		return "", &problem{http.StatusConflict, "This server has no workers, and compact tasks run on Druid's alone.", "Set druid.indexer.runner.type to httpRemote where there are some."}
	}
	p, err := c.plan(dataSource, interval)
	if err != nil {
		return "", err
	}
	if p.Wider() {
		return "", &problem{http.StatusBadRequest, fmt.Sprintf("The interval %s cuts segments.", interval), fmt.Sprintf("Segments are compacted as a whole: give %s.", p.Covers)}
	}
	text, err := json.Marshal(map[string]any{
		"type": "compact", "dataSource": dataSource,
		"ioConfig": map[string]any{"type": "compact", "inputSpec": map[string]string{"type": "interval", "interval": interval.String()}},
	})
	if err != nil {
		return "", err
	}
	return c.take(text)
}
