package action

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"

	"ovate/druid"
	"ovate/internal/lockbox"
	"ovate/internal/metadata"
)

// aborted are the tasks that were shut down and may still be at work, by the allocator whose segment ids they have.
type aborted struct {
	mu         sync.Mutex
	allocators map[allocator]map[string]bool // ids of tasks
}

type allocator struct{ dataSource, name string }

func allocatorOf(t Identity) allocator { return allocator{t.DataSource, t.Allocator} }

func (a *aborted) add(t Identity) {
	a.mu.Lock()
	defer a.mu.Unlock()
	of := allocatorOf(t)
	if a.allocators[of] == nil {
		a.allocators[of] = map[string]bool{}
	}
	a.allocators[of][t.TaskID] = true
}

func (a *aborted) remove(t Identity) {
	a.mu.Lock()
	defer a.mu.Unlock()
	of := allocatorOf(t)
	if delete(a.allocators[of], t.TaskID); len(a.allocators[of]) == 0 {
		delete(a.allocators, of)
	}
}

// besides tells whether there is another one of the allocator of t.
func (a *aborted) besides(t Identity) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	tasks := a.allocators[allocatorOf(t)]
	return len(tasks) > 1 || len(tasks) == 1 && !tasks[t.TaskID]
}

// Add makes a task known: it may perform actions until it ends.
func (b *Box) Add(t Identity) { b.Locks.Add(t.Holder) }

// AddAll is Add for many tasks, which are gone through twice.
func (b *Box) AddAll(tasks iter.Seq[Identity]) {
	b.Locks.AddAll(func(yield func(lockbox.Holder) bool) {
		for t := range tasks {
			if !yield(t.Holder) {
				return
			}
		}
	})
}

// finish runs a commit that ends the task.
func (b *Box) finish(t Identity, commit func() error) error {
	settled := b.Watch(t.TaskID)
	ended := false
	defer func() { settled(ended) }() // after a panic, too
	err := b.Locks.End(t.DataSource, t.TaskID, commit)
	ended = err == nil
	return err
}

// End gives a task its final status, and removes its locks and, if it is the last of its allocator, what that left pending, in one
// transaction.
// A task that is final already gives metadata.ErrNotActive.
func (b *Box) End(ctx context.Context, t Identity, status druid.TaskStatus) error {
	return b.write(ctx, t, status, func(tx metadata.Tx) error { return b.forget(tx, t) })
}

// write ends a task in a transaction that also removes its locks, and what else is told. If the task is final already these go all the same: another
// program that has ended it does not know what it was given here, or has not come to removing it.
func (b *Box) write(ctx context.Context, t Identity, status druid.TaskStatus, remove func(metadata.Tx) error) error {
	err := b.finish(t, func() error {
		err := b.Store.Update(ctx, func(tx metadata.Tx) error {
			if err := b.endLocked(tx, t, status); err != nil {
				return err
			}
			return remove(tx)
		})
		err = b.settle(ctx, err, t, status)
		if errors.Is(err, metadata.ErrNotActive) {
			if left := b.Store.Update(ctx, func(tx metadata.Tx) error { return removeLeft(tx, t, remove) }); left != nil {
				return fmt.Errorf("it has ended already, and has left what could not be removed: %w", left)
			}
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("end task[%s] as %s: %w", t.TaskID, status.State, err)
	}
	b.Meter.Ended(t, status)
	return nil
}

// removeLeft removes what a task has left that is final already.
func removeLeft(tx metadata.Tx, t Identity, remove func(metadata.Tx) error) error {
	if _, err := tx.DeleteUpgrades(t.TaskID); err != nil {
		return err
	}
	if _, err := tx.DeleteLocksOfTask(t.TaskID); err != nil {
		return err
	}
	return remove(tx)
}

// Abort is End for a task that is still at work: its segment ids stay reserved, because it may be writing files
// under their names. Forget frees them once the task has stopped, also after metadata.ErrNotActive.
func (b *Box) Abort(ctx context.Context, t Identity, status druid.TaskStatus) error {
	b.aborted.add(t) // before the end is written: from then on the table does not tell of the task
	ended := false
	defer func() {
		if !ended { // after a panic, too
			b.aborted.remove(t)
		}
	}()
	err := b.write(ctx, t, status, func(metadata.Tx) error { return nil })
	ended = err == nil || errors.Is(err, metadata.ErrNotActive)
	return err
}

// settle finds out whether a transaction that was to end a task has, if that is not known.
func (b *Box) settle(ctx context.Context, err error, t Identity, status druid.TaskStatus) error {
	return metadata.Settle(ctx, err, func(ctx context.Context) (bool, error) {
		row, err := metadata.TaskStatus(ctx, b.Store, t.TaskID)
		return err == nil && row.Status.State == status.State, err
	})
}

// Forget removes what an aborted task left pending, once it touches nothing any more.
func (b *Box) Forget(ctx context.Context, t Identity) error {
	b.aborted.remove(t)
	err := b.Store.Update(ctx, func(tx metadata.Tx) error { return b.forget(tx, t) })
	if err != nil {
		return fmt.Errorf("remove the pending segments of task[%s]: %w", t.TaskID, err)
	}
	return nil
}

func (b *Box) end(tx metadata.Tx, t Identity, status druid.TaskStatus) error {
	if err := b.endLocked(tx, t, status); err != nil {
		return err
	}
	return b.forget(tx, t)
}

// forget removes what the allocator of a task left pending, with the last of its tasks. Who is active is asked within the transaction: of two
// tasks that end together the later one finds the other's end.
func (b *Box) forget(tx metadata.Tx, t Identity) error {
	if b.aborted.besides(t) {
		return nil
	}
	_, err := tx.DeletePendingOfGroup(t.DataSource, t.Allocator)
	return err
}

// endLocked writes the status first: that fails unless the task is active, and takes everything else back.
func (b *Box) endLocked(tx metadata.Tx, t Identity, status druid.TaskStatus) error {
	if err := tx.SetTaskStatus(status); err != nil {
		return err
	}
	if t.Recovered || b.Locks.Replaces(t.Holder) { // what a lock that was given back before a restart was for is known to nobody
		if _, err := tx.DeleteUpgrades(t.TaskID); err != nil {
			return err
		}
	}
	_, err := tx.DeleteLocksOfTask(t.TaskID)
	return err
}
