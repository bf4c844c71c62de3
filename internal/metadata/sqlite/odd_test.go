package sqlite

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite/sqlite3"
	"ovate/internal/timeline"
)

// openForTest opens a store that is closed at the end of the test.
func openForTest(t *testing.T) *Store {
	t.Helper()
	store, err := Open(Options{Path: filepath.Join(t.TempDir(), "metadata.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return store
}

// withSegments puts a used and a pending segment of each data source into a store, and runs fn in a transaction of which nothing stays.
func withSegments(t *testing.T, store *Store, dataSources []string, fn func(c *conn, ids []string)) {
	t.Helper()
	errUndo := errors.New("nothing stays")
	err := store.Update(t.Context(), func(tx metadata.Tx) error {
		var ids []string
		for _, name := range dataSources {
			row := metadata.SegmentRow{Used: true, Segment: druid.DataSegment{
				DataSource: name, Interval: druid.Interval{Start: 0, End: 1}, Version: "v", LoadSpec: []byte(`{}`), BinaryVersion: 9,
			}}
			if _, err := tx.InsertSegments([]metadata.SegmentRow{row}); err != nil {
				return err
			}
			if _, err := tx.InsertPending([]metadata.PendingRow{{ID: row.Segment.ID(), Key: name}}); err != nil {
				return err
			}
			ids = append(ids, row.Segment.ID().String())
		}
		fn(tx.(*conn), ids)
		return errUndo
	})
	if !errors.Is(err, errUndo) {
		t.Error(err)
	}
}

// TestNamesOfBytes: a data source whose name is bytes, as another program may have written it, is called by their text, and listed once, with
// its segments, which are unreadable.
func TestNamesOfBytes(t *testing.T) {
	t.Parallel()
	store := openForTest(t)
	for _, value := range []string{"x''", "x'61'", "x'62'", "x'ff'"} {
		withSegments(t, store, []string{"a", "b"}, func(c *conn, ids []string) {
			for _, table := range []string{"{segments}", "{pendingSegments}"} {
				if _, err := c.exec(`UPDATE `+table+` SET dataSource = `+value+` WHERE id = ?`, ids[0]); err != nil {
					t.Error(err)
				}
			}
			used, err := c.DataSources(t.Context(), true)
			pending, pendingErr := c.PendingDataSources(t.Context())
			want := []string{"b"}
			if value == "x'61'" {
				want = []string{"a", "b"}
			}
			if !slices.Equal(used, want) || !slices.Equal(pending, []string{"b"}) || err != nil || pendingErr != nil {
				t.Errorf("%s: listed are %q and %q, %v, %v", value, used, pending, err, pendingErr)
			}
			for _, name := range want {
				rows, err := c.UsedSegments(t.Context(), name, nil)
				unreadable := 0
				for _, row := range rows {
					if row.Unreadable != nil && row.Used {
						unreadable++
					}
				}
				wanted, bytes := 1, 0
				if name == "a" {
					bytes = 1
				} else if value == "x'62'" {
					wanted, bytes = 2, 1
				}
				if err != nil || len(rows) != wanted || unreadable != bytes {
					t.Errorf("%s: of %s there are %+v, %v", value, name, rows, err)
				}
			}
		})
	}
}

// TestOddIDs: what the id and the column used of a row hold that no statement finds makes the segment unreadable: it is listed unless it is clearly
// unused, no kill task gets it, and nothing is appended behind it.
func TestOddIDs(t *testing.T) {
	t.Parallel()
	store := openForTest(t)
	for set, listed := range map[string]bool{
		`id = CAST(id AS BLOB)`: true, `used = 7`: true, `used = -1`: true, `used = 0.5`: true, `used = 'true'`: true, `used = x'01'`: true,
		`id = CAST(id AS BLOB), used = 0`: false, `dataSource = CAST(dataSource AS BLOB), used = 0`: false, `dataSource = CAST(dataSource AS BLOB), used = 7`: true,
	} {
		withSegments(t, store, []string{"a"}, func(c *conn, ids []string) {
			if _, err := c.exec(`UPDATE {segments} SET ` + set); err != nil {
				t.Error(err)
			}
			names, namesErr := c.DataSources(t.Context(), true)
			rows, err := c.UsedSegments(t.Context(), "a", nil)
			switch {
			case err != nil || namesErr != nil:
				t.Errorf("%s: %v, %v", set, err, namesErr)
			case listed && (len(names) != 1 || len(rows) != 1 || rows[0].Unreadable == nil || !rows[0].Used || rows[0].Segment.ID().String() != ids[0]):
				t.Errorf("%s: used are %q with %+v", set, names, rows)
			case !listed && len(names)+len(rows) > 0:
				t.Errorf("%s: used are %q with %+v", set, names, rows)
			}
			if unused, err := c.UnusedSegments(t.Context(), metadata.UnusedQuery{DataSource: "a", Interval: druid.Eternity}); err != nil || len(unused) > 0 {
				t.Errorf("%s: a kill task gets %+v, %v", set, unused, err)
			}
			chunk := timeline.Chunk{Interval: druid.Interval{Start: 0, End: 1}, Version: "v"}
			if last, err := c.LastSegments(t.Context(), "a", []timeline.Chunk{chunk}, true); listed && (err != nil || last[chunk].Unreadable == nil) {
				t.Errorf("%s: the last segment is %+v, %v", set, last, err)
			}
		})
	}
}

// TestTriggers: what a trigger of another program keeps from being stored is an error that trying again does not mend.
func TestTriggers(t *testing.T) {
	t.Parallel()
	store := openForTest(t)
	for _, raise := range []string{`ABORT, 'no'`, `IGNORE`} {
		withSegments(t, store, nil, func(c *conn, _ []string) {
			for _, table := range []string{"tasks", "tasklocks", "pendingSegments"} {
				if _, err := c.exec(`CREATE TRIGGER ` + table + `_trigger BEFORE INSERT ON {` + table + `} BEGIN SELECT RAISE(` + raise + `); END`); err != nil {
					t.Error(err)
				}
			}
			_, lock := c.InsertLocks(metadata.LockRow{TaskID: "t"})
			_, segment := c.InsertPending([]metadata.PendingRow{{ID: druid.SegmentID{DataSource: "a", Interval: druid.Interval{Start: 0, End: 1}, Version: "v"}}})
			for what, err := range map[string]error{"task": c.InsertTasks(&metadata.TaskRow{ID: "t"}), "lock": lock, "segment": segment} {
				if _, permanent := errors.AsType[*metadata.PermanentError](err); !permanent || metadata.IsTransient(err) {
					t.Errorf("%s, %s: %v", raise, what, err)
				}
			}
		})
	}
}

// TestNoTimesThatLookLikeSome: a segment is unreadable whose start or end is of the form of a time, and is none; its id tells where it is.
func TestNoTimesThatLookLikeSome(t *testing.T) {
	t.Parallel()
	store := openForTest(t)
	for _, column := range []string{"start", `"end"`} {
		for _, value := range []string{
			"9999999999-01-01T00:00:00.000Z", "1970-13-01T00:00:00.000Z", "1970-01-01T24:00:00.000Z", "1970-02-29T00:00:00.000Z", "1970-00-01T00:00:00.000Z",
			"-999-01-01T00:00:00.000Z", "19x0-01-01T00:00:00.000Z", "20240-02-30T00:00:00.000Z", "1970-01-01T23:59:60.000Z",
		} {
			withSegments(t, store, []string{"a"}, func(c *conn, ids []string) {
				if _, err := c.exec(`UPDATE {segments} SET `+column+` = ?`, value); err != nil {
					t.Error(err)
				}
				want := timeline.Chunk{Interval: druid.Interval{Start: 0, End: 1}, Version: "v"}
				chunks, err := c.UsedChunks(t.Context(), "a", nil)
				if err != nil || len(chunks) != 1 || chunks[0] != want {
					t.Errorf("%s = %s: chunks %v, %v", column, value, chunks, err)
				}
				if last, err := c.LastSegments(t.Context(), "a", []timeline.Chunk{want}, true); err != nil || last[want].Unreadable == nil {
					t.Errorf("%s = %s: the last segment is %+v, %v", column, value, last, err)
				}
				if used, err := c.UsedSegments(t.Context(), "a", nil); err != nil || len(used) != 1 || used[0].Unreadable == nil || used[0].Segment.ID().String() != ids[0] {
					t.Errorf("%s = %s: used are %+v, %v", column, value, used, err)
				}
				if n, err := c.MarkUnused("a", want.Interval, nil, 0); n != 1 || err != nil {
					t.Errorf("%s = %s: marked %d, %v", column, value, n, err)
				}
			})
		}
	}
}

// TestNoTimesAtAll: a year beyond all that there are is found in no index, and no waiting changes that. The segment is named to whoever asks.
func TestNoTimesAtAll(t *testing.T) {
	t.Parallel()
	withSegments(t, openForTest(t), []string{"a"}, func(c *conn, ids []string) {
		if _, err := c.exec(`UPDATE {segments} SET start = '-999999999-01-01T00:00:00.000Z'`); err != nil {
			t.Error(err)
		}
		_, err := c.UsedChunks(t.Context(), "a", nil)
		if _, permanent := errors.AsType[*metadata.PermanentError](err); !permanent || !strings.Contains(err.Error(), ids[0]) {
			t.Error(err)
		}
	})
}

// TestSpanIsNoNumber: spans are not looked for without end behind what somebody has written in the place of one, and who asks is told.
func TestSpanIsNoNumber(t *testing.T) {
	t.Parallel()
	store := openForTest(t)
	for _, value := range []string{"x'00'", "'wide'", "2.5"} {
		withSegments(t, store, []string{"a"}, func(c *conn, _ []string) {
			if _, err := c.exec(`UPDATE {segments} SET known_span = ` + value); err != nil {
				t.Error(err)
			}
			_, err := c.UsedSegments(t.Context(), "a", []druid.Interval{{Start: 0, End: 1}})
			if _, permanent := errors.AsType[*metadata.PermanentError](err); !permanent || !strings.Contains(err.Error(), "known_span") {
				t.Errorf("%s: %v", value, err)
			}
		})
	}
}

// TestInstants: what is an instant to an index is one to Druid, and the other way round, in the years in which both can tell.
func TestInstants(t *testing.T) {
	t.Parallel()
	withSegments(t, openForTest(t), nil, func(c *conn, _ []string) {
		check := func(t interface{ Errorf(string, ...any) }, text string) {
			is := false
			err := c.query(`SELECT `+startIsInstant+` FROM (SELECT ? AS start)`, func(stmt *sqlite3.Stmt) error {
				is = stmt.ColumnInt(0) == 1
				return nil
			}, text)
			parsed, parseErr := druid.ParseInstant(text)
			if err != nil || is != isInstant([]byte(text)) || is && (parseErr != nil || parsed.String() != text) {
				t.Errorf("%s: an instant to SQLite %v, here %v, and %v, %v to Druid; %v", text, is, isInstant([]byte(text)), parsed, parseErr, err)
			}
		}
		for _, i := range []druid.Instant{0, metadata.FirstNear, metadata.LastNear, druid.MinInstant, druid.MaxInstant, metadata.FirstNear - 1, metadata.LastNear + 1, 951_782_400_000} {
			if check(t, i.String()); !isInstant([]byte(i.String())) {
				t.Errorf("%s is none", i)
			}
		}
		rapid.Check(t, func(t *rapid.T) {
			number := func(digits, most int) string {
				return fmt.Sprintf("%0*d", digits, rapid.IntRange(0, most).Draw(t, "number"))
			}
			check(t, number(4, 9999)+"-"+number(2, 13)+"-"+number(2, 32)+"T"+number(2, 25)+":"+number(2, 61)+":"+number(2, 61)+"."+number(3, 999)+"Z")
		})
	})
}
