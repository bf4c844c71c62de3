package remote_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"ovate/druid"
	"ovate/internal/race"
	"ovate/internal/runner"
	"ovate/internal/runner/remote"
	"ovate/internal/runner/runnertest"
)

// step is something that happens. What its numbers mean depends on what it is.
type step struct {
	what    string
	a, b, c int
}

// happenings are what may happen, the more often the more there are of them.
var happenings = []string{
	"run", "run", "run", "run", "run", "cancel", "pass", "pass", "pass", "pass", "cut", "heal", "lose", "restart worker", "restart runner",
	"repeat", "forget", "hide", "show", "remove", "gap", "late",
}

// machine is a cluster to which things happen, and what must become of its tasks.
type machine struct {
	*cluster
	all    []remote.Node
	hidden map[string]bool
	showAt time.Time // by when a new runner sees all workers; zero if it has
	later  []string  // tasks that the runner is given later
	cutAt  map[string]time.Time
	faulty atomic.Bool // something happened that may make a task fail

	mu       sync.Mutex // guards everything below
	jobs     map[string]runnertest.Job
	active   map[string]bool // and not complete
	expected map[string]bool // whose Done has to come
	faults   []error
}

// longestCut is how long no worker is silent for: tasks do not fail for that.
const longestCut = 8 * time.Minute

// Whatever happens to workers, runner and network, no task runs twice at a time, and Done comes once for each that was given to a runner.
func TestAnythingMayHappen(t *testing.T) {
	t.Parallel()
	mostSteps := 40
	if race.Enabled {
		mostSteps = 12 // its own bookkeeping of many short goroutines can fail
	}
	one := rapid.Custom(func(t *rapid.T) step {
		number := func(name string) int { return rapid.IntRange(0, 9).Draw(t, name) }
		return step{rapid.SampledFrom(happenings).Draw(t, "what"), number("a"), number("b"), number("c")}
	})
	rapid.Check(t, func(rt *rapid.T) {
		steps := rapid.SliceOfN(one, 1, mostSteps).Draw(rt, "steps")
		var err error
		synctest.Test(t, func(t *testing.T) { err = perform(t, steps) })
		if err != nil {
			rt.Fatal(err)
		}
	})
}

// perform lets things happen, then lets everything get well, and tells what went wrong.
func perform(t *testing.T, steps []step) error {
	m := &machine{
		cluster: newCluster(t, 3), hidden: map[string]bool{}, cutAt: map[string]time.Time{},
		jobs: map[string]runnertest.Job{}, active: map[string]bool{}, expected: map[string]bool{},
	}
	defer m.close()
	m.events, m.all = m, m.nodes
	m.cluster.active = func(_ context.Context, id string) (bool, error) {
		m.mu.Lock()
		defer m.mu.Unlock()
		return m.active[id], nil
	}
	m.start()
	for i, s := range steps {
		m.happen(i, s)
		synctest.Wait()
	}
	for name, w := range m.workers {
		m.heal(name)
		m.network.Lose(name+":8091", 0, 0)
		w.SetGap(0)
		m.late[name].is(0)
	}
	clear(m.hidden)
	m.show()
	for m.wait(time.Minute); len(m.later) > 0; {
		m.wait(time.Minute)
	}
	for range 8 { // each of the tasks may last for 40 minutes, and need a whole worker
		if pass(90 * time.Minute); !m.expects() {
			break
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for id := range m.expected {
		m.faults = append(m.faults, fmt.Errorf("Done has not come for task %s", id))
	}
	m.cluster.mu.Lock()
	defer m.cluster.mu.Unlock()
	for id, n := range m.copies {
		if n != 0 {
			m.faults = append(m.faults, fmt.Errorf("task %s still runs", id))
		}
	}
	if m.twice != "" {
		m.faults = append(m.faults, fmt.Errorf("task %s ran twice at a time", m.twice))
		m.twice = ""
	}
	return errors.Join(m.faults...)
}

// expects tells whether Done has to come for any task.
func (m *machine) expects() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.expected) > 0
}

// happen lets a step happen.
func (m *machine) happen(i int, s step) {
	name := fmt.Sprintf("h%d", 1+s.a%len(m.workers))
	w := m.workers[name]
	switch s.what {
	case "run":
		m.give(fmt.Sprint("t", i), s)
	case "cancel":
		m.cancel(s.a)
	case "pass":
		m.wait([]time.Duration{time.Second, 10 * time.Second, time.Minute, 4 * time.Minute, 20 * time.Minute}[s.a%5])
	case "cut":
		m.faulty.Store(true)
		if _, cut := m.cutAt[name]; !cut {
			m.cutAt[name] = time.Now()
			m.network.Cut(name+":8091", true)
		}
	case "heal":
		m.heal(name)
	case "lose":
		m.faulty.Store(true)
		m.network.Lose(name+":8091", s.b%4, s.c%4)
	case "restart worker":
		restore := s.b%2 == 0
		if !restore {
			m.faulty.Store(true)
		}
		w.Restart(restore)
	case "restart runner":
		m.restart(s.b%2 == 0)
	case "repeat":
		w.Repeat()
	case "forget": // as the Overlord says that they are complete
		m.mu.Lock()
		for id := range m.jobs {
			if !m.active[id] {
				w.Forget(id)
			}
		}
		m.mu.Unlock()
	case "hide":
		m.hidden[name] = true
		m.show()
	case "show":
		delete(m.hidden, name)
		m.show()
	case "remove":
		if id := m.pick(m.active, s.b); id != "" && w.Lose(id) == nil {
			m.faulty.Store(true)
		}
	case "gap":
		w.SetGap(time.Duration(s.b) * 5 * time.Second)
	case "late": // but not for as long as what a former leader has sent is waited for
		m.late[name].is(time.Duration(s.b) * 5 * time.Second)
	}
}

// pick is one of the tasks of a set; empty if there is none.
func (m *machine) pick(set map[string]bool, n int) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	ids := slices.Sorted(maps.Keys(set))
	if len(ids) == 0 {
		return ""
	}
	return ids[n%len(ids)]
}

// give gives a new task to the runner.
func (m *machine) give(id string, s step) {
	d := []time.Duration{time.Second, time.Minute, 10 * time.Minute, 40 * time.Minute}[s.a%4]
	job := noop(id, d)
	if s.b == 0 {
		job = wide(id, d)
	}
	if s.c == 0 {
		job.JSON = strings.Replace(job.JSON, "{", `{"fails":true,`, 1)
	}
	m.mu.Lock()
	m.jobs[id], m.active[id], m.expected[id] = job, true, true
	m.mu.Unlock()
	m.mustRun(job)
}

func (m *machine) mustRun(a runner.Assignment) {
	if _, err := m.runner.Run(a); err != nil {
		m.fault("run %s: %w", a.ID(), err)
	}
}

// cancel gives up a task that is active, or was.
func (m *machine) cancel(n int) {
	all := map[string]bool{}
	m.mu.Lock()
	for id := range m.jobs {
		all[id] = true
	}
	m.mu.Unlock()
	id := m.pick(all, n)
	if id == "" {
		return
	}
	m.mu.Lock()
	delete(m.active, id)
	expected := m.expected[id] // later its Done may have come already
	m.mu.Unlock()
	running := m.runner.Cancel(id, errGivenUp)
	m.mu.Lock()
	defer m.mu.Unlock()
	if !running {
		delete(m.expected, id)
	} else if !expected {
		m.faults = append(m.faults, fmt.Errorf("task %s is said to be running, but had ended", id))
	}
}

// restart makes a new runner, which is given all active tasks at once, or later. Workers that it does not see come in time.
func (m *machine) restart(atOnce bool) {
	m.nodes = m.shown()
	m.begin()
	m.later, m.showAt = nil, time.Time{}
	if len(m.hidden) > 0 {
		m.showAt = time.Now().Add(m.settings.RecoveryDelay - 10*time.Second)
	}
	m.mu.Lock()
	clear(m.expected)
	var jobs []runnertest.Job
	for _, id := range slices.Sorted(maps.Keys(m.active)) {
		m.expected[id] = true
		jobs = append(jobs, m.jobs[id])
	}
	m.mu.Unlock()
	for _, j := range jobs {
		if atOnce {
			m.mustRun(old(j))
		} else {
			m.later = append(m.later, j.ID())
		}
	}
}

// catchUp does what had to be done later.
func (m *machine) catchUp() {
	if !m.showAt.IsZero() && !time.Now().Before(m.showAt) {
		m.showAt = time.Time{}
		clear(m.hidden)
		m.show()
	}
	if len(m.later) > 0 { // one by one
		id := m.later[0]
		m.later = m.later[1:]
		m.mu.Lock()
		active := m.active[id]
		m.mu.Unlock()
		if active {
			m.mustRun(old(m.jobs[id]))
		}
	}
}

func (m *machine) heal(name string) {
	if _, cut := m.cutAt[name]; cut {
		delete(m.cutAt, name)
		m.network.Cut(name+":8091", false)
	}
}

// show tells the runner which workers there are.
func (m *machine) show() {
	m.sees(m.shown())
}

func (m *machine) shown() (there []remote.Node) {
	for _, n := range m.all {
		if !m.hidden[n.IP] {
			there = append(there, n)
		}
	}
	return there
}

// wait lets time pass. Workers do not stay silent for too long.
func (m *machine) wait(d time.Duration) {
	for end := time.Now().Add(d); time.Now().Before(end); {
		limit := time.Minute
		if len(m.later) > 0 || !m.showAt.IsZero() {
			limit = 5 * time.Second
		}
		pass(min(time.Until(end), limit))
		m.catchUp()
		for name, at := range m.cutAt {
			if time.Since(at) >= longestCut {
				m.heal(name)
			}
		}
	}
}

func (m *machine) fault(format string, args ...any) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.faults = append(m.faults, fmt.Errorf(format, args...))
}

// Running is told of tasks that have not ended.
func (m *machine) Running(id string, _ druid.TaskLocation) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.expected[id] {
		m.faults = append(m.faults, fmt.Errorf("task %s is said to run, but is not expected to", id))
	}
}

// Done is told once, and the truth.
func (m *machine) Done(a runner.Assignment, r runner.Result) {
	m.mu.Lock()
	defer m.mu.Unlock()
	id, state := a.ID(), r.Status.State
	if !m.expected[id] {
		m.faults = append(m.faults, fmt.Errorf("Done has come for task %s, but was not expected", id))
	}
	cancelled := !m.active[id]
	delete(m.expected, id)
	delete(m.active, id)
	ran := false
	for _, w := range m.workers {
		if s, ended := w.Ran(id); ended && s == druid.Success {
			ran = true
		}
	}
	mayFail := m.faulty.Load() || cancelled || strings.Contains(m.jobs[id].JSON, "fails")
	switch {
	case state == druid.Success && !ran:
		m.faults = append(m.faults, fmt.Errorf("task %s is said to have succeeded, which it has not", id))
	case state == druid.Failed && !mayFail:
		m.faults = append(m.faults, fmt.Errorf("task %s is said to have failed: %s", id, r.Status.ErrorMsg))
	}
}
