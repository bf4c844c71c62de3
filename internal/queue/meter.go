package queue

import (
	"context"
	"time"

	"ovate/druid"
	"ovate/internal/action"
)

// Meter hears of what happens to tasks, for figures of them. It is called from any goroutine, also while everybody waits for the queue: it must
// return quickly, and not call the queue.
type Meter interface {
	action.Meter
	// Moved tells that an active task of a data source is in another state: WAITING, PENDING or RUNNING. It is empty for a task that was not active
	// before, or is not any more.
	Moved(dataSource string, from, to druid.RunnerState)
	// Submitted tells that a task is in the store and is about to be queued, with the context of whoever has submitted it.
	Submitted(ctx context.Context, by action.Identity)
	// Left tells that a task that was queued is done with: its end is in the store, and nothing of it is at work any more.
	Left(by action.Identity)
	// Readied tells that a task, of which it is known since when it has waited, has all the locks that it needs, and how long it has waited for its turn.
	Readied(by action.Identity, waited time.Duration)
	// Began tells that a task has a worker, and how long it has waited for one.
	Began(by action.Identity, waited time.Duration)
}

// unmetered is a Meter for nobody.
type unmetered struct{ action.Meter }

func (unmetered) Moved(string, druid.RunnerState, druid.RunnerState) {}
func (unmetered) Submitted(context.Context, action.Identity)         {}
func (unmetered) Left(action.Identity)                               {}
func (unmetered) Readied(action.Identity, time.Duration)             {}
func (unmetered) Began(action.Identity, time.Duration)               {}
