// Package remote runs tasks on Druid's own workers, MiddleManagers and Indexers, over their HTTP protocol.
//
// A worker outlives this process, and its tasks do, too. What a worker says it runs is therefore the truth, and the runner's memory
// is made of it anew at each start: one long poll a worker brings a snapshot and then each change. A task given to the runner that
// a worker runs already is attached to that run. One that nobody runs waits in a line and is sent to the worker that the
// Selection chooses; it runs once the worker says so. Stop lets go of everything and leaves it running.
//
// Nothing but the workers' own words ends a run, apart from these decisions, which are Druid's: a task that its worker does
// not announce within TaskAssignmentTimeout has failed, and so have the tasks of a worker that gives no answer for TaskCleanupTimeout.
// Until then no other worker gets the task, as it may run where nobody can look. The store refuses what such a task still wants to
// publish.
//
// Requests and answers are JSON: a task's payload is sent as it is stored.
package remote

import (
	"container/list"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"ovate/internal/clock"
	"ovate/internal/request"
	"ovate/internal/runner"
)

// Options tell a runner where its workers are and how it deals with them.
type Options struct {
	Discovery Discovery
	Settings  Settings
	Selection Selection
	// Largest is the capacity of the largest worker there will be: a task that takes more is refused. 0 means that nobody can know.
	Largest int
	// Active tells whether a task that a worker runs, and that nobody has asked for, is active; it is shut down if not. nil means that
	// nobody can tell: such tasks go on.
	Active func(ctx context.Context, id string) (bool, error)
	// Discovered, unless nil, is told of tasks that workers run of which nobody knows.
	Discovered func(id string)
	// Local, unless nil, is given the tasks that are to run in this process, once it is sure that no worker runs them. It must not call the
	// runner, and not wait.
	Local func(runner.Assignment)
	// Leads, unless nil, tells whether the runner may still act. It is asked right before a worker is told anything: whoever leads next tells
	// the same workers what to do. What is on its way then cannot be called back.
	Leads func() bool
	// Leftovers, unless nil, is called from time to time; then Active must be set.
	Leftovers Leftovers
	// Within is the context in which a worker is told of a task, made of that of the runner; nil leaves that as it is.
	Within func(ctx context.Context, id string) context.Context
	// HTTP talks to workers and tasks; nil means a client of the runner's own. It must not have a timeout, as requests have theirs,
	// nor follow redirects.
	HTTP *http.Client
	Log  *slog.Logger
}

// Runner is a queue.Runner.
type Runner struct {
	options Options
	calls   calls
	events  runner.Events

	base    context.Context // ends when the runner begins to stop
	halt    context.CancelFunc
	sending context.Context // ends a little later: a task on its way to a worker arrives or does not, but soon
	cut     context.CancelFunc
	work    sync.WaitGroup // begun under mu, and not once the runner stops

	mu        sync.Mutex // guards everything below, and what runs and workers hold
	stopping  bool
	selection Selection
	seen      bool // it is known which workers there are
	recovery  recovery
	workers   map[string]*worker
	runs      map[string]*run // that were given to the runner and have not ended
	pending   pendingRuns
}

// New makes a runner that does nothing yet.
func New(o Options) *Runner {
	if o.HTTP == nil {
		o.HTTP = request.NewClient(request.Outgoing{})
	}
	if o.Leads == nil {
		o.Leads = func() bool { return true }
	}
	if o.Within == nil {
		o.Within = func(ctx context.Context, _ string) context.Context { return ctx }
	}
	r := &Runner{
		options: o, calls: calls{http: o.HTTP, settings: o.Settings}, selection: o.Selection.ready(),
		workers: map[string]*worker{}, runs: map[string]*run{}, pending: pendingRuns{lines: map[line]*list.List{}},
		recovery: recovery{awaited: map[string]*worker{}},
	}
	r.base, r.halt = context.WithCancel(context.Background())
	r.sending, r.cut = context.WithCancel(context.Background())
	r.recovery.heard, r.recovery.hear = context.WithCancel(r.base)
	return r
}

// errStopped is what Start says after Stop.
var errStopped = errors.New("the runner was stopped")

// Start lets the runner look for its workers.
func (r *Runner) Start(events runner.Events) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stopping {
		return errStopped
	}
	r.events = events
	r.work.Go(func() { r.options.Discovery.Watch(r.base, r.see) })
	r.work.Go(func() {
		clock.Pause(r.base, hearing)
		r.recovery.hear()
	})
	if r.options.Leftovers != nil {
		r.work.Go(r.sweep)
	}
	return nil
}

// sendPatience is how long Stop waits for the answer to a task that is just being sent to its worker.
const sendPatience = 3 * time.Second

// Stop lets go of all runs, which go on, and of which the queue hears nothing more.
func (r *Runner) Stop() {
	r.mu.Lock()
	r.stopping = true
	r.mu.Unlock()
	r.halt()
	late := time.AfterFunc(sendPatience, r.cut)
	r.work.Wait()
	late.Stop()
	r.cut()
	r.options.HTTP.CloseIdleConnections()
}

// begin starts a goroutine that Stop waits for. The caller holds mu.
func (r *Runner) begin(work func()) {
	if !r.stopping {
		r.work.Go(work)
	}
}

// change does something with what mu guards, and then gives tasks to workers that have room, unless the runner stops.
func (r *Runner) change(what func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stopping {
		return
	}
	what()
	r.assign()
}

// Select sets how workers are chosen from now on.
func (r *Runner) Select(s Selection) { r.change(func() { r.selection = s.ready() }) }
