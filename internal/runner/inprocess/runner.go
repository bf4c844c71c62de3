// Package inprocess runs tasks as goroutines of this process. It has a fixed number of slots; tasks that find none free wait by their
// precedence, then in the order in which they came, and the first of them is never passed by a smaller one.
package inprocess

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"

	"ovate/druid"
	"ovate/internal/runner"
	"ovate/internal/task"
)

// Options tell a runner what it is and what its tasks work with.
type Options struct {
	Kit *task.Kit
	// Worker is how this process presents itself; Running and LastCompleted are filled in by the runner.
	Worker runner.Worker
	// Within is the context in which a task runs, made of that of the runner; nil leaves that as it is.
	Within func(ctx context.Context, id string) context.Context
	Log    *slog.Logger
}

// Runner runs tasks in this process.
type Runner struct {
	options Options
	events  runner.Events
	base    context.Context
	cancel  context.CancelCauseFunc
	runs    sync.WaitGroup

	mu       sync.Mutex // guards everything below
	stopping bool
	used     int // slots
	pending  line
	suspects line // those of the pending that are suspected
	suspect  *run // the suspect that no other may run beside now; nil if there is none
	running  map[string]*run
	last     druid.Instant
}

// New makes a runner that does nothing yet.
func New(o Options) *Runner {
	return &Runner{options: o, running: map[string]*run{}}
}

// Start lets the runner begin. What earlier runs left in staging is removed.
func (r *Runner) Start(events runner.Events) error {
	if err := r.options.Kit.Clean(); err != nil {
		return err
	}
	r.events = events
	r.base, r.cancel = context.WithCancelCause(context.Background())
	r.last = druid.Now()
	return nil
}

// Stop cancels all runs with task.ErrStopped, of which the queue hears nothing, and waits for them.
func (r *Runner) Stop() {
	r.mu.Lock()
	r.stopping = true
	r.pending, r.suspects = line{}, line{}
	r.mu.Unlock()
	if r.cancel != nil { // it was started
		r.cancel(task.ErrStopped)
	}
	r.runs.Wait()
}

// Run takes a task: it starts at once if there is room, or waits for its turn. A task that could never have enough room
// is refused with a *runner.TooLarge. Once the runner stops, tasks are taken and forgotten.
func (r *Runner) Run(a runner.Assignment) (starts bool, err error) {
	if a.Slots() > r.options.Worker.Capacity {
		return false, &runner.TooLarge{ID: a.ID(), Required: a.Slots(), Available: r.options.Worker.Capacity}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stopping {
		return false, nil
	}
	if a.Suspicion() == runner.Trusted {
		r.pending.push(a)
	} else {
		r.suspects.push(a)
	}
	r.fill()
	return r.running[a.ID()] != nil, nil
}

// Cancel takes a task from the queue of pending ones, or ends its run: its slots are free when Cancel returns, and
// its context is cancelled with the cause. It tells whether the task was running, so that Done will come.
func (r *Runner) Cancel(id string, cause error) (running bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	at := r.running[id]
	if at == nil {
		r.pending.remove(id)
		r.suspects.remove(id)
	} else {
		at.cancelled = true
		r.release(at)
		at.cancel(cause)
	}
	r.fill()
	return at != nil
}

// Workers is this process alone.
func (r *Runner) Workers() []runner.Worker {
	w := r.options.Worker
	r.mu.Lock()
	defer r.mu.Unlock()
	w.LastCompleted = r.last
	w.Running = make([]druid.Task, 0, len(r.running))
	for _, at := range r.running {
		if !at.cancelled {
			w.Running = append(w.Running, at.Header())
		}
	}
	slices.SortFunc(w.Running, func(a, b druid.Task) int { return strings.Compare(a.ID, b.ID) })
	return []runner.Worker{w}
}

// Capacity is the slots of this process.
func (r *Runner) Capacity() runner.Capacity {
	r.mu.Lock()
	defer r.mu.Unlock()
	return runner.Capacity{Current: r.options.Worker.Capacity, Maximum: -1, Used: r.used}
}
