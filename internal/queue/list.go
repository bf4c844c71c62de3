package queue

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"ovate/druid"
	"ovate/internal/metadata"
)

// Filter selects tasks. The zero value of each field but Max selects all.
type Filter struct {
	// State is waiting, pending, running or complete.
	State            string
	DataSource, Type string
	// Created is when the task was submitted.
	Created *druid.Interval
	// Max is the most complete tasks, counted after the other filters; below zero there is no limit.
	Max int
}

// List calls fn for each task that matches: complete ones first, newest first; then active ones, oldest first. No task is
// left out or told twice because it ends meanwhile. The status is valid during the call only.
func (q *Queue) List(ctx context.Context, f Filter, fn func(*druid.TaskStatusPlus) error) error {
	var active []*entry
	if f.State != "complete" {
		var err error
		if active, err = q.notEnded(ctx, q.snapshot(f.DataSource)); err != nil {
			return err
		}
	}
	var told map[string]bool // of the active ones, whether it was told of as complete since
	if f.State == "" || f.State == "complete" {
		told = make(map[string]bool, len(active))
		for _, e := range active {
			told[e.id] = false
		}
		query := metadata.TaskQuery{DataSource: f.DataSource, Type: f.Type, Created: q.span(f.Created), Max: f.Max}
		var status druid.TaskStatusPlus
		err := q.store.CompleteTasks(ctx, query, func(row *metadata.TaskRow) error {
			if _, active := told[row.ID]; active {
				told[row.ID] = true
			}
			status = rowStatus(row, druid.NoRunner)
			return fn(&status)
		})
		if err != nil {
			return err
		}
	}
	return f.active(active, told, fn)
}

// Active are the active tasks of a data source that are of a type, oldest first, as Status tells of each. No payload is read for it.
func (q *Queue) Active(ctx context.Context, dataSource, typ string) (active []druid.TaskStatusPlus, err error) {
	entries := slices.DeleteFunc(q.snapshot(dataSource), func(e *entry) bool { return e.typ != typ })
	if entries, err = q.notEnded(ctx, entries); err != nil {
		return nil, err
	}
	for _, e := range entries {
		if p := e.now(); !p.stage.ended() {
			active = append(active, q.statusOf(ctx, e, p))
		}
	}
	return active, nil
}

// AnyActive tells whether a task of a data source is active that is of a type and one of those that own knows by their ids. own is asked while the queue waits.
func (q *Queue) AnyActive(ctx context.Context, dataSource, typ string, own func(id string) bool) (bool, error) {
	var entries []*entry
	q.mu.Lock()
	for _, e := range q.listed(dataSource).entries {
		if e != nil && e.typ == typ && own(e.id) {
			entries = append(entries, e)
		}
	}
	q.mu.Unlock()
	entries, err := q.notEnded(ctx, entries)
	return slices.ContainsFunc(entries, func(e *entry) bool { return !e.now().stage.ended() }), err
}

// listed are the active tasks of a data source, or all if it is empty. The caller holds mu.
func (q *Queue) listed(dataSource string) *roster {
	if dataSource == "" {
		return &q.all
	}
	if s := q.sources[dataSource]; s != nil {
		return &s.active
	}
	return &roster{}
}

// snapshot copies the list of active tasks, oldest first.
func (q *Queue) snapshot(dataSource string) []*entry {
	q.mu.Lock()
	entries := q.listed(dataSource).snapshot()
	q.mu.Unlock()
	return slices.DeleteFunc(entries, func(e *entry) bool { return e == nil })
}

// notEnded leaves out those of the active tasks that have ended a moment ago.
func (q *Queue) notEnded(ctx context.Context, entries []*entry) ([]*entry, error) {
	var failed error
	entries = slices.DeleteFunc(entries, func(e *entry) bool {
		ended, err := q.hasEnded(ctx, e)
		failed = cmp.Or(failed, err)
		return ended
	})
	return entries, failed
}

// span is the time of submission that complete tasks are listed of; nil means any.
func (q *Queue) span(given *druid.Interval) *druid.Interval {
	if given == nil && q.options.RecentlyFinished > 0 {
		return &druid.Interval{Start: q.now() - druid.Instant(q.options.RecentlyFinished.Milliseconds()), End: druid.MaxInstant}
	}
	return given
}

// active calls fn for the active tasks that match and were not told of as complete.
func (f Filter) active(entries []*entry, told map[string]bool, fn func(*druid.TaskStatusPlus) error) error {
	var status druid.TaskStatusPlus
	for _, e := range entries {
		ending := e.endings.Load() > 0
		p := e.now()
		if !f.matches(e, p) {
			continue
		}
		if (ending || p.stage.ended()) && told[e.id] {
			continue
		}
		status = e.status(p)
		if err := fn(&status); err != nil {
			return err
		}
	}
	return nil
}

func (f Filter) matches(e *entry, p *phase) bool {
	switch {
	case f.Type != "" && f.Type != e.typ:
		return false
	case f.Created != nil && !f.Created.Contains(e.created):
		return false
	case f.State == "":
		return true
	}
	return !p.stage.ended() && strings.EqualFold(f.State, string(p.runner))
}
