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

// InsertLocks implements metadata.Tx.
func (t *transaction) InsertLocks(rows ...metadata.LockRow) (ids []int64, err error) {
	err = inChunks(rows, someKeys, func(rows []metadata.LockRow) error {
		var args []any
		for i := range rows {
			args = append(args, rows[i].TaskID, rows[i].Lock.AppendJSON(nil))
		}
		numbers, err := t.conn.insertNumbered(len(rows), `INSERT INTO {tasklocks}(task_id, lock_payload) VALUES `+tuples(2, len(rows)), args...)
		if err != nil {
			return fmt.Errorf("insert lock of task %s on %s and %d others: %w", rows[0].TaskID, rows[0].Lock.Interval, len(rows)-1, err)
		}
		ids = append(ids, numbers...)
		return nil
	})
	return ids, err
}

// ReplaceLocks implements metadata.Tx.
func (t *transaction) ReplaceLocks(rows []metadata.LockRow) (int, error) {
	payloads := make([]payload[int64], len(rows))
	for i := range rows {
		payloads[i] = payload[int64]{rows[i].ID, func() []byte { return rows[i].Lock.AppendJSON(nil) }}
	}
	replaced, err := replacePayloads(t.conn, "tasklocks", "lock_payload", payloads)
	if err != nil {
		return 0, fmt.Errorf("replace %d locks: %w", len(rows), err)
	}
	return replaced, nil
}

// DeleteLocks implements metadata.Tx.
func (t *transaction) DeleteLocks(ids []int64) (int, error) {
	deleted, err := execEach(t.conn, `DELETE FROM {tasklocks} WHERE`, ids)
	if err != nil {
		return 0, fmt.Errorf("delete %d locks: %w", len(ids), err)
	}
	return deleted, nil
}

// DeleteLocksOfTask implements metadata.Tx.
func (t *transaction) DeleteLocksOfTask(taskID string) (int, error) {
	deleted, err := t.conn.exec(`DELETE FROM {tasklocks} WHERE {is task_id}`, name(taskID))
	if err != nil {
		return 0, fmt.Errorf("delete locks of task %s: %w", taskID, err)
	}
	return deleted, nil
}
