package sqlite

import (
	"context"
	"fmt"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite/sqlite3"
)

// supervisorColumns are what supervisorRow reads.
const supervisorColumns = `id, spec_id, created_date, payload`

// supervisorRow reads a row, whose payload the next one overwrites.
func (c *conn) supervisorRow(stmt *sqlite3.Stmt) metadata.SupervisorRow {
	row := metadata.SupervisorRow{ID: stmt.ColumnInt64(0), SpecID: stmt.ColumnText(1), Version: stmt.ColumnText(2), Payload: c.bytes(stmt, 3)}
	var err error
	if row.Type, err = metadata.DecodeSupervisor(row.Payload); err != nil {
		row.Unreadable = c.bad.Tell(c.names.base+"_supervisors", fmt.Sprintf("%d of supervisor %s", row.ID, row.SpecID), err)
	}
	return row
}

// Supervisors implements metadata.Reader.
func (c *conn) Supervisors(ctx context.Context) (rows []metadata.SupervisorRow, err error) {
	err = c.query(`SELECT `+supervisorColumns+` FROM {supervisors} WHERE id IN (SELECT max(id) FROM {supervisors} GROUP BY spec_id)
		ORDER BY spec_id`, func(stmt *sqlite3.Stmt) error {
		row := c.supervisorRow(stmt)
		row.Payload = append([]byte{}, row.Payload...)
		rows = append(rows, row)
		return ctx.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("read supervisors: %w", err)
	}
	return rows, nil
}

// SupervisorIDs implements metadata.Reader.
func (c *conn) SupervisorIDs(ctx context.Context) (ids []string, err error) {
	err = c.query(`SELECT DISTINCT spec_id FROM {supervisors} ORDER BY spec_id`, func(stmt *sqlite3.Stmt) error {
		ids = append(ids, stmt.ColumnText(0))
		return ctx.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("read the ids of supervisors: %w", err)
	}
	return ids, nil
}

// SupervisorVersions implements metadata.Reader.
func (c *conn) SupervisorVersions(ctx context.Context, id string, most int, fn func(*metadata.SupervisorRow) error) error {
	return metadata.EachVersion(ctx, id, most, fn, func(before int64, most int) ([]metadata.SupervisorRow, error) {
		return c.versionsBefore(id, before, most)
	})
}

// versionsBefore is a page of versions: those before one, the newest first.
func (c *conn) versionsBefore(id string, before int64, most int) (page []metadata.SupervisorRow, err error) {
	bytes := 0
	err = c.query(`SELECT `+supervisorColumns+` FROM {supervisors} WHERE spec_id = ? AND id < ? ORDER BY id DESC LIMIT ?`, func(stmt *sqlite3.Stmt) error {
		row := c.supervisorRow(stmt)
		row.Payload = append([]byte{}, row.Payload...)
		page = append(page, row)
		if bytes += len(row.Payload); bytes > pageBytes {
			return errStop
		}
		return nil
	}, id, before, min(most, pageRows))
	return page, err
}

// InsertSupervisor implements metadata.Tx.
func (c *conn) InsertSupervisor(id string, payload []byte, now druid.Instant) error {
	stored, err := c.exec(`INSERT INTO {supervisors}(spec_id, created_date, payload) VALUES (?, ?, ?)`, id, now, payload)
	if err == nil && stored == 0 {
		err = metadata.NotStored()
	}
	if err != nil {
		return fmt.Errorf("insert a version of supervisor %s: %w", id, err)
	}
	return nil
}

// SetSupervisorPayload implements metadata.Tx.
func (c *conn) SetSupervisorPayload(row metadata.SupervisorRow) error {
	changed, err := c.exec(`UPDATE {supervisors} SET payload = ? WHERE id = ?`, row.Payload, row.ID)
	if err == nil && changed == 0 {
		err = metadata.ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("set the payload of version %d of supervisor %s: %w", row.ID, row.SpecID, err)
	}
	return nil
}

// DeleteSupervisorsBefore implements metadata.Tx.
func (c *conn) DeleteSupervisorsBefore(t druid.Instant, limit int) (deleted int, err error) {
	newest, err := c.Supervisors(context.Background())
	if err != nil {
		return 0, err
	}
	for _, row := range newest {
		if !row.Terminated() {
			continue
		}
		var versions []metadata.SupervisorRow
		err := c.query(`SELECT id, created_date FROM {supervisors} WHERE spec_id = ? ORDER BY id`, func(stmt *sqlite3.Stmt) error {
			versions = append(versions, metadata.SupervisorRow{ID: stmt.ColumnInt64(0), Version: stmt.ColumnText(1)})
			return nil
		}, row.SpecID)
		for _, id := range metadata.OutdatedSupervisor(versions, t, limit-deleted) {
			n := 0
			if err == nil {
				n, err = c.exec(`DELETE FROM {supervisors} WHERE id = ?`, id)
			}
			deleted += n
		}
		if err != nil {
			return 0, fmt.Errorf("delete versions of supervisor %s: %w", row.SpecID, err)
		}
	}
	return deleted, nil
}
