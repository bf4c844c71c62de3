package telemetry

import (
	"github.com/prometheus/client_golang/prometheus"

	"ovate/internal/runner"
	"ovate/internal/stream"
	"ovate/internal/supervisor"
)

// mostSupervisors is how many supervisors have figures of their own: the first in the order of their ids.
const mostSupervisors = 500

// reader reads what is known at the time when somebody asks for it.
type reader struct {
	telemetry *Telemetry

	leader, heartbeat                *reading
	tasks, waiting, pending, running *reading
	succeeded, failed                *reading
	locks                            *reading
	slots, idle, used, blacklisted   *reading
	workers                          *reading
	supervisors, healthy             *reading
	lag, maxLag, averageLag          *reading
	lost, spans                      *reading
	zookeeper, sessions              *reading
	compaction                       []compaction
	all                              []*reading
}

func newReader(m *maker, t *Telemetry) *reader {
	source := []string{"supervisorId", "type", "dataSource", "stream"}
	r := &reader{
		telemetry:   t,
		heartbeat:   m.read("gauge", "druid_service_heartbeat", "service/heartbeat", "1, with whether this server leads: 1 or 0.", "leader"),
		leader:      m.read("gauge", "ovate_leader", "", "1 while this server leads, and 0 while it does not."),
		tasks:       m.read("gauge", "ovate_tasks", "", "Active tasks, by state: waiting (for locks), pending (for a worker) or running.", "state"),
		waiting:     m.read("gauge", "druid_task_waiting_count", "task/waiting/count", "Tasks that wait for locks.", "dataSource"),
		pending:     m.read("gauge", "druid_task_pending_count", "task/pending/count", "Tasks that wait for a worker.", "dataSource"),
		running:     m.read("gauge", "druid_task_running_count", "task/running/count", "Tasks that run.", "dataSource"),
		succeeded:   m.read("counter", "druid_task_success_total", "task/success/count", "Tasks that have succeeded.", "dataSource"),
		failed:      m.read("counter", "druid_task_failed_total", "task/failed/count", "Tasks that have failed.", "dataSource"),
		locks:       m.read("gauge", "ovate_locks", "", "Locks that tasks hold, revoked ones too."),
		slots:       m.read("gauge", "druid_task_slot_total_count", "taskSlot/total/count", "Worker slots.", "category"),
		used:        m.read("gauge", "druid_task_slot_used_count", "taskSlot/used/count", "Worker slots that tasks take.", "category"),
		idle:        m.read("gauge", "druid_task_slot_idle_count", "taskSlot/idle/count", "Worker slots that are free, but for those of blacklisted workers.", "category"),
		blacklisted: m.read("gauge", "druid_task_slot_blacklisted_count", "taskSlot/blacklisted/count", "Worker slots of workers that get no tasks as too many have failed there.", "category"),
		workers:     m.read("gauge", "ovate_workers", "", "Workers, this process included if tasks run in it.", "category"),
		supervisors: m.read("gauge", "druid_supervisor_count", "supervisor/count", "1 for each supervisor, with its type and state. Druid has it from version 37 on.", "supervisorId", "type", "dataSource", "stream", "state"),
		healthy:     m.read("gauge", "ovate_supervisor_healthy", "", "1 for a supervisor that is healthy, and 0 for one that is not.", "supervisorId"),
		lag:         m.read("gauge", "druid_ingest_lag", "ingest/<type>/lag", "Records of a stream that were not read, of all partitions.", source...),
		maxLag:      m.read("gauge", "druid_ingest_max_lag", "ingest/<type>/maxLag", "Records of a stream that were not read, of the partition that has most.", source...),
		averageLag:  m.read("gauge", "druid_ingest_avg_lag", "ingest/<type>/avgLag", "Records of a stream that were not read, of a partition on average.", source...),
		zookeeper:   m.read("gauge", "druid_zk_connected", "zk/connected", "1 while there is a session with ZooKeeper, and 0 while there is none."),
		sessions:    m.read("gauge", "ovate_sessions", "", "Sessions of people who have logged in with a browser. There is no such metric where nobody does."),
		compaction:  newCompaction(m),
		lost:        m.read("counter", "ovate_emitter_events_lost_total", "", "Events for Druid's emitters that were left out, as they came faster than they could be sent."),
		spans: m.read("counter", "ovate_tracing_spans_total", "", "Spans of traces that have ended and were sampled, by what became of them: sent, refused (by the collector), failed (it could not be reached, or answered with an error) or "+
			"dropped (they came faster than they could be sent). There are none unless traces are sent.", "outcome"),
	}
	r.all = m.readings
	return r
}

// Describe implements prometheus.Collector.
func (r *reader) Describe(into chan<- *prometheus.Desc) {
	for _, one := range r.all {
		into <- one.desc
	}
}

// Collect implements prometheus.Collector.
func (r *reader) Collect(into chan<- prometheus.Metric) {
	tallies, all := r.telemetry.sources.snapshot()
	for i := range tallies {
		t := &tallies[i]
		r.succeeded.send(into, float64(t.succeeded), t.name)
		r.failed.send(into, float64(t.failed), t.name)
	}
	if e := r.telemetry.options.Emitter; e != nil {
		r.lost.send(into, float64(e.Lost()))
	}
	if c, there := r.telemetry.options.Tracing.Counts(); there {
		r.spans.send(into, float64(c.Sent), "sent")
		r.spans.send(into, float64(c.Refused), "refused")
		r.spans.send(into, float64(c.Failed), "failed")
		r.spans.send(into, float64(c.Dropped), "dropped")
	}
	if connected := r.telemetry.options.ZooKeeper; connected != nil {
		r.zookeeper.send(into, oneIf(connected()))
	}
	if count := r.telemetry.options.Sessions; count != nil {
		if n, there := count(); there {
			r.sessions.send(into, float64(n))
		}
	}
	leading := r.telemetry.options.Leading()
	if leading == nil {
		r.leader.send(into, 0)
		r.heartbeat.send(into, 1, "0")
		return
	}
	r.leader.send(into, 1)
	r.heartbeat.send(into, 1, "1")
	for i, name := range [...]string{"waiting", "pending", "running"} {
		r.tasks.send(into, float64(all[i]), name)
	}
	for i := range tallies {
		t := &tallies[i]
		r.waiting.send(into, float64(t.active[0]), t.name)
		r.pending.send(into, float64(t.active[1]), t.name)
		r.running.send(into, float64(t.active[2]), t.name)
	}
	r.locks.send(into, float64(leading.Locks()))
	for category, s := range slotsOf(leading.Workers()) {
		r.slots.send(into, float64(s.total), category)
		r.used.send(into, float64(s.used), category)
		r.idle.send(into, float64(s.idle), category)
		r.blacklisted.send(into, float64(s.blacklisted), category)
		r.workers.send(into, float64(s.workers), category)
	}
	for i, s := range compacting(leading) {
		if i == mostSources {
			break
		}
		for _, c := range r.compaction {
			c.reading.send(into, float64(c.of(s)), s.DataSource)
		}
	}
	for i, s := range leading.Supervisors() {
		if i == mostSupervisors {
			break
		}
		r.supervisor(into, s)
	}
}

func (r *reader) supervisor(into chan<- prometheus.Metric, s *supervisor.Supervisor) {
	r.supervisors.send(into, 1, s.ID, s.Type, s.DataSource, s.Source, s.State.Word())
	r.healthy.send(into, oneIf(s.State.Stage.Healthy()), s.ID)
	if l := lagOf(s); len(l) > 0 {
		r.lag.send(into, float64(l.Total()), s.ID, s.Type, s.DataSource, s.Source)
		r.maxLag.send(into, float64(l.Most()), s.ID, s.Type, s.DataSource, s.Source)
		r.averageLag.send(into, l.Average(), s.ID, s.Type, s.DataSource, s.Source)
	}
}

// oneIf is 1 for what is so.
func oneIf(so bool) float64 {
	if so {
		return 1
	}
	return 0
}

// lagOf is how far a supervisor's tasks are behind; none if that is not known.
func lagOf(s *supervisor.Supervisor) stream.Lag {
	if lagging, is := s.AtWork.(supervisor.Lagging); is {
		return lagging.Lag()
	}
	return nil
}

// slots are the worker slots of a category.
type slots struct{ workers, total, used, idle, blacklisted int }

func slotsOf(workers []runner.Worker) map[string]*slots {
	by := map[string]*slots{}
	for i := range workers {
		w := &workers[i]
		s := by[w.Category]
		if s == nil {
			s = &slots{}
			by[w.Category] = s
		}
		used := 0
		for j := range w.Running {
			used += w.Running[j].Resource.RequiredCapacity
		}
		s.workers++
		s.total += w.Capacity
		s.used += used
		if w.BlacklistedUntil != 0 {
			s.blacklisted += w.Capacity
		} else {
			s.idle += max(w.Capacity-used, 0)
		}
	}
	return by
}
