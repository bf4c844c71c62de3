package sqlite

import (
	"context"
	"fmt"
	"slices"

	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite/sqlite3"
)

// UpgradedPending implements metadata.Reader.
func (c *conn) UpgradedPending(ctx context.Context, dataSource, allocator string) (rows []metadata.PendingRow, err error) {
	err = c.query(`SELECT `+pendingColumns+` FROM {pendingSegments} INDEXED BY {idx_pendingSegments_datasource_allocator}
		WHERE dataSource = ? AND task_allocator_id = ? AND upgraded_from_segment_id <> ''`, func(stmt *sqlite3.Stmt) error {
		rows = append(rows, c.pendingRow(stmt))
		return ctx.Err()
	}, dataSource, allocator)
	if err != nil {
		return nil, fmt.Errorf("read upgraded pending segments of %s allocated by group %s: %w", dataSource, allocator, err)
	}
	slices.SortFunc(rows, func(a, b metadata.PendingRow) int { return metadata.CompareSegmentIDs(a.ID, b.ID) })
	return rows, nil
}

// Upgrades implements metadata.Reader.
func (c *conn) Upgrades(ctx context.Context, taskIDs []string) (rows []metadata.UpgradeRow, err error) {
	for _, taskID := range taskIDs {
		err := c.query(`SELECT segment_id, lock_version FROM {upgradeSegments} WHERE task_id = ? ORDER BY id`, func(stmt *sqlite3.Stmt) error {
			rows = append(rows, metadata.UpgradeRow{TaskID: taskID, SegmentID: stmt.ColumnText(0), LockVersion: stmt.ColumnText(1)})
			return ctx.Err()
		}, taskID)
		if err != nil {
			return nil, fmt.Errorf("read the segments appended beside task %s: %w", taskID, err)
		}
	}
	return rows, nil
}

// UpgradeTasks implements metadata.Reader. It leaps from task to task in an index.
func (c *conn) UpgradeTasks(ctx context.Context) (ids []string, err error) {
	ids, err = c.leap(ctx, `SELECT task_id FROM {upgradeSegments} WHERE task_id > ? AND task_id < `+anyBlob+` ORDER BY task_id LIMIT 1`)
	if err != nil {
		return nil, fmt.Errorf("read which tasks segments were appended beside: %w", err)
	}
	return ids, nil
}

// SegmentsUpgradedFrom implements metadata.Reader.
func (c *conn) SegmentsUpgradedFrom(ctx context.Context, dataSource string, ids []string) (rows []metadata.SegmentRow, err error) {
	for _, id := range ids {
		err := c.query(`SELECT `+segmentColumns+` FROM {segments} INDEXED BY {idx_segments_datasource_upgraded_from}
			WHERE dataSource = ? AND upgraded_from_segment_id = ?`, func(stmt *sqlite3.Stmt) error {
			rows = append(rows, c.segmentRow(stmt))
			return ctx.Err()
		}, dataSource, id)
		if err != nil {
			return nil, fmt.Errorf("read the segments upgraded from %s: %w", id, err)
		}
	}
	slices.SortFunc(rows, func(a, b metadata.SegmentRow) int { return metadata.CompareSegmentIDs(a.Segment.ID(), b.Segment.ID()) })
	return rows, nil
}

// InsertUpgrades implements metadata.Tx.
func (c *conn) InsertUpgrades(rows []metadata.UpgradeRow) error {
	for _, row := range rows {
		_, err := c.exec(`INSERT INTO {upgradeSegments}(task_id, segment_id, lock_version) VALUES (?, ?, ?)`, row.TaskID, row.SegmentID, row.LockVersion)
		if err != nil {
			return fmt.Errorf("note that segment %s was appended beside task %s: %w", row.SegmentID, row.TaskID, err)
		}
	}
	return nil
}

// DeleteUpgrades implements metadata.Tx.
func (c *conn) DeleteUpgrades(taskID string) (int, error) {
	deleted, err := c.exec(`DELETE FROM {upgradeSegments} WHERE task_id = ?`, taskID)
	if err != nil {
		return 0, fmt.Errorf("delete the notes of segments appended beside task %s: %w", taskID, err)
	}
	return deleted, nil
}
