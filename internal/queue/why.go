package queue

import (
	"cmp"
	"context"

	"ovate/druid"
	"ovate/internal/lockbox"
	"ovate/internal/runner"
)

// Wait is what an active task waits for that does not run yet.
type Wait struct {
	// Unreadable is why nobody knows what the task is, so that it waits until it is shut down.
	Unreadable string
	// Lock keeps the task from the locks that it needs, over a part of time; nil if none does, or it is not known yet what it needs.
	Lock *lockbox.Held
	Over druid.Interval
	// Pending tells that the task has its locks, and waits for a worker: Ahead is how many others wait whose turn comes before, and Capacity what
	// slots there are, of which it needs Slots.
	Pending      bool
	Ahead, Slots int
	Capacity     runner.Capacity
}

// Elsewhere tells that as many slots are free as the task needs, but not at a worker that takes it: one runs another of its availability group, say.
func (w *Wait) Elsewhere() bool { return w.Pending && w.Capacity.Current-w.Capacity.Used >= w.Slots }

// Why is what a task waits for; nil if it runs, or is not active. It reads nothing from the store.
func (q *Queue) Why(ctx context.Context, id string) (*Wait, error) {
	e, p, err := q.active(ctx, id)
	if err != nil || e == nil || p.stage == running {
		return nil, err
	}
	w := &Wait{Unreadable: e.unreadable, Slots: e.slots, Pending: p.stage != waiting}
	if w.Pending {
		w.Capacity, w.Ahead = q.runner.Capacity(), q.ahead(e, p)
		return w, nil
	}
	q.mu.Lock()
	wanted, refused := e.locks, e.rank[refused] != 0
	q.mu.Unlock()
	if refused {
		w.Lock, w.Over = q.locks.InTheWay(e.identity.Holder, wanted)
	}
	return w, nil
}

// ahead is how many tasks wait for a worker whose turn comes before this one's.
func (q *Queue) ahead(e *entry, p *phase) (n int) {
	for _, other := range q.entries("") {
		if other == nil || other == e {
			continue
		}
		o := other.now()
		before := cmp.Or(cmp.Compare(other.precedence, e.precedence), cmp.Compare(p.queued, o.queued), cmp.Compare(e.created, other.created)) > 0
		if before && (o.stage == pending || o.stage == giving) {
			n++
		}
	}
	return n
}

// TaskLocks are the locks that an active task holds, revoked ones too; none if it is not active.
func (q *Queue) TaskLocks(id string) []druid.TaskLock {
	e := q.find(id)
	if e == nil {
		return nil
	}
	return q.locks.Locks(e.identity.Holder)
}

// Counts is how many active tasks there are in each state.
type Counts struct{ Waiting, Pending, Running int }

// Counts counts the active tasks, of a data source or of all if it is empty.
func (q *Queue) Counts(dataSource string) (c Counts) {
	for _, e := range q.entries(dataSource) {
		if e == nil {
			continue
		}
		switch p := e.now(); {
		case !p.listed():
		case p.runner == druid.RunnerRunning:
			c.Running++
		case p.runner == druid.Pending:
			c.Pending++
		default:
			c.Waiting++
		}
	}
	return c
}

// entries are the active tasks of a data source, or all if it is empty, as snapshot has them but in the order in which they came, with gaps.
func (q *Queue) entries(dataSource string) []*entry {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.listed(dataSource).snapshot()
}
