package telemetry

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"ovate/internal/supervisor"
)

// supervisors are the metrics of what supervisors do.
type supervisors struct {
	fetched           *prometheus.HistogramVec
	required          prometheus.Counter
	submitted, failed prometheus.Counter
	compacts          prometheus.Counter
}

func newSupervisors(m *maker) supervisors {
	return supervisors{
		fetched: m.histogram("druid_ingest_fetch_offsets_time_seconds", "ingest/<type>/fetchOffsets/time", "How long it took to find out where a stream ends.", seconds, "type"),
		required: m.counter("druid_task_auto_scaler_required_total", "task/autoScaler/requiredCount",
			"How often an autoscaler wanted another number of tasks. The event has the number.").WithLabelValues(),
		submitted: m.counter("druid_task_scheduled_batch_submit_success_total", "task/scheduledBatch/submit/success", "Queries and tasks that were due by a schedule and became tasks.").WithLabelValues(),
		failed:    m.counter("druid_task_scheduled_batch_submit_failed_total", "task/scheduledBatch/submit/failed", "Queries and tasks that were due by a schedule and could not be submitted.").WithLabelValues(),
		compacts:  m.counter("druid_compact_task_total", "compact/task/count", "Compact tasks that supervisors of compaction have submitted.").WithLabelValues(),
	}
}

var _ supervisor.Meter = (*Telemetry)(nil)

// FetchedOffsets implements supervisor.Meter.
func (t *Telemetry) FetchedOffsets(s *supervisor.Spec, took time.Duration) {
	t.supervisors.fetched.WithLabelValues(t.types.of(s.Type)).Observe(took.Seconds())
	if t.wanted() {
		t.emit("ingest/"+s.Type+"/fetchOffsets/time", float64(took.Milliseconds()), dims("dataSource", s.DataSource, "stream", s.Source, "supervisorId", s.ID)...)
	}
}

// Required implements supervisor.Meter.
func (t *Telemetry) Required(s *supervisor.Spec, tasks int) {
	t.supervisors.required.Inc()
	if t.wanted() {
		t.emit("task/autoScaler/requiredCount", float64(tasks), dims("dataSource", s.DataSource, "stream", s.Source, "supervisorId", s.ID)...)
	}
}

// SubmittedBatch implements supervisor.Meter.
func (t *Telemetry) SubmittedBatch(s *supervisor.Spec, err error) {
	counter, outcome := t.supervisors.submitted, "success"
	if err != nil {
		counter, outcome = t.supervisors.failed, "failed"
	}
	counter.Inc()
	if t.wanted() {
		t.emit("task/scheduledBatch/submit/"+outcome, 1, dims("dataSource", s.DataSource, "supervisorId", s.ID)...)
	}
}

// Compacts tells that a task was submitted that compacts a data source.
func (t *Telemetry) Compacts(dataSource string) {
	t.supervisors.compacts.Inc()
	if t.wanted() {
		t.emit("compact/task/count", 1, dims("dataSource", dataSource)...)
	}
}
