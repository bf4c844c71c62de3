package choice

import (
	"encoding/json"
	"fmt"

	"ovate/druid"
	"ovate/internal/compaction/goal"
	"ovate/internal/jsontext"
)

// Running is a compact task that is active, whoever has submitted it.
type Running struct {
	ID, DataSource string
	// Interval is what it works on; empty if it names segments.
	Interval druid.Interval
	// Segment is the granularity of the segments that it makes; nil: it does not say. Specified tells that it says something of granularities.
	Segment   *druid.Granularity
	Specified bool
	Slots     int
}

// ReadRunning reads the JSON of a compact task.
func ReadRunning(id string, payload []byte) (*Running, error) {
	var wire struct {
		DataSource string          `json:"dataSource"`
		Interval   *druid.Interval `json:"interval"`
		IOConfig   struct {
			InputSpec struct {
				Interval *druid.Interval `json:"interval"`
			} `json:"inputSpec"`
		} `json:"ioConfig"`
		Segment     *druid.Granularity `json:"segmentGranularity"`
		Granularity *struct {
			Segment *druid.Granularity `json:"segmentGranularity"`
		} `json:"granularitySpec"`
		Tuning  map[string]json.RawMessage `json:"tuningConfig"`
		Context struct {
			Tasks int `json:"maxNumTasks"`
		} `json:"context"`
		Runner struct {
			Type string `json:"type"`
		} `json:"compactionRunner"`
	}
	if err := jsontext.Unmarshal(payload, &wire); err != nil {
		return nil, fmt.Errorf("compact task[%s]: %w", id, err)
	}
	r := &Running{ID: id, DataSource: wire.DataSource, Segment: wire.Segment, Specified: wire.Granularity != nil, Slots: goal.SlotsOf(wire.Tuning)}
	if wire.Runner.Type == "msq" {
		r.Slots = max(wire.Context.Tasks, 1)
	}
	if wire.Granularity != nil {
		r.Segment = wire.Granularity.Segment
	}
	for _, i := range []*druid.Interval{wire.Interval, wire.IOConfig.InputSpec.Interval} {
		if i != nil {
			r.Interval = *i
		}
	}
	return r, nil
}

// Outdated tells whether segments are to be of another granularity than the task makes them.
func (r *Running) Outdated(g *goal.Goal) bool {
	return g != nil && g.Segment != nil && r.Specified && (r.Segment == nil || *r.Segment != *g.Segment)
}
