// Package queue leads tasks through their life: submitted and waiting for locks, pending until a worker has room,
// running, complete. What must survive a crash is in the store; the queue holds a small summary of each active task.
//
// A data source has a goroutine while there is something to decide in it: tasks that arrived, or a lock that was freed. Nothing polls, but what
// other programs may have written to the store is looked for from time to time. No mutex is held over I/O but those of a Start or Stop at work and
// of a task that is being written or ended.
package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"

	"ovate/druid"
	"ovate/internal/action"
	"ovate/internal/clock"
	"ovate/internal/gathering"
	"ovate/internal/lockbox"
	"ovate/internal/metadata"
	"ovate/internal/runner"
	"ovate/internal/runs"
	"ovate/internal/spec"
	"ovate/internal/task"
)

// ErrNotFound means that there is no task of that id.
var ErrNotFound = errors.New("no such task")

// Errors of a queue's life.
var (
	// ErrStarted: Start was called before.
	ErrStarted = errors.New("the queue was started already")
	// ErrStopped: the queue was stopped, or is about to be. Another one is made in its place.
	ErrStopped = errors.New("the queue was stopped")
)

// LeadLost tells of an error that what was asked did not come to pass as this server lost the lead, or is about to stop: another one may be asked.
func LeadLost(err error) bool {
	return errors.Is(err, metadata.ErrTermOver) || errors.Is(err, ErrStopped)
}

// Runner runs the tasks that the queue finds ready. Package runnertest fixes how.
type Runner interface {
	// Start lets the runner begin; it tells the queue of what happens.
	Start(events runner.Events) error
	// Stop ends all runs without telling of it, and waits for them.
	Stop()
	// Run takes a task that is ready, and tells whether it starts at once; or returns a *runner.TooLarge.
	Run(a runner.Assignment) (starts bool, err error)
	// Cancel gives up a task at once, and tells whether it was running: then Done will come.
	Cancel(id string, cause error) (running bool)
	// Report is the live report of a running task. The error is fs.ErrNotExist if there is none, and a *runner.Fault if whoever has it does
	// not answer, or not with one.
	Report(ctx context.Context, id string) (io.ReadCloser, error)
	Workers() []runner.Worker
	Capacity() runner.Capacity
}

// liveLogs is a runner whose tasks keep their logs where they run until they end.
type liveLogs interface {
	// Log is the log of a task from a byte on, or its last bytes if offset is negative. Errors are those of Report.
	Log(ctx context.Context, id string, offset int64) (io.ReadCloser, error)
}

// Logs reads what tasks leave. Errors are fs.ErrNotExist if a task has left none.
type Logs interface {
	// Append opens the log of a task to write at its end.
	Append(id string) (io.WriteCloser, error)
	Log(ctx context.Context, id string, offset int64) (io.ReadCloser, error)
	// Report reads what a task that has ended left as its report; some count only if it has succeeded.
	Report(ctx context.Context, id string, succeeded bool) (io.ReadCloser, error)
	// Ended tells that a task has ended, so that what it leaves may be put where it is to stay once nobody writes to it any more.
	Ended(id string)
}

// Runs remembers which runs the process did not survive. Package runs does.
type Runs interface {
	// Lost tells of the runs of a task that ended with an earlier process.
	Lost(id string) runs.Loss
	// Start tells that runs count from now on, after a Stop, too.
	Start() error
	Begin(id string) error
	End(id string) error
	// Stop tells that the runs that are cut off from now on are cut off on purpose.
	Stop() error
}

// Options are what a queue works with and by.
type Options struct {
	// Store has faults with types; metadata.Classified sees to that.
	Store  metadata.Store
	Runner Runner
	Logs   Logs
	Log    *slog.Logger
	// Clock tells the time; nil means one of the queue's own, by the machine's clock.
	Clock *clock.Clock
	// Storage, unless nil, tells why a segment cannot be published with its load spec.
	Storage action.Storage
	// Published is called after segments of a data source were published, and must return quickly; it may be nil.
	Published func(dataSource string, intervals []druid.Interval)
	// Supervisors answer tasks that read streams; nil where there are none.
	Supervisors action.Supervisors
	// Meter hears of what happens to tasks; it may be nil.
	Meter Meter
	// Within is the context of what a task does that runs elsewhere, made of that of the request in which it asks for it; nil leaves that as it is.
	Within func(ctx context.Context, id string) context.Context

	// Places are where the runner has tasks run. On Druid's own workers those of all kinds do, and their JSON is handed on as it came.
	Places task.Places
	// Runs, unless nil, counts the runs in this process, which end with it; MaxLostRuns is how many a task may lose before it fails.
	// 0 means no limit.
	Runs        Runs
	MaxLostRuns int
	// MaxSize is the most active tasks; 0 means no limit.
	MaxSize int
	// MaxPayload is the most bytes of a task's JSON; 0 means no limit.
	MaxPayload int64
	// ForceTimeChunkLock and DefaultContext go into the context of each task that does not say otherwise.
	ForceTimeChunkLock bool
	DefaultContext     map[string]json.RawMessage
	// SyncRate is how often the queue looks what other programs have written to the store; 0 is never.
	SyncRate time.Duration
	// Limits is what the specs of tasks may ask for.
	Limits spec.Limits
	// RecentlyFinished is how long after its submission a complete task is listed, unless the list asks for a span
	// of time itself; 0 means for ever.
	RecentlyFinished time.Duration
}

// Queue holds the active tasks. Make one with New, let it run with Start, end it with Stop: once each, in any order, from any goroutines.
type Queue struct {
	options     Options
	store       metadata.Store
	runner      Runner
	clock       *clock.Clock
	now         func() druid.Instant // the clock's
	settler     *metadata.Settler
	locks       *lockbox.Lockbox
	box         *action.Box
	meter       Meter
	submissions *gathering.Gathering[submission]
	large       *semaphore.Weighted // one large task is shut down at a time
	behind      atomic.Int64        // how far the machine's clock is behind, as far as the log was told

	turn    sync.Mutex // held by the Start or Stop at work
	started bool       // turn guards it

	halted context.Context // ends when the queue begins to stop
	halt   context.CancelFunc
	base   context.Context // ends when the queue has stopped its runs
	cancel context.CancelFunc
	work   sync.WaitGroup // begun under mu, and not once the queue stops

	mu        sync.Mutex // guards everything below; never held over I/O
	stopping  bool
	tasks     map[string]*entry // those on their way into the store, too
	all       roster
	sources   map[string]*dataSource
	aborted   map[*entry]bool        // being or having been shut down, but perhaps still at work: the segment ids they have reserved are theirs
	followers map[string][]*Follower // by the data source that they follow; of all, by none
}

// New makes a queue that does nothing yet.
func New(o Options) *Queue {
	if o.Clock == nil {
		o.Clock = clock.New(druid.Now)
	}
	q := &Queue{
		options: o, store: o.Store, runner: o.Runner, clock: o.Clock, now: o.Clock.Now,
		tasks: map[string]*entry{}, all: roster{which: everyone}, sources: map[string]*dataSource{}, aborted: map[*entry]bool{},
		followers: map[string][]*Follower{}, meter: unmetered{}, large: semaphore.NewWeighted(1),
	}
	q.halted, q.halt = context.WithCancel(context.Background())
	q.base, q.cancel = context.WithCancel(context.Background())
	q.submissions = gathering.New(q.submitTogether)
	q.settler = metadata.NewSettler(q.base)
	q.locks = lockbox.New(o.Store, o.Clock.Now, q.lockFreed)
	q.locks.SettleBy(q.settler, o.Log)
	q.box = action.NewBox(action.Options{
		Store: o.Store, Locks: q.locks, Now: o.Clock.Now, Log: o.Log, Watch: q.mayEnd, Storage: o.Storage, Published: o.Published,
		Supervisors: o.Supervisors,
	})
	if o.Meter != nil {
		q.meter, q.box.Meter = o.Meter, o.Meter
	}
	return q
}

// Now is the time by which tasks are put in order. It never goes back.
func (q *Queue) Now() druid.Instant { return q.now() }

// tellClock tells the log of a machine's clock that was set back.
func (q *Queue) tellClock() {
	const worthTelling = time.Minute
	behind, told := q.clock.Behind(), q.behind.Load()
	if behind-time.Duration(told) >= worthTelling && q.behind.CompareAndSwap(told, int64(behind)) {
		q.options.Log.Warn("the machine's clock was set back: it is behind the newest tasks. The times of tasks and segments go on from these until it has"+
			" caught up, or the server starts again", "behind", behind)
	}
}

// Locks holds the locks of all active tasks.
func (q *Queue) Locks() *lockbox.Lockbox { return q.locks }

// Workers describes every worker as it is now.
func (q *Queue) Workers() []runner.Worker { return q.runner.Workers() }

// Capacity is the worker slots of all workers together.
func (q *Queue) Capacity() runner.Capacity { return q.runner.Capacity() }

// Start reads the active tasks and their locks, and lets them run again. When it returns every task is known. A second Start gives
// ErrStarted, one after Stop ErrStopped; so does one that Stop comes upon. After an error there is nothing but Stop.
func (q *Queue) Start(ctx context.Context) error {
	q.turn.Lock()
	defer q.turn.Unlock()
	switch {
	case q.halted.Err() != nil:
		return ErrStopped
	case q.started:
		return ErrStarted
	}
	q.started = true
	q.noteRun(Runs.Start)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(q.halted, func() { cancel(ErrStopped) })()
	err := ctx.Err()
	if err == nil {
		err = q.recover(ctx)
	}
	if err != nil {
		if q.halted.Err() != nil {
			return ErrStopped
		}
		return fmt.Errorf("recover the active tasks: %w", err)
	}
	if err := q.runner.Start(q); err != nil {
		return fmt.Errorf("start the runner: %w", err)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.stopping {
		return ErrStopped
	}
	for _, s := range q.sources {
		q.attend(s)
	}
	q.work.Go(q.freeLeft)
	if q.options.SyncRate > 0 {
		q.work.Go(q.syncs)
	}
	return nil
}

// AboutToStop tells that Stop is called soon, and that the process may end then: a run that it cuts off does not count against its task,
// even if somebody loses patience before Stop is called.
func (q *Queue) AboutToStop() { q.noteRun(Runs.Stop) }

// Stop cancels what runs, and waits for it; a Start at work gives up. Active tasks stay active, and run again after the next Start of
// another queue. When Stop returns, whoever called it, nothing of the queue runs any more; calls from others may still come, and do not
// begin anything.
func (q *Queue) Stop() {
	q.mu.Lock()
	q.stopping = true
	q.mu.Unlock()
	q.halt()
	q.turn.Lock()
	defer q.turn.Unlock()
	if q.base.Err() != nil {
		return // another Stop has done it
	}
	if q.started {
		q.noteRun(Runs.Stop)
	}
	// What ends at this moment is still written, unless the store does not answer.
	late := time.AfterFunc(stopPatience, q.cancel)
	q.runner.Stop()
	late.Stop()
	q.cancel()
	q.settler.Stop()
	q.work.Wait()
}

// stopPatience is how long Stop waits for a store that does not answer. What it does not write is done again after the next start.
const stopPatience = 5 * time.Second
