package sqlite

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"zombiezen.com/go/sqlite"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/timeline"
)

// spanDays are the longest intervals, in days, of each value of the column span but the last, which has no longest one.
var spanDays = [...]float64{0.0007, 0.042, 1.05, 7.05, 31.05, 92.05, 366.05}

// UsedChunks implements metadata.Reader. It reads an index alone, and of that an entry or two for each chunk: how many segments
// there are, and what there is at other times, costs nothing.
func (c *conn) UsedChunks(ctx context.Context, dataSource string, intervals []druid.Interval) ([]timeline.Chunk, error) {
	found := map[timeline.Chunk]bool{}
	for _, interval := range spans(intervals) {
		err := c.eachSpan(dataSource, func(span int) error { return c.nearChunks(ctx, dataSource, interval, span, found) })
		if err == nil {
			err = c.farChunks(ctx, dataSource, interval, found)
		}
		if err != nil {
			return nil, fmt.Errorf("read the time chunks of %s: %w", dataSource, err)
		}
	}
	chunks := make([]timeline.Chunk, 0, len(found))
	for chunk := range found {
		chunks = append(chunks, chunk)
	}
	slices.SortFunc(chunks, func(a, b timeline.Chunk) int {
		return cmp.Or(cmp.Compare(a.Interval.Start, b.Interval.Start), cmp.Compare(a.Interval.End, b.Interval.End), strings.Compare(a.Version, b.Version))
	})
	return chunks, nil
}

// eachSpan calls fn for each span of which the data source has used segments.
func (c *conn) eachSpan(dataSource string, fn func(span int) error) error {
	span := -1
	for {
		last := span
		err := c.query(`SELECT span FROM {segments} INDEXED BY {idx_segments_datasource_used_chunk}
			WHERE dataSource = ? AND used = 1 AND span > ? AND `+isNear+` ORDER BY span LIMIT 1`, func(stmt *sqlite.Stmt) error {
			span = stmt.ColumnInt(0)
			return nil
		}, dataSource, span)
		if err != nil || span == last {
			return err
		}
		if err := fn(span); err != nil {
			return err
		}
	}
}

// nearChunks steps from one chunk to the next in the index, over the segments between.
func (c *conn) nearChunks(ctx context.Context, dataSource string, interval druid.Interval, span int, found map[timeline.Chunk]bool) error {
	var from, end, version any = "", "", ""
	if span < len(spanDays) {
		longest := druid.Instant(spanDays[span]*86_400_000) + 1
		if interval.Start > firstNear+longest {
			from = instantText(interval.Start - longest)
		}
	}
	until := instantText(interval.End)
	for more := true; more; {
		more = false
		err := c.query(`SELECT start, "end", version FROM {segments} INDEXED BY {idx_segments_datasource_used_chunk}
			WHERE dataSource = ? AND used = 1 AND span = ? AND `+isNear+` AND (start, "end", version) > (?, ?, ?) AND start < ?
			ORDER BY start, "end", version LIMIT 1`, func(stmt *sqlite.Stmt) error {
			more = true
			from, end, version = key(stmt, 0), key(stmt, 1), key(stmt, 2)
			chunk, err := c.chunk(dataSource, from, end, version)
			if err != nil {
				return err
			}
			if chunk.Interval.Overlaps(interval) {
				found[chunk] = true
			}
			return ctx.Err()
		}, dataSource, span, from, end, version, until)
		if err != nil {
			return err
		}
	}
	return nil
}

// farChunks reads every segment with a far end, of which there are few.
func (c *conn) farChunks(ctx context.Context, dataSource string, interval druid.Interval, found map[timeline.Chunk]bool) error {
	return c.query(`SELECT start, "end", version FROM {segments} INDEXED BY {idx_segments_datasource_used_far} WHERE dataSource = ? AND used = 1 AND `+isFar, func(stmt *sqlite.Stmt) error {
		chunk, err := c.chunk(dataSource, key(stmt, 0), key(stmt, 1), key(stmt, 2))
		if err == nil && chunk.Interval.Overlaps(interval) {
			found[chunk] = true
		}
		return cmp.Or(err, ctx.Err())
	}, dataSource)
}

// chunk is the chunk of used segments with these keys. Where they cannot be read, a segment that has them tells the chunk, or is named.
func (c *conn) chunk(dataSource string, start, end, version any) (chunk timeline.Chunk, err error) {
	startText, startOK := start.(string)
	endText, endOK := end.(string)
	versionText, versionOK := version.(string)
	if !startOK || !endOK {
		err = errors.New("column start or end is no text")
	}
	if err == nil {
		chunk.Interval.Start, err = druid.ParseInstant(startText)
	}
	if err == nil {
		chunk.Interval.End, err = druid.ParseInstant(endText)
	}
	chunk.Version = versionText
	if err == nil && versionOK {
		return chunk, nil
	}
	queryErr := c.query(`SELECT `+segmentColumns+` FROM {segments}
		WHERE dataSource = ? AND used = 1 AND "end" = ? AND start = ? AND version = ? LIMIT 1`, func(stmt *sqlite.Stmt) error {
		if err != nil {
			err = fmt.Errorf("segment %s: %w", stmt.ColumnText(6), c.bad.tell(c.names.base+"_segments", stmt.ColumnText(6), err))
			return nil
		}
		chunk.Version = c.segmentRow(stmt).Segment.Version
		return nil
	}, dataSource, end, start, version)
	return chunk, cmp.Or(err, queryErr)
}

// LastSegment implements metadata.Reader. If a segment of the chunk has a version that is no text, it is that one: the numbers of such
// segments do not count, and nothing may follow on what is not known.
func (c *conn) LastSegment(_ context.Context, dataSource string, chunk timeline.Chunk, used bool) (last *metadata.SegmentRow, err error) {
	err = c.query(`SELECT `+segmentColumns+` FROM {segments}
		WHERE dataSource = ? AND used = ? AND "end" = ? AND start = ? AND version >= x''`, func(stmt *sqlite.Stmt) error {
		row := c.segmentRow(stmt)
		if row.Segment.Version != chunk.Version {
			return nil
		}
		last = &row
		return errStop
	}, dataSource, used, chunk.Interval.End, chunk.Interval.Start)
	if err == nil && last == nil {
		err = c.query(`SELECT `+segmentColumns+` FROM {segments}
			WHERE dataSource = ? AND used = ? AND "end" = ? AND start = ? AND version = ? ORDER BY partition_num DESC LIMIT 1`,
			func(stmt *sqlite.Stmt) error {
				row := c.segmentRow(stmt)
				last = &row
				return nil
			}, dataSource, used, chunk.Interval.End, chunk.Interval.Start, chunk.Version)
	}
	if err != nil {
		return nil, fmt.Errorf("read the last segment of %s in %s: %w", dataSource, chunk.Interval, err)
	}
	return last, nil
}

// CountSegments implements metadata.Reader.
func (c *conn) CountSegments(_ context.Context, dataSource string, chunk timeline.Chunk, below int) (n int, err error) {
	err = c.query(`SELECT count(*) FROM {segments}
		WHERE dataSource = ? AND used = 1 AND "end" = ? AND start = ? AND version = ? AND partition_num < ?`,
		func(stmt *sqlite.Stmt) error {
			n = stmt.ColumnInt(0)
			return nil
		}, dataSource, chunk.Interval.End, chunk.Interval.Start, chunk.Version, below)
	if err != nil {
		return 0, fmt.Errorf("count the segments of %s in %s: %w", dataSource, chunk.Interval, err)
	}
	return n, nil
}

// MarkChunkUnused implements metadata.Tx.
func (c *conn) MarkChunkUnused(dataSource string, chunk timeline.Chunk, now druid.Instant) (int, error) {
	marked, err := c.exec(`UPDATE {segments} SET used = 0, used_status_last_updated = ?
		WHERE dataSource = ? AND used = 1 AND "end" = ? AND start = ? AND version = ?`,
		now, dataSource, chunk.Interval.End, chunk.Interval.Start, chunk.Version)
	if err != nil {
		return 0, fmt.Errorf("mark segments of %s in %s unused: %w", dataSource, chunk.Interval, err)
	}
	return marked, nil
}

// SetUsed implements metadata.Tx.
func (c *conn) SetUsed(ids []string, used bool, now druid.Instant) (int, error) {
	changed := 0
	for _, id := range ids {
		n, err := c.exec(`UPDATE {segments} SET used = ?, used_status_last_updated = ? WHERE id = ? AND used <> ?`, used, now, id, used)
		if err != nil {
			return 0, fmt.Errorf("change whether segment %s is used: %w", id, err)
		}
		changed += n
	}
	return changed, nil
}
