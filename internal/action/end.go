package action

import (
	"context"
	"fmt"
	"sync"

	"ovate/druid"
	"ovate/internal/metadata"
)

// census counts the active tasks of each allocator, so that its pending segments go with the last of them.
type census struct {
	mu         sync.Mutex
	allocators map[allocator]int
}

type allocator struct{ dataSource, name string }

func (c *census) add(t Task, n int) {
	if t.Allocator == "" {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	key := allocator{t.DataSource, t.Allocator}
	if n += c.allocators[key]; n > 0 {
		c.allocators[key] = n
	} else {
		delete(c.allocators, key)
	}
}

// last tells whether no other active task shares t's allocator.
func (c *census) last(t Task) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.allocators[allocator{t.DataSource, t.Allocator}] <= 1
}

// Add makes a task known: it may perform actions until it ends.
func (b *Box) Add(t Task) {
	b.tasks.add(t, 1)
	b.locks.Add(t.Holder)
}

// finish runs a commit that ends the task.
func (b *Box) finish(t Task, commit func() error) error {
	settled := b.watch(t.TaskID)
	ended := false
	defer func() { settled(ended) }() // after a panic, too
	err := b.locks.End(t.DataSource, t.TaskID, commit)
	ended = err == nil
	return err
}

// End gives a task its final status, and removes its locks and what it left pending, in one transaction.
// A task that is final already gives metadata.ErrNotActive.
func (b *Box) End(ctx context.Context, t Task, status druid.TaskStatus) error {
	err := b.finish(t, func() error {
		err := b.store.Update(ctx, func(tx metadata.Tx) error { return b.end(tx, t, status) })
		return b.settle(ctx, err, t, status)
	})
	if err != nil {
		return fmt.Errorf("end task[%s] as %s: %w", t.TaskID, status.State, err)
	}
	b.tasks.add(t, -1)
	return nil
}

// Abort is End for a task that is still at work: its segment ids stay reserved, because it may be writing files
// under their names. Forget frees them once the task has stopped.
func (b *Box) Abort(ctx context.Context, t Task, status druid.TaskStatus) error {
	err := b.finish(t, func() error {
		err := b.store.Update(ctx, func(tx metadata.Tx) error { return endLocked(tx, t, status) })
		return b.settle(ctx, err, t, status)
	})
	if err != nil {
		return fmt.Errorf("end task[%s] as %s: %w", t.TaskID, status.State, err)
	}
	return nil
}

// settle finds out whether a transaction that was to end a task has, if that is not known.
func (b *Box) settle(ctx context.Context, err error, t Task, status druid.TaskStatus) error {
	return metadata.Settle(ctx, err, func(ctx context.Context) (bool, error) {
		row, err := b.store.Task(ctx, t.TaskID)
		return err == nil && row.Status.State == status.State, err
	})
}

// Forget removes what an aborted task left pending.
func (b *Box) Forget(ctx context.Context, t Task) error {
	defer b.tasks.add(t, -1)
	if t.Allocator == "" || !b.tasks.last(t) {
		return nil
	}
	err := b.store.Update(ctx, func(tx metadata.Tx) error { return b.forget(tx, t) })
	if err != nil {
		return fmt.Errorf("remove the pending segments of task[%s]: %w", t.TaskID, err)
	}
	return nil
}

func (b *Box) end(tx metadata.Tx, t Task, status druid.TaskStatus) error {
	if err := endLocked(tx, t, status); err != nil {
		return err
	}
	return b.forget(tx, t)
}

// forget asks within the transaction who else shares the allocator: whoever does not by then reserves nothing before it.
func (b *Box) forget(tx metadata.Tx, t Task) error {
	if t.Allocator == "" || !b.tasks.last(t) {
		return nil
	}
	_, err := tx.DeletePendingByAllocator(t.DataSource, t.Allocator)
	return err
}

// endLocked writes the status first: that fails unless the task is active, and takes everything else back.
func endLocked(tx metadata.Tx, t Task, status druid.TaskStatus) error {
	if err := tx.SetTaskStatus(status); err != nil {
		return err
	}
	_, err := tx.DeleteLocks(t.TaskID)
	return err
}
