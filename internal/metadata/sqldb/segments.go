package sqldb

import (
	"context"
	"fmt"
	"slices"

	"ovate/druid"
	"ovate/internal/metadata"
)

// segmentColumns leaves out what an older cluster does not have.
func (s *Store) segmentColumns() string {
	columns := `id, dataSource, created_date, start, {end}, used, payload, `
	for _, c := range []string{"used_status_last_updated", "upgraded_from_segment_id"} {
		if !s.found.has("segments", c) {
			c = "NULL"
		}
		columns += c + ", "
	}
	return columns[:len(columns)-2]
}

// segmentRow is the row of segmentColumns, with the id that it has there; checked tells that one with another id than its payload tells is
// unreadable.
func (s *Store) segmentRow(scan scan, texts metadata.Texts, checked bool) (row metadata.SegmentRow, id string, err error) {
	var (
		dataSource, created, start, end string
		payload                         []byte
		updated, upgraded               *string
	)
	if err := scan(&id, &dataSource, &created, &start, &end, &row.Used, &payload, &updated, &upgraded); err != nil {
		return row, id, err
	}
	unreadable := metadata.DecodeSegment(payload, texts, &row.Segment)
	if unreadable == nil {
		unreadable = checkInstants(start, end)
	}
	if unreadable == nil {
		row.Created, unreadable = druid.ParseInstant(created)
	}
	row.UsedStatusLastUpdated = row.Created // until Druid has noted it, in a table that it made without
	if unreadable == nil && updated != nil {
		row.UsedStatusLastUpdated, unreadable = druid.ParseInstant(*updated)
	}
	if unreadable == nil && checked && row.Segment.ID().String() != id {
		unreadable = errOtherID
	}
	if unreadable != nil {
		row.Unreadable = s.bad.Tell(s.names.table("segments"), id, unreadable)
		row.Payload = payload
		told := metadata.IdentifySegment(dataSource, id)
		row.Segment = druid.DataSegment{
			DataSource: told.DataSource, Interval: told.Interval, Version: told.Version, ShardSpec: druid.Numbered(told.PartitionNum, 0),
		}
	}
	if upgraded != nil {
		row.UpgradedFrom = *upgraded
	}
	return row, id, nil
}

// segments reads the rows that meet a condition, as far as keep wants them. It may run more than once.
func (c conn) segments(where *condition, order string, keep func(row metadata.SegmentRow, id string) error) error {
	if where.none {
		return nil
	}
	statement, args := union("segments", c.store.segmentColumns(), "", []*condition{where})
	return c.readSegments(statement+order, args, metadata.Texts{}, keep)
}

// readSegments calls fn with each row of a query for segmentColumns.
func (c conn) readSegments(statement string, args []any, texts metadata.Texts, fn func(row metadata.SegmentRow, id string) error) error {
	return c.query(statement, func(scan scan) error {
		row, id, err := c.store.segmentRow(scan, texts, false)
		if err != nil {
			return err
		}
		return fn(row, id)
	}, args...)
}

// ofDataSource is a condition for segments.
func ofDataSource(dataSource string, used bool) *condition {
	c := &condition{}
	c.add(`{is dataSource} AND used = ?`, name(dataSource), used)
	return c
}

// DataSources implements metadata.Reader.
func (r reader) DataSources(ctx context.Context, used bool) (names []string, err error) {
	names, err = r.names(ctx, `SELECT name FROM (`+r.store.distinct("segments", "dataSource")+`) n WHERE EXISTS
		(SELECT 1 FROM {segments} WHERE `+r.store.dialect.same("dataSource", "n.name")+` AND used = ?)`, used)
	if err != nil {
		return nil, fmt.Errorf("read the names of data sources: %w", err)
	}
	slices.Sort(names)
	return names, nil
}

// AllSegments implements metadata.Reader.
func (r reader) AllSegments(ctx context.Context, fn func(*metadata.SegmentRow) error) error {
	return r.eachSegment(ctx, "", fn)
}

// eachSegment reads in pages, in the order of ids: all segments, or those of a filter, checked.
func (r reader) eachSegment(ctx context.Context, filter string, fn func(*metadata.SegmentRow) error) error {
	texts := metadata.Texts{}
	last := ""
	for {
		var page []metadata.SegmentRow
		var ids []string
		err := r.with(ctx, func(c conn) error {
			page, ids = page[:0], ids[:0]
			return c.query(`SELECT `+r.store.segmentColumns()+` FROM {segments} WHERE id > ?`+filter+` ORDER BY id LIMIT ?`, func(scan scan) error {
				row, id, err := r.store.segmentRow(scan, texts, filter != "")
				page, ids = append(page, row), append(ids, id)
				return err
			}, last, pageRows)
		})
		if err != nil {
			return fmt.Errorf("read all segments: %w", err)
		}
		if err := handOn(ctx, page, fn); err != nil {
			return err
		}
		if len(page) < pageRows {
			return nil
		}
		last = ids[len(ids)-1]
	}
}

// SegmentsByID implements metadata.Reader.
func (r reader) SegmentsByID(ctx context.Context, dataSource string, ids []string) ([]metadata.SegmentRow, error) {
	found := map[string]metadata.SegmentRow{}
	texts := metadata.Texts{}
	err := inChunks(ids, someKeys, func(ids []string) error {
		return r.with(ctx, func(c conn) error {
			return c.query(`SELECT `+r.store.segmentColumns()+` FROM {segments} WHERE {is dataSource} AND id IN (`+marks(len(ids))+`)`,
				func(scan scan) error {
					row, id, err := r.store.segmentRow(scan, texts, false)
					found[id] = row
					return err
				}, anys(ids, name(dataSource))...)
		})
	})
	if err != nil {
		return nil, fmt.Errorf("read %d segments of %s: %w", len(ids), dataSource, err)
	}
	var rows []metadata.SegmentRow
	for _, id := range ids {
		if row, there := found[id]; there {
			rows = append(rows, row)
		}
	}
	return rows, nil
}
