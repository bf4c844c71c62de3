package sqlite

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite/sqlite3"
)

// CommitMetadata implements metadata.Reader.
func (c *conn) CommitMetadata(_ context.Context, dataSource string) (payload []byte, err error) {
	found := false
	err = c.query(`SELECT commit_metadata_payload FROM {dataSource} WHERE dataSource = ?`, func(stmt *sqlite3.Stmt) error {
		found = true
		payload = bytes.Clone(c.bytes(stmt, 0))
		return nil
	}, dataSource)
	if err == nil && !found {
		err = metadata.ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("read the commit metadata of %s: %w", dataSource, err)
	}
	return payload, nil
}

// SetCommitMetadata implements metadata.Tx.
func (c *conn) SetCommitMetadata(dataSource string, payload []byte, now druid.Instant) error {
	_, err := c.exec(`INSERT INTO {dataSource}(dataSource, created_date, commit_metadata_payload, commit_metadata_sha1) VALUES (?, ?, ?, ?)
		ON CONFLICT(dataSource) DO UPDATE SET commit_metadata_payload = excluded.commit_metadata_payload, commit_metadata_sha1 = excluded.commit_metadata_sha1`,
		dataSource, now, payload, metadata.CommitKey(payload))
	if err != nil {
		return fmt.Errorf("store the commit metadata of %s: %w", dataSource, err)
	}
	return nil
}

// DeleteCommitMetadata implements metadata.Tx.
func (c *conn) DeleteCommitMetadata(dataSource string) (int, error) {
	deleted, err := c.exec(`DELETE FROM {dataSource} WHERE dataSource = ?`, dataSource)
	if err != nil {
		return 0, fmt.Errorf("delete the commit metadata of %s: %w", dataSource, err)
	}
	return deleted, nil
}

// SetPayloads implements metadata.Tx.
func (c *conn) SetPayloads(segments []druid.DataSegment) (changed int, err error) {
	var payload []byte
	for i := range segments {
		payload = segments[i].AppendJSON(payload[:0])
		n, err := c.exec(`UPDATE {segments} SET payload = ? WHERE id = ?`, payload, segments[i].ID().String())
		if err != nil {
			return 0, fmt.Errorf("replace the payload of segment %s: %w", segments[i].ID(), err)
		}
		changed += n
	}
	return changed, nil
}

// PendingOfLineages implements metadata.Reader.
func (c *conn) PendingOfLineages(ctx context.Context, dataSource string, lineages []metadata.Lineage) (rows []metadata.PendingRow, err error) {
	for _, l := range lineages {
		err := c.query(`SELECT `+pendingColumns+` FROM {pendingSegments} INDEXED BY {idx_pendingSegments_datasource_sequence}
			WHERE dataSource = ? AND sequence_name = ? AND sequence_prev_id = ?`, func(stmt *sqlite3.Stmt) error {
			rows = append(rows, c.pendingRow(stmt))
			return ctx.Err()
		}, dataSource, l.Sequence, l.Previous)
		if err != nil {
			return nil, fmt.Errorf("read pending segments of sequence %s of %s: %w", l.Sequence, dataSource, err)
		}
	}
	slices.SortFunc(rows, metadata.CompareByAge)
	return rows, nil
}
