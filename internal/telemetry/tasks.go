package telemetry

import (
	"context"
	"slices"
	"strings"
	"time"

	"ovate/druid"
	"ovate/internal/action"
	"ovate/internal/emitter"
	"ovate/internal/queue"
)

// Tasks is the meter of one queue.
type Tasks struct{ *Telemetry }

var _ queue.Meter = (*Tasks)(nil)

// Tasks makes the meter of a queue, which tells from now on which tasks are active: that of an earlier one counts no more.
func (t *Telemetry) Tasks() *Tasks {
	meter := &Tasks{t}
	t.sources.begin(meter)
	return meter
}

// Moved implements queue.Meter.
func (t *Tasks) Moved(dataSource string, from, to druid.RunnerState) {
	t.sources.moved(t, dataSource, from, to)
}

// Submitted implements queue.Meter.
func (t *Tasks) Submitted(context.Context, action.Identity) {}

// Left implements queue.Meter.
func (t *Tasks) Left(action.Identity) {}

// Readied implements queue.Meter.
func (t *Tasks) Readied(by action.Identity, waited time.Duration) {
	t.waiting.WithLabelValues(t.types.of(by.Type)).Observe(waited.Seconds())
	if t.wanted() {
		t.emit("task/waiting/time", float64(waited.Milliseconds()), of(by)...)
	}
}

// Began implements queue.Meter.
func (t *Tasks) Began(by action.Identity, waited time.Duration) {
	t.pending.WithLabelValues(t.types.of(by.Type)).Observe(waited.Seconds())
	if t.wanted() {
		t.emit("task/pending/time", float64(waited.Milliseconds()), of(by)...)
	}
}

// Ended implements action.Meter.
func (t *Tasks) Ended(by action.Identity, status druid.TaskStatus) {
	t.sources.ended(by.DataSource, status.State == druid.Success)
	typ := t.types.of(by.Type)
	t.ended.WithLabelValues(typ, string(status.State)).Inc()
	if status.Duration >= 0 { // else nobody knows it, as of one that never ran or was shut down
		t.taskRun.WithLabelValues(typ, string(status.State)).Observe(float64(status.Duration) / 1000)
	}
	if t.wanted() {
		t.emit("task/run/time", float64(status.Duration), of(by, "taskStatus", string(status.State))...)
	}
}

// of are the dimensions of what is told of a task, and others that are told in pairs of name and value.
func of(by action.Identity, others ...string) []emitter.Dim {
	return dims(append([]string{"taskId", by.TaskID, "taskType", by.Type, "dataSource", by.DataSource, "groupId", by.GroupID}, others...)...)
}

// dims are dimensions that are told in pairs of name and value.
func dims(pairs ...string) []emitter.Dim {
	all := make([]emitter.Dim, 0, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		all = append(all, emitter.Dim{Name: pairs[i], Value: pairs[i+1]})
	}
	slices.SortFunc(all, func(a, b emitter.Dim) int { return strings.Compare(a.Name, b.Name) })
	return all
}
