package sqlite

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"unicode/utf8"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite/sqlite3"
)

const segmentColumns = `created_date, used, used_status_last_updated, upgraded_from_segment_id, version, payload, id, dataSource, start, "end"`

// oddID is why what a row of segmentColumns is called by is nothing that a statement finds: another program has written it. Such a row is in use
// for all that is known, unless it says clearly that it is not.
func oddID(stmt *sqlite3.Stmt) error {
	for _, col := range []int{6, 7} {
		if stmt.ColumnType(col) != sqlite3.Text {
			return fmt.Errorf("column %s holds %q, which is no text", stmt.ColumnName(col), stmt.ColumnText(col))
		}
	}
	if stmt.ColumnType(1) == sqlite3.Integer && (stmt.ColumnInt64(1) == 0 || stmt.ColumnInt64(1) == 1) {
		return nil
	}
	return fmt.Errorf("column used holds %q, which is neither 0 nor 1", stmt.ColumnText(1))
}

// oddSegment is why the row of segmentColumns is an odd one.
func (c *conn) oddSegment(stmt *sqlite3.Stmt) error {
	return cmp.Or(c.oddColumn(stmt, 8, 9), oddVersion(stmt, 4))
}

// segmentRow reads segmentColumns.
func (c *conn) segmentRow(stmt *sqlite3.Stmt) (row metadata.SegmentRow) {
	row.Used = stmt.ColumnType(1) != sqlite3.Integer || stmt.ColumnInt64(1) != 0
	err := metadata.DecodeSegment(c.bytes(stmt, 5), c.texts, &row.Segment)
	if err == nil {
		err = cmp.Or(oddID(stmt), c.oddSegment(stmt))
	}
	if err == nil {
		row.Created, err = c.instant(stmt, 0)
	}
	if err == nil {
		row.UsedStatusLastUpdated, err = c.instant(stmt, 2)
	}
	if err != nil {
		row.Unreadable = c.bad.Tell(c.names.base+"_segments", stmt.ColumnText(6), err)
		row.Payload = bytes.Clone(c.bytes(stmt, 5))
		id := metadata.IdentifySegment(stmt.ColumnText(7), stmt.ColumnText(6))
		row.Segment = druid.DataSegment{
			DataSource: id.DataSource, Interval: id.Interval, Version: id.Version, ShardSpec: druid.Numbered(id.PartitionNum, 0),
		}
	}
	row.UpgradedFrom = stmt.ColumnText(3)
	return row
}

// anyBlob comes after every text and before every other blob.
const anyBlob = `x''`

// isUsedSomehow is of rows in use, those included of which that is not clear.
const isUsedSomehow = `(used > 0 OR used < 0)`

// DataSources implements metadata.Reader. It leaps from name to name in an index: the segments in between are not read. A name in bytes is that of
// its text.
func (c *conn) DataSources(ctx context.Context, used bool) ([]string, error) {
	var names []string
	next := ""
	take := func(stmt *sqlite3.Stmt) error {
		next = stmt.ColumnText(0)
		return ctx.Err()
	}
	there := false
	check := func(*sqlite3.Stmt) error {
		there = true
		return ctx.Err()
	}
	for {
		before := next
		err := c.query(`SELECT dataSource FROM {segments} WHERE dataSource > ? AND dataSource < `+anyBlob+` ORDER BY dataSource LIMIT 1`, take, before)
		if err == nil && next != before {
			there = false
			which := `used = 0`
			if used {
				which = isUsedSomehow
			}
			err = c.query(`SELECT 1 FROM {segments} WHERE dataSource = ? AND `+which+` LIMIT 1`, check, next)
		}
		if err != nil {
			return nil, fmt.Errorf("read the names of data sources: %w", err)
		}
		if next == before {
			break
		}
		if there {
			names = append(names, next)
		}
	}
	if !used {
		return names, nil
	}
	err := c.query(`SELECT `+segmentColumns+` FROM {segments} WHERE dataSource >= `+anyBlob, func(stmt *sqlite3.Stmt) error {
		if row := c.segmentRow(stmt); row.Used && row.Segment.DataSource != "" && utf8.ValidString(row.Segment.DataSource) {
			names = append(names, row.Segment.DataSource)
		}
		return ctx.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("read the names of data sources: %w", err)
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// UsedSegments implements metadata.Reader.
func (c *conn) UsedSegments(ctx context.Context, dataSource string, intervals []druid.Interval) (rows []metadata.SegmentRow, err error) {
	intervals = metadata.Spans(intervals)
	lengths, err := c.spansOf(usedSpans, dataSource)
	if err != nil {
		return nil, fmt.Errorf("read used segments of %s: %w", dataSource, err)
	}
	for i, interval := range intervals {
		keep := func(stmt *sqlite3.Stmt) error {
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
	slices.SortFunc(rows, func(a, b metadata.SegmentRow) int { return metadata.CompareSegmentIDs(a.Segment.ID(), b.Segment.ID()) })
	return rows, nil
}

// oddSegments calls fn with segmentColumns of those that the other queries do not find, or not in all cases.
func (c *conn) oddSegments(dataSource string, used bool, fn func(*sqlite3.Stmt) error) error {
	err := c.query(`SELECT `+segmentColumns+` FROM {segments} INDEXED BY {idx_segments_datasource_used_odd}
		WHERE dataSource = ? AND used = ? AND `+isOddSegment, fn, dataSource, used)
	if err != nil || !used {
		return err
	}
	for _, where := range oddUse {
		if err := c.query(`SELECT `+segmentColumns+` FROM {segments} WHERE `+where, fn, dataSource); err != nil {
			return err
		}
	}
	return nil
}

// oddUse finds the rows of a data source that are not clearly unused, and that no query for used ones finds. Each is a range of an index,
// in which there is hardly ever anything.
var oddUse = []string{
	`dataSource = ? AND used < 0`, `dataSource = ? AND used > 0 AND used < 1`, `dataSource = ? AND used > 1`,
	`dataSource >= ` + anyBlob + ` AND used <> 0 AND CAST(dataSource AS TEXT) = ?`,
}

// unlessOdd passes over the rows that oddSegments is for.
func (c *conn) unlessOdd(fn func(*sqlite3.Stmt) error) func(*sqlite3.Stmt) error {
	return func(stmt *sqlite3.Stmt) error {
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
	named := metadata.Among(q.Versions)
	var rows []metadata.SegmentRow
	full := func() bool { return q.Max > 0 && len(rows) == q.Max }
	keep := func(stmt *sqlite3.Stmt) error {
		if !named(stmt.ColumnText(4)) {
			return ctx.Err()
		}
		row := c.segmentRow(stmt)
		if row.Unreadable == nil && q.Interval.Encloses(row.Segment.Interval) && row.Segment.ID().String() == stmt.ColumnText(6) {
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
	return c.query(`SELECT `+segmentColumns+` FROM {segments}`, func(stmt *sqlite3.Stmt) error {
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
		err := c.query(`SELECT `+segmentColumns+` FROM {segments} WHERE id = ? AND dataSource = ?`, func(stmt *sqlite3.Stmt) error {
			rows = append(rows, c.segmentRow(stmt))
			return ctx.Err()
		}, id, dataSource)
		if err != nil {
			return nil, fmt.Errorf("read segment %s: %w", id, err)
		}
	}
	return rows, nil
}
