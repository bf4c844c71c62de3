package sqldb

import (
	"context"
	"fmt"
	"slices"

	"ovate/druid"
	"ovate/internal/metadata"
)

// upgrades is nil where the database can hold what goes over from one version to another. An older cluster may have neither the table nor
// the columns for that.
func (s *Store) upgrades() error {
	for _, c := range []struct{ table, column string }{
		{"upgradeSegments", "task_id"}, {"pendingSegments", "upgraded_from_segment_id"}, {"pendingSegments", "task_allocator_id"},
		{"segments", "upgraded_from_segment_id"},
	} {
		if !s.found.has(c.table, c.column) {
			return &metadata.PermanentError{Err: druid.InvalidInput("segments that are appended beside a task that replaces cannot go over to its version: there is no column %s in a table %s. "+
				"Set druid.metadata.storage.connector.createTables to true, or add it", c.column, s.names.table(c.table))}
		}
	}
	return nil
}

// UpgradedPending implements metadata.Reader.
func (r reader) UpgradedPending(ctx context.Context, dataSource, allocator string) (rows []metadata.PendingRow, err error) {
	if r.store.upgrades() != nil {
		return nil, nil
	}
	err = r.with(ctx, func(c conn) error {
		rows = nil
		return c.query(`SELECT `+r.store.pendingColumns()+` FROM {pendingSegments}
			WHERE {is dataSource} AND {is task_allocator_id} AND upgraded_from_segment_id <> ''`, func(scan scan) error {
			row, err := r.store.pendingRow(scan)
			rows = append(rows, row)
			return err
		}, name(dataSource), name(allocator))
	})
	if err != nil {
		return nil, fmt.Errorf("read upgraded pending segments of %s allocated by group %s: %w", dataSource, allocator, err)
	}
	slices.SortFunc(rows, func(a, b metadata.PendingRow) int { return metadata.CompareSegmentIDs(a.ID, b.ID) })
	return rows, nil
}

// Upgrades implements metadata.Reader.
func (r reader) Upgrades(ctx context.Context, taskIDs []string) (rows []metadata.UpgradeRow, err error) {
	if r.store.upgrades() != nil {
		return nil, nil
	}
	err = r.with(ctx, func(c conn) error {
		rows = nil
		return inChunks(taskIDs, someKeys, func(taskIDs []string) error {
			among, keys := in(r.store.dialect, "task_id", taskIDs)
			return c.query(`SELECT task_id, segment_id, lock_version FROM {upgradeSegments} WHERE `+among+` ORDER BY id`, func(scan scan) error {
				var row metadata.UpgradeRow
				err := scan(&row.TaskID, &row.SegmentID, &row.LockVersion)
				rows = append(rows, row)
				return err
			}, keys...)
		})
	})
	if err != nil {
		return nil, fmt.Errorf("read the segments appended beside %d tasks: %w", len(taskIDs), err)
	}
	return rows, nil
}

// UpgradeTasks implements metadata.Reader.
func (r reader) UpgradeTasks(ctx context.Context) (ids []string, err error) {
	if r.store.upgrades() != nil {
		return nil, nil
	}
	ids, err = r.names(ctx, `SELECT DISTINCT task_id FROM {upgradeSegments}`)
	if err != nil {
		return nil, fmt.Errorf("read which tasks segments were appended beside: %w", err)
	}
	slices.Sort(ids)
	return ids, nil
}

// SegmentsUpgradedFrom implements metadata.Reader.
func (r reader) SegmentsUpgradedFrom(ctx context.Context, dataSource string, ids []string) (rows []metadata.SegmentRow, err error) {
	if !r.store.found.has("segments", "upgraded_from_segment_id") {
		return nil, nil
	}
	texts := metadata.Texts{}
	err = inChunks(ids, someKeys, func(ids []string) error {
		var some []metadata.SegmentRow
		err := r.with(ctx, func(c conn) error {
			some = nil
			among, keys := in(r.store.dialect, "upgraded_from_segment_id", ids)
			return c.query(`SELECT `+r.store.segmentColumns()+` FROM {segments} WHERE {is dataSource} AND `+among,
				func(scan scan) error {
					row, _, err := r.store.segmentRow(scan, texts, false)
					some = append(some, row)
					return err
				}, append([]any{name(dataSource)}, keys...)...)
		})
		rows = append(rows, some...)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the segments upgraded from %d others of %s: %w", len(ids), dataSource, err)
	}
	slices.SortFunc(rows, func(a, b metadata.SegmentRow) int { return metadata.CompareSegmentIDs(a.Segment.ID(), b.Segment.ID()) })
	return rows, nil
}

// InsertUpgrades implements metadata.Tx.
func (t *transaction) InsertUpgrades(rows []metadata.UpgradeRow) error {
	if len(rows) == 0 {
		return nil
	}
	if err := t.store.upgrades(); err != nil {
		return err
	}
	return inChunks(rows, someKeys, func(rows []metadata.UpgradeRow) error {
		var args []any
		for _, row := range rows {
			args = append(args, row.TaskID, row.SegmentID, row.LockVersion)
		}
		err := t.conn.mustExec(len(rows), `INSERT INTO {upgradeSegments}(task_id, segment_id, lock_version) VALUES `+tuples(3, len(rows)), args...)
		if err != nil {
			return fmt.Errorf("note that segment %s and %d others were appended beside task %s: %w", rows[0].SegmentID, len(rows)-1, rows[0].TaskID, err)
		}
		return nil
	})
}

// DeleteUpgrades implements metadata.Tx.
func (t *transaction) DeleteUpgrades(taskID string) (int, error) {
	if t.store.upgrades() != nil {
		return 0, nil
	}
	deleted, err := t.conn.exec(`DELETE FROM {upgradeSegments} WHERE {is task_id}`, name(taskID))
	if err != nil {
		return 0, fmt.Errorf("delete the notes of segments appended beside task %s: %w", taskID, err)
	}
	return deleted, nil
}
