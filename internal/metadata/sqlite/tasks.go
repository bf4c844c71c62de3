package sqlite

import (
	"context"
	"encoding/json"
	"fmt"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite/sqlite3"
)

// Task implements metadata.Reader.
func (c *conn) Task(_ context.Context, id string) (*metadata.TaskRow, error) {
	var row *metadata.TaskRow
	err := c.query(`SELECT `+taskColumns+`, payload FROM {tasks} WHERE id = ?`, func(stmt *sqlite3.Stmt) error {
		row = new(metadata.TaskRow)
		c.taskRow(stmt, row)
		row.Payload = stmt.AppendColumn(nil, 7)
		return nil
	}, id)
	if err != nil {
		return nil, fmt.Errorf("read task %s: %w", id, err)
	}
	if row == nil {
		return nil, fmt.Errorf("task %s: %w", id, metadata.ErrNotFound)
	}
	return row, nil
}

// PayloadSize implements metadata.Reader. What SQLite reads for octet_length is the header of the row alone.
func (c *conn) PayloadSize(_ context.Context, id string) (int64, error) {
	size := int64(-1)
	err := c.query(`SELECT octet_length(payload) FROM {tasks} WHERE id = ?`, func(stmt *sqlite3.Stmt) error {
		size = stmt.ColumnInt64(0)
		return nil
	}, id)
	if err != nil {
		return 0, fmt.Errorf("read the size of task %s: %w", id, err)
	}
	if size < 0 {
		return 0, fmt.Errorf("task %s: %w", id, metadata.ErrNotFound)
	}
	return size, nil
}

// TaskStatuses implements metadata.Reader. It runs one prepared statement for each id, which takes no longer than one for all.
func (c *conn) TaskStatuses(ctx context.Context, ids []string) ([]metadata.TaskRow, error) {
	rows := make([]metadata.TaskRow, 0, len(ids))
	for _, id := range ids {
		err := c.query(`SELECT `+taskColumns+` FROM {tasks} WHERE id = ?`, func(stmt *sqlite3.Stmt) error {
			rows = append(rows, metadata.TaskRow{})
			c.taskRow(stmt, &rows[len(rows)-1])
			return ctx.Err()
		}, id)
		if err != nil {
			return nil, fmt.Errorf("read the status of task %s: %w", id, err)
		}
	}
	return rows, nil
}

// ActiveTasks implements metadata.Reader.
func (c *conn) ActiveTasks(ctx context.Context, fn func(*metadata.TaskRow) error) error {
	return c.activeTasks(ctx, fn, inTurn)
}

// ActiveTaskIDs implements metadata.Reader. Nobody else writes to the file, so that nobody asks often.
func (c *conn) ActiveTaskIDs(ctx context.Context) (ids []string, err error) {
	err = c.ActiveTasks(ctx, func(row *metadata.TaskRow) error {
		ids = append(ids, row.ID)
		return nil
	})
	return ids, err
}

// pages is inTurn or inParallel.
type pages func(read func(*taskPage, handPage) error, take func(*taskPage) error) error

// activeTasks hands the rows to fn as they come, and those of which nobody knows whether they are active last. An index has all of a row
// but what summary stands for: the table is read for the rows without one alone.
func (c *conn) activeTasks(ctx context.Context, fn func(*metadata.TaskRow) error, in pages) error {
	read := func(page *taskPage, hand handPage) error {
		add := func(stmt *sqlite3.Stmt) (err error) {
			if err := ctx.Err(); err != nil {
				return err
			}
			if page.full() {
				if page, err = hand(page); err != nil {
					return err
				}
			}
			page.add(stmt, true)
			return nil
		}
		err := c.query(`SELECT id, created_date, datasource, type, group_id, CASE WHEN summary IS NULL THEN status_payload END, 1, coalesce(summary, payload)
			FROM {tasks} INDEXED BY {idx_tasks_active} WHERE active = 1 ORDER BY created_date, id`, add)
		if err == nil {
			err = c.query(`SELECT `+taskColumns+`, payload FROM {tasks} WHERE active NOT IN (0, 1) ORDER BY id`, add)
		}
		if err == nil {
			_, err = hand(page)
		}
		return err
	}
	return in(read, handRows(c.names, c.bad, fn))
}

// handRows makes a function that decodes pages and hands their rows to fn.
func handRows(names *tableNames, bad *metadata.UnreadableLog, fn func(*metadata.TaskRow) error) func(*taskPage) error {
	decoder := taskDecoder{names, metadata.Texts{}, bad, new(block)}
	var row metadata.TaskRow
	return func(page *taskPage) error {
		for i := range page.rows {
			decoder.decode(page, i, &row)
			if err := fn(&row); err != nil {
				return err
			}
		}
		return nil
	}
}

// CompleteTasks implements metadata.Reader.
func (c *conn) CompleteTasks(ctx context.Context, q metadata.TaskQuery, fn func(*metadata.TaskRow) error) error {
	list := completeReader{query: q, with: func(fn func(*conn) error) error { return fn(c) }}
	return list.each(ctx, inTurn, handRows(c.names, c.bad, fn), fn)
}

// InsertTasks implements metadata.Tx.
func (c *conn) InsertTasks(rows ...*metadata.TaskRow) error {
	for _, row := range rows {
		if err := c.insertTask(row); err != nil {
			return err
		}
	}
	return nil
}

func (c *conn) insertTask(row *metadata.TaskRow) error {
	var summary any
	if row.Summary != nil && row.Status == (druid.TaskStatus{ID: row.ID, State: druid.Running, Duration: -1, Location: druid.UnknownLocation}) {
		summary = row.Summary
	}
	stored, err := c.exec(`INSERT INTO {tasks}(id, created_date, datasource, active, type, group_id, status_payload, payload, summary)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		row.ID, row.Created, row.DataSource, row.Status.State == druid.Running, row.Type, row.GroupID,
		row.Status.AppendJSON(nil), row.Payload, summary)
	if isTaken(err) {
		return fmt.Errorf("task %s: %w", row.ID, metadata.ErrExists)
	}
	if err != nil {
		return fmt.Errorf("insert task %s: %w", row.ID, err)
	}
	if stored == 0 {
		return fmt.Errorf("insert task %s: %w", row.ID, metadata.NotStored())
	}
	return nil
}

// SetTaskStatus implements metadata.Tx.
func (c *conn) SetTaskStatus(status druid.TaskStatus) error {
	changed, err := c.exec(`UPDATE {tasks} SET active = ?, status_payload = ?, summary = NULL WHERE id = ? AND active = 1`,
		status.State == druid.Running, status.AppendJSON(nil), status.ID)
	if err == nil && changed == 0 {
		changed, err = c.setOddStatus(status)
	}
	if err != nil {
		return fmt.Errorf("set status of task %s: %w", status.ID, err)
	}
	if changed == 0 {
		return fmt.Errorf("set status of task %s to %s: %w", status.ID, status.State, metadata.ErrNotActive)
	}
	return nil
}

// SetTaskPayload implements metadata.Tx.
func (c *conn) SetTaskPayload(id string, payload []byte) error {
	changed, err := c.exec(`UPDATE {tasks} SET payload = ? WHERE id = ?`, payload, id)
	if err == nil && changed == 0 {
		err = metadata.ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("set the payload of task %s: %w", id, err)
	}
	return nil
}

// setOddStatus is SetTaskStatus for a task of which nobody knows whether it is active: it is, unless its status is final.
func (c *conn) setOddStatus(status druid.TaskStatus) (changed int, err error) {
	final := false
	err = c.query(`SELECT status_payload FROM {tasks} WHERE id = ? AND active NOT IN (0, 1)`, func(stmt *sqlite3.Stmt) error {
		before := druid.TaskStatus{ID: status.ID}
		final = metadata.DecodeStatus(c.bytes(stmt, 0), c.texts, &before) == nil && before.State != druid.Running
		return nil
	}, status.ID)
	if err != nil || final {
		return 0, err
	}
	return c.exec(`UPDATE {tasks} SET active = ?, status_payload = ?, summary = NULL WHERE id = ? AND active NOT IN (0, 1)`,
		status.State == druid.Running, status.AppendJSON(nil), status.ID)
}

// DeleteTasksBefore implements metadata.Tx. What was submitted nobody knows when stays.
func (c *conn) DeleteTasksBefore(t druid.Instant, keep []string, limit int) (int, error) {
	kept, err := json.Marshal(append([]string{}, keep...))
	if err != nil {
		return 0, fmt.Errorf("delete tasks created before %s: %w", t, err)
	}
	deleted, err := c.exec(`DELETE FROM {tasks} WHERE rowid IN
		(SELECT rowid FROM {tasks} WHERE active = 0 AND created_date < ? AND created_date GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-*'
			AND id NOT IN (SELECT value FROM json_each(?)) ORDER BY created_date LIMIT ?)`, instantText(t), string(kept), limit)
	if err != nil {
		return 0, fmt.Errorf("delete tasks created before %s: %w", t, err)
	}
	return deleted, nil
}
