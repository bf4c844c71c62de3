package sqldb

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"ovate/druid"
	"ovate/internal/metadata"
)

// hasSupervisors tells whether there is a table of supervisors. Who may make no tables may be without.
func (s *Store) hasSupervisors() bool { return s.found.has("supervisors", "spec_id") }

// supervisorRow reads a row of id, spec_id, created_date and payload.
func (s *Store) supervisorRow(scan scan) (row metadata.SupervisorRow, err error) {
	if err := scan(&row.ID, &row.SpecID, &row.Version, &row.Payload); err != nil {
		return row, err
	}
	var unreadable error
	if row.Type, unreadable = metadata.DecodeSupervisor(row.Payload); unreadable != nil {
		row.Unreadable = s.bad.Tell(s.names.table("supervisors"), fmt.Sprintf("%d of supervisor %s", row.ID, row.SpecID), unreadable)
	}
	return row, nil
}

// Supervisors implements metadata.Reader. The collation of a MySQL database may take two ids for the same: which row is the newest of each
// is found out here.
func (r reader) Supervisors(ctx context.Context) (rows []metadata.SupervisorRow, err error) {
	if !r.store.hasSupervisors() {
		return nil, nil
	}
	err = r.with(ctx, func(c conn) error {
		rows, err = c.supervisors(r.store)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read supervisors: %w", err)
	}
	return rows, nil
}

// SupervisorIDs implements metadata.Reader.
func (r reader) SupervisorIDs(ctx context.Context) (ids []string, err error) {
	if !r.store.hasSupervisors() {
		return nil, nil
	}
	err = r.with(ctx, func(c conn) error {
		newest, err := c.newestVersions()
		ids = slices.Sorted(maps.Keys(newest))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the ids of supervisors: %w", err)
	}
	return ids, nil
}

// newestVersions are the newest rows of all supervisors, by their ids.
func (c conn) newestVersions() (map[string]int64, error) {
	newest := map[string]int64{}
	err := c.query(`SELECT id, spec_id FROM {supervisors}`, func(scan scan) error {
		var id int64
		var of string
		err := scan(&id, &of)
		newest[of] = max(newest[of], id)
		return err
	})
	return newest, err
}

func (c conn) supervisors(s *Store) (rows []metadata.SupervisorRow, err error) {
	newest, err := c.newestVersions()
	if err != nil {
		return nil, err
	}
	err = inChunks(slices.Sorted(maps.Values(newest)), someKeys, func(ids []int64) error {
		return c.query(`SELECT id, spec_id, created_date, payload FROM {supervisors} WHERE id IN (`+marks(len(ids))+`)`, func(scan scan) error {
			row, err := s.supervisorRow(scan)
			rows = append(rows, row)
			return err
		}, anys(ids)...)
	})
	slices.SortFunc(rows, func(a, b metadata.SupervisorRow) int { return strings.Compare(a.SpecID, b.SpecID) })
	return rows, err
}

// SupervisorVersions implements metadata.Reader.
func (r reader) SupervisorVersions(ctx context.Context, id string, most int, fn func(*metadata.SupervisorRow) error) error {
	if !r.store.hasSupervisors() {
		return nil
	}
	return metadata.EachVersion(ctx, id, most, fn, func(before int64, most int) (page []metadata.SupervisorRow, err error) {
		err = r.with(ctx, func(c conn) error {
			page = nil
			bytes := 0
			return c.query(`SELECT id, spec_id, created_date, payload FROM {supervisors} WHERE {is spec_id} AND id < ? ORDER BY id DESC LIMIT ?`, func(scan scan) error {
				row, err := r.store.supervisorRow(scan)
				if err != nil {
					return err
				}
				page = append(page, row)
				if bytes += len(row.Payload); bytes > pageBytes {
					return errStop
				}
				return nil
			}, name(id), before, min(most, pageRows))
		})
		return page, err
	})
}

// InsertSupervisor implements metadata.Tx.
func (t *transaction) InsertSupervisor(id string, payload []byte, now druid.Instant) error {
	if !t.store.hasSupervisors() {
		return &metadata.PermanentError{Err: druid.InvalidInput("supervisor[%s] cannot be stored: there is no table %s. "+
			"Set druid.metadata.storage.connector.createTables to true, or add it", id, t.store.names.table("supervisors"))}
	}
	if err := t.store.mustFit("supervisors", field{"id", "spec_id", id}); err != nil {
		return fmt.Errorf("insert a version of supervisor %.300s: %w", id, err)
	}
	err := t.conn.mustExec(1, `INSERT INTO {supervisors}(spec_id, created_date, payload) VALUES (?, ?, ?)`, id, now, payload)
	if err != nil {
		return fmt.Errorf("insert a version of supervisor %s: %w", id, err)
	}
	return nil
}

// SetSupervisorPayload implements metadata.Tx.
func (t *transaction) SetSupervisorPayload(row metadata.SupervisorRow) error {
	changed := 0
	var err error
	if t.store.hasSupervisors() {
		changed, err = t.conn.exec(`UPDATE {supervisors} SET payload = ? WHERE id = ?`, row.Payload, row.ID)
	}
	if err == nil && changed == 0 {
		err = metadata.ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("set the payload of version %d of supervisor %s: %w", row.ID, row.SpecID, err)
	}
	return nil
}

// DeleteSupervisorsBefore implements metadata.Tx.
func (t *transaction) DeleteSupervisorsBefore(before druid.Instant, limit int) (deleted int, err error) {
	if !t.store.hasSupervisors() {
		return 0, nil
	}
	newest, err := t.conn.supervisors(t.store)
	if err != nil {
		return 0, fmt.Errorf("read supervisors: %w", err)
	}
	for _, row := range newest {
		if !row.Terminated() {
			continue
		}
		outdated, err := t.outdated(row.SpecID, before, limit-deleted)
		n := 0
		if err == nil {
			n, err = execEach(t.conn, `DELETE FROM {supervisors} WHERE`, outdated)
		}
		if err != nil {
			return 0, fmt.Errorf("delete versions of supervisor %s: %w", row.SpecID, err)
		}
		deleted += n
	}
	return deleted, nil
}

// outdated are the ids of versions to delete.
func (t *transaction) outdated(id string, before druid.Instant, limit int) ([]int64, error) {
	var versions []metadata.SupervisorRow
	err := t.conn.query(`SELECT id, spec_id, created_date FROM {supervisors} WHERE {is spec_id} ORDER BY id`, func(scan scan) error {
		var row metadata.SupervisorRow
		err := scan(&row.ID, &row.SpecID, &row.Version)
		versions = append(versions, row)
		return err
	}, name(id))
	return metadata.OutdatedSupervisor(versions, before, limit), err
}
