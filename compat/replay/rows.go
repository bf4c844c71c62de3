package replay

import (
	"bytes"
	"context"
	"crypto/sha1" //nolint:gosec // Druid's own.
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"ovate/druid"
	"ovate/internal/metadata"
)

// Rows are those of a data source, by table; each is a JSON object.
type Rows map[string][]json.RawMessage

// tables are the tables, each with a condition for the rows of a data source and with the columns that are compared: not the moments at which rows
// were written, nor numbers that a database gives.
var tables = []struct{ name, condition, columns string }{
	{"tasklocks", "task_id LIKE '%s_%%'", "task_id, lock_payload"},
	{"segments", "dataSource = '%s'", `id, dataSource, start, "end", partitioned, version, used, payload, upgraded_from_segment_id`},
	{"pendingSegments", "dataSource = '%s'", `id, dataSource, start, "end", sequence_name, sequence_prev_id, sequence_name_prev_id_sha1, payload, upgraded_from_segment_id, task_allocator_id`},
	{"upgradeSegments", "segment_id LIKE '%s_%%'", "task_id, segment_id, lock_version"},
	{"dataSource", "dataSource = '%s'", "dataSource, commit_metadata_payload, commit_metadata_sha1"},
}

// rows reads them, where asked once no locks are left.
func (o Overlord) rows(ctx context.Context, dataSource string, ended bool) (Rows, error) {
	if ended {
		if err := o.awaitEnd(ctx, dataSource); err != nil {
			return nil, err
		}
	}
	all := Rows{}
	for _, t := range tables {
		rows, err := o.table(ctx, t.name, t.columns, fmt.Sprintf(t.condition, dataSource))
		if err != nil {
			return nil, fmt.Errorf("read druid_%s: %w", t.name, err)
		}
		all[t.name] = slices.CompactFunc(rows, func(a, b json.RawMessage) bool { return bytes.Equal(a, b) }) // Java notes the same again where a publication is asked for twice
	}
	return all, nil
}

// awaitEnd returns once no locks are left, nor segment ids that were not published. They go after the end of a task was answered: in Java that of
// whoever ended it, and in ovate once the task, which may be at work still, has stopped.
func (o Overlord) awaitEnd(ctx context.Context, dataSource string) error {
	for deadline := time.Now().Add(20 * time.Second); ; {
		locks, err := o.table(ctx, "tasklocks", "task_id, lock_payload", fmt.Sprintf("task_id LIKE '%s_%%'", dataSource))
		if err != nil {
			return err
		}
		ids, err := o.table(ctx, "pendingSegments", "id", fmt.Sprintf("dataSource = '%s'", dataSource))
		if left := append(locks, ids...); err != nil || len(left) == 0 {
			return err
		} else if time.Now().After(deadline) {
			return fmt.Errorf("these are left: %s", left)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (o Overlord) table(ctx context.Context, table, columns, condition string) (all []json.RawMessage, err error) {
	rows, err := o.DB.QueryContext(ctx, "SELECT "+columns+" FROM druid_"+table+" WHERE "+condition)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	names := strings.Split(strings.ReplaceAll(columns, `"`, ""), ", ")
	for rows.Next() {
		values, to := make([]sql.RawBytes, len(names)), make([]any, len(names))
		for i := range values {
			to[i] = &values[i]
		}
		if err := rows.Scan(to...); err != nil {
			return nil, err
		}
		row := map[string][]byte{}
		for i, name := range names {
			row[name] = slices.Clone([]byte(values[i]))
		}
		if all = append(all, rowJSON(row)); len(all) > 1000 {
			return nil, fmt.Errorf("there are too many rows")
		}
	}
	sortRaw(all)
	return all, rows.Err()
}

// rowJSON writes a row, with what its checksums are of in place of these.
func rowJSON(row map[string][]byte) json.RawMessage {
	fields := map[string]any{}
	for name, value := range row {
		switch {
		case value == nil:
			fields[name] = nil
		case name == "used" || name == "partitioned":
			fields[name] = string(value) == "true" || string(value) == "1"
		case name == "commit_metadata_payload": // in which the order of partitions tells nothing
			d := json.NewDecoder(bytes.NewReader(value))
			d.UseNumber()
			var payload any
			if d.Decode(&payload) != nil {
				payload = string(value)
			}
			fields[name] = payload
		case strings.HasSuffix(name, "payload"):
			fields[name] = json.RawMessage(value)
		case name == "commit_metadata_sha1":
			fields[name] = string(value) == fmt.Sprintf("%X", sha1.Sum(row["commit_metadata_payload"])) //nolint:gosec // Druid's own.
		case name == "sequence_name_prev_id_sha1":
			fields[name] = keyOf(row)
		default:
			fields[name] = string(value)
		}
	}
	return marshal(fields)
}

// keyOf tells what the key of a pending segment was made of.
func keyOf(row map[string][]byte) string {
	var payload struct{ Version string }
	_ = json.Unmarshal(row["payload"], &payload)
	sequence, key := string(row["sequence_name"]), string(row["sequence_name_prev_id_sha1"])
	interval, err := druid.ParseInterval(string(row["start"]) + "/" + string(row["end"]))
	switch {
	case key == metadata.LineageKey(sequence, string(row["sequence_prev_id"]), payload.Version):
		return "of the sequence and the id before"
	case err == nil && key == metadata.IntervalKey(sequence, interval, payload.Version):
		return "of the sequence and the interval"
	}
	return "of something else"
}

// rows makes all of them normal. They are in an order by what they were before, in which later moments come later.
func (m *made) rows(all Rows) Rows {
	normal := Rows{}
	for _, t := range tables {
		for _, row := range all[t.name] {
			normal[t.name] = append(normal[t.name], m.json(row))
		}
	}
	return normal
}
