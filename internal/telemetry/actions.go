package telemetry

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"ovate/druid"
	"ovate/internal/action"
)

// allocates is the action of which Druid tells more than of others.
const allocates = "segmentAllocate"

// actions are the metrics of actions.
type actions struct {
	run               *prometheus.HistogramVec
	succeeded, failed *prometheus.CounterVec
	batchSize         prometheus.Observer
	batchTime         prometheus.Observer
}

func newActions(m *maker) actions {
	return actions{
		run:       m.histogram("druid_task_action_run_time_seconds", "task/action/run/time", "How long actions of tasks took that succeeded, with all that they waited for.", seconds, "taskActionType"),
		succeeded: m.counter("druid_task_action_success_total", "task/action/success/count", "Actions of tasks that succeeded. Druid counts allocations of segments alone.", "taskActionType"),
		failed:    m.counter("druid_task_action_failed_total", "task/action/failed/count", "Actions of tasks that failed. Druid counts allocations of segments alone.", "taskActionType"),
		batchSize: m.histogram("druid_task_action_batch_size", "task/action/batch/size", "How many allocations of segments shared a transaction.", sizes, "taskActionType").WithLabelValues(allocates),
		batchTime: m.histogram("druid_task_action_batch_run_time_seconds", "task/action/batch/runTime", "How long a transaction took that allocations of segments shared.", seconds, "taskActionType").WithLabelValues(allocates),
	}
}

// Performed implements action.Meter.
func (t *Tasks) Performed(by action.Identity, name string, took time.Duration, err error) {
	if err != nil {
		t.actions.failed.WithLabelValues(name).Inc()
	} else {
		t.actions.succeeded.WithLabelValues(name).Inc()
		t.actions.run.WithLabelValues(name).Observe(took.Seconds())
	}
	if !t.wanted() {
		return
	}
	of := of(by, "taskActionType", name)
	if err == nil {
		t.emit("task/action/run/time", float64(took.Milliseconds()), of...)
	}
	switch {
	case name != allocates:
	case err != nil:
		t.emit("task/action/failed/count", 1, of...)
	default:
		t.emit("task/action/success/count", 1, of...)
	}
}

// Allocated implements action.Meter.
func (t *Tasks) Allocated(together int, took time.Duration) {
	t.actions.batchSize.Observe(float64(together))
	t.actions.batchTime.Observe(took.Seconds())
	if t.wanted() {
		kind := dims("taskActionType", allocates)
		t.emit("task/action/batch/size", float64(together), kind...)
		t.emit("task/action/batch/runTime", float64(took.Milliseconds()), kind...)
	}
}

// segments are the metrics of segments that tasks publish, move and remove.
type segments struct {
	txnSuccess, txnFailure        *prometheus.CounterVec
	added, addedBytes             *prometheus.CounterVec
	movedBytes, nuked, nukedBytes *prometheus.CounterVec
}

func newSegments(m *maker) segments {
	return segments{
		txnSuccess: m.counter("druid_segment_txn_success_total", "segment/txn/success", "Publications that succeeded.", "taskType"),
		txnFailure: m.counter("druid_segment_txn_failure_total", "segment/txn/failure", "Publications that came to nothing.", "taskType"),
		added:      m.counter("ovate_segments_added_total", "", "Segments that were published.", "taskType"),
		addedBytes: m.counter("druid_segment_added_bytes_total", "segment/added/bytes", "Bytes of segments that were published.", "taskType"),
		movedBytes: m.counter("druid_segment_moved_bytes_total", "segment/moved/bytes", "Bytes of segments whose files were put elsewhere.", "taskType"),
		nuked:      m.counter("ovate_segments_nuked_total", "", "Segments that were removed for good.", "taskType"),
		nukedBytes: m.counter("druid_segment_nuked_bytes_total", "segment/nuked/bytes", "Bytes of segments that were removed for good.", "taskType"),
	}
}

// Published implements action.Meter.
func (t *Tasks) Published(by action.Identity, added []druid.DataSegment, ok bool) {
	outcome, counter := "segment/txn/success", t.segments.txnSuccess
	if !ok {
		outcome, counter, added = "segment/txn/failure", t.segments.txnFailure, nil
	}
	counter.WithLabelValues(t.types.of(by.Type)).Inc()
	t.segments.added.WithLabelValues(t.types.of(by.Type)).Add(float64(len(added)))
	if t.wanted() {
		t.emit(outcome, 1, of(by)...)
	}
	t.bytes(t.segments.addedBytes, "segment/added/bytes", by, added, true)
}

// Relocated implements action.Meter.
func (t *Tasks) Relocated(by action.Identity, moved []druid.DataSegment) {
	t.bytes(t.segments.movedBytes, "segment/moved/bytes", by, moved, false)
}

// Removed implements action.Meter.
func (t *Tasks) Removed(by action.Identity, removed []druid.DataSegment) {
	t.segments.nuked.WithLabelValues(t.types.of(by.Type)).Add(float64(len(removed)))
	t.bytes(t.segments.nukedBytes, "segment/nuked/bytes", by, removed, false)
}

// bytes counts the sizes of segments.
func (t *Tasks) bytes(counter *prometheus.CounterVec, metric string, by action.Identity, all []druid.DataSegment, partitioning bool) {
	total := int64(0)
	for i := range all {
		s := &all[i]
		total += s.Size
		if !t.wanted() {
			continue
		}
		more := []string{"interval", s.Interval.String()}
		if partitioning {
			more = append(more, "partitioningType", s.ShardSpec.Type())
		}
		t.emit(metric, float64(s.Size), of(by, more...)...)
	}
	counter.WithLabelValues(t.types.of(by.Type)).Add(float64(total))
}
