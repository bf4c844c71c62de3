package sqlite

import (
	"context"
	"fmt"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite/sqlite3"
)

// Locks implements metadata.Reader.
func (c *conn) Locks(context.Context) ([]metadata.LockRow, error) {
	var rows []metadata.LockRow
	err := c.query(`SELECT id, task_id, lock_payload FROM {tasklocks} ORDER BY id`, func(stmt *sqlite3.Stmt) error {
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

// InsertLocks implements metadata.Tx.
func (c *conn) InsertLocks(rows ...metadata.LockRow) ([]int64, error) {
	ids := make([]int64, len(rows))
	for i := range rows {
		stored, err := c.exec(`INSERT INTO {tasklocks}(task_id, lock_payload) VALUES (?, ?)`, rows[i].TaskID, rows[i].Lock.AppendJSON(nil))
		if err == nil && stored == 0 {
			err = metadata.NotStored()
		}
		if err != nil {
			return nil, fmt.Errorf("insert lock of task %s on %s: %w", rows[i].TaskID, rows[i].Lock.Interval, err)
		}
		ids[i] = c.db.LastInsertRowID()
	}
	return ids, nil
}

// ReplaceLocks implements metadata.Tx.
func (c *conn) ReplaceLocks(rows []metadata.LockRow) (replaced int, err error) {
	for i := range rows {
		n, err := c.exec(`UPDATE {tasklocks} SET lock_payload = ? WHERE id = ?`, rows[i].Lock.AppendJSON(nil), rows[i].ID)
		if err != nil {
			return 0, fmt.Errorf("replace lock %d: %w", rows[i].ID, err)
		}
		replaced += n
	}
	return replaced, nil
}

// DeleteLocks implements metadata.Tx.
func (c *conn) DeleteLocks(ids []int64) (int, error) {
	return deleteEach(c, `DELETE FROM {tasklocks} WHERE id = ?`, "lock", ids)
}

// DeleteLocksOfTask implements metadata.Tx.
func (c *conn) DeleteLocksOfTask(taskID string) (int, error) {
	deleted, err := c.exec(`DELETE FROM {tasklocks} WHERE task_id = ?`, taskID)
	if err != nil {
		return 0, fmt.Errorf("delete locks of task %s: %w", taskID, err)
	}
	return deleted, nil
}
