package supervisor

import (
	"slices"
	"sync"

	"ovate/druid"
)

// Stage is where a supervisor is in its life (docs/state_machine.md). Whoever gets another spec gets another life.
type Stage uint8

// The stages, in Druid's words.
const (
	Pending             Stage = iota // it was started, and has looked at nothing yet
	Running                          // it does what its spec says
	Idle                             // it runs, and there is nothing to do until something comes
	Suspended                        // its spec says that it rests: it makes no tasks, and sees those to their end that there are
	UnhealthySupervisor              // it cannot do what its spec says
	UnhealthyTasks                   // its tasks fail, one after the other
	Stopping                         // it is being ended, or has ended
)

// after are the stages that may follow one. Nothing follows the last.
var after = [...][]Stage{
	Pending:             {Running, Idle, Suspended, UnhealthySupervisor, Stopping},
	Running:             {Idle, UnhealthySupervisor, UnhealthyTasks, Stopping},
	Idle:                {Running, UnhealthySupervisor, Stopping},
	Suspended:           {UnhealthySupervisor, UnhealthyTasks, Stopping},
	UnhealthySupervisor: {Running, Idle, Suspended, UnhealthyTasks, Stopping},
	UnhealthyTasks:      {Running, Idle, Suspended, UnhealthySupervisor, Stopping},
	Stopping:            {},
}

var stageNames = [...]string{
	Pending: "PENDING", Running: "RUNNING", Idle: "IDLE", Suspended: "SUSPENDED", UnhealthySupervisor: "UNHEALTHY_SUPERVISOR", UnhealthyTasks: "UNHEALTHY_TASKS",
	Stopping: "STOPPING",
}

// String is Druid's word.
func (s Stage) String() string { return stageNames[s] }

// Healthy tells whether the supervisor can do what it is to do.
func (s Stage) Healthy() bool { return s != UnhealthySupervisor && s != UnhealthyTasks }

// MayFollow tells whether a supervisor goes from one stage to another.
func (s Stage) MayFollow(from Stage) bool { return slices.Contains(after[from], s) }

// State is how a supervisor is.
type State struct {
	Stage Stage
	// Detailed tells more of the stage in a word; empty if there is none.
	Detailed string
	// Why tells people, where it is not healthy.
	Why string
	// Recent is what has gone wrong lately, the oldest first, whether that has made it unhealthy or not.
	Recent []Mishap
}

// Mishap is something that has gone wrong.
type Mishap struct {
	At      druid.Instant
	Message string
	// Stream tells that it was the stream that could not be asked.
	Stream bool
}

// Thresholds are after how many runs of one kind in a row, or tasks, a supervisor counts as unhealthy, and then as healthy again; and how much of what has
// gone wrong it remembers. Druid has them as properties: druid.supervisor.unhealthinessThreshold and so on.
type Thresholds struct {
	Unhealthy, Healthy, TasksUnhealthy, TasksHealthy int
	Remembered                                       int
}

// Remember adds what has gone wrong to what is remembered, the oldest of which is forgotten.
func (t Thresholds) Remember(recent []Mishap, m Mishap) []Mishap {
	recent = append(recent, m)
	return slices.Delete(recent, 0, max(0, len(recent)-max(t.Remembered, 1)))
}

// DefaultThresholds are Druid's.
func DefaultThresholds() Thresholds {
	return Thresholds{Unhealthy: 3, Healthy: 3, TasksUnhealthy: 3, TasksHealthy: 3, Remembered: 3}
}

// Word is the detailed state, or the stage if there is none.
func (s State) Word() string {
	if s.Detailed != "" {
		return s.Detailed
	}
	return s.Stage.String()
}

// Life is how a supervisor is that runs. The zero Life is pending. It may be used from any goroutines.
type Life struct {
	mu  sync.Mutex
	now State
}

// State is how it is now.
func (l *Life) State() State {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.now
}

// Move brings it to another state, if the stage of that may follow the one in which it is or is that one, and tells whether it did.
func (l *Life) Move(to State) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if from := l.now.Stage; from == Stopping || to.Stage != from && !to.Stage.MayFollow(from) {
		return false
	}
	l.now = to
	return true
}
