// Package engine is what an Overlord is while it leads: the queue of tasks with its locks and actions, how workers are chosen, what is to be
// compacted, the supervisors, the marking of segments, the search for orphans, and the duties of retention. An engine lives for
// one term of leadership; a Holder makes one each time the lead is gained. What outlives a term (the store, deep storage, logs, the listener) is handed to it.
package engine

import (
	"context"
	"encoding/json"
	"log/slog"

	"ovate/druid"
	"ovate/internal/action"
	"ovate/internal/clock"
	"ovate/internal/compaction"
	"ovate/internal/compaction/scheduler"
	"ovate/internal/configrow"
	"ovate/internal/datasource"
	"ovate/internal/deepstorage"
	"ovate/internal/label"
	"ovate/internal/leadership"
	"ovate/internal/metadata"
	"ovate/internal/orphans"
	"ovate/internal/queue"
	"ovate/internal/retention"
	"ovate/internal/submission"
	"ovate/internal/supervisor"
	"ovate/internal/supervisor/autocompact"
	"ovate/internal/task"
	"ovate/internal/webhook"
)

// Storage is deep storage, as the leader works on it.
type Storage interface {
	action.Storage
	datasource.Files
	retention.Storage
	deepstorage.Places
	deepstorage.Storage
}

// fenced is a deep storage from which nothing is removed once the term is over: whoever leads then may need it.
type fenced struct {
	deepstorage.Storage
	term *metadata.Term
}

// Delete implements deepstorage.Storage.
func (f fenced) Delete(ctx context.Context, loadSpec json.RawMessage) error {
	return f.term.Do(ctx, func(ctx context.Context) error { return f.Storage.Delete(ctx, loadSpec) })
}

// Logs is where tasks leave logs and reports.
type Logs interface {
	queue.Logs
	retention.Logs
}

// Options are what an engine works with and by. All but the runner outlives it.
type Options struct {
	Store metadata.Store
	// Lead is what the engine lives for: nothing that it does is stored once this has ended.
	Lead    *leadership.Lead
	Storage Storage
	Logs    Logs
	Log     *slog.Logger
	// Runner makes the runner of this engine. What its tasks remove they remove from storage: nothing once the term is over. A runner that tells
	// other processes what to do asks leads before it does, which tells whether the term lasts.
	Runner func(storage deepstorage.Storage, leads func() bool) queue.Runner
	// Kinds are how supervisors run, beside those that compact.
	Kinds []supervisor.Kind
	// Supervised is told what supervisors do; nil: nobody is.
	Supervised Meter
	// Thresholds are by what supervisors that compact count as healthy; Druid's if there are none.
	Thresholds supervisor.Thresholds
	// Queue is by which rules tasks are taken; what is above goes into it.
	Queue queue.Options
	// MayRead refuses tasks of submissions that ask for input which they may not read; nil refuses none.
	MayRead func(task.Task) error
	// AllowPrivateHooks tells that webhooks may be in private networks.
	AllowPrivateHooks bool
	// Retention is by which rules old things go.
	Retention retention.Rules
}

// Meter is told what supervisors do, and what is submitted to be compacted by them.
type Meter interface {
	supervisor.Meter
	// Compacts tells of each task that compacts a data source.
	Compacts(dataSource string)
}

// Engine is one term of leadership. Make it with New, let it run with Start, end it with Stop: once each, in any order, from any
// goroutines.
type Engine struct {
	term      *metadata.Term
	settler   *metadata.Settler
	queue     *queue.Queue
	segments  *Segments
	orphans   *orphans.Finder
	retention *retention.Retention
	compact   *Compaction
	workers   *WorkerRule // nil if tasks run in this process
	log       *slog.Logger

	supervisors *supervisor.Manager
	submissions *submission.Submissions
	hooks       *webhook.Hooks
}

// New makes an engine of which nothing runs yet.
func New(o Options) *Engine {
	hooks := webhook.New(webhook.Options{AllowPrivate: o.AllowPrivateHooks, Log: o.Log})
	e := &Engine{term: metadata.NewTerm(o.Lead.Lasts, metadata.Watched(metadata.Classified(o.Store), label.Index{}, hooks), o.Lead.Epoch), hooks: hooks}
	// What the engine writes has times that never go back. What is done to things by their age (files and logs, which have the machine's
	// times, and what retention removes) goes by the machine's clock, which is never ahead of that: what is of an uncertain age stays.
	c := clock.New(druid.Now)
	tasks := o.Queue
	tasks.Store, tasks.Logs, tasks.Log, tasks.Runner, tasks.Clock = e.term, o.Logs, o.Log, o.Runner(fenced{o.Storage, e.term}, e.term.Lasts), c
	compacts := &Compaction{}
	e.compact, e.settler = compacts, e.term.Settler()
	compacts.config = compaction.New(e.term, e.settler, c.Now)
	compacting := scheduler.Options{Config: compacts.config, Store: e.term, Now: c.Now, Log: o.Log, Workers: tasks.Places.Workers, Thresholds: o.Thresholds}
	supervised := supervisor.Options{Store: e.term, Now: c.Now, Log: o.Log}
	if o.Supervised != nil {
		compacting.Submitted, supervised.Meter = o.Supervised.Compacts, o.Supervised
	}
	compacts.scheduler = scheduler.New(compacting)
	supervised.Kinds = append([]supervisor.Kind{autocompact.Kind(compacts.scheduler)}, o.Kinds...)
	e.supervisors = supervisor.New(supervised)
	compacts.configs = autocompact.Configs{Supervisors: e.supervisors}
	tasks.Storage, tasks.Supervisors = o.Storage, e.supervisors
	tasks.Published = func(dataSource string, intervals []druid.Interval) {
		e.retention.Published(dataSource, intervals)
		compacts.scheduler.Changed(dataSource, intervals)
	}
	e.queue = queue.New(tasks)
	e.submissions = submission.New(submission.Options{Store: e.term, Log: o.Log, Places: o.Queue.Places, MayRead: o.MayRead})
	e.log = o.Log
	if w, ok := tasks.Runner.(Workers); ok {
		e.workers = &WorkerRule{Workers: w, term: e.term, rule: configrow.New(e.term, e.settler, c.Now, workerConfig)}
	}
	e.segments = &Segments{datasource.New(e.term, c.Now, o.Storage), compacts.scheduler.Changed}
	e.orphans = orphans.New(e.term, o.Storage, e.queue, druid.Now, c.Behind)
	e.retention = retention.New(retention.Options{
		Store: e.term, Logs: o.Logs, Tasks: e.queue, Segments: e.segments, Storage: o.Storage, Orphans: e.orphans, Log: o.Log, Rules: o.Retention,
	})
	return e
}

// Queue leads the tasks.
func (e *Engine) Queue() *queue.Queue { return e.queue }

// Segments marks segments as used and unused.
func (e *Engine) Segments() *Segments { return e.segments }

// Compaction is what is to be compacted by itself.
func (e *Engine) Compaction() *Compaction { return e.compact }

// Supervisors are those that are stored, of which it has those run that can be run here.
func (e *Engine) Supervisors() *supervisor.Manager { return e.supervisors }

// Submissions are what is to become a task when its time comes.
func (e *Engine) Submissions() *submission.Submissions { return e.submissions }

// Hooks are told of what becomes of tasks.
func (e *Engine) Hooks() *webhook.Hooks { return e.hooks }

// Labels find tasks by their labels.
func (e *Engine) Labels() label.Index { return label.Index{Store: e.term} }

// Start begins the term in the store, recovers the tasks that are active, and lets them, the supervisors and the duties run. A Stop ends it at any point;
// after an error there is nothing but Stop.
func (e *Engine) Start(ctx context.Context) error {
	if err := e.term.Begin(ctx); err != nil {
		return err
	}
	if e.workers != nil {
		if err := e.workers.recover(ctx, e.log.Error); err != nil {
			return err
		}
	}
	if err := e.hooks.Start(ctx, e.term); err != nil {
		return err
	}
	if err := e.queue.Start(ctx); err != nil {
		return err
	}
	if err := e.supervisors.Start(ctx, e.queue); err != nil {
		return err
	}
	if err := e.submissions.Start(ctx, e.queue); err != nil {
		return err
	}
	e.compact.scheduler.Start(e.queue, e.queue.Locks())
	e.retention.Start()
	return nil
}

// AboutToStop tells that Stop is called soon: no duty begins any more, and runs that the end of the process cuts off do not count
// against their tasks. Everything else goes on.
func (e *Engine) AboutToStop() {
	e.retention.AboutToStop() // it submits tasks, and what it does may be left at any point
	e.queue.AboutToStop()
}

// Leads tells whether the term lasts. Another server may lead once it does not: nothing that the engine does is stored then, and Stop has
// to follow.
func (e *Engine) Leads() bool { return e.term.Lasts() }

// Over ends when the term is over, because the lead has ended, or the store has begun another term.
func (e *Engine) Over() <-chan struct{} { return e.term.Over() }

// Stop cancels what runs and waits for it; a Start at work gives up. When it returns, whoever called it, nothing of the engine runs,
// everything that it has accepted is stored, and nothing else will be: the next engine finds all of it.
func (e *Engine) Stop() {
	e.retention.AboutToStop()
	e.compact.scheduler.Stop()
	e.supervisors.Stop()
	e.submissions.Stop()
	e.queue.Stop()
	e.retention.Stop()
	e.hooks.Stop()
	e.settler.Stop()
	e.term.End()
}

// Find looks for orphans.
func (e *Engine) Find(ctx context.Context, q orphans.Query) (*orphans.Findings, error) {
	return e.orphans.Find(ctx, q)
}

// Remove looks for orphans and removes them, for as long as the term lasts: afterwards nobody here knows which tasks need them.
func (e *Engine) Remove(ctx context.Context, q orphans.Query) (found *orphans.Findings, err error) {
	err = e.term.Do(ctx, func(ctx context.Context) (err error) {
		found, err = e.orphans.Remove(ctx, q)
		return err
	})
	return found, err
}
