package sqldb

import (
	"fmt"

	"ovate/druid"
	"ovate/internal/metadata"
)

// InsertTask implements metadata.Tx.
func (t *transaction) InsertTask(row *metadata.TaskRow) error {
	columns, args := `id, created_date, datasource, payload, status_payload, active`, []any{
		row.ID, row.Created, row.DataSource, row.Payload, row.Status.AppendJSON(nil), row.Status.State == druid.Running,
	}
	for _, c := range []struct{ name, value string }{{"type", row.Type}, {"group_id", row.GroupID}} {
		if t.store.found.has("tasks", c.name) {
			columns, args = columns+", "+c.name, append(args, c.value)
		}
	}
	free, err := t.conn.insert(`INSERT INTO {tasks}(`+columns+`) VALUES (`+marks(len(args))+`)`, args, `SELECT 1 FROM {tasks} WHERE id = ?`, row.ID)
	if err != nil {
		return fmt.Errorf("insert task %s: %w", row.ID, err)
	}
	if !free {
		return fmt.Errorf("task %s: %w", row.ID, metadata.ErrExists)
	}
	return nil
}

// SetTaskStatus implements metadata.Tx.
func (t *transaction) SetTaskStatus(status druid.TaskStatus) error {
	changed, err := t.conn.exec(`UPDATE {tasks} SET active = ?, status_payload = ? WHERE id = ? AND active = TRUE`,
		status.State == druid.Running, status.AppendJSON(nil), status.ID)
	if err != nil {
		return fmt.Errorf("set status of task %s: %w", status.ID, err)
	}
	if changed == 0 {
		return fmt.Errorf("set status of task %s to %s: %w", status.ID, status.State, metadata.ErrNotActive)
	}
	return nil
}

// DeleteTasksBefore implements metadata.Tx. What was submitted nobody knows when stays.
func (t *transaction) DeleteTasksBefore(before druid.Instant, keep []string, limit int) (int, error) {
	kept := map[string]bool{}
	for _, id := range keep {
		kept[id] = true
	}
	var where condition
	where.compare(` AND created_date <`, before)
	if where.none || limit <= 0 {
		return 0, nil
	}
	var ids []string
	err := t.conn.query(`SELECT id FROM {tasks} WHERE active = FALSE AND created_date LIKE '____-__-__T%'`+where.text.String()+`
		ORDER BY created_date LIMIT ?`, func(scan scan) error {
		var id string
		err := scan(&id)
		if !kept[id] {
			ids = append(ids, id)
		}
		if len(ids) == limit {
			return errStop
		}
		return err
	}, append(where.args, limit+len(keep))...)
	var deleted int
	if err == nil {
		deleted, err = execEach(t.conn, `DELETE FROM {tasks} WHERE active = FALSE AND id IN`, ids)
	}
	if err != nil {
		return 0, fmt.Errorf("delete tasks created before %s: %w", before, err)
	}
	return deleted, nil
}

// execEach runs a statement that ends with IN over ids, some at a time.
func execEach[ID any](c conn, statement string, ids []ID, args ...any) (changed int, err error) {
	err = inChunks(ids, someKeys, func(ids []ID) error {
		n, err := c.exec(statement+` (`+marks(len(ids))+`)`, anys(ids, args...)...)
		changed += n
		return err
	})
	return changed, err
}
