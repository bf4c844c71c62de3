package sqlite

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"ovate/druid"
	"ovate/internal/deepstorage"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite/sqlite3"
)

// number is the one number that a query finds; -1 for null.
func (c *conn) number(t interface{ Fatal(...any) }, query string, args ...any) int {
	n := 0
	err := c.query(query, func(stmt *sqlite3.Stmt) error {
		if n = stmt.ColumnInt(0); stmt.ColumnType(0) == sqlite3.Null {
			n = -1
		}
		return nil
	}, args...)
	if err != nil {
		t.Fatal(query, err)
	}
	return n
}

// pushed is a segment as a push of this program leaves it.
func pushed(dataSource string, interval druid.Interval, partition int) metadata.SegmentRow {
	path := fmt.Sprintf("/var/lib/ovate/segments/%s/%s_%s/v/%d/0e5f8d72-9c1c-8f3a-9d15-52b8c2a1f001/index/", dataSource, interval.Start, interval.End, partition)
	return metadata.SegmentRow{Used: true, Segment: druid.DataSegment{
		DataSource: dataSource, Interval: interval, Version: "v", ShardSpec: druid.Numbered(partition, 0), BinaryVersion: 9,
		LoadSpec: []byte(`{"type":"local","path":"` + path + `"}`), Dimensions: []string{"page", "user"}, Metrics: []string{"count"},
	}}
}

// TestPlainRows: of what this program finds to be plain SQLite would say the same, were it asked; what is pushed as usual is plain.
func TestPlainRows(t *testing.T) {
	t.Parallel()
	const day = 86_400_000
	unique := "0e5f8d72-9c1c-8f3a-9d15-52b8c2a1f001/"
	withSegments(t, openForTest(t), nil, func(c *conn, _ []string) {
		rapid.Check(t, func(t *rapid.T) {
			unlike := rapid.SliceOfN(rapid.SampledFrom([]string{"root", "folder", "unique", "file", "end", "more", "schema", "dimension"}), 0, 2).Draw(t, "unlike")
			pick := func(what string, usual string, others ...string) string {
				if what != "name" && what != "version" && !slices.Contains(unlike, what) {
					return usual
				}
				return rapid.SampledFrom(append(others, usual)).Draw(t, what)
			}
			interval := rapid.SampledFrom([]druid.Interval{
				{Start: 0, End: 1}, {Start: 0, End: 60_000}, {Start: 0, End: 3_600_000}, {Start: -day, End: 0}, {Start: 0, End: 7 * day}, {Start: 0, End: 31 * day},
				{Start: day, End: 93 * day}, {Start: 0, End: 366 * day}, {Start: 0, End: 400 * day}, druid.Eternity, {Start: metadata.LastNear - 5, End: metadata.LastNear + 5},
			}).Draw(t, "interval")
			version, partition := pick("version", "v", "2026-01-01T00:00:00.000Z", "a_b", ""), rapid.SampledFrom([]int{0, 1, 12}).Draw(t, "partition")
			name := pick("name", "wiki", "a b", "größe", "x_y")
			folder := func(name string, partition int) string {
				return fmt.Sprintf("/%s/%s_%s/%s/%d/", name, interval.Start, interval.End, version, partition)
			}
			own := folder(name, partition)
			path := pick("root", "/deep", "", "/a/../b", `C:\\x`, own+"x", own) + pick("folder", own, folder("other", partition), folder(name, 7), "/", own+"../9/") +
				pick("unique", unique, "", "0e5f8d72x9c1c-8f3a-9d15-52b8c2a1f001/", "a/", unique+unique) + pick("file", "index/", "index.zip", "index", "index/other", "", "descriptor.json") +
				pick("end", "", own+"index/", "/", `\u002e`)
			row := pushed(name, interval, partition)
			row.Segment.Version = version
			if rapid.Bool().Draw(t, "S3") {
				row.Segment.LoadSpec = []byte(`{"type":"s3_zip","bucket":"` + pick("root", "deep", "", "a/b", own[1:], `a\"`) + `","key":"` + strings.TrimPrefix(path, "/") +
					pick("schema", `","S3Schema":"s3n"`, `","S3Schema":"s3a"`, `"`, `","S3Schema":"s3"`, `","key":"x","S3Schema":"s3n"`) + pick("more", "", `,"note":"x"`, `,"note":"`+own+`index/"`) + "}")
			} else {
				row.Segment.LoadSpec = []byte(`{"type":"local","path":"` + path + `"` + pick("more", "", `,"note":"x"`, `,"note":"`+own+`index/"`) + "}")
			}
			row.Segment.Dimensions = []string{pick("dimension", "page", "a/b", "/wiki/a_b/c/1/", `"},"`, "a\x01b", "/a_b/c/")}
			if _, err := c.exec(`DELETE FROM {segments}`); err != nil {
				t.Fatal(err)
			}
			if _, err := c.InsertSegments([]metadata.SegmentRow{row}); err != nil {
				t.Fatal(err)
			}
			known := c.number(t, `SELECT known_span FROM {segments}`)
			if len(unlike) == 0 && known < 0 {
				t.Errorf("%s\nis not taken for plain", row.Segment.AppendJSON(nil))
			}
			if _, err := c.exec(`UPDATE {segments} SET known_span = NULL`); err != nil {
				t.Fatal(err)
			}
			span := c.number(t, `SELECT span FROM {segments}`)
			odd := c.number(t, `SELECT count(*) FROM {segments} INDEXED BY {idx_segments_datasource_used_odd} WHERE `+isOddSegment)
			elsewhere := c.number(t, `SELECT count(*) FROM {segments} INDEXED BY {idx_segments_elsewhere} WHERE `+isElsewhere)
			if elsewhere == 0 && version != "" && !slices.Contains(deepstorage.Pushed(row.Segment.LoadSpec), row.Segment.ID()) {
				t.Fatalf("%s\nis not found by who removes the files that it names", row.Segment.AppendJSON(nil))
			}
			if known >= 0 && (span != known || odd+elsewhere > 0) {
				t.Fatalf("%s\nis taken for plain, with span %d; SQLite finds span %d, odd %d, elsewhere %d", row.Segment.AppendJSON(nil), known, span, odd, elsewhere)
			}
		})
		for _, interval := range []druid.Interval{{Start: 0, End: 1}, {Start: 0, End: day}, {Start: 0, End: 366 * day}, druid.Eternity} {
			row := pushed("wiki", interval, 3)
			if _, err := c.InsertSegments([]metadata.SegmentRow{row}); err != nil {
				t.Error(err)
			}
			if _, err := c.InsertPending([]metadata.PendingRow{{ID: row.Segment.ID(), Key: row.Segment.ID().String()}}); err != nil {
				t.Error(err)
			}
			for _, table := range []string{"{segments}", "{pendingSegments}"} {
				if span := c.number(t, `SELECT known_span FROM `+table+` WHERE id = ?`, row.Segment.ID().String()); span != spanOf(interval) {
					t.Errorf("%s in %s has known_span %d", row.Segment.ID(), table, span)
				}
			}
		}
	})
}

// TestPlainNoMore: what another program changes is looked at anew; what this one changes stays plain.
func TestPlainNoMore(t *testing.T) {
	t.Parallel()
	store := openForTest(t)
	for column, value := range map[string]string{
		"id": "'x'", "dataSource": "'x'", "start": "'1970-01-01'", `"end"`: "x'00'", "version": "'w'", "payload": "payload", "used": "0", "created_date": "'x'",
	} {
		withSegments(t, store, nil, func(c *conn, _ []string) {
			row := pushed("wiki", druid.Interval{Start: 0, End: 86_400_000}, 3)
			if _, err := c.InsertSegments([]metadata.SegmentRow{row}); err != nil {
				t.Error(err)
			}
			if n, err := c.SetUsed([]string{row.Segment.ID().String()}, false, 0); n != 1 || err != nil {
				t.Error(n, err)
			}
			if span := c.number(t, `SELECT known_span FROM {segments}`); span != 2 {
				t.Errorf("known_span is %d", span)
			}
			if _, err := c.exec(`UPDATE {segments} SET ` + column + ` = ` + value); err != nil {
				t.Error(err)
			}
			stays := column == "used" || column == "created_date"
			if span := c.number(t, `SELECT known_span FROM {segments}`); span >= 0 != stays {
				t.Errorf("after a change of %s known_span is %d", column, span)
			}
		})
	}
	withSegments(t, store, []string{"wiki"}, func(c *conn, _ []string) {
		if _, err := c.exec(`UPDATE {pendingSegments} SET start = 'x'`); err != nil {
			t.Error(err)
		}
		rows, err := c.PendingSegments(t.Context(), "wiki", nil)
		if err != nil || len(rows) != 1 || rows[0].Unreadable == nil {
			t.Errorf("%+v, %v", rows, err)
		}
	})
}
