package sqlite

import (
	"context"
	"fmt"
	"math"

	"zombiezen.com/go/sqlite"

	"ovate/druid"
	"ovate/internal/metadata"
)

// taskColumns are read by taskRow; the column after them is the query's own business.
const taskColumns = `id, created_date, datasource, type, group_id, status_payload, active`

// taskRow fills row from taskColumns. Texts that equal those of the row before are not made again; ids makes the one that never does.
func (c *conn) taskRow(stmt *sqlite.Stmt, row *metadata.TaskRow, ids *block) {
	row.ID, row.Unreadable = ids.text(c.bytes(stmt, 0)), nil
	var err error
	row.Created, err = c.instant(stmt, 1)
	row.DataSource = c.texts.Of(c.bytes(stmt, 2))
	row.Type = c.texts.Of(c.bytes(stmt, 3))
	if group := c.bytes(stmt, 4); string(group) == row.ID {
		row.GroupID = row.ID
	} else {
		row.GroupID = string(group)
	}
	row.Status.ID = row.ID
	if err == nil {
		err = metadata.DecodeStatus(c.bytes(stmt, 5), c.texts, &row.Status)
	}
	active, known := boolean(stmt, 6)
	if err == nil && !known {
		err = fmt.Errorf("column active holds %q, which is neither 1 nor 0", stmt.ColumnText(6))
	}
	if err == nil {
		return
	}
	row.Unreadable = c.bad.tell(c.names.base+"_tasks", row.ID, err)
	row.Status = druid.TaskStatus{
		ID: row.ID, Duration: -1, ErrorMsg: druid.TruncateErrorMsg(row.Unreadable.Error()), Location: druid.UnknownLocation,
	}
	if active || !known {
		row.Status.State = druid.Running
	}
}

// boolean reads a column that should hold 1 or 0.
func boolean(stmt *sqlite.Stmt, col int) (value, known bool) {
	if stmt.ColumnType(col) != sqlite.TypeInteger {
		return false, false
	}
	n := stmt.ColumnInt64(col)
	return n == 1, n == 0 || n == 1
}

// Task implements metadata.Reader.
func (c *conn) Task(_ context.Context, id string) (*metadata.TaskRow, error) {
	var row *metadata.TaskRow
	err := c.query(`SELECT `+taskColumns+`, payload FROM {tasks} WHERE id = ?`, func(stmt *sqlite.Stmt) error {
		row = &metadata.TaskRow{Payload: make([]byte, stmt.ColumnLen(7))}
		stmt.ColumnBytes(7, row.Payload)
		c.taskRow(stmt, row, nil)
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
	err := c.query(`SELECT octet_length(payload) FROM {tasks} WHERE id = ?`, func(stmt *sqlite.Stmt) error {
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
		err := c.query(`SELECT `+taskColumns+` FROM {tasks} WHERE id = ?`, func(stmt *sqlite.Stmt) error {
			rows = append(rows, metadata.TaskRow{})
			c.taskRow(stmt, &rows[len(rows)-1], nil)
			return ctx.Err()
		}, id)
		if err != nil {
			return nil, fmt.Errorf("read the status of task %s: %w", id, err)
		}
	}
	return rows, nil
}

// ActiveTasks implements metadata.Reader. Rows of which nobody knows whether they are active come last.
func (c *conn) ActiveTasks(ctx context.Context, fn func(*metadata.TaskRow) error) error {
	var row metadata.TaskRow
	var ids block
	take := func(stmt *sqlite.Stmt) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		c.taskRow(stmt, &row, &ids)
		row.Payload = columnInto(row.Payload, stmt, 7)
		return fn(&row)
	}
	err := c.query(`SELECT `+taskColumns+`, payload FROM {tasks} WHERE active = 1 ORDER BY created_date, id`, take)
	if err == nil {
		err = c.query(`SELECT `+taskColumns+`, payload FROM {tasks} WHERE active NOT IN (0, 1) ORDER BY id`, take)
	}
	return err
}

// CompleteTasks implements metadata.Reader.
func (c *conn) CompleteTasks(ctx context.Context, q metadata.TaskQuery, fn func(*metadata.TaskRow) error) error {
	return completeTasks(ctx, q, fn, func(fn func(*conn) error) error { return fn(c) })
}

// completePage is how many rows are read before they are handed on. A list is read in pages so that whoever is slow
// to take it (a client behind a thin line) keeps no connection and no state of the database meanwhile.
const completePage = 512

// completeTasks reads page after page, each on a connection that with gives it, and hands the rows to fn.
func completeTasks(ctx context.Context, q metadata.TaskQuery, fn func(*metadata.TaskRow) error, with func(func(*conn) error) error) error {
	left := q.Max
	if left < 0 {
		left = math.MaxInt
	}
	page := completeReader{query: q, rows: make([]metadata.TaskRow, min(left, completePage))}
	page.created, page.oldest = beyondText, ""
	if q.Created != nil {
		page.created, page.oldest = instantText(q.Created.End), instantText(q.Created.Start)
	}
	if page.created == beyondText && left > 0 {
		told, err := undatedTasks(ctx, q, left, fn, with)
		if err != nil {
			return err
		}
		page.told = told
		left -= len(told)
	}
	for left > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		page.rows = page.rows[:min(left, completePage)]
		full := len(page.rows)
		if err := with(page.read); err != nil {
			return err
		}
		for i := range page.rows {
			if page.told[page.rows[i].ID] {
				continue
			}
			if err := fn(&page.rows[i]); err != nil {
				return err
			}
			left--
		}
		if len(page.rows) < full {
			return nil
		}
	}
	return nil
}

// undatedTasks tells of final tasks that were submitted nobody knows when: they are in no order of time, and come first. Their ids are
// returned. There are hardly ever any.
func undatedTasks(ctx context.Context, q metadata.TaskQuery, most int, fn func(*metadata.TaskRow) error, with func(func(*conn) error) error) (told map[string]bool, err error) {
	var rows []metadata.TaskRow
	err = with(func(c *conn) error {
		return c.query(`SELECT `+taskColumns+` FROM {tasks} WHERE `+isUndated+` ORDER BY id`, func(stmt *sqlite.Stmt) error {
			var row metadata.TaskRow
			c.taskRow(stmt, &row, nil)
			at := row.Unreadable != nil || q.Created == nil || q.Created.Contains(row.Created)
			if at && (q.DataSource == "" || q.DataSource == row.DataSource) && (q.Type == "" || q.Type == row.Type) {
				rows = append(rows, row)
			}
			if len(rows) == most {
				return errStop
			}
			return ctx.Err()
		})
	})
	if err != nil {
		return nil, fmt.Errorf("list complete tasks without a time: %w", err)
	}
	for i := range rows {
		if told == nil {
			told = map[string]bool{}
		}
		told[rows[i].ID] = true
		if err := fn(&rows[i]); err != nil {
			return nil, err
		}
	}
	return told, nil
}

// isUndated is what the index of such tasks has.
const isUndated = `active = 0 AND (typeof(created_date) <> 'text' OR created_date NOT GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-*')`

// completeReader reads the final tasks of a query, newest first, from where it stopped the last time.
type completeReader struct {
	query metadata.TaskQuery
	// The next row comes after (created, id) in the order of the list, and was not created before oldest.
	created, id any
	oldest      string
	rows        []metadata.TaskRow
	told        map[string]bool // already
}

// read fills p.rows, cutting them to what there is. Whatever the filters, an index has the rows in this very order, so
// that reading ends where the rows do; SQLite is told which, because it cannot know how much shorter the walk is.
func (p *completeReader) read(c *conn) error {
	filter, index := "", "{idx_tasks_complete}"
	args := []any{p.oldest, p.created, p.id}
	switch dataSource, typ := p.query.DataSource, p.query.Type; {
	case dataSource != "" && typ != "":
		filter, index, args = " AND datasource = ? AND type = ?", "{idx_tasks_complete_both}", append(args, dataSource, typ)
	case dataSource != "":
		filter, index, args = " AND datasource = ?", "{idx_tasks_complete_datasource}", append(args, dataSource)
	case typ != "":
		filter, index, args = " AND type = ?", "{idx_tasks_complete_type}", append(args, typ)
	}
	n := 0
	var ids block
	err := c.query(`SELECT `+taskColumns+` FROM {tasks} INDEXED BY `+index+`
		WHERE active = 0 AND created_date >= ? AND (created_date, id) < (?, ?)`+filter+`
		ORDER BY created_date DESC, id DESC LIMIT ?`, func(stmt *sqlite.Stmt) error {
		row := &p.rows[n]
		n++
		if n == len(p.rows) {
			p.id, p.created = key(stmt, 0), key(stmt, 1)
		}
		c.taskRow(stmt, row, &ids)
		return nil
	}, append(args, len(p.rows))...)
	if err != nil {
		return fmt.Errorf("list complete tasks: %w", err)
	}
	p.rows = p.rows[:n]
	return nil
}

// InsertTask implements metadata.Tx.
func (c *conn) InsertTask(row *metadata.TaskRow) error {
	_, err := c.exec(`INSERT INTO {tasks}(id, created_date, datasource, active, type, group_id, status_payload, payload)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		row.ID, row.Created, row.DataSource, row.Status.State == druid.Running, row.Type, row.GroupID,
		row.Status.AppendJSON(nil), row.Payload)
	if isTaken(err) {
		return fmt.Errorf("task %s: %w", row.ID, metadata.ErrExists)
	}
	if err != nil {
		return fmt.Errorf("insert task %s: %w", row.ID, err)
	}
	return nil
}

// SetTaskStatus implements metadata.Tx.
func (c *conn) SetTaskStatus(status druid.TaskStatus) error {
	changed, err := c.exec(`UPDATE {tasks} SET active = ?, status_payload = ? WHERE id = ? AND active = 1`,
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

// setOddStatus is SetTaskStatus for a task of which nobody knows whether it is active: it is, unless its status is final.
func (c *conn) setOddStatus(status druid.TaskStatus) (changed int, err error) {
	final := false
	err = c.query(`SELECT status_payload FROM {tasks} WHERE id = ? AND active NOT IN (0, 1)`, func(stmt *sqlite.Stmt) error {
		before := druid.TaskStatus{ID: status.ID}
		final = metadata.DecodeStatus(c.bytes(stmt, 0), c.texts, &before) == nil && before.State != druid.Running
		return nil
	}, status.ID)
	if err != nil || final {
		return 0, err
	}
	return c.exec(`UPDATE {tasks} SET active = ?, status_payload = ? WHERE id = ? AND active NOT IN (0, 1)`,
		status.State == druid.Running, status.AppendJSON(nil), status.ID)
}

// DeleteTasksBefore implements metadata.Tx. What was submitted nobody knows when stays.
func (c *conn) DeleteTasksBefore(t druid.Instant, limit int) (int, error) {
	deleted, err := c.exec(`DELETE FROM {tasks} WHERE rowid IN
		(SELECT rowid FROM {tasks} WHERE active = 0 AND created_date < ? AND created_date GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-*' ORDER BY created_date LIMIT ?)`, instantText(t), limit)
	if err != nil {
		return 0, fmt.Errorf("delete tasks created before %s: %w", t, err)
	}
	return deleted, nil
}
