package sqlite

import (
	"context"
	"fmt"
	"slices"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite/sqlite3"
)

const pendingColumns = `created_date, sequence_name, sequence_prev_id, sequence_name_prev_id_sha1,
	upgraded_from_segment_id, task_allocator_id, payload, id, dataSource, start, "end"`

// pendingRow reads pendingColumns.
func (c *conn) pendingRow(stmt *sqlite3.Stmt) (row metadata.PendingRow) {
	err := metadata.DecodePending(c.bytes(stmt, 6), &row)
	if err == nil {
		err = c.oddColumn(stmt, 9, 10)
	}
	if err == nil {
		row.Created, err = c.instant(stmt, 0)
	}
	if err != nil {
		row.Unreadable = c.bad.Tell(c.names.base+"_pendingSegments", stmt.ColumnText(7), err)
		row.ID = metadata.IdentifySegment(stmt.ColumnText(8), stmt.ColumnText(7))
		row.ShardSpec = druid.Numbered(row.ID.PartitionNum, 0)
	}
	row.SequenceName, row.PreviousID, row.Key = stmt.ColumnText(1), stmt.ColumnText(2), stmt.ColumnText(3)
	row.UpgradedFrom, row.Allocator = stmt.ColumnText(4), stmt.ColumnText(5)
	return row
}

// PendingSegments implements metadata.Reader.
func (c *conn) PendingSegments(ctx context.Context, dataSource string, intervals []druid.Interval) (rows []metadata.PendingRow, err error) {
	intervals = metadata.Spans(intervals)
	from := 0 // the interval that is looked into: a row that overlaps one before it as well was found there
	keep := func(stmt *sqlite3.Stmt) error {
		row := c.pendingRow(stmt)
		at := druid.SearchIntervals(intervals, row.ID.Interval.Start)
		if at >= from && at < len(intervals) && row.ID.Interval.Overlaps(intervals[at]) {
			rows = append(rows, row)
		}
		return ctx.Err()
	}
	unlessOdd := func(stmt *sqlite3.Stmt) error {
		if c.oddColumn(stmt, 9, 10) != nil {
			return nil
		}
		return keep(stmt)
	}
	lengths, err := c.spansOf(pendingSpans, dataSource)
	for i, interval := range intervals {
		from = i
		for _, span := range lengths {
			if err != nil {
				break
			}
			err = c.query(`SELECT `+pendingColumns+` FROM {pendingSegments} INDEXED BY {idx_pendingSegments_datasource_chunk}
				WHERE dataSource = ? AND `+nearOverlap, unlessOdd, overlapping(interval, span, dataSource)...)
		}
	}
	from = 0
	if err == nil {
		err = c.query(`SELECT `+pendingColumns+` FROM {pendingSegments} WHERE dataSource = ? AND `+isFar, unlessOdd, dataSource)
	}
	if err == nil {
		err = c.query(`SELECT `+pendingColumns+` FROM {pendingSegments} INDEXED BY {idx_pendingSegments_datasource_odd}
			WHERE dataSource = ? AND `+isOdd, keep, dataSource)
	}
	if err != nil {
		return nil, fmt.Errorf("read pending segments of %s: %w", dataSource, err)
	}
	slices.SortFunc(rows, func(a, b metadata.PendingRow) int { return metadata.CompareSegmentIDs(a.ID, b.ID) })
	return rows, nil
}

// PendingDataSources implements metadata.Reader. It leaps from name to name in an index.
func (c *conn) PendingDataSources(ctx context.Context) (names []string, err error) {
	names, err = c.leap(ctx, `SELECT dataSource FROM {pendingSegments} WHERE dataSource > ? AND dataSource < `+anyBlob+` ORDER BY dataSource LIMIT 1`)
	if err != nil {
		return nil, fmt.Errorf("read the names of data sources with pending segments: %w", err)
	}
	return names, nil
}

// InsertPending implements metadata.Tx.
func (c *conn) InsertPending(rows []metadata.PendingRow) (inserted []string, err error) {
	for i := range rows {
		id := rows[i].ID.String()
		switch err := c.insertPending(id, &rows[i]); {
		case err == nil:
			inserted = append(inserted, id)
		case !isTaken(err):
			return nil, fmt.Errorf("insert pending segment %s: %w", id, err)
		}
	}
	return inserted, nil
}

func (c *conn) insertPending(id string, row *metadata.PendingRow) error {
	start, end := row.ID.Interval.Start.String(), row.ID.Interval.End.String()
	stored, err := c.exec(`INSERT INTO {pendingSegments}(id, dataSource, created_date, start, "end", sequence_name, sequence_prev_id,
		sequence_name_prev_id_sha1, upgraded_from_segment_id, task_allocator_id, payload, known_span) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		id, row.ID.DataSource, row.Created, start, end, row.SequenceName, row.PreviousID,
		row.Key, textOrNull(row.UpgradedFrom), textOrNull(row.Allocator), metadata.AppendPending(nil, row), plainSpan(row.ID.Interval, start, end))
	if err == nil && stored == 0 {
		err = metadata.NotStored()
	}
	return err
}

// DeletePendingByID implements metadata.Tx.
func (c *conn) DeletePendingByID(ids []string) (int, error) {
	return deleteEach(c, `DELETE FROM {pendingSegments} WHERE id = ?`, "pending segment", ids)
}

// noneActive is true where no task of a data source, the first parameter, is active that allocates under a name. Versions of Druid before 25 leave the column
// group_id empty: such a task may be of any. Replicas that read a stream are of one of the groups, which are parameters, too, and tell the name by their ids.
func noneActive(allocator, groups string) (condition string) {
	for i, active := range []string{`active = 1`, `active NOT IN (0, 1)`} {
		if i > 0 {
			condition += ` AND `
		}
		condition += `NOT EXISTS (SELECT 1 FROM {tasks} WHERE ` + active + ` AND datasource = ?1 AND (group_id = ` + allocator + ` OR group_id IS NULL))
			AND NOT EXISTS (SELECT 1 FROM {tasks} WHERE ` + active + ` AND datasource = ?1 AND group_id IN (` + groups + `)
				AND ({tasks}.id = ` + allocator + ` OR substr({tasks}.id, 1, length(` + allocator + `) + 1) = ` + allocator + ` || '_'))`
	}
	return condition
}

// IdleAllocators implements metadata.Reader.
func (c *conn) IdleAllocators(ctx context.Context, dataSource string) (names []string, err error) {
	groups := metadata.StreamGroups(dataSource)
	err = c.query(`SELECT DISTINCT p.task_allocator_id FROM {pendingSegments} p INDEXED BY {idx_pendingSegments_datasource_allocator}
		WHERE dataSource = ?1 AND p.task_allocator_id > '' AND `+noneActive(`p.task_allocator_id`, `?2, ?3, ?4`)+` ORDER BY p.task_allocator_id`, func(stmt *sqlite3.Stmt) error {
		names = append(names, stmt.ColumnText(0))
		return ctx.Err()
	}, dataSource, groups[0], groups[1], groups[2])
	if err != nil {
		return nil, fmt.Errorf("read who has reserved segment ids of %s: %w", dataSource, err)
	}
	return names, nil
}

// DeletePendingOfGroup implements metadata.Tx.
func (c *conn) DeletePendingOfGroup(dataSource, allocator string) (int, error) {
	groups := metadata.StreamGroups(dataSource)
	deleted, err := c.exec(`DELETE FROM {pendingSegments} WHERE dataSource = ?1 AND task_allocator_id = ?2 AND `+noneActive(`?2`, `?3, ?4, ?5`),
		dataSource, allocator, groups[0], groups[1], groups[2])
	if err != nil {
		return 0, fmt.Errorf("delete pending segments of %s allocated by %s: %w", dataSource, allocator, err)
	}
	return deleted, nil
}

// DeletePendingByCreated implements metadata.Tx.
func (c *conn) DeletePendingByCreated(dataSource string, created druid.Interval, limit int) (int, error) {
	groups := metadata.StreamGroups(dataSource)
	deleted, err := c.exec(`DELETE FROM {pendingSegments} WHERE rowid IN
		(SELECT rowid FROM {pendingSegments} p WHERE dataSource = ?1 AND created_date >= ?2 AND created_date < ?3
			AND `+noneActive(`p.task_allocator_id`, `?5, ?6, ?7`)+`
			ORDER BY created_date LIMIT ?4)`,
		dataSource, instantText(created.Start), instantText(created.End), limit, groups[0], groups[1], groups[2])
	if err != nil {
		return 0, fmt.Errorf("delete pending segments of %s created in %s: %w", dataSource, created, err)
	}
	return deleted, nil
}

// deleteEach runs a statement that deletes by id once for each id.
func deleteEach[ID any](c *conn, statement, what string, ids []ID) (int, error) {
	deleted := 0
	for _, id := range ids {
		n, err := c.exec(statement, id)
		if err != nil {
			return 0, fmt.Errorf("delete %s %v: %w", what, id, err)
		}
		deleted += n
	}
	return deleted, nil
}
