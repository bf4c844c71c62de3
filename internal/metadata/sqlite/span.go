package sqlite

import (
	"fmt"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite/sqlite3"
)

// The column span sorts the intervals of rows by their length. Those that overlap an interval are found by where they start, in an index
// of span and start: they start before it ends, and not longer before it starts than the longest interval of their span. So what there is
// at other times, before or after, is not read. There are hardly ever more than two spans in a data source.

// spanDays are the longest intervals, in days, of each value of the column span but the last, which has no longest one.
var spanDays = [...]float64{0.0007, 0.042, 1.05, 7.05, 31.05, 92.05, 366.05}

// The queries for the next span of a data source, after one.
const (
	usedSpans = `SELECT span FROM {segments} INDEXED BY {idx_segments_datasource_used_chunk}
		WHERE dataSource = ? AND used = 1 AND span > ? AND ` + isNear + ` ORDER BY span LIMIT 1`
	pendingSpans = `SELECT span FROM {pendingSegments} INDEXED BY {idx_pendingSegments_datasource_chunk}
		WHERE dataSource = ? AND span > ? AND ` + isNear + ` ORDER BY span LIMIT 1`
)

// spansOf returns the spans that rows of a data source have.
func (c *conn) spansOf(query, dataSource string) (found []int, err error) {
	last, more := -1, true
	for more && err == nil {
		more = false
		err = c.query(query, func(stmt *sqlite3.Stmt) error {
			span := stmt.ColumnInt(0)
			if span <= last { // what is no whole number is greater than all that are
				return &metadata.PermanentError{Err: fmt.Errorf("a row of data source[%s] has a known_span that is no whole number: set that column to NULL, which is always right", dataSource)}
			}
			last, more = span, true
			found = append(found, last)
			return nil
		}, dataSource, last)
	}
	return found, err
}

// firstStart is the text of where the first row of a span may start that goes on beyond t.
func firstStart(span int, t druid.Instant) string {
	if span < len(spanDays) {
		if longest := druid.Instant(spanDays[span]*86_400_000) + 1; t > metadata.FirstNear+longest {
			return instantText(t - longest)
		}
	}
	return ""
}

// overlapping appends the arguments of nearOverlap to args.
func overlapping(interval druid.Interval, span int, args ...any) []any {
	return append(args, span, firstStart(span, interval.Start), instantText(interval.End), instantText(interval.Start))
}
