// Package telemetry counts what happens in a server, for Prometheus and for Druid's emitters. What happens is told to its meters where it
// happens; whoever asks for the metrics gets what was counted, and nothing is looked up in the database for that.
package telemetry

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"ovate/internal/compaction/scheduler"
	"ovate/internal/emitter"
	"ovate/internal/runner"
	"ovate/internal/supervisor"
	"ovate/internal/tracing"
)

// Leading is what a server tells of itself while it leads. All of it is in memory.
type Leading interface {
	Workers() []runner.Worker
	Supervisors() []*supervisor.Supervisor
	// Locks is how many there are.
	Locks() int
	// Compaction is how far data sources are compacted by supervisors.
	Compaction() []*scheduler.Snapshot
}

// Options are what telemetry asks and tells.
type Options struct {
	// Leading is what this server leads with; nil while it does not.
	Leading func() Leading
	// ZooKeeper tells whether there is a connection to it; nil where there is none to have.
	ZooKeeper func() bool
	// Sessions is how many there are of people who have logged in, and false where nobody does; optional.
	Sessions func() (n int, there bool)
	// Emitter takes Druid's events; nil: nobody does.
	Emitter *emitter.Emitter
	// Tracing tells of requests, and how many spans there were; nil: there are none.
	Tracing *tracing.Tracing
	// Version is that of this program, and Druid the one for which it stands.
	Version, Druid string
}

// Telemetry has the metrics of one server. Make it with New. It may be used from any goroutines.
type Telemetry struct {
	options     Options
	registry    *prometheus.Registry
	definitions []Definition

	sources   *sources
	types     *words
	taskRun   *prometheus.HistogramVec
	pending   *prometheus.HistogramVec
	waiting   *prometheus.HistogramVec
	ended     *prometheus.CounterVec
	actions   actions
	segments  segments
	ingestion ingestion
	store     store

	supervisors supervisors
	outside     outside

	compaction []compaction
	requests   requests
}

// New makes the metrics of a server, of which nothing has happened yet.
func New(o Options) *Telemetry {
	m := &maker{registry: prometheus.NewRegistry()}
	t := &Telemetry{options: o, registry: m.registry, sources: newSources(mostSources), types: newWords(mostTypes)}
	t.taskRun = m.histogram("druid_task_run_time_seconds", "task/run/time", "How long tasks took that have ended, but for those that never ran or were shut down.", longSeconds, "taskType", "taskStatus")
	t.pending = m.histogram("druid_task_pending_time_seconds", "task/pending/time", "How long tasks waited for a worker.", longSeconds, "taskType")
	t.waiting = m.histogram("druid_task_waiting_time_seconds", "task/waiting/time", "How long tasks waited for locks before they could be given to a worker. Druid has it from version 37 on.", longSeconds, "taskType")
	t.ended = m.counter("ovate_tasks_ended_total", "", "Tasks that have ended.", "taskType", "taskStatus")
	t.actions, t.segments, t.ingestion = newActions(m), newSegments(m), newIngestion(m)
	t.store, t.requests = newStore(m), newRequests(m)
	t.supervisors, t.outside = newSupervisors(m), newOutside(m)
	reader := newReader(m, t)
	t.compaction = reader.compaction
	m.registry.MustRegister(
		reader,
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	build := m.gauge("ovate_build_info", "", "1, with the version of this program and that of Druid for which it stands.", "version", "druid")
	build.WithLabelValues(o.Version, o.Druid).Set(1)
	t.definitions = m.definitions
	return t
}

// Definitions are all metrics but those of the Go runtime and of the process, in the order in which they were made.
func (t *Telemetry) Definitions() []Definition { return t.definitions }

// Handler answers with the metrics, in the formats of Prometheus.
func (t *Telemetry) Handler() http.Handler {
	metrics := promhttp.HandlerFor(t.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 8})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet {
			w.Header().Set("Allow", "GET")
			w.WriteHeader(http.StatusMethodNotAllowed)
			return
		}
		w.Header().Set("Cache-Control", "no-store") // names of data sources and supervisors are in them
		metrics.ServeHTTP(w, r)
	})
}

// emit hands an event to Druid's emitters.
func (t *Telemetry) emit(metric string, value float64, dims ...emitter.Dim) {
	t.options.Emitter.Emit(emitter.Event{Metric: metric, Value: value, Dims: dims})
}

// wanted tells whether emitters take events, so that none are made for nobody.
func (t *Telemetry) wanted() bool { return t.options.Emitter.Wanted() }
