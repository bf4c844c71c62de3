package goal

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"ovate/druid"
	"ovate/internal/jsontext"
)

// State is what the task that made a segment has left in it: how it made it.
type State struct {
	// Key is the same for states that say the same.
	Key string
	// Intervals are those whose rows the task has read, all that there were.
	Intervals []druid.Interval

	partitions  *partitions
	index       any
	granularity granularities
	dimensions  []any
	metrics     []any
	filter      any
	projections any
	unreadable  error
}

// ReadState reads what is stored in a segment; nil if it was made by no compaction. One that cannot be read is like no config.
func ReadState(stored json.RawMessage) *State {
	if isNull(stored) {
		return nil
	}
	s := &State{}
	canonical, err := json.Marshal(decode(stored)) // members in order
	if s.Key = string(canonical); err == nil {
		err = s.read(stored)
	}
	s.unreadable = err
	return s
}

// transform is which rows are left out.
type transform struct {
	Filter json.RawMessage `json:"filter"`
}

func (s *State) read(stored json.RawMessage) (err error) {
	day, none, yes := druid.Day, druid.None, true // what a granularitySpec says by default
	var wire struct {
		Partitions  json.RawMessage `json:"partitionsSpec"`
		Dimensions  *dimensions     `json:"dimensionsSpec"`
		Metrics     json.RawMessage `json:"metricsSpec"`
		Transform   transform       `json:"transformSpec"`
		Index       json.RawMessage `json:"indexSpec"`
		Granularity *struct {
			granularities
			Intervals []druid.Interval `json:"intervals"`
		} `json:"granularitySpec"`
		Projections json.RawMessage `json:"projections"`
	}
	if err := jsontext.Unmarshal(stored, &wire); err != nil {
		return fmt.Errorf("lastCompactionState: %w", err)
	}
	if s.partitions, err = readPartitions(wire.Partitions); err != nil {
		return err
	}
	s.index = indexSpec(wire.Index)
	if g := wire.Granularity; g != nil {
		s.granularity = granularities{Segment: cmp.Or(g.Segment, &day), Query: cmp.Or(g.Query, &none), Rollup: cmp.Or(g.Rollup, &yes)}
		s.Intervals = g.Intervals
	}
	if wire.Dimensions != nil {
		s.dimensions, _ = decode(wire.Dimensions.List).([]any)
	}
	s.metrics, _ = decode(wire.Metrics).([]any)
	s.filter = decode(wire.Transform.Filter)
	s.projections = decode(wire.Projections)
	return nil
}

// indexSpec is how segments are encoded, with what is by default.
func indexSpec(given json.RawMessage) any {
	all := map[string]any{
		"bitmap": map[string]any{"type": "roaring"}, "dimensionCompression": "lz4", "stringDictionaryEncoding": map[string]any{"type": "utf8"},
		"metricCompression": "lz4", "longEncoding": "longs",
	}
	members, _ := decode(given).(map[string]any)
	for name, value := range members {
		if text, is := value.(string); is {
			value = strings.ToLower(text)
		}
		if value != nil {
			all[name] = value
		}
	}
	if bitmap, is := all["bitmap"].(map[string]any); is {
		delete(bitmap, "compressRunOnSerialization") // which has meant nothing for long
	}
	return all
}

// wanted is what a config says of what a State tells; what it does not say is nil.
type wanted struct {
	partitions  *partitions
	index       any
	granularity granularities
	dimensions  []any
	metrics     []any
	filter      any
	projections any
}

func (c *config) wanted() (w wanted, err error) {
	unlimited := int64(math.MaxInt64)
	if w.partitions, err = readPartitions(c.Tuning["partitionsSpec"]); err != nil {
		return w, err
	}
	if p := w.partitions; p != nil && p.kind == "dynamic" && p.total == 0 {
		p.total = unlimited
	}
	if w.partitions == nil {
		var rows, total *int64
		if err := read(c.MaxRows, &rows); err != nil {
			return w, fmt.Errorf("maxRowsPerSegment: %w", err)
		}
		if err := read(c.Tuning["maxTotalRows"], &total); err != nil {
			return w, fmt.Errorf("tuningConfig.maxTotalRows: %w", err)
		}
		w.partitions = dynamic(rows, cmp.Or(total, &unlimited))
	}
	w.index = indexSpec(c.Tuning["indexSpec"])
	if c.Granularity != nil {
		w.granularity = *c.Granularity
	}
	if c.Dimensions != nil {
		w.dimensions, _ = decode(c.Dimensions.List).([]any)
	}
	w.metrics, _ = decode(c.Metrics).([]any)
	var t transform
	if err := read(c.Transform, &t); err != nil {
		return w, fmt.Errorf("transformSpec: %w", err)
	}
	w.filter, w.projections = decode(t.Filter), decode(c.Projections)
	return w, nil
}

// read reads JSON that may be missing.
func read(text json.RawMessage, into any) error {
	if isNull(text) {
		return nil
	}
	return json.Unmarshal(text, into)
}

// Missed is why segments that lie side by side are not as they are to be, by their states in turn; empty: they are. Intervals are theirs.
func (g *Goal) Missed(states []*State, intervals []druid.Interval) string {
	last := states[0]
	if last == nil {
		return "not compacted yet"
	}
	for _, s := range states {
		if s == nil || s.Key != last.Key {
			return "segments have different last compaction states"
		}
	}
	if last.unreadable != nil {
		return fmt.Sprintf("how they were made cannot be read: %v", last.unreadable)
	}
	w := &g.wanted
	if !w.partitions.same(last.partitions) {
		return mismatch("partitionsSpec", w.partitions, last.partitions)
	}
	if !says(w.index, last.index) || !says(last.index, w.index) {
		return mismatch("indexSpec", text(w.index), text(last.index))
	}
	if why := g.missedGranularity(last, intervals); why != "" {
		return why
	}
	if of := withoutDimensions(last.dimensions, last.partitions); w.dimensions != nil {
		wanted := w.dimensions
		if w.partitions.kind == "range" && !isNull(g.config.Tuning["partitionsSpec"]) {
			wanted = withoutDimensions(wanted, w.partitions)
		}
		if last.dimensions == nil || !says(wanted, of) {
			return mismatch("dimensionsSpec", text(wanted), text(of))
		}
	}
	for _, part := range []struct {
		name         string
		wanted, last any
		unless       bool
	}{
		{"metricsSpec", any(w.metrics), any(last.metrics), len(w.metrics) == 0},
		{"transformSpec filter", w.filter, last.filter, w.filter == nil},
		{"projections", w.projections, last.projections, w.projections == nil},
	} {
		if !part.unless && !says(part.wanted, part.last) {
			return mismatch(part.name, text(part.wanted), text(part.last))
		}
	}
	return ""
}

func (g *Goal) missedGranularity(last *State, intervals []druid.Interval) string {
	w := &g.wanted.granularity
	if w.Segment != nil {
		switch of := last.granularity.Segment; {
		case of == nil:
			for _, i := range intervals {
				if !w.Segment.IsAligned(i) {
					return fmt.Sprintf("segmentGranularity: segments do not align with target[%s]", w.Segment)
				}
			}
		case *of != *w.Segment:
			return mismatch("segmentGranularity", w.Segment, of)
		}
	}
	if w.Query != nil && (last.granularity.Query == nil || *last.granularity.Query != *w.Query) {
		return mismatch("queryGranularity", w.Query, pointed(last.granularity.Query))
	}
	if w.Rollup != nil && (last.granularity.Rollup == nil || *last.granularity.Rollup != *w.Rollup) {
		return mismatch("rollup", *w.Rollup, pointed(last.granularity.Rollup))
	}
	return ""
}

// withoutDimensions leaves out those by whose ranges rows are spread: the task puts them first.
func withoutDimensions(all []any, by *partitions) []any {
	if by == nil || by.kind != "range" {
		return all
	}
	kept := []any{}
	for _, d := range all {
		name, _ := d.(string)
		if m, is := d.(map[string]any); is {
			name, _ = m["name"].(string)
		}
		if !slices.Contains(by.dimensions, name) {
			kept = append(kept, d)
		}
	}
	return kept
}

// mismatch tells of a part of the config in Druid's words.
func mismatch(what string, wanted, last any) string {
	return fmt.Sprintf("'%s' mismatch: required[%v], current[%v]", what, wanted, last)
}

// pointed is what p points to, for messages.
func pointed[T any](p *T) any {
	if p == nil {
		return "null"
	}
	return *p
}

func text(v any) string {
	t, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(t)
}
