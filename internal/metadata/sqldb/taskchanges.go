package sqldb

import (
	"fmt"
	"slices"

	"ovate/druid"
	"ovate/internal/metadata"
)

// InsertTasks implements metadata.Tx. The ids are taken for free, as they nearly always are.
func (t *transaction) InsertTasks(rows ...*metadata.TaskRow) error {
	for _, row := range rows {
		if err := t.mustStore(row); err != nil {
			return fmt.Errorf("insert task %.300s: %w", row.ID, err)
		}
	}
	return inStatements(rows, func(row *metadata.TaskRow) int { return len(row.Payload) }, func(rows []*metadata.TaskRow) error {
		if len(rows) == 1 {
			return t.insertTask(rows[0])
		}
		statement, args := t.store.insertTasks(rows)
		ids := make([]string, len(rows))
		for i, row := range rows {
			ids[i] = row.ID
		}
		stored, err := t.conn.insertMany(statement, args, ids)
		if err == nil && len(stored) < len(rows) {
			err = metadata.ErrExists
		}
		if err != nil {
			return fmt.Errorf("insert task %s and %d others: %w", ids[0], len(rows)-1, err)
		}
		return nil
	})
}

// mustStore refuses a task that the database cannot store, or whose segments it cannot.
func (t *transaction) mustStore(row *metadata.TaskRow) error {
	err := t.store.mustFit("tasks", field{"id", "id", row.ID}, field{"groupId", "group_id", row.GroupID}, field{"dataSource", "datasource", row.DataSource}, field{"type", "type", row.Type})
	if err == nil {
		err = t.store.mustTell(row.DataSource)
	}
	if err == nil && row.MakesSegments {
		err = t.mustHoldSegments(row.DataSource)
	}
	return err
}

func (t *transaction) insertTask(row *metadata.TaskRow) error {
	statement, args := t.store.insertTasks([]*metadata.TaskRow{row})
	free, err := t.conn.insert(statement, args, `SELECT 1 FROM {tasks} WHERE id = ?`, row.ID)
	if err != nil {
		return fmt.Errorf("insert task %s: %w", row.ID, err)
	}
	if free {
		return nil
	}
	if err := t.mustBeAlone("tasks", "id", row.ID); err != nil {
		return fmt.Errorf("insert task %s: %w", row.ID, err)
	}
	return fmt.Errorf("task %s: %w", row.ID, metadata.ErrExists)
}

// insertTasks is the statement that inserts rows, without what an older cluster has no column for.
func (s *Store) insertTasks(rows []*metadata.TaskRow) (statement string, args []any) {
	columns := `id, created_date, datasource, payload, status_payload, active`
	typ, group := s.found.has("tasks", "type"), s.found.has("tasks", "group_id")
	if typ {
		columns += `, type`
	}
	if group {
		columns += `, group_id`
	}
	for _, row := range rows {
		args = append(args, row.ID, row.Created, row.DataSource, row.Payload, row.Status.AppendJSON(nil), row.Status.State == druid.Running)
		if typ {
			args = append(args, row.Type)
		}
		if group {
			args = append(args, row.GroupID)
		}
	}
	return `INSERT INTO {tasks}(` + columns + `) VALUES ` + tuples(len(args)/len(rows), len(rows)), args
}

// SetTaskStatus implements metadata.Tx.
func (t *transaction) SetTaskStatus(status druid.TaskStatus) error {
	changed, err := t.conn.exec(`UPDATE {tasks} SET active = ?, status_payload = ? WHERE {is id} AND active = TRUE`,
		status.State == druid.Running, status.AppendJSON(nil), name(status.ID))
	if err != nil {
		return fmt.Errorf("set status of task %s: %w", status.ID, err)
	}
	if changed == 0 {
		return fmt.Errorf("set status of task %s to %s: %w", status.ID, status.State, metadata.ErrNotActive)
	}
	return nil
}

// SetTaskPayload implements metadata.Tx.
func (t *transaction) SetTaskPayload(id string, payload []byte) error {
	changed, err := t.conn.exec(`UPDATE {tasks} SET payload = ? WHERE {is id}`, payload, name(id))
	if err == nil && changed == 0 {
		err = metadata.ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("set the payload of task %s: %w", id, err)
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
		deleted, err = execEach(t.conn, `DELETE FROM {tasks} WHERE active = FALSE AND`, ids)
	}
	if err != nil {
		return 0, fmt.Errorf("delete tasks created before %s: %w", before, err)
	}
	return deleted, nil
}

// execEach runs a statement, whose condition ends with that for the ids, some at a time.
func execEach[ID any](c conn, statement string, ids []ID, args ...any) (changed int, err error) {
	err = inChunks(ids, someKeys, func(ids []ID) error {
		among, keys := in(c.store.dialect, "id", ids)
		n, err := c.exec(statement+` `+among, append(slices.Clip(args), keys...)...)
		changed += n
		return err
	})
	return changed, err
}
