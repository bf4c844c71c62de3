package sqldb

import (
	"context"
	"fmt"
	"slices"

	"ovate/druid"
	"ovate/internal/metadata"
)

// UsedSegments implements metadata.Reader.
func (r reader) UsedSegments(ctx context.Context, dataSource string, intervals []druid.Interval) (rows []metadata.SegmentRow, err error) {
	intervals = metadata.Spans(intervals)
	if len(intervals) == 0 {
		return nil, nil
	}
	err = r.with(ctx, func(c conn) error {
		rows = nil
		seen := map[string]bool{}
		return c.eachOf(r.store.usedOverlapping(dataSource, intervals), func(row metadata.SegmentRow, id string) error {
			if !seen[id] && druid.OverlapsAny(intervals, row.Segment.Interval) {
				seen[id] = true
				rows = append(rows, row)
			}
			return ctx.Err()
		})
	})
	if err != nil {
		return nil, fmt.Errorf("read used segments of %s: %w", dataSource, err)
	}
	slices.SortFunc(rows, func(a, b metadata.SegmentRow) int { return metadata.CompareSegmentIDs(a.Segment.ID(), b.Segment.ID()) })
	return rows, nil
}

// UnusedSegments implements metadata.Reader.
func (r reader) UnusedSegments(ctx context.Context, q metadata.UnusedQuery) (rows []metadata.SegmentRow, err error) {
	named := metadata.Among(q.Versions)
	where := func() *condition {
		c := ofDataSource(q.DataSource, false)
		if q.Versions != nil && len(q.Versions) <= mostValues { // of more, all rows are read: they are hardly of fewer versions
			c.among(r.store.dialect, "version", q.Versions)
		}
		if q.UpdatedUntil != nil && r.store.found.has("segments", "used_status_last_updated") {
			c.compare(` AND used_status_last_updated <=`, *q.UpdatedUntil)
		}
		return c
	}
	read := 0 // rows, those among them that are left out
	full := func() bool { return q.Max > 0 && len(rows) == q.Max }
	keep := func(row metadata.SegmentRow, id string) error {
		read++
		updated := q.UpdatedUntil == nil || row.UsedStatusLastUpdated <= *q.UpdatedUntil
		if row.Unreadable == nil && row.Segment.ID().String() == id && updated && (len(q.Versions) <= mostValues || named(row.Segment.Version)) && q.Interval.Encloses(row.Segment.Interval) {
			rows = append(rows, row)
		}
		if full() {
			return errStop
		}
		return ctx.Err()
	}
	err = r.with(ctx, func(c conn) error {
		for most := q.Max; ; most *= 4 {
			rows, read = nil, 0
			near, far := where(), r.store.far("segments", where)
			near.within(q.Interval)
			near.add(` ORDER BY {end}, start`)
			if most > 0 {
				near.add(` LIMIT ?`, most)
			}
			if err := c.segments(near, "", keep); err != nil || full() {
				return err
			}
			if most <= 0 || read < most {
				return c.segments(far, "", keep)
			}
		}
	})
	if err != nil {
		return nil, fmt.Errorf("read unused segments of %s: %w", q.DataSource, err)
	}
	return rows, nil
}

// MarkUnused implements metadata.Tx.
func (t *transaction) MarkUnused(dataSource string, interval druid.Interval, versions []string, now druid.Instant) (int, error) {
	marked := 0
	markNear := func(versions []string) error {
		near := &condition{}
		near.add(`{is dataSource} AND used = TRUE`, name(dataSource))
		near.within(interval)
		if versions != nil {
			near.among(t.store.dialect, "version", versions)
		}
		if near.none {
			return nil
		}
		n, err := t.conn.exec(`UPDATE {segments} SET `+t.store.setUsed()+` WHERE `+near.text.String(), append(t.store.usedArgs(false, now), near.args...)...)
		marked += n
		return err
	}
	var err error
	if versions == nil {
		err = markNear(nil)
	} else {
		err = inChunks(versions, mostValues, markNear)
	}
	if err == nil {
		var n int
		n, err = t.markFarUnused(dataSource, interval, versions, now)
		marked += n
	}
	if err != nil {
		return 0, fmt.Errorf("mark segments of %s in %s unused: %w", dataSource, interval, err)
	}
	return marked, nil
}

// markFarUnused is MarkUnused for the rows whose texts cannot be compared.
func (t *transaction) markFarUnused(dataSource string, interval druid.Interval, versions []string, now druid.Instant) (int, error) {
	if versions != nil && len(versions) == 0 {
		return 0, nil
	}
	var ids []string
	named := metadata.Among(versions)
	far := t.store.far("segments", func() *condition { return ofDataSource(dataSource, true) })
	err := t.conn.segments(far, "", func(row metadata.SegmentRow, id string) error {
		if interval.Encloses(row.Segment.Interval) && named(row.Segment.Version) {
			ids = append(ids, id)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return t.SetUsed(ids, false, now)
}

// setUsed is what an UPDATE sets, to usedArgs.
func (s *Store) setUsed() string {
	if s.found.has("segments", "used_status_last_updated") {
		return `used = ?, used_status_last_updated = ?`
	}
	return `used = ?`
}

func (s *Store) usedArgs(used bool, now druid.Instant) []any {
	if s.found.has("segments", "used_status_last_updated") {
		return []any{used, now}
	}
	return []any{used}
}

// SetUsed implements metadata.Tx.
func (t *transaction) SetUsed(ids []string, used bool, now druid.Instant) (int, error) {
	changed, err := execEach(t.conn, `UPDATE {segments} SET `+t.store.setUsed()+` WHERE used = ? AND`, ids, append(t.store.usedArgs(used, now), !used)...)
	if err != nil {
		return 0, fmt.Errorf("change whether %d segments are used: %w", len(ids), err)
	}
	return changed, nil
}
