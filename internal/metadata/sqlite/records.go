package sqlite

import (
	"context"
	"fmt"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite/sqlite3"
)

// MakeRecords implements metadata.Store.
func (s *Store) MakeRecords(ctx context.Context) error {
	if s.records.Load() {
		return s.usable()
	}
	err := s.Update(ctx, func(metadata.Tx) error {
		for _, statement := range []string{
			`CREATE TABLE IF NOT EXISTS {ovateRecords} (kind VARCHAR(32) NOT NULL, id BLOB NOT NULL, time INTEGER NOT NULL, payload BLOB NOT NULL, PRIMARY KEY (kind, id)) WITHOUT ROWID`,
			`CREATE INDEX IF NOT EXISTS {idx_ovateRecords_kind_time} ON {ovateRecords}(kind, time)`,
		} {
			if _, err := s.writer.conn.exec(statement); err != nil { // whose turn it is
				return fmt.Errorf("make the table of records: %w", err)
			}
		}
		return nil
	})
	if err == nil {
		s.records.Store(true)
	}
	return err
}

// hasRecords tells whether the table is there. What another transaction of the same commit has made may be taken back, so that it is only
// remembered by MakeRecords.
func (c *conn) hasRecords() (has bool, err error) {
	if c.records.Load() {
		return true, nil
	}
	err = c.query(`SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND '"' || name || '"' = '{ovateRecords}'`, func(stmt *sqlite3.Stmt) error {
		has = stmt.ColumnInt64(0) > 0
		return nil
	})
	return has, err
}

// Record implements metadata.Reader.
func (c *conn) Record(_ context.Context, kind, id string) (record *metadata.Record, err error) {
	has, err := c.hasRecords()
	if has && err == nil {
		err = c.query(`SELECT time, payload FROM {ovateRecords} WHERE kind = ? AND id = ?`, func(stmt *sqlite3.Stmt) error {
			record = &metadata.Record{Kind: kind, ID: id, At: druid.Instant(stmt.ColumnInt64(0)), Payload: stmt.AppendColumn([]byte{}, 1)}
			return nil
		}, kind, []byte(id))
	}
	switch {
	case err != nil:
		return nil, fmt.Errorf("read %s %s: %w", kind, id, err)
	case record == nil:
		return nil, fmt.Errorf("%s %s: %w", kind, id, metadata.ErrNotFound)
	}
	return record, nil
}

// Records implements metadata.Reader.
func (c *conn) Records(ctx context.Context, q metadata.RecordQuery) (records []metadata.Record, err error) {
	has, err := c.hasRecords()
	if has && err == nil {
		from, before := q.Bounds()
		query, args := `SELECT id, time, payload FROM {ovateRecords} WHERE kind = ? AND id >= ? AND id < ? ORDER BY id LIMIT ?`, []any{q.Kind, from, before, q.Max}
		if len(before) == 0 {
			query, args = `SELECT id, time, payload FROM {ovateRecords} WHERE kind = ? AND id >= ? ORDER BY id LIMIT ?`, []any{q.Kind, from, q.Max}
		}
		err = c.query(query, func(stmt *sqlite3.Stmt) error {
			records = append(records, metadata.Record{
				Kind: q.Kind, ID: string(c.bytes(stmt, 0)), At: druid.Instant(stmt.ColumnInt64(1)), Payload: stmt.AppendColumn([]byte{}, 2),
			})
			return ctx.Err()
		}, args...)
	}
	if err != nil {
		return nil, fmt.Errorf("read records of kind %s: %w", q.Kind, err)
	}
	return records, nil
}

// RecordKinds implements metadata.Reader. It leaps from kind to kind in an index.
func (c *conn) RecordKinds(ctx context.Context) (kinds []string, err error) {
	has, err := c.hasRecords()
	if has {
		kinds, err = c.leap(ctx, `SELECT kind FROM {ovateRecords} WHERE kind > ? ORDER BY kind LIMIT 1`)
	}
	if err != nil {
		return nil, fmt.Errorf("read the kinds of records: %w", err)
	}
	return kinds, nil
}

// PutRecord implements metadata.Tx.
func (c *conn) PutRecord(r metadata.Record) error {
	has, err := c.hasRecords()
	if err == nil && !has {
		return metadata.ErrNoRecords
	}
	if err != nil {
		return err
	}
	_, err = c.exec(`INSERT INTO {ovateRecords}(kind, id, time, payload) VALUES (?, ?, ?, ?)
		ON CONFLICT(kind, id) DO UPDATE SET time = excluded.time, payload = excluded.payload`, r.Kind, []byte(r.ID), int64(r.At), r.Payload)
	if err != nil {
		return fmt.Errorf("store %s %s: %w", r.Kind, r.ID, err)
	}
	return nil
}

// DeleteRecord implements metadata.Tx.
func (c *conn) DeleteRecord(kind, id string) (int, error) {
	return c.deleteRecords(`DELETE FROM {ovateRecords} WHERE kind = ? AND id = ?`, kind, []byte(id))
}

// DeleteRecordsBefore implements metadata.Tx.
func (c *conn) DeleteRecordsBefore(kind string, t druid.Instant, limit int) (int, error) {
	return c.deleteRecords(`DELETE FROM {ovateRecords} WHERE kind = ? AND id IN
		(SELECT id FROM {ovateRecords} WHERE kind = ? AND time < ? ORDER BY time LIMIT ?)`, kind, kind, int64(t), limit)
}

func (c *conn) deleteRecords(query, kind string, args ...any) (int, error) {
	has, err := c.hasRecords()
	if err != nil || !has {
		return 0, err
	}
	deleted, err := c.exec(query, append([]any{kind}, args...)...)
	if err != nil {
		return 0, fmt.Errorf("delete records of kind %s: %w", kind, err)
	}
	return deleted, nil
}
