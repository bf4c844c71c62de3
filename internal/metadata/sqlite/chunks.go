package sqlite

import (
	"cmp"
	"context"
	"fmt"
	"maps"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite/sqlite3"
	"ovate/internal/timeline"
)

// UsedChunks implements metadata.Reader. It reads indexes alone, and of these an entry or two for each chunk: how many segments
// there are, and what there is at other times, costs nothing.
func (c *conn) UsedChunks(ctx context.Context, dataSource string, intervals []druid.Interval) ([]timeline.Chunk, error) {
	intervals = metadata.Spans(intervals)
	found := map[timeline.Chunk]bool{}
	lengths, err := c.spansOf(usedSpans, dataSource)
	if err != nil {
		return nil, fmt.Errorf("read the time chunks of %s: %w", dataSource, err)
	}
	for _, interval := range intervals {
		for _, span := range lengths {
			if err := c.nearChunks(ctx, dataSource, interval, span, found); err != nil {
				return nil, fmt.Errorf("read the time chunks of %s: %w", dataSource, err)
			}
		}
	}
	keep := func(chunk timeline.Chunk) {
		if druid.OverlapsAny(intervals, chunk.Interval) {
			found[chunk] = true
		}
	}
	err = c.farChunks(ctx, dataSource, keep)
	if err == nil {
		err = c.oddSegments(dataSource, true, func(stmt *sqlite3.Stmt) error {
			segment := c.segmentRow(stmt).Segment
			keep(timeline.Chunk{Interval: segment.Interval, Version: segment.Version})
			return ctx.Err()
		})
	}
	if err != nil {
		return nil, fmt.Errorf("read the time chunks of %s: %w", dataSource, err)
	}
	return timeline.SortChunks(maps.Keys(found)), nil
}

// nearChunks steps from one chunk to the next in the index, over the segments between.
func (c *conn) nearChunks(ctx context.Context, dataSource string, interval druid.Interval, span int, found map[timeline.Chunk]bool) error {
	var from, end, version any = firstStart(span, interval.Start), "", ""
	until := instantText(interval.End)
	for more := true; more; {
		more = false
		err := c.query(`SELECT start, "end", version FROM {segments} INDEXED BY {idx_segments_datasource_used_chunk}
			WHERE dataSource = ? AND used = 1 AND span = ? AND `+isNear+` AND (start, "end", version) >= (?, ?, ?) AND start < ?
			ORDER BY start, "end", version LIMIT 1`, func(stmt *sqlite3.Stmt) error {
			more = true
			from, end, version = key(stmt, 0), key(stmt, 1), key(stmt, 2)
			chunk, ok, err := c.chunk(dataSource, from, end, version)
			version = successor(version)
			if err != nil {
				return err
			}
			if ok && chunk.Interval.Overlaps(interval) {
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

// successor is the least key that comes after another one. A row value is compared with >= alone without a walk over all that equal it:
// SQLite searches the index for > as for >=, and then looks at one entry after the other.
func successor(key any) any {
	switch k := key.(type) {
	case string:
		return k + "\x00"
	case []byte:
		return append(k, 0)
	default:
		panic(fmt.Sprintf("sqlite: a key cannot be a %T", key))
	}
}

// farChunks steps over all chunks with a far end, of which there are few.
func (c *conn) farChunks(ctx context.Context, dataSource string, fn func(timeline.Chunk)) error {
	var start, end, version any = "", "", ""
	for more := true; more; {
		more = false
		err := c.query(`SELECT start, "end", version FROM {segments} INDEXED BY {idx_segments_datasource_used_far}
			WHERE dataSource = ? AND used = 1 AND `+isFar+` AND (start, "end", version) >= (?, ?, ?)
			ORDER BY start, "end", version LIMIT 1`, func(stmt *sqlite3.Stmt) error {
			more = true
			start, end, version = key(stmt, 0), key(stmt, 1), key(stmt, 2)
			chunk, ok, err := c.chunk(dataSource, start, end, version)
			version = successor(version)
			if err != nil {
				return err
			}
			if ok {
				fn(chunk)
			}
			return ctx.Err()
		}, dataSource, start, end, version)
		if err != nil {
			return err
		}
	}
	return nil
}

// chunk is the chunk of used segments with these keys. It is none if they are those of odd rows. Where they look like times and are none, a
// segment that has them is named in the error, which trying again does not mend: nothing can be told of what there is.
func (c *conn) chunk(dataSource string, start, end, version any) (chunk timeline.Chunk, ok bool, err error) {
	startText, startOK := start.(string)
	endText, endOK := end.(string)
	versionText, versionOK := version.(string)
	if !startOK || !endOK || !versionOK || !isInstant([]byte(startText)) || !isInstant([]byte(endText)) {
		return chunk, false, nil
	}
	chunk.Version = versionText
	if chunk.Interval.Start, err = druid.ParseInstant(startText); err == nil {
		chunk.Interval.End, err = druid.ParseInstant(endText)
	}
	if err == nil {
		return chunk, true, nil
	}
	queryErr := c.query(`SELECT id FROM {segments} WHERE dataSource = ? AND used = 1 AND "end" = ? AND start = ? AND version = ? LIMIT 1`,
		func(stmt *sqlite3.Stmt) error {
			reason := c.bad.Tell(c.names.base+"_segments", stmt.ColumnText(0), err)
			err = &metadata.PermanentError{Err: fmt.Errorf("segment %s: %w", stmt.ColumnText(0), reason)}
			return nil
		}, dataSource, end, start, version)
	return chunk, false, cmp.Or(err, queryErr)
}

// LastSegments implements metadata.Reader. If a segment of a chunk is an odd one, it is that one: the numbers of such segments do not count,
// and nothing may follow on what is not known.
func (c *conn) LastSegments(ctx context.Context, dataSource string, chunks []timeline.Chunk, used bool) (map[timeline.Chunk]metadata.SegmentRow, error) {
	odd := map[timeline.Chunk]metadata.SegmentRow{} // of any chunk
	err := c.oddSegments(dataSource, used, func(stmt *sqlite3.Stmt) error {
		row := c.segmentRow(stmt)
		odd[timeline.Chunk{Interval: row.Segment.Interval, Version: row.Segment.Version}] = row
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the last segments of %s in %d time chunks: %w", dataSource, len(chunks), err)
	}
	last := make(map[timeline.Chunk]metadata.SegmentRow, len(chunks))
	for _, chunk := range chunks {
		if row, is := odd[chunk]; is {
			last[chunk] = row
			continue
		}
		err := c.query(`SELECT `+segmentColumns+` FROM {segments}
			WHERE dataSource = ? AND used = ? AND "end" = ? AND start = ? AND version = ? ORDER BY partition_num DESC LIMIT 1`,
			func(stmt *sqlite3.Stmt) error {
				last[chunk] = c.segmentRow(stmt)
				return ctx.Err()
			}, dataSource, used, chunk.Interval.End, chunk.Interval.Start, chunk.Version)
		if err != nil {
			return nil, fmt.Errorf("read the last segment of %s in %s: %w", dataSource, chunk.Interval, err)
		}
	}
	return last, nil
}

// CountSegments implements metadata.Reader.
func (c *conn) CountSegments(ctx context.Context, dataSource string, below map[timeline.Chunk]int) (map[timeline.Chunk]int, error) {
	counts := make(map[timeline.Chunk]int, len(below))
	for chunk, n := range below {
		err := c.query(`SELECT count(*) FROM {segments}
			WHERE dataSource = ? AND used = 1 AND "end" = ? AND start = ? AND version = ? AND partition_num < ?`,
			func(stmt *sqlite3.Stmt) error {
				counts[chunk] = stmt.ColumnInt(0)
				return ctx.Err()
			}, dataSource, chunk.Interval.End, chunk.Interval.Start, chunk.Version, n)
		if err != nil {
			return nil, fmt.Errorf("count the segments of %s in %s: %w", dataSource, chunk.Interval, err)
		}
	}
	return counts, nil
}

// MarkChunksUnused implements metadata.Tx.
func (c *conn) MarkChunksUnused(dataSource string, chunks []timeline.Chunk, now druid.Instant) (marked int, err error) {
	for _, chunk := range chunks {
		n, err := c.exec(`UPDATE {segments} SET used = 0, used_status_last_updated = ?
			WHERE dataSource = ? AND used = 1 AND "end" = ? AND start = ? AND version = ?`,
			now, dataSource, chunk.Interval.End, chunk.Interval.Start, chunk.Version)
		if err != nil {
			return 0, fmt.Errorf("mark segments of %s in %s unused: %w", dataSource, chunk.Interval, err)
		}
		marked += n
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
