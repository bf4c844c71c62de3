package sqldb

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"ovate/druid"
	"ovate/internal/metadata"
)

// commitCall asks for the bytes that are stored for a data source; nil if there are none.
type commitCall struct {
	dataSource string
	payload    []byte
}

// CommitMetadata implements metadata.Reader. Those who ask at the same time share a statement, as supervisors do by the hundred.
func (s *Store) CommitMetadata(ctx context.Context, dataSource string) ([]byte, error) {
	call := commitCall{dataSource: dataSource}
	return call.answer(s.commits.Do(ctx, &call))
}

// CommitMetadata implements metadata.Reader.
func (r reader) CommitMetadata(ctx context.Context, dataSource string) ([]byte, error) {
	call := commitCall{dataSource: dataSource}
	return call.answer(r.commitMetadata(ctx, []*commitCall{&call}))
}

// answer is what a call comes to, once it was answered.
func (c *commitCall) answer(err error) ([]byte, error) {
	if err == nil && c.payload == nil {
		err = metadata.ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("read the commit metadata of %s: %w", c.dataSource, err)
	}
	return c.payload, nil
}

// commitMetadata answers calls, of which there is one at least.
func (r reader) commitMetadata(ctx context.Context, calls []*commitCall) error {
	names := make([]string, len(calls))
	for i, call := range calls {
		names[i] = call.dataSource
	}
	stored := map[string][]byte{}
	err := inChunks(names, someKeys, func(names []string) error {
		among, keys := in(r.store.dialect, "dataSource", names)
		return r.with(ctx, func(c conn) error {
			return c.query(`SELECT dataSource, commit_metadata_payload FROM {dataSource} WHERE `+among, func(scan scan) error {
				var name string
				payload := []byte{}
				err := scan(&name, &payload)
				stored[name] = payload
				return err
			}, keys...)
		})
	})
	for _, call := range calls {
		call.payload = slices.Clone(stored[call.dataSource])
	}
	return err
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
