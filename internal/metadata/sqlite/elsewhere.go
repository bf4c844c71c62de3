package sqlite

import (
	"context"
	"fmt"

	"zombiezen.com/go/sqlite"

	"ovate/internal/metadata"
)

// isElsewhere tells of a payload that has the folder of the segment's own id nowhere in it. Most load specs name that folder: they are in
// no index and cost nothing. It may be true of a segment that does lie there, whose load spec is written in another way.
const isElsewhere = `NOT (instr(payload, '/' || dataSource || '/' || start || '_' || "end" || '/' || version || '/' || partition_num || '/') > 0
    AND instr(payload, '/../') = 0 AND typeof(payload) = 'blob')`

// SegmentsElsewhere implements metadata.Reader.
func (c *conn) SegmentsElsewhere(ctx context.Context, fn func(*metadata.SegmentRow) error) error {
	err := c.query(`SELECT `+segmentColumns+` FROM {segments} INDEXED BY {idx_segments_elsewhere} WHERE `+isElsewhere, func(stmt *sqlite.Stmt) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		row := c.segmentRow(stmt)
		return fn(&row)
	})
	if err != nil {
		return fmt.Errorf("read the segments whose files may lie elsewhere: %w", err)
	}
	return nil
}
