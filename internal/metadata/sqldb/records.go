package sqldb

import (
	"context"
	"fmt"
	"slices"

	"ovate/druid"
	"ovate/internal/metadata"
)

const recordTable = "ovateRecords"

// hasRecords tells whether the table is there.
func (s *Store) hasRecords() bool { return s.found.has(recordTable, "kind") }

// MakeRecords implements metadata.Store.
func (s *Store) MakeRecords(ctx context.Context) error {
	if s.hasRecords() {
		return nil
	}
	if err := s.start(); err != nil {
		return err
	}
	defer s.calls.Done()
	for i := range tables {
		if t := &tables[i]; t.suffix == recordTable && s.create {
			if err := s.makeTable(ctx, t); err != nil {
				return s.typed(err)
			}
		}
	}
	if err := s.look(ctx); err != nil {
		return s.typed(err)
	}
	if s.hasRecords() {
		return nil
	}
	return &metadata.PermanentError{Err: druid.InvalidInput("there is no table %s, in which this would be stored. Set druid.metadata.storage.connector.createTables to true, or make the table",
		s.names.table(recordTable))}
}

// Record implements metadata.Reader.
func (r reader) Record(ctx context.Context, kind, id string) (*metadata.Record, error) {
	record := &metadata.Record{Kind: kind, ID: id}
	found := false
	if r.store.hasRecords() {
		err := r.with(ctx, func(c conn) error {
			found = false
			return c.query(`SELECT time, payload FROM {ovateRecords} WHERE kind = ? AND id = ?`, func(scan scan) error {
				found = true
				return scan((*int64)(&record.At), &record.Payload)
			}, kind, []byte(id))
		})
		if err != nil {
			return nil, fmt.Errorf("read %s %s: %w", kind, id, err)
		}
	}
	if !found {
		return nil, fmt.Errorf("%s %s: %w", kind, id, metadata.ErrNotFound)
	}
	return record, nil
}

// Records implements metadata.Reader.
func (r reader) Records(ctx context.Context, q metadata.RecordQuery) (records []metadata.Record, err error) {
	if !r.store.hasRecords() {
		return nil, nil
	}
	from, before := q.Bounds()
	where, args := `kind = ? AND id >= ?`, []any{q.Kind, from}
	if len(before) > 0 {
		where, args = where+` AND id < ?`, append(args, before)
	}
	err = r.with(ctx, func(c conn) error {
		records = nil
		return c.query(`SELECT id, time, payload FROM {ovateRecords} WHERE `+where+` ORDER BY id LIMIT ?`, func(scan scan) error {
			record := metadata.Record{Kind: q.Kind}
			var id []byte
			err := scan(&id, (*int64)(&record.At), &record.Payload)
			record.ID = string(id)
			records = append(records, record)
			return err
		}, append(args, q.Max)...)
	})
	if err != nil {
		return nil, fmt.Errorf("read records of kind %s: %w", q.Kind, err)
	}
	return records, nil
}

// RecordKinds implements metadata.Reader.
func (r reader) RecordKinds(ctx context.Context) (kinds []string, err error) {
	if !r.store.hasRecords() {
		return nil, nil
	}
	kinds, err = r.names(ctx, r.store.distinct("ovateRecords", "kind"))
	if err != nil {
		return nil, fmt.Errorf("read the kinds of records: %w", err)
	}
	slices.Sort(kinds) // as texts, whatever the database compares them by
	return kinds, nil
}

// PutRecord implements metadata.Tx.
func (t *transaction) PutRecord(r metadata.Record) error {
	if !t.store.hasRecords() {
		return metadata.ErrNoRecords
	}
	_, err := t.conn.exec(`DELETE FROM {ovateRecords} WHERE kind = ? AND id = ?`, r.Kind, []byte(r.ID))
	if err == nil {
		err = t.conn.mustExec(1, `INSERT INTO {ovateRecords}(kind, id, time, payload) VALUES (?, ?, ?, ?)`, r.Kind, []byte(r.ID), int64(r.At), r.Payload)
	}
	if err != nil {
		return fmt.Errorf("store %s %s: %w", r.Kind, r.ID, err)
	}
	return nil
}

// DeleteRecord implements metadata.Tx.
func (t *transaction) DeleteRecord(kind, id string) (int, error) {
	if !t.store.hasRecords() {
		return 0, nil
	}
	deleted, err := t.conn.exec(`DELETE FROM {ovateRecords} WHERE kind = ? AND id = ?`, kind, []byte(id))
	if err != nil {
		return 0, fmt.Errorf("delete %s %s: %w", kind, id, err)
	}
	return deleted, nil
}

// DeleteRecordsBefore implements metadata.Tx. The derived table is for MySQL, which does not delete from a table that it reads in a subquery.
func (t *transaction) DeleteRecordsBefore(kind string, before druid.Instant, limit int) (int, error) {
	if !t.store.hasRecords() {
		return 0, nil
	}
	deleted, err := t.conn.exec(`DELETE FROM {ovateRecords} WHERE kind = ? AND id IN (SELECT id FROM
		(SELECT id FROM {ovateRecords} WHERE kind = ? AND time < ? ORDER BY time LIMIT ?) oldest)`, kind, kind, int64(before), limit)
	if err != nil {
		return 0, fmt.Errorf("delete records of kind %s from before %s: %w", kind, before, err)
	}
	return deleted, nil
}
