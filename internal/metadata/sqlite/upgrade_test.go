package sqlite

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"ovate/druid"
	"ovate/internal/timeline"
)

// TestUpgrade opens a database that the first version made.
func TestUpgrade(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "metadata.db")
	db, err := sqlite.OpenConn(path, sqlite.OpenReadWrite|sqlite.OpenCreate|sqlite.OpenWAL)
	if err != nil {
		t.Fatal(err)
	}
	names, err := newTableNames("")
	if err != nil {
		t.Fatal(err)
	}
	segment := druid.DataSegment{
		DataSource: "wiki", Interval: druid.Interval{Start: 0, End: 86_400_000}, Version: "v", ShardSpec: druid.Numbered(7, 0),
		LoadSpec: []byte(`{"type":"local"}`), BinaryVersion: 9,
	}
	err = sqlitex.ExecuteScript(db, names.expand(schema1)+fmt.Sprintf("PRAGMA user_version=1; PRAGMA application_id=%d;", applicationID)+
		names.expand(fmt.Sprintf(`INSERT INTO {segments}(id, dataSource, created_date, start, "end", partitioned, version, used, used_status_last_updated, payload)
			VALUES('%s', 'wiki', '2026-01-01T00:00:00.000Z', '%s', '%s', 1, 'v', 1, '2026-01-01T00:00:00.000Z', CAST('%s' AS BLOB));`,
			segment.ID(), segment.Interval.Start, segment.Interval.End, segment.AppendJSON(nil))), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenReader(Options{Path: path}); err == nil || !strings.Contains(err.Error(), "its schema has version 1") {
		t.Errorf("a reader of the first version: %v", err)
	}
	for range 2 { // the second time there is nothing to do
		store, err := Open(Options{Path: path})
		if err != nil {
			t.Fatal(err)
		}
		chunks, err := store.UsedChunks(t.Context(), "wiki", nil)
		if want := (timeline.Chunk{Interval: segment.Interval, Version: "v"}); err != nil || len(chunks) != 1 || chunks[0] != want {
			t.Errorf("chunks %+v, %v", chunks, err)
		}
		last, err := store.LastSegment(t.Context(), "wiki", timeline.Chunk{Interval: segment.Interval, Version: "v"}, true)
		if err != nil || last == nil || last.Segment.ID() != segment.ID() {
			t.Errorf("last segment %+v, %v", last, err)
		}
		if err := store.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
