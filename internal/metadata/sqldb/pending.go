package sqldb

import (
	"context"
	"fmt"
	"slices"

	"ovate/druid"
	"ovate/internal/metadata"
)

// pendingColumns leaves out what an older cluster does not have.
func (s *Store) pendingColumns() string {
	columns := `id, dataSource, created_date, start, {end}, sequence_name, sequence_prev_id, sequence_name_prev_id_sha1, payload, `
	for _, c := range []string{"upgraded_from_segment_id", "task_allocator_id"} {
		if !s.found.has("pendingSegments", c) {
			c = "NULL"
		}
		columns += c + ", "
	}
	return columns[:len(columns)-2]
}

// pendingRow is the row of pendingColumns.
func (s *Store) pendingRow(scan scan) (row metadata.PendingRow, err error) {
	var (
		id, dataSource, created, start, end string
		payload                             []byte
		upgraded, allocator                 *string
	)
	err = scan(&id, &dataSource, &created, &start, &end, &row.SequenceName, &row.PreviousID, &row.Key, &payload, &upgraded, &allocator)
	if err != nil {
		return row, err
	}
	unreadable := metadata.DecodePending(payload, &row)
	if unreadable == nil {
		unreadable = checkInstants(start, end)
	}
	if unreadable == nil {
		row.Created, unreadable = druid.ParseInstant(created)
	}
	if unreadable != nil {
		row.Unreadable = s.bad.Tell(s.names.table("pendingSegments"), id, unreadable)
		row.ID = metadata.IdentifySegment(dataSource, id)
		row.ShardSpec = druid.Numbered(row.ID.PartitionNum, 0)
	}
	if upgraded != nil {
		row.UpgradedFrom = *upgraded
	}
	if allocator != nil {
		row.Allocator = *allocator
	}
	return row, nil
}

// PendingSegments implements metadata.Reader.
func (r reader) PendingSegments(ctx context.Context, dataSource string, intervals []druid.Interval) (rows []metadata.PendingRow, err error) {
	intervals = metadata.Spans(intervals)
	err = r.with(ctx, func(c conn) error {
		rows = nil
		seen := map[druid.SegmentID]bool{}
		all := r.store.overlappingAny("pendingSegments", intervals, func() *condition {
			c := &condition{}
			c.add(`{is dataSource}`, name(dataSource))
			return c
		})
		return inChunks(all, someConditions, func(some []*condition) error {
			statement, args := union("pendingSegments", r.store.pendingColumns(), ` UNION ALL `, some)
			return c.query(statement, func(scan scan) error {
				row, err := r.store.pendingRow(scan)
				if err != nil {
					return err
				}
				if !seen[row.ID] && druid.OverlapsAny(intervals, row.ID.Interval) {
					seen[row.ID] = true
					rows = append(rows, row)
				}
				return ctx.Err()
			}, args...)
		})
	})
	if err != nil {
		return nil, fmt.Errorf("read pending segments of %s: %w", dataSource, err)
	}
	slices.SortFunc(rows, func(a, b metadata.PendingRow) int { return metadata.CompareSegmentIDs(a.ID, b.ID) })
	return rows, nil
}

// PendingDataSources implements metadata.Reader.
func (r reader) PendingDataSources(ctx context.Context) (names []string, err error) {
	names, err = r.names(ctx, r.store.distinct("pendingSegments", "dataSource"))
	if err != nil {
		return nil, fmt.Errorf("read the names of data sources with pending segments: %w", err)
	}
	slices.Sort(names)
	return names, nil
}

// DeletePendingByID implements metadata.Tx.
func (t *transaction) DeletePendingByID(ids []string) (int, error) {
	deleted, err := execEach(t.conn, `DELETE FROM {pendingSegments} WHERE`, ids)
	if err != nil {
		return 0, fmt.Errorf("delete %d pending segments: %w", len(ids), err)
	}
	return deleted, nil
}

// activeOf is true where a task of a data source is active that allocates under a name. A task that an older version of Druid has written does not tell its
// group in a column: as long as one is active it may be of any. Replicas that read a stream have the group of their data source, and tell the name by
// their ids.
func (s *Store) activeOf(dataSource, allocator string) (condition string, args []any) {
	if !s.found.has("tasks", "group_id") {
		return `EXISTS (SELECT 1 FROM {tasks} t WHERE t.active = TRUE AND {is t.datasource})`, []any{name(dataSource)}
	}
	groups := metadata.StreamGroups(dataSource)
	const active = `EXISTS (SELECT 1 FROM {tasks} t WHERE t.active = TRUE AND {is t.datasource} AND `
	named := `SUBSTR(t.id, 1, CHAR_LENGTH(` + allocator + `)) = ` + allocator + ` AND SUBSTR(t.id, CHAR_LENGTH(` + allocator + `) + 1, 1) IN ('', '_')`
	return `(` + active + `(` + s.dialect.exactly("t.group_id") + ` = ` + s.dialect.exactly(allocator) + ` OR t.group_id IS NULL)) OR ` +
			active + `t.group_id IN (?, ?, ?) AND ` + named + `))`,
		[]any{name(dataSource), name(dataSource), groups[0], groups[1], groups[2]}
}

// IdleAllocators implements metadata.Reader.
func (r reader) IdleAllocators(ctx context.Context, dataSource string) (names []string, err error) {
	if !r.store.found.has("pendingSegments", "task_allocator_id") {
		return nil, nil
	}
	active, args := r.store.activeOf(dataSource, `a.name`)
	names, err = r.names(ctx, `SELECT a.name FROM (SELECT DISTINCT task_allocator_id AS name FROM {pendingSegments} WHERE {is dataSource} AND task_allocator_id <> '') a
		WHERE NOT `+active, append([]any{name(dataSource)}, args...)...)
	if err != nil {
		return nil, fmt.Errorf("read who has reserved segment ids of %s: %w", dataSource, err)
	}
	slices.Sort(names)
	return names, nil
}

// DeletePendingOfGroup implements metadata.Tx.
func (t *transaction) DeletePendingOfGroup(dataSource, allocator string) (int, error) {
	if !t.store.found.has("pendingSegments", "task_allocator_id") {
		return 0, nil
	}
	// The table's name stands before the column: within the condition there is another table.
	active, args := t.store.activeOf(dataSource, `{pendingSegments}.task_allocator_id`)
	deleted, err := t.conn.exec(`DELETE FROM {pendingSegments} WHERE {is dataSource} AND {is task_allocator_id} AND NOT `+active,
		append([]any{name(dataSource), name(allocator)}, args...)...)
	if err != nil {
		return 0, fmt.Errorf("delete pending segments of %s allocated by %s: %w", dataSource, allocator, err)
	}
	return deleted, nil
}

// DeletePendingByCreated implements metadata.Tx.
func (t *transaction) DeletePendingByCreated(dataSource string, created druid.Interval, limit int) (int, error) {
	var where condition
	where.add(`{is dataSource}`, name(dataSource))
	where.compare(` AND created_date >=`, created.Start)
	where.compare(` AND created_date <`, created.End)
	if where.none {
		return 0, nil
	}
	allocator := `NULL`
	if t.store.found.has("pendingSegments", "task_allocator_id") {
		allocator = `p.task_allocator_id`
	}
	active, args := t.store.activeOf(dataSource, allocator)
	where.add(` AND NOT `+active, args...)
	var ids []string
	err := t.conn.query(`SELECT id FROM {pendingSegments} p WHERE `+where.text.String()+` ORDER BY created_date LIMIT ?`, func(scan scan) error {
		var id string
		err := scan(&id)
		ids = append(ids, id)
		return err
	}, append(where.args, limit)...)
	if err != nil {
		return 0, fmt.Errorf("look for pending segments of %s created in %s: %w", dataSource, created, err)
	}
	return t.DeletePendingByID(ids)
}
