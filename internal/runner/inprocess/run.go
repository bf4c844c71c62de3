package inprocess

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"sync"
	"time"

	"ovate/druid"
	"ovate/internal/disk"
	"ovate/internal/metadata"
	"ovate/internal/runner"
	"ovate/internal/span"
	"ovate/internal/task"
)

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

// perform is the goroutine of a run.
func (r *Runner) perform(ctx context.Context, at *run) {
	id := at.ID()
	defer at.cancel(nil)
	r.events.Running(id, r.options.Kit.Location)
	if r.options.Within != nil {
		ctx = r.options.Within(ctx, id)
	}
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
	trace := span.TraceID(ctx)
	if trace != "" {
		log = log.With("trace_id", trace)
	}
	tools, err := r.options.Kit.Open(at.ID(), at.Client(), func() { r.yield(at) })
	if err != nil {
		log.Error("task cannot begin", "error", err)
		return r.failed(at.ID(), err), err
	}
	if trace != "" {
		tools.Log = tools.Log.With("trace_id", trace)
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
