package queue

import (
	"context"
	"fmt"
	"iter"
	"sync"

	"ovate/druid"
	"ovate/internal/action"
	"ovate/internal/clock"
	"ovate/internal/metadata"
	"ovate/internal/task"
)

// endedWithProcess is why a task fails that was to be run by the process that took it alone.
const endedWithProcess = "The process that ran this task ended before it had published anything, and the task's context says that no other is to run it (" +
	task.KeyEndsWithProcess + ")"

// lockLost is why a task fails whose group could not get back its locks, in Druid's words.
const lockLost = "Shutting down forcefully as task failed to reacquire lock while becoming leader"

// recover makes the active tasks known and puts back their locks. The payloads are read when their turn comes: here only their headers
// count, and where the store has summaries these tell enough.
func (q *Queue) recover(ctx context.Context) error {
	locks, err := q.store.Locks(ctx)
	if err != nil {
		return err
	}
	var entries []*entry
	ahead := 0 // tasks submitted by a clock that was so far ahead that nobody can tell what came after them
	if err := q.passComplete(ctx); err != nil {
		return err
	}
	err = q.eachActive(ctx, func(e *entry) {
		if !q.passed(e) {
			ahead++
		}
		if e.unreadable != "" {
			e.keepLocks(locks)
			q.options.Log.Error("an active task cannot be read; it waits as it is", "task", e.id, "error", e.unreadable)
		}
		q.judge(e)
		entries = append(entries, e)
	})
	if err != nil {
		return err
	}
	var known sync.WaitGroup
	known.Go(func() { q.box.AddAll(identities(entries)) })
	q.mu.Lock()
	q.makeRoom(entries)
	for _, e := range entries {
		q.enlist(e)
	}
	q.mu.Unlock()
	known.Wait()
	lost, orphans := q.locks.Restore(locks)
	type group struct{ dataSource, id string }
	losers := map[group]bool{}
	for _, l := range lost {
		q.options.Log.Warn("lock cannot be held any more", "task", l.Holder.TaskID, "group", l.Holder.GroupID, "interval", l.Lock.Interval, "reason", l.Reason)
		losers[group{l.Holder.DataSource, l.Holder.GroupID}] = true
	}
	for _, e := range entries {
		if len(losers) > 0 && losers[group{e.identity.DataSource, e.identity.GroupID}] && e.unreadable == "" {
			e.doomed = lockLost
		}
	}
	q.tellClock()
	if ahead > 0 {
		q.options.Log.Warn("active tasks were submitted by a clock that was far ahead; all segments count as published after them", "tasks", ahead)
	}
	return q.dropLocks(ctx, orphans)
}

// passed makes sure that what is submitted from now on is later than a task, and tells whether that can be: one that comes from too far ahead counts
// as the first of all.
func (q *Queue) passed(e *entry) bool {
	can := q.clock.Pass(e.created)
	if !can {
		e.identity.Submitted = druid.MinInstant
	}
	return can
}

// passComplete makes sure that what is submitted from now on is later than every task that is complete.
func (q *Queue) passComplete(ctx context.Context) error {
	until := q.now() + druid.Instant(clock.Ahead.Milliseconds())
	newest := metadata.TaskQuery{Created: &druid.Interval{Start: druid.MinInstant, End: until}, Max: 1}
	return q.store.CompleteTasks(ctx, newest, func(row *metadata.TaskRow) error {
		q.clock.Pass(row.Created)
		return nil
	})
}

// identities are the tasks as actions know them.
func identities(entries []*entry) iter.Seq[action.Identity] {
	return func(yield func(action.Identity) bool) {
		for _, e := range entries {
			if !yield(e.identity) {
				return
			}
		}
	}
}

// makeRoom gives what is to hold the entries its size from the beginning. Nobody has submitted any yet. The caller holds mu.
func (q *Queue) makeRoom(entries []*entry) {
	counts := map[string]int{}
	for _, e := range entries {
		counts[e.identity.DataSource]++
	}
	q.tasks = make(map[string]*entry, len(entries))
	q.all.entries = make([]*entry, 0, len(entries))
	for name, n := range counts {
		s := q.source(name)
		s.active.entries, s.arrivals = make([]*entry, 0, n), make([]*entry, 0, n)
	}
}

// keepLocks lets a task of which little is known hold whatever locks the store has for it.
func (e *entry) keepLocks(locks []metadata.LockRow) {
	e.identity.Alone = false // it does nothing
	for _, row := range locks {
		if row.TaskID == e.id && row.Unreadable == nil {
			if e.identity.Allocator == e.identity.GroupID {
				e.identity.Allocator = row.Lock.GroupID
			}
			e.identity.GroupID, e.identity.Priority = row.Lock.GroupID, row.Lock.WithPriority(e.identity.Priority).Priority
		}
	}
}

// recovered makes an entry of a row. If the row cannot be read the entry still is, to be seen.
func (q *Queue) recovered(row *metadata.TaskRow) *entry {
	e := &entry{}
	e.recover(q, row, new(headerReader))
	return e
}

// recover fills in an entry that is empty.
func (e *entry) recover(q *Queue, row *metadata.TaskRow, from *headerReader) {
	var read header
	err := task.Protect(func() (err error) {
		read, err = from.of(row)
		return err
	})
	// The columns decide what the task is; old rows have no type and group.
	h := druid.Task{ID: row.ID, Type: read.typ, GroupID: read.group, DataSource: row.DataSource, Resource: read.resource, Context: read.context}
	if row.Type != "" {
		h.Type = row.Type
	}
	if row.GroupID != "" {
		h.GroupID = row.GroupID
	}
	h.Complete()
	e.where = q.options.Places.Of(&h.Context)
	e.queue, e.id, e.typ, e.identity, e.created = q, row.ID, h.Type, task.IdentityOf(&h, read.appends, e.where), row.Created
	e.identity.Submitted, e.identity.Recovered = row.Created, true
	e.group, e.slots, e.precedence = h.Resource.AvailabilityGroup, h.Resource.RequiredCapacity, task.QueuePriority(&h.Context)
	switch {
	case row.Unreadable != nil:
		e.unreadable = row.Unreadable.Error()
	case err != nil:
		e.unreadable = fmt.Sprintf("what the metadata hold of it cannot be read: %v", err)
	case task.EndsWithProcess(&read.context) && e.where == task.InProcess:
		e.doomed = endedWithProcess
	}
}

// dropLocks deletes the rows of locks whose tasks are gone.
func (q *Queue) dropLocks(ctx context.Context, rows []int64) error {
	if len(rows) == 0 {
		return nil
	}
	q.options.Log.Warn("locks of tasks that are not active are deleted", "locks", len(rows))
	return q.store.Update(ctx, func(tx metadata.Tx) error {
		_, err := tx.DeleteLocks(rows)
		return err
	})
}
