package sqldb_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqldb"
	"ovate/internal/metadata/sqldb/sqldbtest"
)

// Settings that are wrong for a while, and rights and tables that are missing for a while, stop nothing for good: what is refused meanwhile is told as what
// may pass, and passes once they are mended.
func testWrongSettings(t *testing.T, s *sqldbtest.Server) {
	set, own := "ALTER USER guest PASSWORD 'wrong'", "ALTER USER guest PASSWORD '"+s.Password+"'"
	if s.DriverName == "mysql" {
		set, own = "ALTER USER guest IDENTIFIED BY 'wrong'", "ALTER USER guest IDENTIFIED BY '"+s.Password+"'"
		s.Admin(t, "CREATE USER guest IDENTIFIED BY '"+s.Password+"'")
		s.Admin(t, "GRANT ALL ON druid.* TO guest")
	} else {
		s.Admin(t, "CREATE USER guest SUPERUSER PASSWORD '"+s.Password+"'")
	}
	p := sqldbtest.NewProxy(t, s.Address)
	moved := s.Copy()
	moved.User, moved.URI = "guest", strings.Replace(s.URI, s.Address, p.Address, 1)
	store := open(t, moved, sqldb.Config{TablesBase: "wrong"})
	defer store.Close()
	db := s.Open(t)
	for i, wrong := range []struct{ what, begin, end string }{
		{"another password", set, own},
		{"no table", "ALTER TABLE wrong_tasks RENAME TO wrong_hidden", "ALTER TABLE wrong_hidden RENAME TO wrong_tasks"},
		{"no column", "ALTER TABLE wrong_tasks RENAME COLUMN active TO hidden", "ALTER TABLE wrong_tasks RENAME COLUMN hidden TO active"},
	} {
		admin := s.Admin
		if strings.HasPrefix(wrong.begin, "ALTER TABLE") {
			admin = func(_ testing.TB, statement string) {
				if _, err := db.ExecContext(t.Context(), statement); err != nil {
					t.Fatalf("%s: %v", statement, err)
				}
			}
		}
		id := fmt.Sprint("task", i)
		insert := func() error {
			return store.Update(t.Context(), func(tx metadata.Tx) error { return tx.InsertTasks(noop(id)) })
		}
		admin(t, wrong.begin)
		p.Cut()
		_, readErr := has(t.Context(), store, id)
		for what, err := range map[string]error{"read": readErr, "written": insert()} {
			if !metadata.IsTransient(err) || errors.Is(err, metadata.ErrOutcomeUnknown) {
				t.Errorf("%s: %s: %v is not told as one that may pass", wrong.what, what, err)
			}
		}
		admin(t, wrong.end)
		if err := insert(); err != nil {
			t.Errorf("%s: mended, and it is told %v", wrong.what, err)
		}
	}
}

// An index or a column of ovate's own that somebody drops is done without.
func testDroppedIndex(t *testing.T, s *sqldbtest.Server) {
	store := open(t, s, sqldb.Config{TablesBase: "dropped"})
	defer store.Close()
	db := s.Open(t)
	statements := []string{"DROP INDEX idx_dropped_segments_ovate_reach"}
	if s.DriverName == "mysql" {
		statements = []string{
			"DROP INDEX idx_dropped_segments_ovate_reach ON dropped_segments", "DROP INDEX idx_dropped_pendingSegments_ovate_reach ON dropped_pendingSegments",
			"ALTER TABLE dropped_pendingSegments DROP COLUMN ovate_reach",
		}
	}
	for _, statement := range statements {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := store.PendingSegments(t.Context(), "d", nil); err != nil {
		t.Errorf("pending segments: %v", err)
	}
	if _, err := store.UsedSegments(t.Context(), "d", nil); err != nil {
		t.Errorf("used segments: %v", err)
	}
}

// What a trigger or a rule of a table keeps from being stored is told as what trying again does not mend.
func testNotStored(t *testing.T, s *sqldbtest.Server) {
	store := open(t, s, sqldb.Config{TablesBase: "triggered"})
	defer store.Close()
	db := s.Open(t)
	exec := func(statement string) {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	refusals := []string{`SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no'`}
	trigger, drop := `CREATE TRIGGER %[1]s_no BEFORE INSERT ON %[1]s FOR EACH ROW %[2]s`, `DROP TRIGGER %[1]s_no`
	if s.DriverName == "pgx" {
		refusals = []string{"RAISE EXCEPTION 'no'", "RETURN NULL"}
		trigger = `CREATE FUNCTION no_%[1]s() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN %[2]s; END';
			CREATE TRIGGER %[1]s_no BEFORE INSERT ON %[1]s FOR EACH ROW EXECUTE FUNCTION no_%[1]s()`
		drop = `DROP FUNCTION no_%[1]s() CASCADE`
	}
	segment := segmentOf(0)
	pending := metadata.PendingRow{ID: segment.Segment.ID(), ShardSpec: druid.Numbered(0, 0), SequenceName: "s", Key: "k"}
	next := pending
	next.ID.PartitionNum, next.Key = 1, "l"
	for _, refusal := range refusals {
		for table, insert := range map[string]func(metadata.Tx) error{
			"tasks":     func(tx metadata.Tx) error { return tx.InsertTasks(noop("a")) },
			"tasklocks": func(tx metadata.Tx) error { _, err := tx.InsertLocks(make([]metadata.LockRow, 2)...); return err },
			"segments": func(tx metadata.Tx) error {
				_, err := tx.InsertSegments([]metadata.SegmentRow{segmentOf(0), segmentOf(1)})
				return err
			},
			"pendingSegments": func(tx metadata.Tx) error {
				_, err := tx.InsertPending([]metadata.PendingRow{pending, next})
				return err
			},
			"upgradeSegments": func(tx metadata.Tx) error {
				return tx.InsertUpgrades([]metadata.UpgradeRow{{TaskID: "a"}, {TaskID: "b"}})
			},
			"config": func(tx metadata.Tx) error { return tx.SetConfig("a", nil) },
			"audit":  func(tx metadata.Tx) error { return tx.InsertAudit(metadata.AuditRow{Key: "a"}) },
		} {
			exec(fmt.Sprintf(trigger, "triggered_"+table, strings.ReplaceAll(refusal, "'", map[bool]string{true: "''", false: "'"}[s.DriverName == "pgx"])))
			err := store.Update(t.Context(), insert)
			if _, permanent := errors.AsType[*metadata.PermanentError](err); !permanent || metadata.IsTransient(err) || errors.Is(err, metadata.ErrExists) {
				t.Errorf("%s, %s: %v", refusal, table, err)
			}
			exec(fmt.Sprintf(drop, "triggered_"+table))
		}
	}
}
