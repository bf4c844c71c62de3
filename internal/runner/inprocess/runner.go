// Package inprocess runs tasks as goroutines of this process. It has a fixed number of slots; tasks that find none free wait in
// the order in which they came, and the first of them is never passed by a smaller one.
package inprocess

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"ovate/druid"
	"ovate/internal/disk"
	"ovate/internal/metadata"
	"ovate/internal/runner"
	"ovate/internal/task"
)

// Options tell a runner what it is and what its tasks work with.
type Options struct {
	Kit *task.Kit
	// Worker is how this process presents itself; Running and LastCompleted are filled in by the runner.
	Worker runner.Worker
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
	pending  fifo
	suspects fifo // those of the pending that are suspected
	suspect  *run // the suspect that no other may run beside now; nil if there is none
	running  map[string]*run
	last     druid.Instant
}

// run is a task that has its slots.
type run struct {
	runner.Assignment
	cancel    context.CancelCauseFunc
	cancelled bool
	free      bool        // its slots are given to others already
	watched   *time.Timer // until other suspects may run beside it; nil if it is trusted, or alone

	mu    sync.Mutex
	tools *task.Toolbox // nil until the task begins
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
	r.pending, r.suspects = fifo{}, fifo{}
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

// fill starts waiting tasks while there is room for the first of them.
func (r *Runner) fill() {
	for {
		queue := &r.pending
		if r.mayStart(r.suspects.first()) {
			queue = &r.suspects
		}
		next := queue.first()
		if next == nil || r.used+next.Slots() > r.options.Worker.Capacity {
			return
		}
		queue.pop()
		r.used += next.Slots()
		ctx, cancel := context.WithCancelCause(r.base)
		started := &run{Assignment: next, cancel: cancel}
		r.running[next.ID()] = started
		r.watch(started)
		r.runs.Go(func() { r.perform(ctx, started) })
	}
}

// suspectTime is how long a suspect runs before the next one may, too.
const suspectTime = 5 * time.Minute

// mayStart tells whether the first of the waiting suspects may run now.
func (r *Runner) mayStart(first runner.Assignment) bool {
	if first == nil || r.suspect != nil {
		return false
	}
	if first.Suspicion() == runner.SuspectAlone {
		for _, at := range r.running {
			if at.Suspicion() != runner.Trusted && !at.free {
				return false
			}
		}
	}
	return true
}

// watch keeps other suspects from starting beside a suspect that starts: for a while, or as long as it runs.
func (r *Runner) watch(started *run) {
	if started.Suspicion() == runner.Trusted {
		return
	}
	r.suspect = started
	if started.Suspicion() == runner.Suspect {
		started.watched = time.AfterFunc(suspectTime, func() { r.unwatch(started) })
	}
}

// unwatch lets the next suspect run.
func (r *Runner) unwatch(at *run) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.suspect == at && !r.stopping {
		r.suspect = nil
		r.fill()
	}
}

// Cancel takes a task from the queue of waiting ones, or ends its run: its slots are free when Cancel returns, and
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

// release frees the slots of a run. The caller holds mu.
func (r *Runner) release(at *run) {
	if !at.free {
		at.free = true
		r.used -= at.Slots()
	}
}

// yield gives the slots of a run to others while it goes on. It waits for what another task may have: that may be a suspect, too.
func (r *Runner) yield(at *run) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.release(at)
	if r.suspect == at {
		r.suspect = nil
	}
	r.fill()
}

// perform is the goroutine of a run.
func (r *Runner) perform(ctx context.Context, at *run) {
	id := at.ID()
	defer at.cancel(nil)
	r.events.Running(id, r.options.Kit.Location)
	var result runner.Result
	err := task.Protect(func() error {
		result = r.attempt(ctx, at)
		return nil
	})
	if err != nil {
		tellPanic(r.options.Log.With("task", id), err)
		result = r.failed(id, err)
	}

	r.mu.Lock()
	r.release(at)
	delete(r.running, id)
	if at.watched != nil {
		at.watched.Stop()
	}
	if r.suspect == at {
		r.suspect = nil
	}
	r.last = druid.Now()
	r.fill()
	r.mu.Unlock()

	if errors.Is(context.Cause(ctx), task.ErrStopped) && result.Status.State == druid.Failed {
		return // cut off, to run again after the next start
	}
	r.events.Done(at.Assignment, result)
}

// filesPatience is how long a task is tried again that finds no more files to be had: if it alone needs more than there are, that
// never passes.
const filesPatience = time.Hour

// attempt runs the task, and again from its beginning, as after a restart, while it fails because too many files are open.
func (r *Runner) attempt(ctx context.Context, at *run) runner.Result {
	begun := time.Now()
	for pauses := (metadata.Pauses{}); ; {
		result, err := r.once(ctx, at)
		if !disk.OutOfFiles(err) || result.Recorded || errors.Is(err, metadata.ErrOutcomeUnknown) || time.Since(begun) > filesPatience {
			return result
		}
		r.options.Log.Warn("too many files are open; the task runs again after a pause", "task", at.ID(), "error", err)
		if pauses.Wait(ctx) != nil {
			return result
		}
	}
}

// once opens a toolbox, runs the task with it, and tells how that ended.
func (r *Runner) once(ctx context.Context, at *run) (runner.Result, error) {
	log := r.options.Log.With("task", at.ID())
	tools, err := r.options.Kit.Open(at.ID(), at.Client(), func() { r.yield(at) })
	if err != nil {
		log.Error("task cannot begin", "error", err)
		return r.failed(at.ID(), err), err
	}
	at.mu.Lock()
	at.tools = tools
	at.mu.Unlock()
	err = task.Protect(func() error { return work(ctx, at, tools) })
	tellPanic(tools.Log, err)
	result := runner.Result{Status: tools.Status(err)}
	if ended := tools.Ended(); ended != nil {
		result = runner.Result{Status: *ended, Recorded: true}
	}
	tools.Log.Info("task ended", "status", result.Status.State, "milliseconds", result.Status.Duration, "error", result.Status.ErrorMsg)
	if err := tools.Close(); err != nil {
		log.Warn("task left something behind", "error", err)
	}
	if lost := tools.Lost(); lost != nil {
		log.Warn("task went on without all of its log and its report", "status", result.Status.State, "error", lost)
	}
	return result, err
}

// tellPanic logs the details of a panic, wherever in the task's work it was.
func tellPanic(log *slog.Logger, err error) {
	if fault, ok := errors.AsType[*task.PanicError](err); ok {
		log.Error("task panicked", "panic", fault.Value, "stack", fault.Stack)
	}
}

// failed is the result of a run that did not come to one of its own.
func (r *Runner) failed(id string, err error) runner.Result {
	return runner.Result{Status: druid.TaskStatus{
		ID: id, State: druid.Failed, Duration: -1, ErrorMsg: druid.TruncateErrorMsg(err.Error()), Location: r.options.Kit.Location,
	}}
}

// work loads and runs the task.
func work(ctx context.Context, at *run, tools *task.Toolbox) error {
	t, err := at.Load(ctx)
	if err != nil {
		return err
	}
	return t.Run(ctx, tools)
}

// Report is the live report of a running task; fs.ErrNotExist if it has none.
func (r *Runner) Report(_ context.Context, id string) (io.ReadCloser, error) {
	report := r.report(id)
	if report == nil {
		return nil, fmt.Errorf("report of task[%s], which has not ended: %w", id, fs.ErrNotExist)
	}
	return runner.Held(report), nil
}

func (r *Runner) report(id string) []byte {
	r.mu.Lock()
	at := r.running[id]
	r.mu.Unlock()
	if at == nil {
		return nil
	}
	at.mu.Lock()
	tools := at.tools
	at.mu.Unlock()
	if tools == nil {
		return nil
	}
	var report []byte
	err := task.Protect(func() error {
		report = tools.Report.Current()
		return nil
	})
	if err != nil {
		tellPanic(tools.Log, err)
		return nil // the task goes on, without a report while it runs
	}
	return report
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
