package sqldb_test

import (
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqldb"
	"ovate/internal/metadata/sqldb/sqldbtest"
)

// configOf opens a store with tables of its own.
func configOf(s *sqldbtest.Server, base string, create bool) sqldb.Config {
	return sqldb.Config{ConnectURI: s.URI, User: s.User, Password: s.Password, TablesBase: base, CreateTables: create}
}

func day(n int) druid.Interval {
	const first, length = 1_767_225_600_000, 86_400_000
	return druid.Interval{Start: first + druid.Instant(n)*length, End: first + druid.Instant(n+1)*length}
}

func segmentOf(partition int) metadata.SegmentRow {
	return metadata.SegmentRow{
		Segment: druid.DataSegment{DataSource: "d", Interval: day(0), Version: "v", LoadSpec: []byte(`{"type":"local"}`), ShardSpec: druid.Numbered(partition, 1), BinaryVersion: 9},
		Created: day(0).Start, Used: true, UsedStatusLastUpdated: day(0).Start,
	}
}

// use does once what a server does, and finds what was there before.
func use(t *testing.T, store *sqldb.Store) {
	t.Helper()
	task, err := store.Task(t.Context(), "old")
	if err != nil || task.Unreadable != nil || task.Type != "index" || task.GroupID != "g" || task.Status.State != druid.Running {
		t.Errorf("a task without type and group in columns is %+v, %v", task, err)
	}
	old := segmentOf(0)
	err = store.Update(t.Context(), func(tx metadata.Tx) error {
		pending := metadata.PendingRow{
			ID: druid.SegmentID{DataSource: "d", Interval: day(0), Version: "v", PartitionNum: 7}, ShardSpec: druid.Numbered(7, 0), Created: day(0).Start,
			SequenceName: "s", Key: metadata.LineageKey("s", "", "v"), Allocator: "g",
		}
		if inserted, err := tx.InsertPending([]metadata.PendingRow{pending}); len(inserted) != 1 {
			return fmt.Errorf("inserted %v, %w", inserted, err)
		}
		if err := tx.InsertTasks(noop("new")); err != nil {
			return err
		}
		if n, err := tx.DeletePendingOfGroup("d", "g"); n != 0 || err != nil {
			t.Errorf("%d pending segments of an active group deleted, %v", n, err)
		}
		if inserted, err := tx.InsertSegments([]metadata.SegmentRow{segmentOf(0), segmentOf(1)}); len(inserted) != 1 {
			return fmt.Errorf("inserted %v, %w", inserted, err)
		}
		if n, err := tx.SetUsed([]string{old.Segment.ID().String()}, false, day(3).Start); n != 1 || err != nil {
			return fmt.Errorf("%d marked, %w", n, err)
		}
		return tx.SetTaskStatus(druid.TaskStatus{ID: "old", State: druid.Success, Location: druid.UnknownLocation})
	})
	if err != nil {
		t.Fatal(err)
	}
	var listed []string
	err = store.CompleteTasks(t.Context(), metadata.TaskQuery{Type: "index", Max: -1}, func(row *metadata.TaskRow) error {
		listed = append(listed, row.ID+" "+row.Type)
		return nil
	})
	if err != nil || fmt.Sprint(listed) != "[old index]" {
		t.Errorf("tasks of a type: %v, %v", listed, err)
	}
	far := segmentOf(0)
	far.Segment.Interval, far.Segment.Version = druid.Eternity, "w"
	if err := store.Update(t.Context(), func(tx metadata.Tx) error { _, err := tx.InsertSegments([]metadata.SegmentRow{far}); return err }); err != nil {
		t.Fatal(err)
	}
	chunks, err := store.UsedChunks(t.Context(), "d", []druid.Interval{day(0)})
	if used, usedErr := store.UsedSegments(t.Context(), "d", []druid.Interval{day(0), day(1)}); err != nil || usedErr != nil || len(chunks) != 2 || len(used) != 2 {
		t.Errorf("chunks %v, %v; used %+v, %v", chunks, err, used, usedErr)
	}
	unused, err := store.UnusedSegments(t.Context(), metadata.UnusedQuery{DataSource: "d", Interval: druid.Eternity})
	if err != nil || len(unused) != 1 || unused[0].Unreadable != nil {
		t.Errorf("unused segments %+v, %v", unused, err)
	}
	if pending, err := store.PendingSegments(t.Context(), "d", []druid.Interval{day(0)}); err != nil || len(pending) != 1 {
		t.Errorf("pending segments %+v, %v", pending, err)
	}
}

// makeOlder makes tables as they were before Druid 28, with a task and a segment in them.
func makeOlder(t *testing.T, s *sqldbtest.Server, base string) {
	t.Helper()
	store, err := sqldb.Open(t.Context(), configOf(s, base, true))
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	db := s.Open(t)
	index := "DROP INDEX " + strings.ToLower("idx_"+base+"_%s")
	if s.DriverName == "mysql" {
		index = "DROP INDEX idx_" + base + "_%s ON " + base + "_%s"
	}
	drop := func(table, suffix string) string {
		if s.DriverName == "mysql" {
			return fmt.Sprintf(index, table+"_"+suffix, table)
		}
		return fmt.Sprintf(index, strings.ToLower(table+"_"+suffix))
	}
	statements := []string{drop("segments", "ovate_reach"), drop("pendingSegments", "ovate_reach")}
	if s.DriverName == "mysql" {
		statements = append(statements, "ALTER TABLE "+base+"_segments DROP COLUMN ovate_reach", "ALTER TABLE "+base+"_pendingSegments DROP COLUMN ovate_reach")
	}
	for _, statement := range append(statements, []string{
		drop("segments", "datasource_upgraded_from_segment_id"), drop("pendingSegments", "datasource_task_allocator_id"),
		"ALTER TABLE " + base + "_tasks DROP COLUMN type", "ALTER TABLE " + base + "_tasks DROP COLUMN group_id",
		"ALTER TABLE " + base + "_segments DROP COLUMN used_status_last_updated", "ALTER TABLE " + base + "_segments DROP COLUMN upgraded_from_segment_id",
		"ALTER TABLE " + base + "_pendingSegments DROP COLUMN upgraded_from_segment_id", "ALTER TABLE " + base + "_pendingSegments DROP COLUMN task_allocator_id",
	}...) {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	insert(t, s, db, base+"_tasks", map[string]any{
		"id": "old", "created_date": day(0).Start.String(), "datasource": "d", "payload": []byte(`{"type":"index","id":"old","groupId":"g"}`),
		"status_payload": noop("old").Status.AppendJSON(nil), "active": true,
	})
	old := segmentOf(0)
	insert(t, s, db, base+"_segments", map[string]any{
		"id": old.Segment.ID().String(), "dataSource": "d", "created_date": day(0).Start.String(), "start": day(0).Start.String(), "end": day(0).End.String(),
		"partitioned": true, "version": "v", "used": true, "payload": old.Segment.AppendJSON(nil),
	})
}

// Tables that an older version of Druid made get the columns and indexes that came later, as Druid adds them, and are used as they are where
// nothing may be made.
func testOlderTables(t *testing.T, s *sqldbtest.Server) {
	for _, create := range []bool{true, false} {
		t.Run(fmt.Sprint("createTables=", create), func(t *testing.T) {
			base := fmt.Sprint("Older", create)
			makeOlder(t, s, base)
			if _, err := s.Open(t).ExecContext(t.Context(), "DROP TABLE "+base+"_supervisors"); err != nil {
				t.Fatal(err)
			}
			for range 2 { // the second finds what the first has made
				store, err := sqldb.Open(t.Context(), configOf(s, base, create))
				if err != nil {
					t.Fatal(err)
				}
				defer store.Close()
				if _, err := store.BeginTerm(t.Context(), 0); err != nil {
					t.Fatal(err)
				}
			}
			store, err := sqldb.Open(t.Context(), configOf(s, base, create))
			if err != nil {
				t.Fatal(err)
			}
			use(t, store)
			err = store.Update(t.Context(), func(tx metadata.Tx) error {
				return tx.InsertUpgrades([]metadata.UpgradeRow{{TaskID: "t", SegmentID: "s", LockVersion: "v"}})
			})
			if (err == nil) != create || err != nil && !strings.Contains(err.Error(), "Set druid.metadata.storage.connector.createTables to true") {
				t.Errorf("a segment appended beside a task that replaces: %v", err)
			}
			supervisor := []byte(`{"type":"NoopSupervisorSpec"}`)
			err = store.Update(t.Context(), func(tx metadata.Tx) error { return tx.InsertSupervisor("d", supervisor, 0) })
			if (err == nil) != create || err != nil && !strings.Contains(err.Error(), "there is no table "+base+"_supervisors. Set druid.metadata.storage.connector.createTables to true") {
				t.Errorf("a version of a supervisor: %v", err)
			}
			versions, deleted := 0, 0
			supervisors, err := store.Supervisors(t.Context())
			err = errors.Join(err, store.SupervisorVersions(t.Context(), "d", -1, func(*metadata.SupervisorRow) error { versions++; return nil }))
			err = errors.Join(err, store.Update(t.Context(), func(tx metadata.Tx) (err error) {
				deleted, err = tx.DeleteSupervisorsBefore(day(1).Start, 10)
				return err
			}))
			if got, want := fmt.Sprint(len(supervisors), versions, deleted), map[bool]string{true: "1 1 1", false: "0 0 0"}[create]; got != want || err != nil {
				t.Errorf("supervisors, versions and deleted ones are %s, %v, want %s", got, err, want)
			}
			if err := store.Close(); err != nil {
				t.Error(err)
			}
			db := s.Open(t)
			task, segment := rows(t, db, "SELECT * FROM "+base+"_tasks WHERE id = 'new'")[0], rows(t, db, "SELECT * FROM "+base+"_segments")[0]
			_, typed := task["type"]
			_, upgraded := segment["upgraded_from_segment_id"]
			if typed != create || upgraded != create {
				t.Errorf("columns were added: %v, %v; want %v", typed, upgraded, create)
			}
		})
	}
}

// A server that waits for its turn changes nothing of the tables that are there. Who leads makes indexes beside those who write.
func testOnlyWhoLeadsChanges(t *testing.T, s *sqldbtest.Server) {
	base := "leads"
	makeOlder(t, s, base)
	db := s.Open(t)
	shape := func() string {
		if s.DriverName == "mysql" {
			return fmt.Sprint(rows(t, db, "SELECT column_name FROM information_schema.columns WHERE table_name LIKE 'leads%' ORDER BY table_name, ordinal_position"),
				rows(t, db, "SELECT DISTINCT table_name, index_name FROM information_schema.statistics WHERE table_name LIKE 'leads%' ORDER BY 1, 2"))
		}
		return fmt.Sprint(rows(t, db, "SELECT attrelid::text, attname::text FROM pg_attribute WHERE attrelid::regclass::text LIKE 'leads%' ORDER BY attrelid, attnum"),
			rows(t, db, "SELECT indexname::text FROM pg_indexes WHERE tablename LIKE 'leads%' ORDER BY 1"))
	}
	before := shape()
	store, err := sqldb.Open(t.Context(), configOf(s, base, true))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	use(t, store)
	if diff := cmp.Diff(before, shape()); diff != "" {
		t.Errorf("the start has changed the tables: %s", diff)
	}
	if s.DriverName == "mysql" {
		_, err = store.BeginTerm(t.Context(), 0)
	} else {
		err = leadBeside(t, s, db, store)
	}
	if err != nil {
		t.Fatal(err)
	}
	store.WaitForIndexes()
	if after := shape(); !strings.Contains(after, "_ovate_reach") || !strings.Contains(after, "task_allocator_id") {
		t.Errorf("the one that leads has not added what is missing: %s", after)
	}
	if used, err := store.UsedSegments(t.Context(), "d", []druid.Interval{day(0)}); err != nil || len(used) != 2 {
		t.Errorf("used: %+v, %v", used, err)
	}
}

// leadBeside begins a term while another program is in the middle of a publication, and a third one publishes.
func leadBeside(t *testing.T, s *sqldbtest.Server, db *sql.DB, store *sqldb.Store) error {
	if _, err := store.BeginTerm(t.Context(), 0); err != nil { // which adds the columns
		return err
	}
	store.WaitForIndexes()
	if _, err := db.ExecContext(t.Context(), "DROP INDEX idx_leads_segments_ovate_reach"); err != nil {
		return err
	}
	other, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		return err
	}
	const publish = "INSERT INTO leads_segments(id, dataSource, created_date, start, \"end\", partitioned, version, used, payload, used_status_last_updated) VALUES ($1, 'o', '', '', '', TRUE, '', FALSE, '', '')"
	if _, err := other.ExecContext(t.Context(), publish, "one"); err != nil {
		return err
	}
	next := open(t, s, sqldb.Config{TablesBase: "leads"})
	defer next.Close()
	if _, err := next.BeginTerm(t.Context(), 0); err != nil {
		return err
	}
	for len(rows(t, db, "SELECT pid FROM pg_stat_progress_create_index WHERE relid = 'leads_segments'::regclass")) == 0 { // it waits for the other
		if err := t.Context().Err(); err != nil {
			return err
		}
	}
	third, err := db.Conn(t.Context())
	if err != nil {
		return err
	}
	defer third.Close()
	if _, err := third.ExecContext(t.Context(), "SET lock_timeout = '5s'"); err != nil {
		return err
	}
	if _, err := third.ExecContext(t.Context(), publish, "two"); err != nil {
		return fmt.Errorf("a third one cannot publish: %w", err)
	}
	if err := other.Commit(); err != nil {
		return err
	}
	next.WaitForIndexes()
	return nil
}

// Where tables are missing that may not be made, it is told which.
func testTablesMayNotBeMade(t *testing.T, s *sqldbtest.Server) {
	_, err := sqldb.Open(t.Context(), configOf(s, "Missing", false))
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "there is no table Missing_tasks, and druid.metadata.storage.connector.createTables is false") {
		t.Errorf("got %v", err)
	}
}

// A value that its column does not take is an error of whoever gave it, and stores nothing.
func testValues(t *testing.T, s *sqldbtest.Server) {
	store, err := sqldb.Open(t.Context(), configOf(s, "Values", true))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	long := noop(strings.Repeat("x", 300))
	err = store.Update(t.Context(), func(tx metadata.Tx) error { return tx.InsertTasks(long) })
	if told, is := errors.AsType[*druid.Error](err); !is || told.Category != druid.CategoryInvalidInput || metadata.IsTransient(err) {
		t.Errorf("an id of 300 characters: %v", err)
	}
	audit := metadata.AuditRow{Key: long.ID, Type: "task", Author: strings.Repeat("ü", 300), Comment: strings.Repeat("ü", 3000), Payload: []byte("{}")}
	if err := store.Update(t.Context(), func(tx metadata.Tx) error { return tx.InsertAudit(audit) }); err != nil {
		t.Errorf("an audit entry with a long comment: %v", err)
	}
	testTooLong(t, store)
	quoted := noop(`it's \ "quoted" ü 😀 %_?$1{tasks}`)
	quoted.Payload = []byte("'\\\"\x00\xff?$1")
	if err := store.Update(t.Context(), func(tx metadata.Tx) error { return tx.InsertTasks(quoted) }); err != nil {
		t.Fatal(err)
	}
	if got, err := store.Task(t.Context(), quoted.ID); err != nil || string(got.Payload) != string(quoted.Payload) {
		t.Errorf("got %q, %v", got.Payload, err)
	}
}

// Settings with which the server answers before a commit is on its disk are overruled, or told.
func testSettings(t *testing.T, s *sqldbtest.Server) {
	var log strings.Builder
	o := configOf(s, "Settings", true)
	o.Log = slog.New(slog.NewTextHandler(&log, nil))
	store, err := sqldb.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	want := "fsync = off"
	if s.DriverName == "mysql" {
		want = "innodb_flush_log_at_trx_commit = 2"
	} else if on, err := store.Texts(t.Context(), "SELECT current_setting('synchronous_commit')"); err != nil || fmt.Sprint(on) != "[on]" {
		t.Errorf("synchronous_commit is %v, %v", on, err)
	}
	if !strings.Contains(log.String(), want) {
		t.Errorf("the log does not tell of %s:\n%s", want, &log)
	}
}

// A segment whose row has another id than its payload tells is shown to whoever removes files, with all that is stored of it, and is none of
// those that may be removed.
func testRowOfAnotherSegment(t *testing.T, s *sqldbtest.Server) {
	store, err := sqldb.Open(t.Context(), configOf(s, "Another", true))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	row := segmentOf(1)
	folder := "/deep/d/" + day(0).Start.String() + "_" + day(0).End.String() + "/v/"
	row.Segment.LoadSpec = []byte(`{"type":"local","path":"` + folder + `0/index/"}`)
	payload := row.Segment.AppendJSON(nil)
	named := segmentOf(0)
	insert(t, s, s.Open(t), "Another_segments", map[string]any{
		"id": named.Segment.ID().String(), "dataSource": "d", "created_date": day(0).Start.String(), "start": day(0).Start.String(), "end": day(0).End.String(),
		"partitioned": true, "version": "v", "used": false, "used_status_last_updated": day(0).Start.String(), "payload": payload,
	})
	if unused, err := store.UnusedSegments(t.Context(), metadata.UnusedQuery{DataSource: "d", Interval: druid.Eternity}); err != nil || len(unused) > 0 {
		t.Errorf("unused: %+v, %v", unused, err)
	}
	_, err = store.SegmentsByID(t.Context(), "d", []string{named.Segment.ID().String()})
	if err != nil {
		t.Error(err)
	}
	row.Segment.LoadSpec = []byte(`{"type":"local","path":"/elsewhere/0/index/"}`)
	if err := store.Update(t.Context(), func(tx metadata.Tx) error { _, err := tx.InsertSegments([]metadata.SegmentRow{row}); return err }); err != nil {
		t.Fatal(err)
	}
	var ids []string
	err = store.SegmentsElsewhere(t.Context(), func(row *metadata.SegmentRow) error {
		ids = append(ids, fmt.Sprint(row.Segment.ID().PartitionNum, row.Unreadable != nil, string(row.Payload) == string(payload)))
		return nil
	})
	if err != nil || !slices.Contains(ids, "1 false false") {
		t.Errorf("elsewhere: %v, %v", ids, err)
	}
}

// Servers that start together on an empty database make the same tables, and all of them begin.
func testBeginTogether(t *testing.T, s *sqldbtest.Server) {
	const servers = 6
	for round := range 4 {
		var all sync.WaitGroup
		begin := make(chan struct{})
		for range servers {
			all.Go(func() {
				<-begin
				store, err := sqldb.Open(t.Context(), configOf(s, fmt.Sprint("together", round), true))
				if err != nil {
					t.Error(err)
					return
				}
				if err := store.Update(t.Context(), func(tx metadata.Tx) error { return tx.InsertTasks(noop(uuid.NewString())) }); err != nil {
					t.Error(err)
				}
				if err := store.Close(); err != nil {
					t.Error(err)
				}
			})
		}
		close(begin)
		all.Wait()
	}
}
