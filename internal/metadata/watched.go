package metadata

import (
	"context"
	"errors"

	"ovate/druid"
)

// TaskWatcher writes along with what changes tasks, in the same transaction: so what it writes is there exactly if the change is. Like the fn of an Update its methods may
// run more than once, and an error of theirs takes back the whole transaction.
type TaskWatcher interface {
	// Inserted is told of tasks that were added.
	Inserted(ctx context.Context, tx Tx, rows []*TaskRow) error
	// Ended is told that a task has a final status.
	Ended(ctx context.Context, tx Tx, status druid.TaskStatus) error
	// Removed is told that final tasks from before t were removed, perhaps some of them.
	Removed(tx Tx, t druid.Instant) error
	// Committed is told that something may have been committed of which the watcher was told. It must return quickly.
	Committed()
}

// Watched is a store whose changes of tasks watchers are told of. When they write the first record, it makes the table.
func Watched(store Store, watchers ...TaskWatcher) Store { return watched{store, watchers} }

type watched struct {
	Store
	watchers []TaskWatcher
}

// Update implements Store.
func (w watched) Update(ctx context.Context, fn func(Tx) error) error {
	told := false
	with := func(tx Tx) error { return fn(watchedTx{tx, ctx, w.watchers, &told}) }
	err := w.Store.Update(ctx, with)
	if errors.Is(err, ErrNoRecords) {
		if err = w.MakeRecords(ctx); err == nil {
			err = w.Store.Update(ctx, with)
		}
	}
	if told {
		for _, one := range w.watchers {
			one.Committed()
		}
	}
	return err
}

type watchedTx struct {
	Tx
	ctx      context.Context
	watchers []TaskWatcher
	told     *bool
}

// tell has each watcher write along, if what it is told of has succeeded.
func (t watchedTx) tell(err error, fn func(TaskWatcher) error) error {
	*t.told = true
	for _, one := range t.watchers {
		if err == nil {
			err = fn(one)
		}
	}
	return err
}

// InsertTasks implements Tx.
func (t watchedTx) InsertTasks(rows ...*TaskRow) error {
	return t.tell(t.Tx.InsertTasks(rows...), func(w TaskWatcher) error { return w.Inserted(t.ctx, t.Tx, rows) })
}

// SetTaskStatus implements Tx.
func (t watchedTx) SetTaskStatus(status druid.TaskStatus) error {
	err := t.Tx.SetTaskStatus(status)
	if status.State == druid.Running {
		return err
	}
	return t.tell(err, func(w TaskWatcher) error { return w.Ended(t.ctx, t.Tx, status) })
}

// DeleteTasksBefore implements Tx.
func (t watchedTx) DeleteTasksBefore(before druid.Instant, keep []string, limit int) (int, error) {
	n, err := t.Tx.DeleteTasksBefore(before, keep, limit)
	return n, t.tell(err, func(w TaskWatcher) error { return w.Removed(t.Tx, before) })
}
