package sqlite

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"zombiezen.com/go/sqlite"

	"ovate/druid"
	"ovate/internal/metadata"
)

const segmentColumns = `created_date, used, used_status_last_updated, upgraded_from_segment_id, version, payload, id, dataSource, start, "end"`

// oddSegment is why the row of segmentColumns is an odd one.
func (c *conn) oddSegment(stmt *sqlite.Stmt) error {
	return cmp.Or(c.oddColumn(stmt, 8, 9), oddVersion(stmt, 4))
}

// segmentRow reads segmentColumns.
func (c *conn) segmentRow(stmt *sqlite.Stmt) (row metadata.SegmentRow) {
	err := metadata.DecodeSegment(c.bytes(stmt, 5), c.texts, &row.Segment)
	if err == nil {
		err = c.oddSegment(stmt)
	}
	if err == nil {
		row.Created, err = c.instant(stmt, 0)
	}
	if err == nil {
		row.UsedStatusLastUpdated, err = c.instant(stmt, 2)
	}
	if err != nil {
		row.Unreadable = c.bad.tell(c.names.base+"_segments", stmt.ColumnText(6), err)
		id := identifySegment(stmt, 6, 7)
		row.Segment = druid.DataSegment{
			DataSource: id.DataSource, Interval: id.Interval, Version: id.Version, ShardSpec: druid.Numbered(id.PartitionNum, 0),
		}
	}
	row.Used = stmt.ColumnBool(1)
	row.UpgradedFrom = stmt.ColumnText(3)
	return row
}

// compareSegmentIDs orders by interval, version and partition number.
func compareSegmentIDs(a, b druid.SegmentID) int {
	return cmp.Or(
		cmp.Compare(a.Interval.Start, b.Interval.Start),
		cmp.Compare(a.Interval.End, b.Interval.End),
		strings.Compare(a.Version, b.Version),
		cmp.Compare(a.PartitionNum, b.PartitionNum),
	)
}

// spans are the intervals that were asked for, in order and apart. None given stand for all time.
func spans(intervals []druid.Interval) []druid.Interval {
	if intervals == nil {
		return []druid.Interval{druid.Eternity}
	}
	return druid.CondenseIntervals(intervals)
}

// DataSources implements metadata.Reader. It leaps from name to name in an index: the segments in between are not read.
func (c *conn) DataSources(ctx context.Context, used bool) ([]string, error) {
	var names []string
	next := ""
	take := func(stmt *sqlite.Stmt) error {
		next = stmt.ColumnText(0)
		return ctx.Err()
	}
	there := false
	check := func(*sqlite.Stmt) error {
		there = true
		return ctx.Err()
	}
	for {
		before := next
		err := c.query(`SELECT dataSource FROM {segments} WHERE dataSource > ? ORDER BY dataSource LIMIT 1`, take, before)
		if err == nil && next != before {
			there = false
			err = c.query(`SELECT 1 FROM {segments} WHERE dataSource = ? AND used = ? LIMIT 1`, check, next, used)
		}
		if err != nil {
			return nil, fmt.Errorf("read the names of data sources: %w", err)
		}
		if next == before {
			return names, nil
		}
		if there {
			names = append(names, next)
		}
	}
}

// UsedSegments implements metadata.Reader.
func (c *conn) UsedSegments(ctx context.Context, dataSource string, intervals []druid.Interval) (rows []metadata.SegmentRow, err error) {
	intervals = spans(intervals)
	lengths, err := c.spansOf(usedSpans, dataSource)
	if err != nil {
		return nil, fmt.Errorf("read used segments of %s: %w", dataSource, err)
	}
	for i, interval := range intervals {
		keep := func(stmt *sqlite.Stmt) error {
			row := c.segmentRow(stmt)
			// A row that overlaps an interval and any of those before it overlaps the one right before it.
			if row.Segment.Interval.Overlaps(interval) && (i == 0 || !row.Segment.Interval.Overlaps(intervals[i-1])) {
				rows = append(rows, row)
			}
			return ctx.Err()
		}
		var err error
		for _, span := range lengths {
			if err == nil {
				err = c.query(`SELECT `+segmentColumns+` FROM {segments} INDEXED BY {idx_segments_datasource_used_chunk}
					WHERE dataSource = ? AND used = 1 AND `+nearOverlap, c.unlessOdd(keep), overlapping(interval, span, dataSource)...)
			}
		}
		if err == nil {
			err = c.query(`SELECT `+segmentColumns+` FROM {segments} WHERE dataSource = ? AND used = 1 AND `+isFar, c.unlessOdd(keep), dataSource)
		}
		if err == nil {
			err = c.oddSegments(dataSource, true, keep)
		}
		if err != nil {
			return nil, fmt.Errorf("read used segments of %s: %w", dataSource, err)
		}
	}
	slices.SortFunc(rows, func(a, b metadata.SegmentRow) int { return compareSegmentIDs(a.Segment.ID(), b.Segment.ID()) })
	return rows, nil
}

// oddSegments calls fn with segmentColumns of those that the other queries do not find, or not in all cases.
func (c *conn) oddSegments(dataSource string, used bool, fn func(*sqlite.Stmt) error) error {
	return c.query(`SELECT `+segmentColumns+` FROM {segments} INDEXED BY {idx_segments_datasource_used_odd}
		WHERE dataSource = ? AND used = ? AND `+isOddSegment, fn, dataSource, used)
}

// unlessOdd passes over the rows that oddSegments is for.
func (c *conn) unlessOdd(fn func(*sqlite.Stmt) error) func(*sqlite.Stmt) error {
	return func(stmt *sqlite.Stmt) error {
		if c.oddSegment(stmt) != nil {
			return nil
		}
		return fn(stmt)
	}
}

// UnusedSegments implements metadata.Reader.
func (c *conn) UnusedSegments(ctx context.Context, q metadata.UnusedQuery) ([]metadata.SegmentRow, error) {
	until := beyondText
	if q.UpdatedUntil != nil {
		until = q.UpdatedUntil.String()
	}
	var rows []metadata.SegmentRow
	full := func() bool { return q.Max > 0 && len(rows) == q.Max }
	keep := func(stmt *sqlite.Stmt) error {
		if q.Versions != nil && !slices.Contains(q.Versions, stmt.ColumnText(4)) {
			return ctx.Err()
		}
		row := c.segmentRow(stmt)
		if row.Unreadable == nil && q.Interval.Encloses(row.Segment.Interval) {
			rows = append(rows, row)
		}
		if full() {
			return errStop
		}
		return ctx.Err()
	}
	err := c.query(`SELECT `+segmentColumns+` FROM {segments} WHERE dataSource = ? AND used = 0 AND `+nearWithin+`
		AND used_status_last_updated <= ? ORDER BY "end", start`,
		keep, q.DataSource, instantText(q.Interval.Start), instantText(q.Interval.Start), instantText(q.Interval.End), until)
	if err == nil && !full() {
		err = c.query(`SELECT `+segmentColumns+` FROM {segments} WHERE dataSource = ? AND used = 0 AND `+isFar+`
			AND used_status_last_updated <= ?`, keep, q.DataSource, until)
	}
	if err != nil {
		return nil, fmt.Errorf("read unused segments of %s: %w", q.DataSource, err)
	}
	return rows, nil
}

// AllSegments implements metadata.Reader.
func (c *conn) AllSegments(ctx context.Context, fn func(*metadata.SegmentRow) error) error {
	return c.query(`SELECT `+segmentColumns+` FROM {segments}`, func(stmt *sqlite.Stmt) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		row := c.segmentRow(stmt)
		return fn(&row)
	})
}

// SegmentsByID implements metadata.Reader.
func (c *conn) SegmentsByID(ctx context.Context, dataSource string, ids []string) ([]metadata.SegmentRow, error) {
	var rows []metadata.SegmentRow
	for _, id := range ids {
		err := c.query(`SELECT `+segmentColumns+` FROM {segments} WHERE id = ? AND dataSource = ?`, func(stmt *sqlite.Stmt) error {
			rows = append(rows, c.segmentRow(stmt))
			return ctx.Err()
		}, id, dataSource)
		if err != nil {
			return nil, fmt.Errorf("read segment %s: %w", id, err)
		}
	}
	return rows, nil
}

// InsertSegments implements metadata.Tx.
func (c *conn) InsertSegments(rows []metadata.SegmentRow) (inserted []string, err error) {
	var payload []byte
	for i := range rows {
		row := &rows[i]
		segment := &row.Segment
		id := segment.ID().String()
		payload = segment.AppendJSON(payload[:0])
		changed, err := c.exec(`INSERT INTO {segments}(id, dataSource, created_date, start, "end", partitioned, version, used,
			used_status_last_updated, upgraded_from_segment_id, payload) VALUES (?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?)
			ON CONFLICT(id) DO NOTHING`,
			id, segment.DataSource, row.Created, segment.Interval.Start, segment.Interval.End, segment.Version, row.Used,
			row.UsedStatusLastUpdated, textOrNull(row.UpgradedFrom), payload)
		if err != nil {
			return nil, fmt.Errorf("insert segment %s: %w", id, err)
		}
		if changed > 0 {
			inserted = append(inserted, id)
		}
	}
	return inserted, nil
}

// MarkUnused implements metadata.Tx.
func (c *conn) MarkUnused(dataSource string, interval druid.Interval, versions []string, now druid.Instant) (marked int, err error) {
	if versions == nil {
		marked, err = c.exec(`UPDATE {segments} SET used = 0, used_status_last_updated = ?
			WHERE dataSource = ? AND used = 1 AND `+nearWithin,
			now, dataSource, instantText(interval.Start), instantText(interval.Start), instantText(interval.End))
	}
	for _, version := range versions {
		if err == nil {
			var n int
			n, err = c.exec(`UPDATE {segments} SET used = 0, used_status_last_updated = ?
				WHERE dataSource = ? AND used = 1 AND `+nearWithin+` AND version = ?`,
				now, dataSource, instantText(interval.Start), instantText(interval.Start), instantText(interval.End), version)
			marked += n
		}
	}
	var far int
	if err == nil {
		far, err = c.markFarUnused(dataSource, interval, versions, now)
	}
	if err != nil {
		return 0, fmt.Errorf("mark segments of %s in %s unused: %w", dataSource, interval, err)
	}
	return marked + far, nil
}

// markFarUnused is MarkUnused for the rows whose texts cannot be compared.
func (c *conn) markFarUnused(dataSource string, interval druid.Interval, versions []string, now druid.Instant) (int, error) {
	var ids []string
	keep := func(stmt *sqlite.Stmt) error {
		row := c.segmentRow(stmt)
		if interval.Encloses(row.Segment.Interval) && (versions == nil || slices.Contains(versions, row.Segment.Version)) {
			ids = append(ids, stmt.ColumnText(6))
		}
		return nil
	}
	err := c.query(`SELECT `+segmentColumns+` FROM {segments} WHERE dataSource = ? AND used = 1 AND `+isFar, c.unlessOdd(keep), dataSource)
	if err == nil {
		err = c.oddSegments(dataSource, true, keep)
	}
	if err != nil {
		return 0, err
	}
	return c.SetUsed(ids, false, now)
}

// DeleteSegments implements metadata.Tx.
func (c *conn) DeleteSegments(ids []string) (int, error) {
	return c.deleteEach(`DELETE FROM {segments} WHERE id = ? AND used = 0`, "segment", ids)
}
