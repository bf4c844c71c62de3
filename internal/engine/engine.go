// Package engine is what an Overlord is while it leads: the queue of tasks with its locks and actions, the marking of segments, the
// search for orphans, and the duties of retention. An engine lives for one term of leadership; a Holder makes one each time the lead
// is gained. What outlives a term (the store, deep storage, logs, the listener) is handed to it.
package engine

import (
	"context"
	"log/slog"

	"ovate/druid"
	"ovate/internal/action"
	"ovate/internal/clock"
	"ovate/internal/datasource"
	"ovate/internal/deepstorage"
	"ovate/internal/metadata"
	"ovate/internal/orphans"
	"ovate/internal/queue"
	"ovate/internal/retention"
)

// Storage is deep storage, as the leader works on it.
type Storage interface {
	action.Storage
	datasource.Files
	retention.Storage
	deepstorage.Places
}

// Logs is where tasks leave logs and reports.
type Logs interface {
	queue.Logs
	retention.Logs
}

// Options are what an engine works with and by. All but the runner outlives it.
type Options struct {
	Store   metadata.Store
	Storage Storage
	Logs    Logs
	Log     *slog.Logger
	// Runner is this engine's alone: it has not been started.
	Runner queue.Runner
	// Queue is by which rules tasks are taken; what is above goes into it.
	Queue queue.Options
	// Retention is by which rules old things go.
	Retention retention.Rules
}

// Engine is one term of leadership. Make it with New, let it run with Start, end it with Stop: once each, in any order, from any
// goroutines.
type Engine struct {
	term      *metadata.Term
	queue     *queue.Queue
	segments  *datasource.Marker
	orphans   *orphans.Finder
	retention *retention.Retention
}

// New makes an engine of which nothing runs yet.
func New(o Options) *Engine {
	e := &Engine{term: metadata.NewTerm(metadata.Classified(o.Store))}
	// What the engine writes has times that never go back. What is done to things by their age (files and logs, which have the machine's
	// times, and what retention removes) goes by the machine's clock, which is never ahead of that: what is of an uncertain age stays.
	c := clock.New(druid.Now)
	tasks := o.Queue
	tasks.Store, tasks.Logs, tasks.Log, tasks.Runner, tasks.Clock = e.term, o.Logs, o.Log, o.Runner, c
	tasks.Storage = o.Storage
	tasks.Published = func(dataSource string, intervals []druid.Interval) { e.retention.Published(dataSource, intervals) }
	e.queue = queue.New(tasks)
	e.segments = datasource.New(e.term, c.Now, e.queue, o.Storage)
	e.orphans = orphans.New(e.term, o.Storage, e.queue, druid.Now, c.Behind)
	e.retention = retention.New(retention.Options{
		Store: e.term, Logs: o.Logs, Tasks: e.queue, Segments: e.segments, Storage: o.Storage, Orphans: e.orphans, Log: o.Log, Rules: o.Retention,
	})
	return e
}

// Queue leads the tasks.
func (e *Engine) Queue() *queue.Queue { return e.queue }

// Segments marks segments as used and unused.
func (e *Engine) Segments() *datasource.Marker { return e.segments }

// Start recovers the tasks that are active, and lets them and the duties run. A Stop ends it at any point; after an error there is
// nothing but Stop.
func (e *Engine) Start(ctx context.Context) error {
	if err := e.queue.Start(ctx); err != nil {
		return err
	}
	e.retention.Start()
	return nil
}

// AboutToStop tells that Stop is called soon: no duty begins any more, and runs that the end of the process cuts off do not count
// against their tasks. Everything else goes on.
func (e *Engine) AboutToStop() {
	e.retention.AboutToStop() // it submits tasks, and what it does may be left at any point
	e.queue.AboutToStop()
}

// Resign tells that another server may lead by now: from here on nothing that the engine does is stored. Stop has to follow.
func (e *Engine) Resign() {
	e.retention.AboutToStop()
	e.term.Refuse()
}

// Stop cancels what runs and waits for it; a Start at work gives up. When it returns, whoever called it, nothing of the engine runs,
// everything that it has accepted is stored, and nothing else will be: the next engine finds all of it.
func (e *Engine) Stop() {
	e.retention.AboutToStop()
	e.queue.Stop()
	e.retention.Stop()
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
