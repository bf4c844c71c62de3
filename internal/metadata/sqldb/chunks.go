package sqldb

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/timeline"
)

// UsedChunks implements metadata.Reader. The database reads the segments, without their payloads, and sends each chunk once.
func (r reader) UsedChunks(ctx context.Context, dataSource string, intervals []druid.Interval) ([]timeline.Chunk, error) {
	intervals = metadata.Spans(intervals)
	found := map[timeline.Chunk]bool{}
	err := r.with(ctx, func(c conn) error {
		clear(found)
		return c.chunks(ctx, r.store.overlappingAny(dataSource, intervals), func(chunk timeline.Chunk) {
			if overlapsAny(chunk.Interval, intervals) {
				found[chunk] = true
			}
		})
	})
	if err != nil {
		return nil, fmt.Errorf("read the time chunks of %s: %w", dataSource, err)
	}
	return timeline.SortChunks(maps.Keys(found)), nil
}

// overlappingAny are conditions that together find the used segments of a data source that overlap any of the intervals, some of them more than once,
// and all that are far.
func (s *Store) overlappingAny(dataSource string, intervals []druid.Interval) (all []*condition) {
	of := func() *condition { return ofDataSource(dataSource, true) }
	for _, interval := range intervals {
		near, _ := s.overlapping("segments", interval, of)
		all = append(all, near...)
	}
	if len(intervals) > 0 {
		all = append(all, s.far("segments", of))
	}
	return slices.DeleteFunc(all, func(c *condition) bool { return c.none })
}

// someConditions is how many queries become one.
const someConditions = 100

// union is one query for what any of several conditions finds in a table. How says whether what several find comes once, ` UNION `, or more than
// once, ` UNION ALL `, for which the database compares nothing.
func union(table, columns, how string, conditions []*condition) (statement string, args []any) {
	var queries []string
	for _, c := range conditions {
		queries = append(queries, `SELECT `+columns+` FROM {`+table+`}`+c.hint+` WHERE `+c.text.String())
		args = append(args, c.args...)
	}
	return strings.Join(queries, how), args
}

// chunks calls fn with the time chunks of segments. Of those whose times are none the id alone tells what they are.
func (c conn) chunks(ctx context.Context, conditions []*condition, fn func(timeline.Chunk)) error {
	return inChunks(conditions, someConditions, func(conditions []*condition) error {
		odd := false
		statement, args := union("segments", `DISTINCT start, {end}, version`, ` UNION `, conditions)
		err := c.query(statement, func(scan scan) error {
			var start, end string
			var chunk timeline.Chunk
			if err := scan(&start, &end, &chunk.Version); err != nil {
				return err
			}
			if odd = odd || checkInstants(start, end) != nil; odd {
				return nil
			}
			chunk.Interval.Start, _ = druid.ParseInstant(start) // checked
			chunk.Interval.End, _ = druid.ParseInstant(end)
			fn(chunk)
			return ctx.Err()
		}, args...)
		if err != nil || !odd {
			return err
		}
		return c.eachOf(conditions, func(row metadata.SegmentRow, _ string) error {
			fn(timeline.Chunk{Interval: row.Segment.Interval, Version: row.Segment.Version})
			return ctx.Err()
		})
	})
}

// eachOf calls fn with the segments that any of several conditions finds, with some of them more than once.
func (c conn) eachOf(conditions []*condition, fn func(row metadata.SegmentRow, id string) error) error {
	texts := metadata.Texts{}
	return inChunks(conditions, someConditions, func(conditions []*condition) error {
		statement, args := union("segments", c.store.segmentColumns(), ` UNION ALL `, conditions)
		return c.readSegments(statement, args, texts, fn)
	})
}

// ofChunk is the condition for the segments of a chunk.
func ofChunk(dataSource string, used bool, chunk timeline.Chunk) *condition {
	c := ofDataSource(dataSource, used)
	c.add(` AND {end} = ? AND start = ? AND version = ?`, chunk.Interval.End, chunk.Interval.Start, chunk.Version)
	return c
}

// LastSegment implements metadata.Reader. In one chunk a longer id has a higher number, and of ids of one length the greater text has.
func (r reader) LastSegment(ctx context.Context, dataSource string, chunk timeline.Chunk, used bool) (last *metadata.SegmentRow, err error) {
	err = r.with(ctx, func(c conn) error {
		last = nil
		return c.segments(ofChunk(dataSource, used, chunk), ` ORDER BY char_length(id) DESC, id DESC LIMIT 1`, func(row metadata.SegmentRow, _ string) error {
			last = &row
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("read the last segment of %s in %s: %w", dataSource, chunk.Interval, err)
	}
	return last, nil
}

// CountSegments implements metadata.Reader.
func (r reader) CountSegments(ctx context.Context, dataSource string, chunk timeline.Chunk, below int) (n int, err error) {
	if below <= 0 {
		return 0, nil
	}
	bound := druid.SegmentID{DataSource: dataSource, Interval: chunk.Interval, Version: chunk.Version, PartitionNum: below}.String()
	where := ofChunk(dataSource, true, chunk)
	where.add(` AND (char_length(id) < char_length(?) OR char_length(id) = char_length(?) AND id < ?)`, bound, bound, bound)
	err = r.with(ctx, func(c conn) error {
		return c.query(`SELECT count(*) FROM {segments} WHERE `+where.text.String(), func(scan scan) error { return scan(&n) }, where.args...)
	})
	if err != nil {
		return 0, fmt.Errorf("count the segments of %s in %s: %w", dataSource, chunk.Interval, err)
	}
	return n, nil
}

// MarkChunkUnused implements metadata.Tx.
func (t *transaction) MarkChunkUnused(dataSource string, chunk timeline.Chunk, now druid.Instant) (int, error) {
	where := ofChunk(dataSource, true, chunk)
	marked, err := t.conn.exec(`UPDATE {segments} SET `+t.store.setUsed()+` WHERE `+where.text.String(), append(t.store.usedArgs(false, now), where.args...)...)
	if err != nil {
		return 0, fmt.Errorf("mark segments of %s in %s unused: %w", dataSource, chunk.Interval, err)
	}
	return marked, nil
}
