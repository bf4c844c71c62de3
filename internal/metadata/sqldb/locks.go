package sqldb

import (
	"context"
	"fmt"

	"ovate/druid"
	"ovate/internal/metadata"
)

// Locks implements metadata.Reader.
func (r reader) Locks(ctx context.Context) (rows []metadata.LockRow, err error) {
	err = r.with(ctx, func(c conn) error {
		rows = nil
		return c.query(`SELECT id, task_id, lock_payload FROM {tasklocks} ORDER BY id`, func(scan scan) error {
			var row metadata.LockRow
			var task *string
			var payload []byte
			if err := scan(&row.ID, &task, &payload); err != nil {
				return err
			}
			if task != nil {
				row.TaskID = *task
			}
			if err := row.Lock.UnmarshalJSON(payload); err != nil {
				row.Lock = druid.TaskLock{}
				row.Unreadable = r.store.bad.Tell(r.store.names.table("tasklocks"), fmt.Sprintf("%d of task %s", row.ID, row.TaskID), err)
			}
			rows = append(rows, row)
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("read locks: %w", err)
	}
	return rows, nil
}

// InsertLock implements metadata.Tx.
func (t *transaction) InsertLock(taskID string, lock druid.TaskLock) (int64, error) {
	id, err := t.conn.insertNumbered(`INSERT INTO {tasklocks}(task_id, lock_payload) VALUES (?, ?)`, taskID, lock.AppendJSON(nil))
	if err != nil {
		return 0, fmt.Errorf("insert lock of task %s on %s: %w", taskID, lock.Interval, err)
	}
	return id, nil
}

// ReplaceLock implements metadata.Tx.
func (t *transaction) ReplaceLock(id int64, lock druid.TaskLock) error {
	changed, err := t.conn.exec(`UPDATE {tasklocks} SET lock_payload = ? WHERE id = ?`, lock.AppendJSON(nil), id)
	return metadata.OneLock("replace", id, changed, err)
}

// DeleteLock implements metadata.Tx.
func (t *transaction) DeleteLock(id int64) error {
	changed, err := t.conn.exec(`DELETE FROM {tasklocks} WHERE id = ?`, id)
	return metadata.OneLock("delete", id, changed, err)
}

// DeleteLocks implements metadata.Tx.
func (t *transaction) DeleteLocks(taskID string) (int, error) {
	deleted, err := t.conn.exec(`DELETE FROM {tasklocks} WHERE task_id = ?`, taskID)
	if err != nil {
		return 0, fmt.Errorf("delete locks of task %s: %w", taskID, err)
	}
	return deleted, nil
}
