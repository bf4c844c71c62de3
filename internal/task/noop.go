package task

import (
	"cmp"
	"context"
	"math"
	"strconv"
	"time"

	"github.com/google/uuid"

	"ovate/druid"
	"ovate/internal/action"
	"ovate/internal/clock"
	"ovate/internal/spec"
)

// defaultRunTime is how long a noop task runs unless it says otherwise, in milliseconds.
const defaultRunTime = 2500

// Noop waits for a while and changes nothing. It serves to try the way of a task, and actions.
type Noop struct {
	header  druid.Task
	runTime int64 // milliseconds
}

// noSource is the data source of noop tasks that name none.
const noSource = "none"

func noopKind() Kind {
	return Kind{
		Type:       "noop",
		priority:   50,
		dataSource: noSource,
		newID:      newNoopID,
		decode:     decodeNoop,
		check:      (*spec.Document).CheckNoop,
		allocates:  true, // others may perform actions in its name
	}
}

func decodeNoop(h druid.Task, d *spec.Document, now druid.Instant) (Task, error) {
	asked, err := d.Noop()
	if err != nil {
		return nil, err
	}
	if h.GroupID, err = d.Group(); err != nil {
		return nil, err
	}
	h.DataSource = cmp.Or(asked.DataSource, noSource)
	if h.ID == "" {
		h.ID = newNoopID(now)
	}
	h.Complete()
	return &Noop{header: h, runTime: cmp.Or(asked.RunTime, defaultRunTime)}, nil
}

// newNoopID makes the id of a noop task that brings none.
func newNoopID(now druid.Instant) string { return "noop_" + now.String() + "_" + uuid.NewString() }

// Header is the common part.
func (t *Noop) Header() *druid.Task { return &t.header }

// Priority is 50 unless the context says otherwise.
func (t *Noop) Priority() int { return priority(&t.header) }

// Ready is always true.
func (t *Noop) Ready(context.Context, action.Client) (bool, error) { return true, nil }

// Run waits.
func (t *Noop) Run(ctx context.Context, tools *Toolbox) error {
	tools.Log.Info("waiting", "milliseconds", t.runTime)
	if !clock.Pause(ctx, time.Duration(min(t.runTime, math.MaxInt64/int64(time.Millisecond)))*time.Millisecond) {
		return context.Cause(ctx)
	}
	return nil
}

// AppendJSON appends the fields in Druid's order.
func (t *Noop) AppendJSON(dst []byte) []byte {
	h := &t.header
	dst = appendHead(dst, h)
	dst = druid.AppendString(append(dst, `,"groupId":`...), h.GroupID)
	dst = druid.AppendString(append(dst, `,"dataSource":`...), h.DataSource)
	dst = strconv.AppendInt(append(dst, `,"runTime":`...), t.runTime, 10)
	dst = h.Context.AppendJSON(append(dst, `,"context":`...))
	dst = h.Resource.AppendJSON(append(dst, `,"resource":`...))
	return append(dst, '}')
}
