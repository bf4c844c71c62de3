package queue

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/task"
)

// lockLost is why a task fails whose group could not get back its locks, in Druid's words.
const lockLost = "Shutting down forcefully as task failed to reacquire lock while becoming leader"

// recover makes the active tasks known and puts back their locks. The payloads are read again when their turn comes:
// here only their headers count.
func (q *Queue) recover(ctx context.Context) error {
	var entries []*entry
	texts := metadata.Texts{}
	err := q.store.ActiveTasks(ctx, func(row *metadata.TaskRow) error {
		entries = append(entries, q.recovered(row, texts))
		return nil
	})
	if err != nil {
		return err
	}
	locks, err := q.store.Locks(ctx)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.unreadable != "" {
			e.keepLocks(locks)
			q.options.Log.Error("an active task cannot be read; it waits as it is", "task", e.id, "error", e.unreadable)
		}
		q.judge(e)
		q.box.Add(e.identity)
	}
	lost, orphans := q.locks.Restore(locks)
	type group struct{ dataSource, id string }
	losers := map[group]bool{}
	for _, l := range lost {
		q.options.Log.Warn("lock cannot be held any more", "task", l.TaskID, "group", l.GroupID, "interval", l.Lock.Interval, "reason", l.Reason)
		losers[group{l.Lock.DataSource, l.GroupID}] = true
	}
	q.mu.Lock()
	for _, e := range entries {
		if losers[group{e.identity.DataSource, e.identity.GroupID}] && e.unreadable == "" {
			e.doomed = lockLost
		}
		q.enlist(e)
	}
	q.mu.Unlock()
	return q.dropLocks(ctx, orphans)
}

// keepLocks lets a task of which little is known hold whatever locks the store has for it.
func (e *entry) keepLocks(locks []metadata.LockRow) {
	e.identity.Alone = false // it does nothing
	for _, row := range locks {
		if row.TaskID == e.id && row.Unreadable == nil {
			e.identity.GroupID, e.identity.Priority = row.Lock.GroupID, row.Lock.Priority
		}
	}
}

// recovered makes an entry of a row. If the row cannot be read the entry still is, to be seen.
func (q *Queue) recovered(row *metadata.TaskRow, texts metadata.Texts) *entry {
	var wire struct {
		Type, GroupID string
		Resource      druid.Resource
		Context       json.RawMessage
		Spec          appending
	}
	err := json.Unmarshal(row.Payload, &wire)
	h := druid.Task{Type: wire.Type, GroupID: wire.GroupID, Resource: wire.Resource}
	if err == nil && bytes.Contains(wire.Context, []byte(`"priority"`)) {
		err = json.Unmarshal(wire.Context, &h.Context)
	}
	// The columns decide what the task is; old rows have no type and group.
	h.ID, h.DataSource = row.ID, texts.Of([]byte(row.DataSource))
	if row.Type != "" {
		h.Type = row.Type
	}
	h.Type = texts.Of([]byte(h.Type))
	switch {
	case row.GroupID == row.ID:
		h.GroupID = row.ID
	case row.GroupID != "":
		h.GroupID = row.GroupID
	}
	h.Complete()
	if h.Resource.AvailabilityGroup == row.ID {
		h.Resource.AvailabilityGroup = row.ID // share the text
	}
	e := &entry{
		queue: q, id: row.ID, typ: h.Type, identity: task.IdentityOf(&h, bool(wire.Spec)), created: row.Created,
		group: h.Resource.AvailabilityGroup, slots: h.Resource.RequiredCapacity,
	}
	switch {
	case row.Unreadable != nil:
		e.unreadable = row.Unreadable.Error()
	case err != nil:
		e.unreadable = fmt.Sprintf("what the metadata hold of it cannot be read: payload: %v", err)
	}
	return e
}

// appending is whether an ingestion spec appends. One that cannot be read does not: such a task shares its locks with nobody.
type appending bool

// UnmarshalJSON reads the one field that counts here.
func (a *appending) UnmarshalJSON(raw []byte) error {
	var spec struct {
		IOConfig struct{ AppendToExisting bool }
	}
	*a = appending(json.Unmarshal(raw, &spec) == nil && spec.IOConfig.AppendToExisting)
	return nil
}

// dropLocks deletes the rows of locks whose tasks are gone.
func (q *Queue) dropLocks(ctx context.Context, rows []int64) error {
	if len(rows) == 0 {
		return nil
	}
	q.options.Log.Warn("locks of tasks that are not active are deleted", "locks", len(rows))
	return q.store.Update(ctx, func(tx metadata.Tx) error {
		for _, id := range rows {
			if err := tx.DeleteLock(id); err != nil && !errors.Is(err, metadata.ErrNotFound) {
				return err
			}
		}
		return nil
	})
}
