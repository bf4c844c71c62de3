package queue

import (
	"context"
	"fmt"
	"sync/atomic"

	"ovate/druid"
	"ovate/internal/action"
	"ovate/internal/lockbox"
	"ovate/internal/metadata"
	"ovate/internal/runner"
	"ovate/internal/task"
)

// entry is what is kept in memory of an active task: enough to list, lock and shut it down, but never its payload.
type entry struct {
	queue    *Queue
	id, typ  string
	identity action.Identity
	group    string // availability group
	slots    int
	// precedence is what goes before others that wait (task.KeyQueuePriority).
	precedence int
	created    druid.Instant
	rank       [3]int // in the rosters it is in, by which; 0 if it is not in one, 1 for the first

	where task.Place                // it is to run
	phase atomic.Pointer[phase]     // nil while it is arriving; see now and move
	fresh atomic.Pointer[task.Task] // the decoded task, between two steps that need it

	// unreadable is why nobody knows what the task is: its row cannot be decoded, and stays as it is. Such a task is shown, keeps its
	// locks, and waits until it is shut down or a program starts that can read it. Empty for all others.
	unreadable string
	// doomed is why a task that was read from the store cannot run; empty for all others.
	doomed string
	// suspicion is whether its runs may have ended the process.
	suspicion runner.Suspicion
	// locks are what the task was refused. They are written under the queue's mu by the one goroutine that decides on the data source.
	locks lockbox.Request

	// endings counts the writes under way that may end the task: above zero the store alone knows whether it is active.
	endings atomic.Int32
	// gate is held while the task is being written or ended, so that it ends once.
	gate gate
}

// ID is the task's id.
func (e *entry) ID() string { return e.id }

// Slots is the worker slots that the task takes.
func (e *entry) Slots() int { return e.slots }

// Precedence is what goes before others that wait.
func (e *entry) Precedence() int { return e.precedence }

// Suspicion tells whether its runs may have ended the process.
func (e *entry) Suspicion() runner.Suspicion { return e.suspicion }

// Place is where the task is to run.
func (e *entry) Place() task.Place { return e.where }

// Recovered tells whether the task was read from the store, as it was active before or another program has stored it.
func (e *entry) Recovered() bool { return e.identity.Recovered }

// Header is the task without its context.
func (e *entry) Header() druid.Task {
	return druid.Task{
		Type: e.typ, ID: e.id, GroupID: e.identity.GroupID, DataSource: e.identity.DataSource,
		Resource: druid.Resource{AvailabilityGroup: e.group, RequiredCapacity: e.slots},
	}
}

// Client acts for the task.
func (e *entry) Client() action.Client { return e.queue.box.For(e.identity) }

// Payload reads what is stored, until the store can or ctx ends.
func (e *entry) Payload(ctx context.Context) ([]byte, error) {
	for pauses := (metadata.Pauses{}); ; {
		row, err := e.queue.store.Task(ctx, e.id)
		switch {
		case err == nil:
			return row.Payload, nil
		case !metadata.IsTransient(err) || pauses.Wait(ctx) != nil:
			return nil, fmt.Errorf("read task[%s]: %w", e.id, err)
		}
	}
}

// Load decodes the stored payload, unless the task is at hand since it was submitted a moment ago.
func (e *entry) Load(ctx context.Context) (task.Task, error) {
	if t := e.fresh.Swap(nil); t != nil {
		return *t, nil
	}
	payload, err := e.Payload(ctx)
	if err != nil {
		return nil, err
	}
	if e.where == task.OnWorker {
		return task.DecodeRemote(payload, e.queue.now())
	}
	t, err := task.Decode(payload, e.queue.now())
	if err != nil {
		return nil, fmt.Errorf("the stored payload is no task that can run here: %w", err)
	}
	if task.Identity(t).Alone && !e.identity.Alone {
		return nil, fmt.Errorf("the stored payload says in two ways whether the task appends (spec.ioConfig.appendToExisting)")
	}
	return t, nil
}

// gate is a mutex for which one waits no longer than a context lasts. It takes memory once it is used.
type gate struct{ held atomic.Pointer[chan struct{}] }

func (g *gate) channel() chan struct{} {
	if c := g.held.Load(); c != nil {
		return *c
	}
	c := make(chan struct{}, 1)
	g.held.CompareAndSwap(nil, &c)
	return *g.held.Load()
}

// lock takes the gate, or returns the cause if ctx ends first.
func (g *gate) lock(ctx context.Context) error {
	select {
	case g.channel() <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (g *gate) unlock() { <-g.channel() }

// status is the task as lists show it.
func (e *entry) status(p *phase) druid.TaskStatusPlus {
	return druid.TaskStatusPlus{
		ID: e.id, GroupID: e.identity.GroupID, Type: e.typ, Created: e.created, QueueInserted: p.queued,
		State: druid.Running, Runner: p.runner, Duration: -1, Location: p.location, DataSource: e.identity.DataSource, ErrorMsg: e.unreadable,
	}
}
