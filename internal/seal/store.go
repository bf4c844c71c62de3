package seal

import (
	"bytes"
	"context"

	"ovate/druid"
	"ovate/internal/metadata"
)

// Store is a store whose rows have their secrets sealed. Whoever asks it knows nothing of that.
func Store(s metadata.Store, k *Keys) metadata.Store { return store{s, k} }

func taskRow(id string) string       { return "task\x00" + id }
func supervisorRow(id string) string { return "supervisor\x00" + id }

// recordRow is unambiguous, as no kind has a zero byte.
func recordRow(kind, id string) string { return "record\x00" + kind + "\x00" + id }

type store struct {
	metadata.Store
	keys *Keys
}

type tx struct {
	metadata.Tx
	keys *Keys
}

// Update implements metadata.Store.
func (s store) Update(ctx context.Context, fn func(metadata.Tx) error) error {
	return s.Store.Update(ctx, func(within metadata.Tx) error { return fn(tx{within, s.keys}) })
}

// InsertTasks implements metadata.Tx.
func (t tx) InsertTasks(rows ...*metadata.TaskRow) error {
	sealed := make([]*metadata.TaskRow, len(rows))
	for i, row := range rows {
		own := *row
		own.Payload = t.keys.Seal(taskRow(row.ID), row.Payload)
		sealed[i] = &own
	}
	return t.Tx.InsertTasks(sealed...)
}

// InsertSupervisor implements metadata.Tx.
func (t tx) InsertSupervisor(id string, payload []byte, now druid.Instant) error {
	return t.Tx.InsertSupervisor(id, t.keys.Seal(supervisorRow(id), payload), now)
}

// SetTaskPayload implements metadata.Tx.
func (t tx) SetTaskPayload(id string, payload []byte) error {
	return t.Tx.SetTaskPayload(id, t.keys.Seal(taskRow(id), payload))
}

// SetSupervisorPayload implements metadata.Tx.
func (t tx) SetSupervisorPayload(row metadata.SupervisorRow) error {
	row.Payload = t.keys.Seal(supervisorRow(row.SpecID), row.Payload)
	return t.Tx.SetSupervisorPayload(row)
}

// PutRecord implements metadata.Tx.
func (t tx) PutRecord(r metadata.Record) error {
	r.Payload = t.keys.Seal(recordRow(r.Kind, r.ID), r.Payload)
	return t.Tx.PutRecord(r)
}

// What reads does so alike outside and inside of a transaction.

// Task implements metadata.Reader.
func (s store) Task(ctx context.Context, id string) (*metadata.TaskRow, error) {
	return s.keys.task(ctx, s.Store, id)
}

// Task implements metadata.Reader.
func (t tx) Task(ctx context.Context, id string) (*metadata.TaskRow, error) {
	return t.keys.task(ctx, t.Tx, id)
}

func (k *Keys) task(ctx context.Context, from metadata.Reader, id string) (*metadata.TaskRow, error) {
	row, err := from.Task(ctx, id)
	if err == nil {
		row.Payload = k.Open(taskRow(row.ID), row.Payload)
	}
	return row, err
}

// ActiveTasks implements metadata.Reader.
func (s store) ActiveTasks(ctx context.Context, fn func(*metadata.TaskRow) error) error {
	return s.keys.activeTasks(ctx, s.Store, fn)
}

// ActiveTasks implements metadata.Reader.
func (t tx) ActiveTasks(ctx context.Context, fn func(*metadata.TaskRow) error) error {
	return t.keys.activeTasks(ctx, t.Tx, fn)
}

func (k *Keys) activeTasks(ctx context.Context, from metadata.Reader, fn func(*metadata.TaskRow) error) error {
	return from.ActiveTasks(ctx, func(row *metadata.TaskRow) error {
		if !bytes.Contains(row.Payload, []byte(mark)) {
			return fn(row)
		}
		own := *row
		own.Payload = k.Open(taskRow(row.ID), row.Payload)
		return fn(&own)
	})
}

// Supervisors implements metadata.Reader.
func (s store) Supervisors(ctx context.Context) ([]metadata.SupervisorRow, error) {
	return s.keys.supervisors(ctx, s.Store)
}

// Supervisors implements metadata.Reader.
func (t tx) Supervisors(ctx context.Context) ([]metadata.SupervisorRow, error) {
	return t.keys.supervisors(ctx, t.Tx)
}

func (k *Keys) supervisors(ctx context.Context, from metadata.Reader) ([]metadata.SupervisorRow, error) {
	rows, err := from.Supervisors(ctx)
	for i := range rows {
		rows[i].Payload = k.Open(supervisorRow(rows[i].SpecID), rows[i].Payload)
	}
	return rows, err
}

// SupervisorVersions implements metadata.Reader.
func (s store) SupervisorVersions(ctx context.Context, id string, most int, fn func(*metadata.SupervisorRow) error) error {
	return s.keys.versions(ctx, s.Store, id, most, fn)
}

// SupervisorVersions implements metadata.Reader.
func (t tx) SupervisorVersions(ctx context.Context, id string, most int, fn func(*metadata.SupervisorRow) error) error {
	return t.keys.versions(ctx, t.Tx, id, most, fn)
}

func (k *Keys) versions(ctx context.Context, from metadata.Reader, id string, most int, fn func(*metadata.SupervisorRow) error) error {
	return from.SupervisorVersions(ctx, id, most, func(row *metadata.SupervisorRow) error {
		own := *row
		own.Payload = k.Open(supervisorRow(row.SpecID), row.Payload)
		return fn(&own)
	})
}

// Record implements metadata.Reader.
func (s store) Record(ctx context.Context, kind, id string) (*metadata.Record, error) {
	return s.keys.record(ctx, s.Store, kind, id)
}

// Record implements metadata.Reader.
func (t tx) Record(ctx context.Context, kind, id string) (*metadata.Record, error) {
	return t.keys.record(ctx, t.Tx, kind, id)
}

func (k *Keys) record(ctx context.Context, from metadata.Reader, kind, id string) (*metadata.Record, error) {
	record, err := from.Record(ctx, kind, id)
	if err == nil {
		record.Payload = k.Open(recordRow(kind, id), record.Payload)
	}
	return record, err
}

// Records implements metadata.Reader.
func (s store) Records(ctx context.Context, q metadata.RecordQuery) ([]metadata.Record, error) {
	return s.keys.records(ctx, s.Store, q)
}

// Records implements metadata.Reader.
func (t tx) Records(ctx context.Context, q metadata.RecordQuery) ([]metadata.Record, error) {
	return t.keys.records(ctx, t.Tx, q)
}

func (k *Keys) records(ctx context.Context, from metadata.Reader, q metadata.RecordQuery) ([]metadata.Record, error) {
	records, err := from.Records(ctx, q)
	for i := range records {
		records[i].Payload = k.Open(recordRow(q.Kind, records[i].ID), records[i].Payload)
	}
	return records, err
}
