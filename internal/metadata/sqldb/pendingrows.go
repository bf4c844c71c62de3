package sqldb

import (
	"fmt"
	"slices"

	"ovate/internal/metadata"
)

// somePending is how many pending segments a statement has.
const somePending = 200

// InsertPending implements metadata.Tx.
func (t *transaction) InsertPending(rows []metadata.PendingRow) (inserted []string, err error) {
	if slices.ContainsFunc(rows, func(row metadata.PendingRow) bool { return row.UpgradedFrom != "" }) {
		if err := t.store.upgrades(); err != nil {
			return nil, err
		}
	}
	for i := range rows {
		if err := t.store.mustHoldPending(&rows[i]); err != nil {
			return nil, fmt.Errorf("insert pending segment %.300s: %w", rows[i].ID, err)
		}
	}
	err = inChunks(rows, somePending, func(rows []metadata.PendingRow) error {
		some, err := t.insertPending(rows)
		inserted = append(inserted, some...)
		return err
	})
	return inserted, err
}

// insertPending takes all keys for free, as they nearly always are. Where one is taken, each half of what is left is inserted by itself, down to the
// row whose it is.
func (t *transaction) insertPending(rows []metadata.PendingRow) (inserted []string, err error) {
	if len(rows) == 1 {
		return t.insertOnePending(&rows[0])
	}
	statement, args := t.store.insertPending(rows)
	ids := make([]string, len(rows))
	for i := range rows {
		ids[i] = rows[i].ID.String()
	}
	stored, err := t.conn.insertMany(statement, args, ids)
	if err != nil {
		return nil, fmt.Errorf("insert pending segment %s and %d others: %w", ids[0], len(rows)-1, err)
	}
	left := slices.DeleteFunc(slices.Clone(rows), func(row metadata.PendingRow) bool { return stored[row.ID.String()] })
	err = inChunks(left, (len(left)+1)/2, func(half []metadata.PendingRow) error {
		some, err := t.insertPending(half)
		for _, id := range some {
			stored[id] = true
		}
		return err
	})
	for _, id := range ids {
		if stored[id] {
			inserted = append(inserted, id)
		}
		delete(stored, id)
	}
	return inserted, err
}

func (t *transaction) insertOnePending(row *metadata.PendingRow) ([]string, error) {
	id := row.ID.String()
	statement, args := t.store.insertPending([]metadata.PendingRow{*row})
	free, err := t.conn.insert(statement, args, `SELECT 1 FROM {pendingSegments} WHERE id = ? OR sequence_name_prev_id_sha1 = ?`, id, row.Key)
	if err != nil {
		return nil, fmt.Errorf("insert pending segment %s: %w", id, err)
	}
	if free {
		return []string{id}, nil
	}
	if err := t.mustBeAlone("pendingSegments", "id", id); err != nil {
		return nil, fmt.Errorf("insert pending segment %s: %w", id, err)
	}
	return nil, nil
}

// insertPending is the statement that inserts rows.
func (s *Store) insertPending(rows []metadata.PendingRow) (statement string, args []any) {
	columns := `id, dataSource, created_date, start, {end}, sequence_name, sequence_prev_id, sequence_name_prev_id_sha1, payload`
	upgraded, allocator := s.found.has("pendingSegments", "upgraded_from_segment_id"), s.found.has("pendingSegments", "task_allocator_id")
	if upgraded {
		columns += `, upgraded_from_segment_id`
	}
	if allocator {
		columns += `, task_allocator_id`
	}
	for i := range rows {
		row := &rows[i]
		args = append(args, row.ID.String(), row.ID.DataSource, row.Created, row.ID.Interval.Start, row.ID.Interval.End, row.SequenceName, row.PreviousID, row.Key,
			metadata.AppendPending(nil, row))
		if upgraded {
			args = append(args, textOrNull(row.UpgradedFrom))
		}
		if allocator {
			args = append(args, textOrNull(row.Allocator))
		}
	}
	return `INSERT INTO {pendingSegments}(` + columns + `) VALUES ` + tuples(len(args)/len(rows), len(rows)), args
}
