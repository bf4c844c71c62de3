package apptest

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"ovate/apptest/stored"
	"ovate/druid"
	"ovate/internal/metadata/sqldb/sqldbtest"
	"ovate/internal/metadata/sqlite/sqlite3"
)

// store is what a stopped server has on disk of its metadata.
type store struct {
	tasks    map[string]storedTask
	locks    []stored.Lock
	segments []stored.Segment
	pending  int
	audits   map[string]int // entries by task
}

type storedTask struct {
	typ, dataSource string
	active          bool
	status          druid.TaskStatus
	payload         []byte
}

// inspect reads the metadata of a server that does not run. It reads a copy, so that the next server finds what the last one
// left, write-ahead log and all.
func inspect(t testing.TB, dir string) *store {
	t.Helper()
	copied := t.TempDir()
	for _, name := range []string{"metadata.db", "metadata.db-wal"} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if os.IsNotExist(err) {
			continue
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(copied, name), data, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	s := &store{tasks: map[string]storedTask{}, audits: map[string]int{}}
	db := openDatabase(t, copied)
	defer db.close()
	if !db.has("druid_tasks") {
		return s // killed before the first start was through
	}
	db.each(`SELECT id, type, datasource, active, status_payload, payload FROM druid_tasks`, func(row *sqlite3.Stmt) {
		task := storedTask{typ: row.ColumnText(1), dataSource: row.ColumnText(2), active: row.ColumnInt(3) != 0, payload: []byte(row.ColumnText(5))}
		db.decode(row.ColumnText(4), &task.status)
		s.tasks[row.ColumnText(0)] = task
	})
	db.each(`SELECT task_id, lock_payload FROM druid_tasklocks`, func(row *sqlite3.Stmt) {
		lock := stored.Lock{Task: row.ColumnText(0)}
		db.decode(row.ColumnText(1), &lock.TaskLock)
		s.locks = append(s.locks, lock)
	})
	db.each(`SELECT id, used, payload FROM druid_segments`, func(row *sqlite3.Stmt) {
		segment := stored.Segment{Row: row.ColumnText(0), Used: row.ColumnInt(1) != 0}
		db.decode(row.ColumnText(2), &segment.DataSegment)
		s.segments = append(s.segments, segment)
	})
	db.each(`SELECT count(*) FROM druid_pendingSegments`, func(row *sqlite3.Stmt) { s.pending = row.ColumnInt(0) })
	db.each(`SELECT payload FROM druid_audit`, func(row *sqlite3.Stmt) {
		s.audits[audited(db.decode, row.ColumnText(0))]++
	})
	return s
}

// inspectServer reads the metadata in a database server.
func inspectServer(t testing.TB, from *sqldbtest.Server) *store {
	t.Helper()
	s := &store{tasks: map[string]storedTask{}, audits: map[string]int{}}
	db, decode := from.Open(t), (&database{t: t}).decode
	each := func(query string, fn func(columns []string)) {
		t.Helper()
		rows, err := db.QueryContext(t.Context(), query)
		if err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		defer rows.Close()
		names, err := rows.Columns()
		for err == nil && rows.Next() {
			columns, into := make([]string, len(names)), make([]any, len(names))
			for i := range columns {
				into[i] = &columns[i]
			}
			if err = rows.Scan(into...); err == nil {
				fn(columns)
			}
		}
		if err := errors.Join(err, rows.Err()); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
	}
	is := func(column string) bool { return column == "true" || column == "1" }
	each(`SELECT id, type, datasource, active, status_payload FROM druid_tasks`, func(row []string) {
		task := storedTask{typ: row[1], dataSource: row[2], active: is(row[3])}
		decode(row[4], &task.status)
		s.tasks[row[0]] = task
	})
	each(`SELECT task_id, lock_payload FROM druid_tasklocks`, func(row []string) {
		lock := stored.Lock{Task: row[0]}
		decode(row[1], &lock.TaskLock)
		s.locks = append(s.locks, lock)
	})
	each(`SELECT id, used, payload FROM druid_segments`, func(row []string) {
		segment := stored.Segment{Row: row[0], Used: is(row[1])}
		decode(row[2], &segment.DataSegment)
		s.segments = append(s.segments, segment)
	})
	each(`SELECT id FROM druid_pendingSegments`, func([]string) { s.pending++ })
	each(`SELECT payload FROM druid_audit`, func(row []string) { s.audits[audited(decode, row[0])]++ })
	return s
}

// audited is the task whose submission an entry of the audit history tells of.
func audited(decode func(text string, v any), payload string) string {
	var entry struct{ Payload string }
	var submitted struct{ ID string }
	decode(payload, &entry)
	decode(entry.Payload, &submitted)
	return submitted.ID
}

// database is the SQLite file of a server that does not run.
type database struct {
	t    testing.TB
	conn *sqlite3.Conn
}

func openDatabase(t testing.TB, dir string) *database {
	t.Helper()
	conn, err := sqlite3.Open(filepath.Join(dir, "metadata.db"), sqlite3.ReadWrite|sqlite3.Create)
	if err != nil {
		t.Fatal(err)
	}
	return &database{t, conn}
}

func (d *database) close() {
	d.t.Helper()
	if err := d.conn.Close(); err != nil {
		d.t.Fatal(err)
	}
}

func (d *database) each(query string, fn func(*sqlite3.Stmt), args ...any) {
	d.t.Helper()
	err := d.conn.Query(query, func(row *sqlite3.Stmt) error {
		fn(row)
		return nil
	}, args...)
	if err != nil {
		d.t.Fatalf("%s: %v", query, err)
	}
}

// change executes a statement and returns how many rows it changed.
func (d *database) change(statement string, args ...any) int {
	d.t.Helper()
	d.each(statement, func(*sqlite3.Stmt) {}, args...)
	return d.conn.Changes()
}

func (d *database) has(table string) (found bool) {
	d.t.Helper()
	d.each(`SELECT 1 FROM sqlite_schema WHERE name = ?`, func(*sqlite3.Stmt) { found = true }, table)
	return found
}

func (d *database) decode(text string, v any) {
	d.t.Helper()
	if err := json.Unmarshal([]byte(text), v); err != nil {
		d.t.Fatalf("%s: %v", text, err)
	}
}
