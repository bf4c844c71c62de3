// Package runner holds what a queue and the runners of its tasks tell each other. Each kind of runner has a package of
// its own; runnertest fixes what they all must do.
package runner

import (
	"context"
	"errors"
	"fmt"

	"ovate/druid"
	"ovate/internal/action"
	"ovate/internal/task"
)

// Assignment is a task that is ready to run. It is small: many may wait.
type Assignment interface {
	ID() string
	// Slots is how many worker slots it takes.
	Slots() int
	// Precedence is what goes before others that wait: higher numbers first, and those with the same in the order in which they came.
	Precedence() int
	// Header tells type, id and resource; the rest may be missing.
	Header() druid.Task
	// Suspicion tells beside whom the task may run.
	Suspicion() Suspicion
	// Place is where the task is to run.
	Place() task.Place
	// Recovered tells whether the task was read from the store, as it was active before the queue was started or another program has stored it: a
	// worker may run it.
	Recovered() bool
	// Client acts for the task.
	Client() action.Client
	// Payload is the task as it is stored, byte for byte, for runners that hand it on.
	Payload(ctx context.Context) ([]byte, error)
	// Load makes the task from what is stored, for runners that do its work themselves.
	Load(ctx context.Context) (task.Task, error)
}

// Suspicion is whether a task may be the one that ended the process: earlier runs of it ended with the process.
type Suspicion int

// A suspect runs beside tasks that are not suspected, but not when another suspect's run has begun a short while before: should the
// process end again, it is clear whose doing it was. A suspect that has to be alone runs beside no other suspect at all.
const (
	Trusted Suspicion = iota
	Suspect
	SuspectAlone
)

// Result is how a run ended.
type Result struct {
	Status druid.TaskStatus
	// Recorded tells that the store has the status already, written together with what the task published.
	Recorded bool
}

// Events is what a runner tells the queue, from any goroutine and without locks of its own.
type Events interface {
	// Running tells that the task has a worker. It comes again when it becomes known where the task runs, or that changes.
	Running(id string, location druid.TaskLocation)
	// Done tells that the run has ended and touches nothing any more. It comes once after the first Running, even if
	// the run was cancelled, unless the runner is stopping.
	Done(a Assignment, r Result)
}

// TooLarge is the error for a task that takes more slots than all workers have together.
type TooLarge struct {
	ID                  string
	Required, Available int
}

// Error names both numbers and where they come from.
func (e *TooLarge) Error() string {
	return fmt.Sprintf("task[%s] requires %d worker slots (resource.requiredCapacity), but there are only %d (druid.worker.capacity)",
		e.ID, e.Required, e.Available)
}

// ErrConfig is a worker config by which workers cannot be chosen.
var ErrConfig = errors.New("the worker config cannot be used")

// Worker is a process that runs tasks, and what it does now.
type Worker struct {
	Scheme, Host, IP string // Host with its port
	Capacity         int    // slots
	Version          string
	Category         string

	Running       []druid.Task  // their headers
	LastCompleted druid.Instant // when the last task ended, or the worker came
	// BlacklistedUntil is when it gets tasks again, if it gets none now as too many have failed there; 0 if it does.
	BlacklistedUntil druid.Instant
}

// Capacity is the worker slots of all workers together.
type Capacity struct {
	Current int
	Maximum int // with those that could be added; -1 if none can
	Used    int
}
