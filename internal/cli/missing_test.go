package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite"
)

// TestSegmentsWithoutFiles: tombstones have no rows; other segments that cannot be read keep no command from the rest, and are named.
func TestSegmentsWithoutFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	data, csv, out := filepath.Join(dir, "var"), filepath.Join(dir, "a.csv"), filepath.Join(dir, "out.csv")
	if err := os.WriteFile(csv, []byte("day,n\n2024-01-01,1\n2024-01-02,2\n2024-01-03,3\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	here := "--data=" + data
	for _, name := range []string{"s", "lone"} {
		run(t, "ingest", csv, "-d", name, here, "--granularity", "DAY").expect(t, 0)
	}
	store, err := sqlite.Open(sqlite.Options{Path: filepath.Join(data, "metadata.db")})
	if err != nil {
		t.Fatal(err)
	}
	insert := func(dataSource, day string, shard druid.ShardSpec, loadSpec string) {
		t.Helper()
		interval, err := druid.ParseInterval(day + "/P1D")
		if err != nil {
			t.Fatal(err)
		}
		row := metadata.SegmentRow{Used: true, Segment: druid.DataSegment{
			DataSource: dataSource, Interval: interval, Version: "2100", ShardSpec: shard, LoadSpec: []byte(loadSpec), BinaryVersion: 9, Size: 1<<63 - 1,
		}}
		if err := store.Update(t.Context(), func(tx metadata.Tx) error {
			_, err := tx.InsertSegments([]metadata.SegmentRow{row})
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	insert("s", "2024-02-01", druid.Tombstone(), `{"type":"tombstone","path":null}`)
	want := "__time,n\n2024-01-01T00:00:00.000Z,1\n2024-01-02T00:00:00.000Z,2\n2024-01-03T00:00:00.000Z,3\n"
	all := func(code int, words ...string) {
		t.Helper()
		run(t, "dump", "s", here, "-o", out).expect(t, code, words...)
		if got, err := os.ReadFile(out); err != nil || string(got) != want {
			t.Errorf("%q %v", got, err)
		}
		listed := run(t, "datasources", here)
		if listed.expect(t, code); !strings.Contains(listed.out, " 3 ") {
			t.Error(listed.out)
		}
		run(t, "segments", "s", here).expect(t, code, words...)
	}
	all(0)
	insert("s", "2024-03-01", druid.Numbered(0, 1), `{"type":"s3_zip","bucket":"b","key":"k"}`)
	all(1, "segment s_2024-03-01", "s3_zip")
	insert("s", "2024-03-02", druid.Numbered(0, 1), `{"type":"local","path":"`+data+`/segments/none/a_b/v/0/index"}`)
	all(1, "segment s_2024-03-01", "s3_zip", "segment s_2024-03-02", "no such file", "of 2 segments")
	if listed := run(t, "datasources", here); !strings.Contains(listed.out, "3 + ?") || !strings.Contains(listed.out, "9223 PB") {
		t.Error(listed.out)
	}
	// Where nothing can be read a file that is there stays.
	insert("gone", "2024-03-02", druid.Numbered(0, 1), `{"type":"local","path":"`+data+`/segments/none/a_b/v/0/index"}`)
	run(t, "dump", "gone", here, "-o", out).expect(t, 1, "segment gone_2024-03-02", "nothing can be read")
	if got, err := os.ReadFile(out); err != nil || string(got) != want {
		t.Errorf("%q %v", got, err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
}
