package task

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"ovate/druid"
	"ovate/internal/action"
	"ovate/internal/jsontext"
	"ovate/internal/lockbox"
	"ovate/internal/spec"
)

// Remote is a task that runs on one of Druid's own workers, of whatever kind. Only what it has in common with others, and the locks that it
// needs before it runs, are read here; its JSON is stored and handed on as it was given, with an id and the context's defaults.
type Remote struct {
	header druid.Task
	given  []byte // one JSON object
	hasID  bool
	wants  remoteFields
}

// remoteFields are those by which the data source and the locks are known. Of others with these names nobody is sure, so that none is an error.
type remoteFields struct {
	DataSource string          `json:"dataSource"`
	Interval   *druid.Interval `json:"interval"`
	Spec       struct {
		DataSchema struct {
			DataSource  string            `json:"dataSource"`
			Granularity granularityFields `json:"granularitySpec"`
		} `json:"dataSchema"`
		IOConfig struct {
			AppendToExisting bool `json:"appendToExisting"`
		} `json:"ioConfig"`
		// Of query_controller.
		Destination struct {
			Type       string           `json:"type"`
			DataSource string           `json:"dataSource"`
			Chunks     []druid.Interval `json:"replaceTimeChunks"`
		} `json:"destination"`
	} `json:"spec"`
	// Of compact.
	IOConfig struct {
		InputSpec struct {
			Interval *druid.Interval `json:"interval"`
		} `json:"inputSpec"`
	} `json:"ioConfig"`
	Granularity granularityFields  `json:"granularitySpec"`
	Segment     *druid.Granularity `json:"segmentGranularity"`
}

type granularityFields struct {
	Type      string             `json:"type"`
	Segment   *druid.Granularity `json:"segmentGranularity"`
	Intervals []druid.Interval   `json:"intervals"`
}

// DecodeRemote makes a task for a worker of its JSON. An id is made if it brings none.
func DecodeRemote(raw []byte, now druid.Instant) (Task, error) {
	d, err := spec.Read(raw)
	if err != nil {
		return nil, err
	}
	h, err := d.Header()
	if err != nil {
		return nil, err
	}
	if h.Type == "" {
		return nil, errors.New("missing type id property 'type'")
	}
	if h.Resource, err = d.Resource(); err != nil {
		return nil, err
	}
	if h.GroupID, err = d.Group(); err != nil {
		return nil, err
	}
	t := &Remote{header: h, given: bytes.TrimSpace(raw), hasID: h.ID != ""}
	if err := t.read(); err != nil {
		return nil, err
	}
	if err := t.complete(now); err != nil {
		return nil, err
	}
	return t, nil
}

// read reads what counts here of the fields.
func (t *Remote) read() error {
	err := jsontext.Unmarshal(t.given, &t.wants)
	if misfit := (*json.UnmarshalTypeError)(nil); errors.As(err, &misfit) {
		err = fmt.Errorf("%s: must not be %s", misfit.Field, misfit.Value)
	}
	switch t.header.Type {
	case typeIndex, typeIndexParallel, "compact", typeKill, "query_controller":
		return err
	}
	return nil // which fields the others have is known where they run
}

// complete fills in what Druid would.
func (t *Remote) complete(now druid.Instant) error {
	h, w := &t.header, &t.wants
	h.DataSource = cmp.Or(w.DataSource, w.Spec.DataSchema.DataSource, w.Spec.Destination.DataSource)
	switch {
	case h.DataSource != "":
	case h.Type == typeNoop:
		h.DataSource = "none"
	default:
		return &spec.Error{Path: "dataSource", Problem: "is missing: it must be a text"}
	}
	if err := druid.ValidateID("dataSource", h.DataSource); err != nil {
		return err
	}
	switch {
	case t.hasID:
	case h.Type == typeNoop:
		h.ID = newNoopID(now)
	default:
		var within *druid.Interval
		switch h.Type {
		case typeKill, "move", "archive", "restore":
			within = w.Interval
		}
		h.ID = druid.NewTaskID(h.Type, h.DataSource, within, now)
	}
	switch h.Type { // whose groups are not theirs to choose
	case typeIndex:
		if h.GroupID = ""; w.Spec.IOConfig.AppendToExisting {
			h.GroupID = appendGroup(h.DataSource)
		}
	case "compact", typeKill:
		h.GroupID = ""
	}
	h.Complete()
	if h.Type == typeIndexParallel && len(w.Spec.DataSchema.Granularity.Intervals) == 0 && !w.Spec.IOConfig.AppendToExisting {
		h.Context.Set("forceTimeChunkLock", json.RawMessage("true"))
	}
	return druid.ValidateID("task ID", h.ID) // the data source may be part of it
}

// Header is the common part.
func (t *Remote) Header() *druid.Task { return &t.header }

// Priority is that of the context or of the kind.
func (t *Remote) Priority() int { return priority(&t.header) }

// Run is not for this process.
func (t *Remote) Run(context.Context, *Toolbox) error {
	return fmt.Errorf("task[%s] of type [%s] was submitted to run on a worker (druid.indexer.runner.type), and does not run in this process", t.header.ID, t.header.Type)
}

// AppendJSON appends the task as it was given, with its id and its whole context.
func (t *Remote) AppendJSON(dst []byte) []byte {
	dst = append(dst, '{')
	first := len(dst)
	member := func(key, value []byte) {
		if len(dst) > first {
			dst = append(dst, ',')
		}
		dst = append(append(append(append(dst, '"'), key...), '"', ':'), value...)
	}
	for key, value := range jsontext.Members(t.given) {
		if name := string(key); name != "context" && (name != "id" || t.hasID) {
			member(key, value)
		}
	}
	if !t.hasID {
		member([]byte("id"), druid.AppendString(nil, t.header.ID))
	}
	member([]byte("context"), t.header.Context.AppendJSON(nil))
	return append(dst, '}')
}

// Ready takes the locks that Druid's Overlord takes before a task of the kind may run; the worker's process then asks for the same, and for
// what it learns of later. Kinds that are not known here take theirs themselves.
func (t *Remote) Ready(ctx context.Context, c action.Client) (bool, error) {
	if t.header.Type == "compact" {
		return t.readyToCompact(ctx, c)
	}
	return lockAll(ctx, c, t.header.ID, t.Locks())
}

// Locks is what Ready takes, but for what depends on segments that are there.
func (t *Remote) Locks() lockbox.Request {
	w, context := &t.wants, &t.header.Context
	switch t.header.Type {
	case typeIndex, typeIndexParallel:
		if !contextBool(context, "forceTimeChunkLock", true) {
			return lockbox.Request{} // segments are locked, by the task itself
		}
		return t.request(w.Spec.DataSchema.Granularity.chunks(druid.Day), w.Spec.IOConfig.AppendToExisting)
	case typeKill:
		return killLocks(context, interval(w.Interval))
	case "move", "archive", "restore":
		return lockbox.Request{Type: druid.Exclusive, Intervals: interval(w.Interval)}
	case "query_controller":
		if w.Spec.Destination.Type == "dataSource" {
			return t.request(w.Spec.Destination.Chunks, false)
		}
	}
	return lockbox.Request{}
}

func interval(i *druid.Interval) []druid.Interval {
	if i == nil {
		return nil
	}
	return []druid.Interval{*i}
}

// request asks for locks of the type that Druid asks for.
func (t *Remote) request(intervals []druid.Interval, appends bool) lockbox.Request {
	context := &t.header.Context
	typ := contextLockType(context, druid.Exclusive)
	switch {
	case concurrentLocks(context) && appends:
		typ = druid.Append
	case concurrentLocks(context):
		typ = druid.Replace
	case !appends && (typ == druid.Shared || typ == druid.Append):
		typ = druid.Exclusive
	}
	return lockbox.Request{Type: typ, Intervals: druid.CondenseIntervals(intervals)}
}

// chunks are the intervals, widened to whole buckets.
func (g *granularityFields) chunks(otherwise druid.Granularity) []druid.Interval {
	segment := otherwise
	if g.Segment != nil {
		segment = *g.Segment
	}
	if g.Type == "arbitrary" {
		return g.Intervals
	}
	return widened(g.Intervals, segment)
}

func widened(intervals []druid.Interval, to druid.Granularity) []druid.Interval {
	if to.IsAll() || to.IsNone() {
		return intervals
	}
	wide := make([]druid.Interval, 0, len(intervals))
	for _, i := range intervals {
		if i.Start < i.End {
			wide = append(wide, druid.Interval{Start: to.Bucket(i.Start).Start, End: to.Bucket(i.End - 1).End})
		}
	}
	return wide
}

// readyToCompact locks the time chunks of the segments that are to be compacted.
func (t *Remote) readyToCompact(ctx context.Context, c action.Client) (bool, error) {
	w := &t.wants
	within := w.IOConfig.InputSpec.Interval
	if within == nil {
		within = w.Interval
	}
	if within == nil || !contextBool(&t.header.Context, "forceTimeChunkLock", true) {
		return true, nil // it names its segments, or locks segments: the task itself does that
	}
	segments, err := action.Do(ctx, c, action.SegmentListUsed{DataSource: t.header.DataSource, Intervals: []druid.Interval{*within}})
	if err != nil {
		return false, err
	}
	if len(segments) == 0 {
		return false, fmt.Errorf("No segments found for compaction. Please check that datasource name and interval are correct: data source[%s], interval[%s]",
			t.header.DataSource, within)
	}
	intervals := make([]druid.Interval, 0, len(segments))
	for _, s := range segments {
		intervals = append(intervals, s.Interval)
	}
	if g := w.Granularity.Segment; g != nil {
		intervals = widened(intervals, *g)
	} else if w.Segment != nil {
		intervals = widened(intervals, *w.Segment)
	}
	return lockAll(ctx, c, t.header.ID, t.request(intervals, false))
}
