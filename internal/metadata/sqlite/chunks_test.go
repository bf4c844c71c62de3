package sqlite

import (
	"path/filepath"
	"strings"
	"testing"

	"ovate/druid"
	"ovate/internal/metadata"
)

// TestChunksAreFoundByTime: the segments of other times, and far ones, are in indexes of their own, and none of those found by
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
		if _, err := tx.UsedChunks(t.Context(), "wiki", nil); err != nil {
			return err
		}
		c := tx.(*conn)
		for query := range c.stmts {
			if !strings.HasPrefix(query, "SELECT") {
				continue
			}
			stmt, _, err := c.db.PrepareTransient("EXPLAIN QUERY PLAN " + c.names.expand(query))
			if err != nil {
				return err
			}
			if _, err := stmt.Step(); err != nil {
				return err
			}
			plan := stmt.ColumnText(3)
			if err := stmt.Finalize(); err != nil {
				return err
			}
			near := strings.Contains(plan, "used_chunk (dataSource=? AND used=? AND span")
			if !near && !strings.Contains(plan, "used_far (dataSource=? AND used=?)") {
				t.Errorf("%s\nis done by: %s", query, plan)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
