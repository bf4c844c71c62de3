package queue

import (
	"context"
	"fmt"
	"sync"
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
	created  druid.Instant
	place    [3]int // in the rosters it is in, by which; 0 if it is not in one, 1 for the first place

	where task.Place                // it is to run
	phase atomic.Pointer[phase]     // nil until the task is in the store
	fresh atomic.Pointer[task.Task] // the decoded task, between two steps that need it

	// unreadable is why nobody knows what the task is: its row cannot be decoded, and stays as it is. Such a task is shown, keeps its
	// locks, and waits until it is shut down or a program starts that can read it. Empty for all others.
	unreadable string
	// doomed is why a task that was read from the store cannot run; empty for all others.
	doomed string
	// suspicion is whether its runs may have ended the process.
	suspicion runner.Suspicion
	// locks are what a waiting task was refused.
	locks lockbox.Request

	// endings counts the writes under way that may end the task: above zero the store alone knows whether it is active.
	endings atomic.Int32
	// gate is held while the task is being written or ended, so that it ends once.
	gate   gate
	giving bool      // it is being given to the runner at this moment; the queue's mu guards it
	ended  bool      // the end is in the store; gate guards it
	forget sync.Once // what an aborted task left pending is removed once
}

// phase is where a task is in its life. It is replaced, never changed, so that lists can read it without a lock.
type phase struct {
	runner   druid.RunnerState
	queued   druid.Instant // when it was given to the runner
	location druid.TaskLocation
	ended    bool // the task is in no list any more
}

// ID is the task's id.
func (e *entry) ID() string { return e.id }

// Slots is the worker slots that the task takes.
func (e *entry) Slots() int { return e.slots }

// Suspicion tells whether its runs may have ended the process.
func (e *entry) Suspicion() runner.Suspicion { return e.suspicion }

// Place is where the task is to run.
func (e *entry) Place() task.Place { return e.where }

// Recovered tells whether the task was read from the store, as it was active before.
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

// now is where the task is in its life: at its beginning, if it is not in the lists of the queue.
func (e *entry) now() *phase {
	if p := e.phase.Load(); p != nil {
		return p
	}
	return &waitingPhase
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

// roster lists entries in the order in which they came. Leaving costs the same wherever an entry stands.
type roster struct {
	which   which
	entries []*entry // nil where one has left
	gaps    int
}

// which tells the rosters apart that an entry may be in.
type which int

const (
	everyone which = iota // all active tasks
	siblings              // those of the data source
	waiters               // those of them that were refused a lock
)

func (r *roster) add(e *entry) {
	r.entries = append(r.entries, e)
	e.place[r.which] = len(r.entries)
}

// remove takes an entry out, if it is in.
func (r *roster) remove(e *entry) {
	at := e.place[r.which]
	if at == 0 {
		return
	}
	e.place[r.which] = 0
	r.entries[at-1] = nil
	r.gaps++
	if r.gaps <= len(r.entries)/2 {
		return
	}
	kept := make([]*entry, 0, len(r.entries)-r.gaps)
	for _, e := range r.entries {
		if e != nil {
			kept = append(kept, e)
			e.place[r.which] = len(kept)
		}
	}
	r.entries, r.gaps = kept, 0
}

func (r *roster) len() int { return len(r.entries) - r.gaps }

// snapshot copies the roster, gaps included, which is all that has to happen under a lock.
func (r *roster) snapshot() []*entry {
	return append(make([]*entry, 0, len(r.entries)), r.entries...)
}
