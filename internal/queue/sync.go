package queue

import (
	"context"
	"errors"

	"ovate/druid"
	"ovate/internal/metadata"
)

// endedElsewhere is why a task is not active any more that this queue has not ended.
const endedElsewhere = "Another program has ended this task in the metadata store"

// syncs looks from time to time what others have written, until the queue stops.
func (q *Queue) syncs() {
	for q.pause(q.options.SyncRate) {
		err := q.sync(q.base)
		if errors.Is(err, metadata.ErrTermOver) {
			return
		}
		if err != nil && q.halted.Err() == nil {
			q.options.Log.Warn("it is not known what other programs have written to the metadata; it is looked for again", "in", q.options.SyncRate, "error", err)
		}
	}
}

// sync takes up tasks that another program has stored since the start, and lets go of those that it has ended. A Java Overlord that was frozen while it led
// does both, as it accepts what it is asked until it finds that it leads no more; nothing keeps it from that, and nobody else knows of these tasks.
func (q *Queue) sync(ctx context.Context) error {
	gone := q.known()
	ids, err := q.store.ActiveTaskIDs(ctx)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if gone[id] {
			delete(gone, id)
		} else if err := q.takeUp(ctx, id); err != nil {
			return err
		}
	}
	for id := range gone {
		if err := q.letGo(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// known are the ids of the tasks that are in the store as far as the queue knows.
func (q *Queue) known() map[string]bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	ids := make(map[string]bool, len(q.tasks))
	for id, e := range q.tasks {
		if e.now().stage != arriving {
			ids[id] = true
		}
	}
	return ids
}

// takeUp makes a task known that is active in the store, unless it is.
func (q *Queue) takeUp(ctx context.Context, id string) error {
	if q.find(id) != nil {
		return nil
	}
	row, err := q.whole(ctx, id)
	if errors.Is(err, ErrNotFound) || err == nil && row.Status.State != druid.Running {
		return nil
	} else if err != nil {
		return err
	}
	e := q.recovered(row)
	q.passed(e)
	q.judge(e)
	if err := e.gate.lock(ctx); err != nil {
		return err
	}
	defer e.gate.unlock()
	if !q.hold(e) {
		return nil
	}
	// From here on nothing of this queue ends it. It may have been ended before, and nobody takes up tasks who does not lead. Locks that the other program
	// has given it may be others' here: they go, or whoever leads next would take them for such as can be held beside those.
	err = q.store.Update(ctx, func(tx metadata.Tx) (err error) {
		if row, err = metadata.TaskStatus(ctx, tx, id); err == nil && row.Status.State == druid.Running {
			_, err = tx.DeleteLocksOfTask(id)
		}
		return err
	})
	if err != nil || row.Status.State != druid.Running {
		q.giveUp(e)
		if errors.Is(err, metadata.ErrNotFound) {
			return nil
		}
		return err
	}
	q.options.Log.Warn("another program has stored a task, which is taken up", "task", id)
	q.accept(e)
	return nil
}

// hold takes the id of a task, unless somebody has it.
func (q *Queue) hold(e *entry) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.stopping || q.tasks[e.id] != nil {
		return false
	}
	q.tasks[e.id] = e
	return true
}

// letGo ends a task that is not active in the store, unless it is just ending here.
func (q *Queue) letGo(ctx context.Context, id string) error {
	e := q.find(id)
	if e == nil || e.endings.Load() > 0 {
		return nil
	}
	row, err := q.row(ctx, id)
	if errors.Is(err, ErrNotFound) {
		return nil
	} else if err != nil || row.Status.State == druid.Running {
		return err
	}
	if e.endings.Load() > 0 || e.now().stage.ended() {
		return nil
	}
	if err := q.Shutdown(ctx, id, endedElsewhere); err != nil {
		return err
	}
	q.options.Log.Warn("another program has ended a task, which is let go of", "task", id)
	return nil
}
