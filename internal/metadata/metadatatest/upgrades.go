package metadatatest

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"ovate/druid"
	"ovate/internal/metadata"
)

// testUpgrades: what was appended beside a task that replaces is noted for that task, and found again as what it has become.
func testUpgrades(s *suite) {
	s.run("rows of a task", func(b *bench) {
		of := func(task string) (rows []metadata.UpgradeRow) {
			b.Helper()
			rows, err := b.store.Upgrades(b.ctx, []string{task})
			if err != nil {
				b.Fatal(err)
			}
			return rows
		}
		deleted := func(task string, want int) {
			b.Helper()
			b.update(func(tx metadata.Tx) error {
				n, err := tx.DeleteUpgrades(task)
				b.same("number deleted", n, want)
				return err
			})
		}
		tasks := func(want ...string) {
			b.Helper()
			ids, err := b.store.UpgradeTasks(b.ctx)
			if err != nil {
				b.Fatal(err)
			}
			b.same("tasks with rows", ids, want)
		}
		b.same("rows of nobody", len(of("a")), 0)
		tasks()
		first := []metadata.UpgradeRow{
			{TaskID: "a", SegmentID: "one", LockVersion: "v"}, {TaskID: "b", SegmentID: "one", LockVersion: "w"}, {TaskID: "a", SegmentID: "two", LockVersion: "v"},
		}
		again := metadata.UpgradeRow{TaskID: "a", SegmentID: "one", LockVersion: "v"} // as Java does where an answer was lost
		b.update(func(tx metadata.Tx) error { return errors.Join(tx.InsertUpgrades(nil), tx.InsertUpgrades(first)) })
		b.update(func(tx metadata.Tx) error { return tx.InsertUpgrades([]metadata.UpgradeRow{again}) })
		b.same("rows of a", of("a"), []metadata.UpgradeRow{first[0], first[2], again})
		b.same("rows of b", of("b"), first[1:2])
		tasks("a", "b")
		both, err := b.store.Upgrades(b.ctx, []string{"b", "nobody", "a"})
		if err != nil {
			b.Fatal(err)
		}
		b.same("number of rows of both", len(both), 4)
		slices.SortStableFunc(both, func(x, y metadata.UpgradeRow) int { return strings.Compare(x.TaskID, y.TaskID) })
		b.same("rows of both", both, append(of("a"), of("b")...))
		var stored []string
		for _, row := range b.database.Rows(b.T, b.store, "upgradeSegments") {
			stored = append(stored, fmt.Sprint(row["task_id"], row["segment_id"], row["lock_version"]))
		}
		b.same("rows that Java reads", stored, []string{"aonev", "bonew", "atwov", "aonev"})
		deleted("a", 3)
		deleted("a", 0)
		b.same("rows left to a", len(of("a")), 0)
		tasks("b")
		b.same("rows left to b", of("b"), first[1:2])
	})
	s.run("rows of Java", func(b *bench) {
		b.database.Insert(b.T, b.store, "upgradeSegments", map[string]any{"task_id": "a", "segment_id": "one", "lock_version": "v"})
		rows, err := b.store.Upgrades(b.ctx, []string{"a"})
		if err != nil {
			b.Fatal(err)
		}
		b.same("rows", rows, []metadata.UpgradeRow{{TaskID: "a", SegmentID: "one", LockVersion: "v"}})
	})
	s.run("pending segments that were made from others", func(b *bench) {
		original := pendingRow(hours(0, 1), 0, "a", "", "g", 0)
		later, earlier := pendingRow(hours(1, 2), 2, "b", "x", "g", 1), pendingRow(hours(0, 1), 3, "c", "x", "g", 2)
		other, elsewhere := pendingRow(hours(0, 1), 4, "d", "x", "h", 3), pendingRow(hours(0, 1), 5, "e", "x", "g", 4)
		elsewhere.ID.DataSource = "elsewhere"
		for _, row := range []*metadata.PendingRow{&later, &earlier, &other, &elsewhere} {
			row.UpgradedFrom = original.ID.String()
		}
		b.update(func(tx metadata.Tx) error {
			if err := insertPending(tx, original, later, earlier, other, elsewhere); err != nil {
				return err
			}
			seen, err := tx.UpgradedPending(b.ctx, "wiki", "g")
			b.same("rows that the transaction sees", seen, []metadata.PendingRow{earlier, later})
			return err
		})
		rows, err := b.store.UpgradedPending(b.ctx, "wiki", "g")
		if err != nil {
			b.Fatal(err)
		}
		b.same("rows", rows, []metadata.PendingRow{earlier, later})
		rows, err = b.store.UpgradedPending(b.ctx, "wiki", "nobody")
		if err != nil || len(rows) > 0 {
			b.Errorf("of nobody: %v, %v", rows, err)
		}
	})
	s.run("copies of segments", func(b *bench) {
		original, other := segment("wiki", hours(0, 1), "v", 0), segment("wiki", hours(0, 1), "v", 1)
		copied := func(dataSource string, interval druid.Interval, version string, of metadata.SegmentRow) metadata.SegmentRow {
			row := segment(dataSource, interval, version, 5)
			row.UpgradedFrom = of.Segment.ID().String()
			return row
		}
		first, wider := copied("wiki", hours(0, 1), "w", original), copied("wiki", hours(0, 24), "w", original)
		unused, ofOther := copied("wiki", hours(0, 1), "x", original), copied("wiki", hours(0, 1), "y", other)
		unused.Used = false
		b.insertSegments(original, other, wider, unused, ofOther, copied("elsewhere", hours(0, 1), "w", original), first)
		ids := []string{original.Segment.ID().String(), "nothing", other.Segment.ID().String()}
		rows, err := b.store.SegmentsUpgradedFrom(b.ctx, "wiki", ids)
		if err != nil {
			b.Fatal(err)
		}
		b.same("rows", rows, []metadata.SegmentRow{first, unused, ofOther, wider})
		rows, err = b.store.SegmentsUpgradedFrom(b.ctx, "wiki", nil)
		if err != nil || len(rows) > 0 {
			b.Errorf("of none: %v, %v", rows, err)
		}
	})
}
