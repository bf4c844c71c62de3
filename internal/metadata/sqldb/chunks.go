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
		return c.chunks(ctx, r.store.usedOverlapping(dataSource, intervals), func(chunk timeline.Chunk) {
			if druid.OverlapsAny(intervals, chunk.Interval) {
				found[chunk] = true
			}
		})
	})
	if err != nil {
		return nil, fmt.Errorf("read the time chunks of %s: %w", dataSource, err)
	}
	return timeline.SortChunks(maps.Keys(found)), nil
}

// usedOverlapping are those of overlappingAny for the used segments of a data source.
func (s *Store) usedOverlapping(dataSource string, intervals []druid.Interval) []*condition {
	return s.overlappingAny("segments", intervals, func() *condition { return ofDataSource(dataSource, true) })
}

// overlappingAny are conditions that together find the rows of a table that overlap any of the intervals, some of them more than once, and all that
// are far.
func (s *Store) overlappingAny(table string, intervals []druid.Interval, of func() *condition) (all []*condition) {
	for _, interval := range intervals {
		all = append(all, s.overlapping(table, interval, of)...)
	}
	if len(intervals) > 0 {
		all = append(all, s.far(table, of))
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
	c.add(` AND {end} = ? AND start = ? AND {is version}`, chunk.Interval.End, chunk.Interval.Start, name(chunk.Version))
	return c
}

// eachChunk is one query for several chunks: for each that of a condition, with the place of the chunk among them in the last column.
func eachChunk(chunks []timeline.Chunk, columns, order string, of func(timeline.Chunk) *condition) (statement string, args []any) {
	queries := make([]string, len(chunks))
	for i, chunk := range chunks {
		c := of(chunk)
		queries[i] = fmt.Sprintf(`(SELECT %s, %d FROM {segments} WHERE %s%s)`, columns, i, c.text.String(), order)
		args = append(args, c.args...)
	}
	return strings.Join(queries, ` UNION ALL `), args
}

// LastSegments implements metadata.Reader. In one chunk a longer id has a higher number, and of ids of one length the greater text has.
func (r reader) LastSegments(ctx context.Context, dataSource string, chunks []timeline.Chunk, used bool) (map[timeline.Chunk]metadata.SegmentRow, error) {
	last := make(map[timeline.Chunk]metadata.SegmentRow, len(chunks))
	texts := metadata.Texts{}
	err := inChunks(chunks, someConditions, func(chunks []timeline.Chunk) error {
		statement, args := eachChunk(chunks, r.store.segmentColumns(), ` ORDER BY char_length(id) DESC, id DESC LIMIT 1`, func(chunk timeline.Chunk) *condition {
			return ofChunk(dataSource, used, chunk)
		})
		return r.with(ctx, func(c conn) error {
			return c.query(statement, func(scan scan) error {
				var at int
				row, _, err := r.store.segmentRow(func(columns ...any) error { return scan(append(columns, &at)...) }, texts, false)
				last[chunks[at]] = row
				return err
			}, args...)
		})
	})
	if err != nil {
		return nil, fmt.Errorf("read the last segments of %s in %d time chunks: %w", dataSource, len(chunks), err)
	}
	return last, nil
}

// CountSegments implements metadata.Reader.
func (r reader) CountSegments(ctx context.Context, dataSource string, below map[timeline.Chunk]int) (map[timeline.Chunk]int, error) {
	counts := make(map[timeline.Chunk]int, len(below))
	asked := slices.DeleteFunc(timeline.SortChunks(maps.Keys(below)), func(chunk timeline.Chunk) bool { return below[chunk] <= 0 })
	err := inChunks(asked, someConditions, func(chunks []timeline.Chunk) error {
		statement, args := eachChunk(chunks, `count(*)`, ``, func(chunk timeline.Chunk) *condition {
			bound := druid.SegmentID{DataSource: dataSource, Interval: chunk.Interval, Version: chunk.Version, PartitionNum: below[chunk]}.String()
			c := ofChunk(dataSource, true, chunk)
			c.add(` AND (char_length(id) < char_length(?) OR char_length(id) = char_length(?) AND id < ?)`, bound, bound, bound)
			return c
		})
		return r.with(ctx, func(c conn) error {
			return c.query(statement, func(scan scan) error {
				var n, at int
				err := scan(&n, &at)
				counts[chunks[at]] = n
				return err
			}, args...)
		})
	})
	if err != nil {
		return nil, fmt.Errorf("count the segments of %s in %d time chunks: %w", dataSource, len(below), err)
	}
	return counts, nil
}

// MarkChunksUnused implements metadata.Tx.
func (t *transaction) MarkChunksUnused(dataSource string, chunks []timeline.Chunk, now druid.Instant) (marked int, err error) {
	err = inChunks(chunks, someConditions, func(chunks []timeline.Chunk) error {
		args := append(t.store.usedArgs(false, now), name(dataSource))
		for _, chunk := range chunks {
			args = append(args, chunk.Interval.End, chunk.Interval.Start, name(chunk.Version))
		}
		const one = `{end} = ? AND start = ? AND {is version}`
		n, err := t.conn.exec(`UPDATE {segments} SET `+t.store.setUsed()+` WHERE {is dataSource} AND used = TRUE AND (`+one+strings.Repeat(` OR `+one, len(chunks)-1)+`)`, args...)
		marked += n
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("mark segments of %s in %d time chunks unused: %w", dataSource, len(chunks), err)
	}
	return marked, nil
}
