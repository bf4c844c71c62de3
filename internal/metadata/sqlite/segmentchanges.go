package sqlite

import (
	"encoding/json"
	"fmt"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite/sqlite3"
)

// InsertSegments implements metadata.Tx.
func (c *conn) InsertSegments(rows []metadata.SegmentRow) (inserted []string, err error) {
	var payload []byte
	for i := range rows {
		row := &rows[i]
		segment := &row.Segment
		id, start, end := segment.ID().String(), segment.Interval.Start.String(), segment.Interval.End.String()
		payload = segment.AppendJSON(payload[:0])
		var span any
		if isInPlace(segment.ID(), start, end, payload) {
			span = plainSpan(segment.Interval, start, end)
		}
		changed, err := c.exec(`INSERT INTO {segments}(id, dataSource, created_date, start, "end", partitioned, version, used,
			used_status_last_updated, upgraded_from_segment_id, payload, known_span) VALUES (?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?)
			ON CONFLICT(id) DO NOTHING`,
			id, segment.DataSource, row.Created, start, end, segment.Version, row.Used,
			row.UsedStatusLastUpdated, textOrNull(row.UpgradedFrom), payload, span)
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
	near := `UPDATE {segments} SET used = 0, used_status_last_updated = ? WHERE dataSource = ? AND used = 1 AND ` + nearWithin
	args := []any{now, dataSource, instantText(interval.Start), instantText(interval.Start), instantText(interval.End)}
	if versions != nil {
		list, err := json.Marshal(versions)
		if err != nil {
			return 0, err
		}
		near += ` AND version IN (SELECT value FROM json_each(?))`
		args = append(args, string(list))
	}
	marked, err = c.exec(near, args...)
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
	named := metadata.Among(versions)
	keep := func(stmt *sqlite3.Stmt) error {
		row := c.segmentRow(stmt)
		if interval.Encloses(row.Segment.Interval) && named(row.Segment.Version) {
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
	return deleteEach(c, `DELETE FROM {segments} WHERE id = ? AND used = 0`, "segment", ids)
}
