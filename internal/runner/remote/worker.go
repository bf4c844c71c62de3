package remote

import (
	"context"
	"fmt"
	"maps"
	"time"

	"ovate/druid"
	"ovate/internal/runner"
	"ovate/internal/task"
)

// worker is what is known of one worker. The runner's mu guards it.
type worker struct {
	Node
	there bool               // the discovery shows it
	went  time.Time          // when it did last
	life  context.Context    // ends when it is forgotten
	leave context.CancelFunc // ends life
	wake  chan struct{}      // to ask it at once
	since *counter           // how far it has told; nil if it is to tell all
	anew  bool               // it is to tell all, whatever it answers to what it was asked before
	cut   context.CancelFunc // ends the question that it is asked

	heard    bool      // it has told what it runs
	failing  time.Time // since when it gives no answer; zero if it does
	refused  time.Time // when it was asked last while nobody listened there
	told     bool      // the log tells of it as an error
	lost     bool      // it has given no answer for so long that its tasks have failed
	disabled bool      // it wants no tasks
	doubtful bool      // it did not take a task: until its next answer it gets no other

	running map[string]*announcement // by id
	ended   map[string]*ending       // until the worker forgets them
	sending *run                     // what it was sent and has not announced
	killing map[string]chan struct{} // the tasks it is told to end, and what has it told again at once
	judging bool                     // somebody finds out about the tasks that nobody has asked for

	failures      int       // how many tasks have failed in a row
	blacklisted   time.Time // until when it gets no tasks, for that; zero if it does
	lastCompleted druid.Instant
	load          *Load // what it is busy with; nil while nobody has asked since that changed
}

// ending is the end of a task, as its worker has told it.
type ending struct {
	*announcement
	claimed bool // the queue knows of it, or will never ask
}

// newWorker begins to follow a worker. The caller holds mu.
func (r *Runner) newWorker(n Node) *worker {
	w := &worker{
		Node: n, wake: make(chan struct{}, 1), cut: func() {}, lastCompleted: druid.Now(),
		running: map[string]*announcement{}, ended: map[string]*ending{}, killing: map[string]chan struct{}{},
	}
	w.life, w.leave = context.WithCancel(r.base)
	r.workers[n.Host] = w
	r.begin(func() { r.follow(w) })
	return w
}

// wakeUp ends a pause between two questions.
func (w *worker) wakeUp() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// usable tells whether the worker can be sent tasks, now or as soon as it has announced the last.
func (w *worker) usable() bool {
	return w.there && w.heard && w.failing.IsZero() && !w.disabled && !w.doubtful && w.blacklisted.IsZero()
}

// busy is what a worker is busy with: what it says, and what it was sent. The caller holds mu.
func (r *Runner) busy(w *worker) Load {
	if w.load == nil {
		w.load = &Load{}
		for _, a := range w.running {
			w.load.add(demand(r.header(a)))
		}
		if w.sending != nil && w.running[w.sending.ID()] == nil {
			w.load.add(w.sending.demand())
		}
	}
	return *w.load
}

// header is what is known of a task that a worker announces: more if it was asked for. The caller holds mu.
func (r *Runner) header(a *announcement) druid.Task {
	if at := r.runs[a.ID]; at != nil {
		return at.header()
	}
	return druid.Task{Type: a.Type, ID: a.ID, DataSource: a.DataSource, Resource: a.Resource}
}

// forgetIdle forgets a worker that is not there any more, once it runs nothing and nothing of what it has told, or may tell, is of use. The
// caller holds mu.
func (r *Runner) forgetIdle(w *worker) {
	switch {
	case w.there || len(w.running) > 0 || w.sending != nil || r.workers[w.Host] != w:
	case !r.recovery.over || r.recovery.awaited[w.Host] == w:
	case r.endsUnclaimed(w):
		r.judgeUnclaimed(w)
	default:
		delete(r.workers, w.Host)
		w.leave()
	}
}

// endsUnclaimed tells whether a worker has ended tasks that the queue may still give to the runner. The caller holds mu.
func (r *Runner) endsUnclaimed(w *worker) bool {
	for id, e := range w.ended {
		if !e.claimed && r.runs[id] == nil {
			return true
		}
	}
	return false
}

// failed notes that a worker gave no answer, or a wrong one. If that was so for long enough its tasks have failed. The caller holds mu.
func (r *Runner) failed(w *worker, cause error) {
	if w.failing.IsZero() {
		w.failing = time.Now()
		r.options.Log.Warn("a worker does not answer; it gets no tasks until it does", "worker", w.Host, "error", cause)
	}
	silence := time.Since(w.failing)
	if silence >= r.options.Settings.ServerUnstabilityTimeout && !w.told {
		w.told = true
		r.options.Log.Error("a worker has not answered for long", "worker", w.Host, "for", silence, "tasks", len(w.running), "error", cause)
	}
	if silence >= r.options.Settings.TaskCleanupTimeout && !w.lost {
		r.lose(w)
	}
}

// answered notes that a worker gave an answer. The caller holds mu.
func (r *Runner) answered(w *worker) {
	if !w.failing.IsZero() {
		r.options.Log.Info("a worker answers again", "worker", w.Host, "after", time.Since(w.failing))
	}
	w.failing, w.told, w.doubtful = time.Time{}, false, false
}

// lose gives up a worker's tasks. Should it run them still, and answer again, it is told to end them. The caller holds mu.
func (r *Runner) lose(w *worker) {
	if len(w.running) > 0 || w.sending != nil {
		r.options.Log.Error("the tasks of a worker fail, as it gives no answer", "worker", w.Host, "since", w.failing, "tasks", len(w.running))
	}
	w.lost, w.heard, w.load = true, false, nil
	clear(w.running)
	maps.DeleteFunc(w.ended, func(_ string, e *ending) bool { return e.claimed }) // an end that was told stays one
	r.settles(w)
	for _, at := range r.runs {
		if at.worker == w {
			r.finish(at, at.failure(fmt.Errorf("the worker[%s] that ran this task has given no answer for %s (druid.indexer.runner.taskCleanupTimeout)",
				w.Host, r.options.Settings.TaskCleanupTimeout)), false)
		}
	}
	r.forgetIdle(w)
}

// demand is what a task asks of a worker.
func demand(h druid.Task) Demand {
	return Demand{
		Type: h.Type, DataSource: h.DataSource, Group: h.Resource.AvailabilityGroup, Slots: h.Resource.RequiredCapacity,
		Parallel: task.KindOf(h.Type).Parallel,
	}
}

// Enable lets a worker take tasks again.
func (r *Runner) Enable(ctx context.Context, host string) error { return r.order(ctx, host, "enable") }

// Disable has a worker take no more tasks; those it has go on.
func (r *Runner) Disable(ctx context.Context, host string) error {
	return r.order(ctx, host, "disable")
}

// order has a worker do something to itself, which it then announces.
func (r *Runner) order(ctx context.Context, host, what string) error {
	r.mu.Lock()
	w := r.workers[host]
	var n Node
	if w != nil {
		n = w.Node
	}
	r.mu.Unlock()
	if w == nil {
		return fmt.Errorf("worker[%s]: %w", host, runner.ErrNoWorker)
	}
	if err := r.calls.tell(ctx, r.options.Settings.ShutdownRequestHTTPTimeout, n.url("/druid/worker/v1/"+what), nil); err != nil {
		return fmt.Errorf("%s worker[%s]: %w", what, host, fault(ctx, fmt.Sprintf("the worker[%s]", host), err))
	}
	return nil
}
