package telemetry

import (
	"strconv"
	"sync"
	"time"

	"ovate/internal/emitter"
)

// Monitors tell Druid's emitters from time to time how things are: what the monitors tell that are asked for, how far behind streams are, and how far data
// sources are compacted, of which Druid tells anyway. Start and Stop may be called in any order, from any goroutines.
type Monitors struct {
	telemetry *Telemetry
	period    time.Duration
	tell      []func()

	mu      sync.Mutex
	stopped bool
	quit    chan struct{}
	work    sync.WaitGroup
}

// Monitors makes those of these names: TaskCountStatsMonitor, TaskSlotCountStatsMonitor and ServiceStatusMonitor.
func (t *Telemetry) Monitors(period time.Duration, names []string) *Monitors {
	m := &Monitors{telemetry: t, period: period, quit: make(chan struct{}), tell: []func(){t.tellLag, t.tellCompaction}}
	for _, name := range names {
		switch name {
		case "TaskCountStatsMonitor":
			m.tell = append(m.tell, t.tellTasks)
		case "TaskSlotCountStatsMonitor":
			m.tell = append(m.tell, t.tellSlots)
		case "ServiceStatusMonitor":
			m.tell = append(m.tell, t.tellService)
		}
	}
	return m
}

// Start begins to tell, unless nobody hears it.
func (m *Monitors) Start() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.stopped || !m.telemetry.wanted() {
		return
	}
	m.work.Go(func() {
		ticker := time.NewTicker(m.period)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				m.Tell()
			case <-m.quit:
				return
			}
		}
	})
}

// Stop ends it. When it returns nothing is told any more.
func (m *Monitors) Stop() {
	m.mu.Lock()
	if !m.stopped {
		m.stopped = true
		close(m.quit)
	}
	m.mu.Unlock()
	m.work.Wait()
}

// Tell tells once how things are.
func (m *Monitors) Tell() {
	for _, tell := range m.tell {
		tell()
	}
}

// tellTasks is TaskCountStatsMonitor.
func (t *Telemetry) tellTasks() {
	leads := t.options.Leading() != nil
	for _, of := range t.sources.news() {
		source := dims("dataSource", of.name)
		count := func(metric string, n int64) {
			if n > 0 {
				t.emit(metric, float64(n), source...)
			}
		}
		count("task/success/count", of.newSucceeded)
		count("task/failed/count", of.newFailed)
		if leads {
			count("task/running/count", int64(of.active[2]))
			count("task/pending/count", int64(of.active[1]))
			count("task/waiting/count", int64(of.active[0]))
		}
	}
}

// tellSlots is TaskSlotCountStatsMonitor.
func (t *Telemetry) tellSlots() {
	leading := t.options.Leading()
	if leading == nil {
		return
	}
	for category, s := range slotsOf(leading.Workers()) {
		of := dims("category", category)
		t.emit("taskSlot/total/count", float64(s.total), of...)
		t.emit("taskSlot/idle/count", float64(s.idle), of...)
		t.emit("taskSlot/used/count", float64(s.used), of...)
		t.emit("taskSlot/blacklisted/count", float64(s.blacklisted), of...)
	}
}

// tellService is ServiceStatusMonitor.
func (t *Telemetry) tellService() {
	leads := 0
	if t.options.Leading() != nil {
		leads = 1
	}
	t.emit("service/heartbeat", 1, emitter.Dim{Name: "leader", Value: strconv.Itoa(leads), Number: true})
}

// tellLag tells how far supervisors of streams are behind.
func (t *Telemetry) tellLag() {
	leading := t.options.Leading()
	if leading == nil {
		return
	}
	for _, s := range leading.Supervisors() {
		l := lagOf(s)
		if len(l) == 0 {
			continue
		}
		of := dims("dataSource", s.DataSource, "stream", s.Source)
		prefix := "ingest/" + s.Type
		t.emit(prefix+"/lag", float64(l.Total()), of...)
		t.emit(prefix+"/maxLag", float64(l.Most()), of...)
		t.emit(prefix+"/avgLag", float64(int64(l.Average())), of...)
		for partition, n := range l {
			t.emit(prefix+"/partitionLag", float64(n), dims("dataSource", s.DataSource, "stream", s.Source, "partition", partition)...)
		}
	}
}
