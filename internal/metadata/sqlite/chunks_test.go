package sqlite

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/timeline"
)

// cheap is how what there is at other times is not read: the plan of each query has one of these.
var cheap = []string{
	"used_chunk (dataSource=? AND used=? AND span>?)",
	"used_chunk (dataSource=? AND used=? AND span=? AND (start,end,version)>(?,?,?)",
	"used_chunk (dataSource=? AND used=? AND span=? AND start>? AND start<?)",
	"used_far (dataSource=? AND used=? AND (start,end,version)>(?,?,?)",
	"used_far (dataSource=? AND used=?)",
	"used_odd (dataSource=? AND used=?)",
	"used_end_start (dataSource=? AND used<?)", "used_end_start (dataSource=? AND used>? AND used<?)", "used_end_start (dataSource=? AND used>?)", // oddUse,
	"used_end_start (dataSource>?)", // where there is nothing
	"pendingSegments_datasource_chunk (dataSource=? AND span>?)",
	"pendingSegments_datasource_chunk (dataSource=? AND span=? AND start>? AND start<?)",
	"pendingSegments_datasource_far (dataSource=?)",
	"pendingSegments_datasource_odd (dataSource=?)",
}

// TestChunksAreFoundByTime: the segments of other times, reserved ones too, and far ones, are in indexes of their own, and none of those found by
// the data source alone is walked through.
func TestChunksAreFoundByTime(t *testing.T) {
	t.Parallel()
	store, err := Open(Options{Path: filepath.Join(t.TempDir(), "metadata.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}()
	err = store.Update(t.Context(), func(tx metadata.Tx) error {
		segment := metadata.SegmentRow{Used: true, Segment: druid.DataSegment{
			DataSource: "wiki", Interval: druid.Interval{Start: 0, End: 1}, Version: "v", LoadSpec: []byte(`{}`), BinaryVersion: 9,
		}}
		if _, err := tx.InsertSegments([]metadata.SegmentRow{segment}); err != nil {
			return err
		}
		if _, err := tx.InsertPending([]metadata.PendingRow{{ID: segment.Segment.ID(), ShardSpec: druid.Numbered(0, 0)}}); err != nil {
			return err
		}
		if _, err := tx.UsedChunks(t.Context(), "wiki", nil); err != nil {
			return err
		}
		if _, err := tx.UsedSegments(t.Context(), "wiki", nil); err != nil {
			return err
		}
		if _, err := tx.PendingSegments(t.Context(), "wiki", nil); err != nil {
			return err
		}
		c := tx.(*conn)
		for query := range c.stmts {
			if !strings.HasPrefix(query, "SELECT") {
				continue
			}
			stmt, err := c.db.Prepare("EXPLAIN QUERY PLAN " + c.names.expand(query))
			if err != nil {
				return err
			}
			if _, err := stmt.Step(); err != nil {
				return err
			}
			plan := stmt.ColumnText(3)
			stmt.Finalize()
			if !slices.ContainsFunc(cheap, func(way string) bool { return strings.Contains(plan, way) }) {
				t.Errorf("%s\nis done by: %s", query, plan)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestColumnsOfBytes: walks from one value to the next of an index end, though bytes compare otherwise than the text they are read as.
func TestColumnsOfBytes(t *testing.T) {
	t.Parallel()
	store, err := Open(Options{Path: filepath.Join(t.TempDir(), "metadata.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}()
	errUndo := errors.New("the next case begins anew")
	for _, column := range []string{"id", "dataSource", "created_date", "start", `"end"`, "version", "used", "used_status_last_updated", "payload"} {
		for _, value := range []string{
			"x''", "x'ff'", "x'" + strings.Repeat("41", 24) + "'", "'x'", "7", "'" + strings.Repeat("x", 24) + "'", "CAST(" + column + " AS BLOB)",
		} {
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
			err := store.Update(ctx, func(tx metadata.Tx) error {
				segment := metadata.SegmentRow{Used: true, Segment: druid.DataSegment{
					DataSource: "wiki", Interval: druid.Interval{Start: 0, End: 1}, Version: "v", LoadSpec: []byte(`{}`), BinaryVersion: 9,
				}}
				if _, err := tx.InsertSegments([]metadata.SegmentRow{segment}); err != nil {
					return err
				}
				pending := metadata.PendingRow{ID: segment.Segment.ID(), Key: "k"}
				if _, err := tx.InsertPending([]metadata.PendingRow{pending}); err != nil {
					return err
				}
				c := tx.(*conn)
				if _, err := c.exec(`UPDATE {segments} SET ` + column + ` = ` + value); err != nil {
					return err
				}
				if column != "version" && column != "used" && column != "used_status_last_updated" {
					if _, err := c.exec(`UPDATE {pendingSegments} SET ` + column + ` = ` + value); err != nil {
						return err
					}
				}
				chunks, chunksErr := tx.UsedChunks(ctx, "wiki", nil)
				listed, segmentsErr := tx.UsedSegments(ctx, "wiki", nil)
				_, namesErr := tx.DataSources(ctx, true)
				reserved, pendingErr := tx.PendingSegments(ctx, "wiki", nil)
				_, pendingNamesErr := tx.PendingDataSources(ctx)
				if err := errors.Join(segmentsErr, namesErr, pendingErr, pendingNamesErr); err != nil {
					t.Errorf("%s = %s: %v", column, value, err)
				}
				if chunksErr != nil && (metadata.IsTransient(chunksErr) || !strings.Contains(chunksErr.Error(), segment.Segment.ID().String())) {
					t.Errorf("%s = %s: %v, want an error that stays and names the segment", column, value, chunksErr)
				}
				blob := !strings.HasPrefix(value, "'") && value != "7"
				switch column {
				case "dataSource", "used":
					return errUndo // it is not one of this data source's used segments
				case "start", `"end"`, "version":
					if column == "version" && !blob {
						break
					}
					want := timeline.Chunk{Interval: segment.Segment.Interval, Version: "v"}
					if len(chunks) != 1 || chunks[0] != want {
						t.Errorf("%s = %s: chunks %v", column, value, chunks)
					}
					if last, err := tx.LastSegments(ctx, "wiki", []timeline.Chunk{want}, true); err != nil || last[want].Unreadable == nil {
						t.Errorf("%s = %s: the last segment is %v, %v, want an unreadable one", column, value, last, err)
					}
					if len(listed) != 1 || listed[0].Unreadable == nil || listed[0].Segment.ID() != segment.Segment.ID() {
						t.Errorf("%s = %s: listed as %+v", column, value, listed)
					}
					if column != "version" && (len(reserved) != 1 || reserved[0].Unreadable == nil || reserved[0].ID != pending.ID) {
						t.Errorf("%s = %s: reserved is %+v", column, value, reserved)
					}
					if n, err := tx.MarkUnused("wiki", druid.Interval{Start: 0, End: 1}, nil, 0); n != 1 || err != nil {
						t.Errorf("%s = %s: marked %d, %v", column, value, n, err)
					}
				}
				if len(listed) != 1 || len(reserved) != 1 {
					t.Errorf("%s = %s: listed are %+v and %+v", column, value, listed, reserved)
				}
				return errUndo
			})
			cancel()
			if !errors.Is(err, errUndo) {
				t.Errorf("%s = %s: %v", column, value, err)
			}
		}
	}
}
