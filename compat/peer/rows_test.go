//go:build peer

package peer

import (
	"cmp"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"ovate/apptest/stored"
	"ovate/druid"
)

// rows are what is stored, all of it at one instant.
type rows struct {
	tasks    map[string]ending // zero for those that are active
	groups   map[string]string // by id
	locks    []stored.Lock
	segments []stored.Segment
}

// read reads the tables; of segments those of a data source, or all.
func (w *workload) read(dataSource string) (r *rows, err error) {
	tx, err := w.db.BeginTx(w.ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, tx.Rollback()) }()
	r = &rows{tasks: map[string]ending{}, groups: map[string]string{}}
	err = each(tx, `SELECT id, group_id, active, status_payload FROM druid_tasks`, func(row *sql.Rows) error {
		var id, group string
		var active bool
		var status json.RawMessage
		var s druid.TaskStatus
		if err := errors.Join(row.Scan(&id, &group, &active, &status), json.Unmarshal(status, &s)); err != nil {
			return err
		}
		r.tasks[id], r.groups[id] = ending{}, group
		if active != (s.State == druid.Running) {
			return fmt.Errorf("task %s is active: %v, and is %s", id, active, s.State)
		}
		if !active {
			r.tasks[id] = ending{s.State, s.Duration, s.ErrorMsg}
		}
		return nil
	})
	locks := each(tx, `SELECT task_id, lock_payload FROM druid_tasklocks`, func(row *sql.Rows) error {
		var lock stored.Lock
		var payload json.RawMessage
		err := row.Scan(&lock.Task, &payload)
		r.locks = append(r.locks, lock)
		return errors.Join(err, json.Unmarshal(payload, &r.locks[len(r.locks)-1].TaskLock))
	})
	segments := each(tx, `SELECT id, used, payload, coalesce(upgraded_from_segment_id, '') FROM druid_segments WHERE datasource LIKE $1`, func(row *sql.Rows) error {
		var s stored.Segment
		var payload json.RawMessage
		err := errors.Join(row.Scan(&s.Row, &s.Used, &payload, &s.CopyOf), json.Unmarshal(payload, &s.DataSegment))
		r.segments = append(r.segments, s)
		return err
	}, cmp.Or(dataSource, "%"))
	return r, errors.Join(err, locks, segments)
}

func each(tx *sql.Tx, query string, fn func(*sql.Rows) error, args ...any) error {
	found, err := tx.Query(query, args...)
	if err != nil {
		return fmt.Errorf("%s: %w", query, err)
	}
	defer found.Close()
	for found.Next() && err == nil {
		err = fn(found)
	}
	return errors.Join(err, found.Err())
}

// timesOf are the times of a segment's rows.
func timesOf(s stored.Segment) (times []string, err error) {
	if s.ShardSpec.IsTombstone() {
		return nil, nil
	}
	path, err := s.Path()
	if err != nil {
		return nil, err
	}
	rows, err := stored.Rows(path)
	if err != nil {
		return nil, fmt.Errorf("segment %s: %w", s.Row, err)
	}
	for _, text := range rows {
		var row struct {
			Time string `json:"__time"`
		}
		if err := json.Unmarshal([]byte(text), &row); err != nil {
			return nil, fmt.Errorf("segment %s: %s: %w", s.Row, text, err)
		}
		times = append(times, row.Time)
	}
	return times, nil
}
