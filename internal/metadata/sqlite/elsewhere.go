package sqlite

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite/sqlite3"
)

// isElsewhere tells of the rows that SegmentsElsewhere is for; schema8.sql and schema11.sql say how. Most are none: they are in no index and cost nothing.
var isElsewhere = func() string {
	_, index, _ := strings.Cut(schema, "CREATE INDEX {idx_segments_elsewhere}")
	_, condition, _ := strings.Cut(index, "WHERE ")
	condition, _, _ = strings.Cut(condition, ";\n")
	return condition
}()

// errOtherID: nobody knows which of the two the row is of.
var errOtherID = errors.New("its id is another one than that of the segment that its payload tells of")

// SegmentsElsewhere implements metadata.Reader.
func (c *conn) SegmentsElsewhere(ctx context.Context, fn func(*metadata.SegmentRow) error) error {
	err := c.query(`SELECT `+segmentColumns+` FROM {segments} INDEXED BY {idx_segments_elsewhere} WHERE `+isElsewhere, func(stmt *sqlite3.Stmt) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		row := c.segmentRow(stmt)
		if row.Unreadable == nil && row.Segment.ID().String() != stmt.ColumnText(6) {
			row.Unreadable = c.bad.Tell(c.names.base+"_segments", stmt.ColumnText(6), errOtherID)
			row.Payload = bytes.Clone(c.bytes(stmt, 5))
		}
		return fn(&row)
	})
	if err != nil {
		return fmt.Errorf("read the segments whose files may lie elsewhere: %w", err)
	}
	return nil
}
