package sqlite

import (
	"context"
	"fmt"

	"zombiezen.com/go/sqlite"

	"ovate/druid"
	"ovate/internal/metadata"
)

// Locks implements metadata.Reader.
func (c *conn) Locks(context.Context) ([]metadata.LockRow, error) {
	var rows []metadata.LockRow
	err := c.query(`SELECT id, task_id, lock_payload FROM {tasklocks} ORDER BY id`, func(stmt *sqlite.Stmt) error {
		row := metadata.LockRow{ID: stmt.ColumnInt64(0), TaskID: stmt.ColumnText(1)}
		if err := row.Lock.UnmarshalJSON(c.bytes(stmt, 2)); err != nil {
			row.Lock = druid.TaskLock{}
			row.Unreadable = c.bad.Tell(c.names.base+"_tasklocks", fmt.Sprintf("%d of task %s", row.ID, row.TaskID), err)
		}
		rows = append(rows, row)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read locks: %w", err)
	}
	return rows, nil
}

// InsertLock implements metadata.Tx.
func (c *conn) InsertLock(taskID string, lock druid.TaskLock) (int64, error) {
	stored, err := c.exec(`INSERT INTO {tasklocks}(task_id, lock_payload) VALUES (?, ?)`, taskID, lock.AppendJSON(nil))
	if err == nil && stored == 0 {
		err = metadata.NotStored()
	}
	if err != nil {
		return 0, fmt.Errorf("insert lock of task %s on %s: %w", taskID, lock.Interval, err)
	}
	return c.db.LastInsertRowID(), nil
}

// ReplaceLock implements metadata.Tx.
func (c *conn) ReplaceLock(id int64, lock druid.TaskLock) error {
	changed, err := c.exec(`UPDATE {tasklocks} SET lock_payload = ? WHERE id = ?`, lock.AppendJSON(nil), id)
	return metadata.OneLock("replace", id, changed, err)
}

// DeleteLock implements metadata.Tx.
func (c *conn) DeleteLock(id int64) error {
	changed, err := c.exec(`DELETE FROM {tasklocks} WHERE id = ?`, id)
	return metadata.OneLock("delete", id, changed, err)
}

// DeleteLocks implements metadata.Tx.
func (c *conn) DeleteLocks(taskID string) (int, error) {
	deleted, err := c.exec(`DELETE FROM {tasklocks} WHERE task_id = ?`, taskID)
	if err != nil {
		return 0, fmt.Errorf("delete locks of task %s: %w", taskID, err)
	}
	return deleted, nil
}
