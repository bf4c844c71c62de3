package sqldb

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"ovate/druid"
	"ovate/internal/metadata"
)

// CommitMetadata implements metadata.Reader.
func (r reader) CommitMetadata(ctx context.Context, dataSource string) (payload []byte, err error) {
	err = r.with(ctx, func(c conn) error {
		found := false
		err := c.query(`SELECT commit_metadata_payload FROM {dataSource} WHERE {is dataSource}`, func(scan scan) error {
			found = true
			return scan(&payload)
		}, name(dataSource))
		if err == nil && !found {
			err = metadata.ErrNotFound
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the commit metadata of %s: %w", dataSource, err)
	}
	return payload, nil
}

// SetCommitMetadata implements metadata.Tx.
func (t *transaction) SetCommitMetadata(dataSource string, payload []byte, now druid.Instant) error {
	err := t.store.mustFit("dataSource", field{"dataSource", "dataSource", dataSource})
	if err == nil {
		err = t.store.mustTell(dataSource)
	}
	if err != nil {
		return fmt.Errorf("store the commit metadata of %.300s: %w", dataSource, err)
	}
	key := metadata.CommitKey(payload)
	changed, err := t.conn.exec(`UPDATE {dataSource} SET commit_metadata_payload = ?, commit_metadata_sha1 = ? WHERE {is dataSource}`, payload, key, name(dataSource))
	if err == nil && changed == 0 {
		err = t.mustBeAlone("dataSource", "dataSource", dataSource)
	}
	if err == nil && changed == 0 {
		_, err = t.conn.exec(`INSERT INTO {dataSource}(dataSource, created_date, commit_metadata_payload, commit_metadata_sha1) VALUES (?, ?, ?, ?)`,
			dataSource, now, payload, key)
	}
	if err != nil {
		return fmt.Errorf("store the commit metadata of %s: %w", dataSource, err)
	}
	return nil
}

// DeleteCommitMetadata implements metadata.Tx.
func (t *transaction) DeleteCommitMetadata(dataSource string) (int, error) {
	deleted, err := t.conn.exec(`DELETE FROM {dataSource} WHERE {is dataSource}`, name(dataSource))
	if err != nil {
		return 0, fmt.Errorf("delete the commit metadata of %s: %w", dataSource, err)
	}
	return deleted, nil
}

// SetPayloads implements metadata.Tx.
func (t *transaction) SetPayloads(segments []druid.DataSegment) (int, error) {
	payloads := make([]payload[string], len(segments))
	for i := range segments {
		payloads[i] = payload[string]{segments[i].ID().String(), func() []byte { return segments[i].AppendJSON(nil) }}
	}
	changed, err := replacePayloads(t.conn, "segments", "payload", payloads)
	if err != nil {
		return 0, fmt.Errorf("replace the payloads of %d segments: %w", len(segments), err)
	}
	return changed, nil
}

// PendingOfLineages implements metadata.Reader.
func (r reader) PendingOfLineages(ctx context.Context, dataSource string, lineages []metadata.Lineage) (rows []metadata.PendingRow, err error) {
	err = r.with(ctx, func(c conn) error {
		rows = nil
		return inChunks(lineages, someConditions, func(lineages []metadata.Lineage) error {
			args := []any{name(dataSource)}
			for _, l := range lineages {
				args = append(args, name(l.Sequence), name(l.Previous))
			}
			const one = `{is sequence_name} AND {is sequence_prev_id}`
			return c.query(`SELECT `+r.store.pendingColumns()+` FROM {pendingSegments}
				WHERE {is dataSource} AND (`+one+strings.Repeat(` OR `+one, len(lineages)-1)+`)`, func(scan scan) error {
				row, err := r.store.pendingRow(scan)
				rows = append(rows, row)
				return err
			}, args...)
		})
	})
	if err != nil {
		return nil, fmt.Errorf("read pending segments of %d sequences of %s: %w", len(lineages), dataSource, err)
	}
	slices.SortFunc(rows, metadata.CompareByAge)
	return rows, nil
}
