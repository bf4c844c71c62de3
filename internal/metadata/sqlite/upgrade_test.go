package sqlite

import (
	_ "embed"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite/sqlite3"
	"ovate/internal/timeline"
)

//go:embed testdata/schema1.sql
var schema1 string

// makeFirst makes a database as the first version did, and runs a script on it.
func makeFirst(t *testing.T, path, script string) {
	t.Helper()
	db, err := sqlite3.Open(path, sqlite3.ReadWrite|sqlite3.Create)
	if err != nil {
		t.Fatal(err)
	}
	names, err := newTableNames("")
	if err != nil {
		t.Fatal(err)
	}
	first := fmt.Sprintf("PRAGMA user_version=1; PRAGMA application_id=%d;", applicationID)
	err = db.Script(names.expand(schema1) + first + names.expand(script))
	if err = errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
}

// TestUpgradesLeadToTheSchema: a database that was brought here step by step is as one that is new.
func TestUpgradesLeadToTheSchema(t *testing.T) {
	t.Parallel()
	names, err := newTableNames("")
	if err != nil {
		t.Fatal(err)
	}
	blanks := regexp.MustCompile(`--.*\n|\s+`)
	definitions := func(script string) map[string]string {
		db, err := sqlite3.Open(":memory:", sqlite3.ReadWrite|sqlite3.Create)
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Script(names.expand(script)); err != nil {
			t.Fatal(err)
		}
		all := map[string]string{}
		err = db.Query(`SELECT type || ' ' || name, sql FROM sqlite_schema`, func(stmt *sqlite3.Stmt) error {
			all[stmt.ColumnText(0)] = blanks.ReplaceAllString(stmt.ColumnText(1), "")
			return nil
		})
		if err = errors.Join(err, db.Close()); err != nil {
			t.Fatal(err)
		}
		return all
	}
	if diff := cmp.Diff(definitions(schema), definitions(schema1+strings.Join(steps[:], ""))); diff != "" {
		t.Error(diff)
	}
}

// TestUpgrade opens a database that the first version made.
func TestUpgrade(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "metadata.db")
	names, err := newTableNames("")
	if err != nil {
		t.Fatal(err)
	}
	segment := druid.DataSegment{
		DataSource: "wiki", Interval: druid.Interval{Start: 0, End: 86_400_000}, Version: "v", ShardSpec: druid.Numbered(7, 0),
		LoadSpec: []byte(`{"type":"local"}`), BinaryVersion: 9,
	}
	makeFirst(t, path, fmt.Sprintf(`INSERT INTO {segments}(id, dataSource, created_date, start, "end", partitioned, version, used, used_status_last_updated, payload)
		VALUES('%s', 'wiki', '2026-01-01T00:00:00.000Z', '%s', '%s', 1, 'v', 1, '2026-01-01T00:00:00.000Z', CAST('%s' AS BLOB));
		INSERT INTO {supervisors}(spec_id, created_date, payload) VALUES('wiki', '2026-01-01T00:00:00.000Z', CAST('{"type":"kafka"}' AS BLOB));`,
		segment.ID(), segment.Interval.Start, segment.Interval.End, segment.AppendJSON(nil)))
	if _, err := OpenReader(Options{Path: path}); err == nil || !strings.Contains(err.Error(), "its schema has version 1") {
		t.Errorf("a reader of the first version: %v", err)
	}
	t.Run("segments that are plain", func(t *testing.T) {
		db, err := sqlite3.Open(":memory:", sqlite3.ReadWrite|sqlite3.Create)
		if err != nil {
			t.Fatal(err)
		}
		c := &conn{db: db, names: names, stmts: map[string]*sqlite3.Stmt{}}
		run := func(script string) {
			t.Helper()
			if err := db.Script(names.expand(script)); err != nil {
				t.Fatal(err)
			}
		}
		run(schema1 + strings.Join(steps[:8], ""))
		day := druid.Interval{Start: 0, End: 86_400_000}
		plain, far, odd, elsewhere := pushed("wiki", day, 1), pushed("wiki", druid.Eternity, 2), pushed("wiki", day, 3), pushed("wiki", day, 4)
		elsewhere.Segment.LoadSpec = plain.Segment.LoadSpec
		for _, row := range []metadata.SegmentRow{plain, far, odd, elsewhere} {
			_, err := c.exec(`INSERT INTO {segments}(id, dataSource, created_date, start, "end", partitioned, version, used, used_status_last_updated, payload)
				VALUES(?, 'wiki', '', ?, ?, 1, 'v', 1, '', ?)`, row.Segment.ID().String(), row.Segment.Interval.Start, row.Segment.Interval.End, row.Segment.AppendJSON(nil))
			if err != nil {
				t.Fatal(err)
			}
		}
		run(`UPDATE {segments} SET start = '1970-02-30T00:00:00.000Z' WHERE id LIKE '%_3'`)
		run(steps[8])
		for i, want := range []int{2, 7, -1, -1} {
			if span := c.number(t, `SELECT known_span FROM {segments} WHERE rowid = ?`, i+1); span != want {
				t.Errorf("segment %d has known_span %d, want %d", i+1, span, want)
			}
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	for range 2 { // the second time there is nothing to do
		store, err := Open(Options{Path: path})
		if err != nil {
			t.Fatal(err)
		}
		chunks, err := store.UsedChunks(t.Context(), "wiki", nil)
		if want := (timeline.Chunk{Interval: segment.Interval, Version: "v"}); err != nil || len(chunks) != 1 || chunks[0] != want {
			t.Errorf("chunks %+v, %v", chunks, err)
		}
		last, err := store.LastSegments(t.Context(), "wiki", chunks, true)
		if row := last[chunks[0]]; err != nil || row.Segment.ID() != segment.ID() {
			t.Errorf("last segment %+v, %v", last, err)
		}
		supervisors, err := store.Supervisors(t.Context())
		if err != nil || len(supervisors) != 1 || supervisors[0].Type != "kafka" {
			t.Errorf("supervisors %+v, %v", supervisors, err)
		}
		if err := store.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
