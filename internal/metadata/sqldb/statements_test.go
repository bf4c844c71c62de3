package sqldb_test

import (
	"fmt"
	"slices"
	"testing"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqldb"
	"ovate/internal/metadata/sqldb/sqldbtest"
)

// testStatements: each statement is a way to the server and back, so what is asked for many intervals or ids takes few of them, and finds all.
func testStatements(t *testing.T, s *sqldbtest.Server) {
	const many = 1000
	store := open(t, s, sqldb.Config{TablesBase: "statements"})
	defer store.Close()
	ctx := t.Context()
	var intervals []druid.Interval // every other hour
	var rows, upgraded []metadata.SegmentRow
	var ids, tasks, versions []string
	var notes []metadata.UpgradeRow
	for i := range many {
		hour := hourOf(2 * i)
		segment := druid.DataSegment{DataSource: "d", Interval: hour, Version: "v", ShardSpec: druid.Numbered(0, 1)}
		id := segment.ID().String()
		intervals, ids, tasks, versions = append(intervals, hour), append(ids, id), append(tasks, fmt.Sprint("task", i)), append(versions, fmt.Sprint("v", i))
		rows = append(rows, metadata.SegmentRow{Segment: segment, Created: hour.End, Used: true, UsedStatusLastUpdated: hour.End})
		segment.DataSource = "other"
		upgraded = append(upgraded, metadata.SegmentRow{Segment: segment, Created: hour.End, Used: true, UsedStatusLastUpdated: hour.End, UpgradedFrom: id})
		notes = append(notes, metadata.UpgradeRow{TaskID: "task", SegmentID: id, LockVersion: "w"})
	}
	all := druid.Interval{Start: intervals[0].Start, End: intervals[many-1].End}
	calls := []struct {
		name string
		most int // statements
		call func(tx metadata.Tx) (found int, err error)
		want int
	}{
		{"InsertSegments", 40, func(tx metadata.Tx) (int, error) {
			inserted, err := tx.InsertSegments(slices.Concat(rows, upgraded))
			return len(inserted), err
		}, 2 * many},
		{"UsedSegments", 31, func(tx metadata.Tx) (int, error) {
			found, err := tx.UsedSegments(ctx, "d", intervals)
			return len(found), err
		}, many},
		{"UsedChunks", 31, func(tx metadata.Tx) (int, error) {
			found, err := tx.UsedChunks(ctx, "d", intervals)
			return len(found), err
		}, many},
		{"SegmentsByID", 2, func(tx metadata.Tx) (int, error) {
			found, err := tx.SegmentsByID(ctx, "d", ids)
			return len(found), err
		}, many},
		{"SegmentsUpgradedFrom", 2, func(tx metadata.Tx) (int, error) {
			found, err := tx.SegmentsUpgradedFrom(ctx, "other", ids)
			return len(found), err
		}, many},
		{"InsertUpgrades", 2, func(tx metadata.Tx) (int, error) { return 0, tx.InsertUpgrades(notes) }, 0},
		{"Upgrades", 1, func(tx metadata.Tx) (int, error) {
			found, err := tx.Upgrades(ctx, []string{"task"})
			return len(found), err
		}, many},
		{"TaskStatuses", 2, func(tx metadata.Tx) (int, error) {
			found, err := tx.TaskStatuses(ctx, tasks)
			return len(found), err
		}, 0},
		{"PendingSegments", 1, func(tx metadata.Tx) (int, error) {
			found, err := tx.PendingSegments(ctx, "d", []druid.Interval{all})
			return len(found), err
		}, 0},
		{"DeletePendingByID", 2, func(tx metadata.Tx) (int, error) { return tx.DeletePendingByID(ids) }, 0},
		{"MarkUnused", 2, func(tx metadata.Tx) (int, error) { return tx.MarkUnused("d", all, versions, all.End) }, 0},
		{"SetUsed", 2, func(tx metadata.Tx) (int, error) { return tx.SetUsed(ids, false, all.End) }, many},
		{"UnusedSegments", 2, func(tx metadata.Tx) (int, error) {
			found, err := tx.UnusedSegments(ctx, metadata.UnusedQuery{DataSource: "d", Interval: all})
			return len(found), err
		}, many},
		{"DeleteSegments", 2, func(tx metadata.Tx) (int, error) { return tx.DeleteSegments(ids) }, many},
	}
	for _, c := range calls {
		err := store.Update(ctx, func(tx metadata.Tx) error {
			found := 0
			n, err := sqldb.StatementsOf(tx, func() (err error) {
				found, err = c.call(tx)
				return err
			})
			if err == nil && (n > c.most || found != c.want) {
				t.Errorf("%s: %d statements, at most %d were right; it found %d, want %d", c.name, n, c.most, found, c.want)
			}
			return err
		})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
