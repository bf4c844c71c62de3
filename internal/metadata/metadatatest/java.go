package metadatatest

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"ovate/druid"
	"ovate/internal/metadata"
)

// javaRows are rows as a Java Overlord, of Druid 33.0.0 on PostgreSQL, has written them: an ingestion that has ended, a task that runs and
// holds a lock, one without a priority and two over segments as Java's classes write them, the two segments of the one and the pending ones of the other, of a sequence with its lineage and of one without, a worker
// config, and the audit entries. The columns of bytes are there as text.
//
//go:embed testdata/java.jsonl
var javaRows []byte

// isBytes tells which columns hold bytes.
func isBytes(column string) bool { return strings.HasSuffix(column, "payload") }

// eachJavaRow calls fn for each row.
func (b *bench) eachJavaRow(fn func(table string, row map[string]any)) {
	b.Helper()
	for line := range bytes.Lines(javaRows) {
		var given struct {
			Table string
			Row   map[string]any
		}
		if err := json.Unmarshal(line, &given); err != nil {
			b.Fatal(err)
		}
		for name, value := range given.Row {
			if text, is := value.(string); is && isBytes(name) {
				given.Row[name] = []byte(text)
			}
		}
		fn(given.Table, given.Row)
	}
}

// java is what the store reads of the rows of a Java Overlord.
type java struct {
	tasks    []*metadata.TaskRow
	locks    []metadata.LockRow
	segments []metadata.SegmentRow
	pending  []metadata.PendingRow
	audit    []metadata.AuditRow
	config   []byte
}

// readJava reads everything. The payload of each row that is decoded is in it, too, as whoever writes it back needs nothing else.
func (b *bench) readJava(dataSource string) (j java) {
	b.Helper()
	var ids []string
	must := func(err error) {
		b.Helper()
		if err != nil {
			b.Fatal(err)
		}
	}
	list := func(row *metadata.TaskRow) error { ids = append(ids, row.ID); return nil }
	must(b.store.CompleteTasks(b.ctx, metadata.TaskQuery{Max: -1}, list))
	slices.Reverse(ids) // the oldest first
	must(b.store.ActiveTasks(b.ctx, list))
	for _, id := range ids {
		row, err := b.store.Task(b.ctx, id)
		must(err)
		j.tasks = append(j.tasks, row)
	}
	var err error
	j.locks, err = b.store.Locks(b.ctx)
	must(err)
	j.segments, err = b.store.UsedSegments(b.ctx, dataSource, nil)
	must(err)
	j.pending, err = b.store.PendingSegments(b.ctx, dataSource, nil)
	must(err)
	must(b.store.Audit(b.ctx, metadata.AuditQuery{Max: -1}, func(row *metadata.AuditRow) error {
		kept := *row
		kept.Payload = bytes.Clone(row.Payload)
		j.audit = append(j.audit, kept)
		return nil
	}))
	slices.Reverse(j.audit)
	j.config, err = b.store.Config(b.ctx, "worker.config")
	must(err)
	return j
}

// write writes all of it.
func (j *java) write(tx metadata.Tx) error {
	if err := tx.InsertTasks(j.tasks...); err != nil {
		return err
	}
	if _, err := tx.InsertLocks(j.locks...); err != nil {
		return err
	}
	if _, err := tx.InsertSegments(j.segments); err != nil {
		return err
	}
	for _, row := range j.pending {
		if err := insertPending(tx, row); err != nil {
			return err
		}
	}
	if err := tx.InsertAudit(j.audit...); err != nil {
		return err
	}
	return tx.SetConfig("worker.config", j.config)
}

// table is what a table holds as text, without the ids that the database gives, and without columns of its own.
func (b *bench) table(name string, columns []string) string {
	var text strings.Builder
	for _, row := range b.database.Rows(b.T, b.store, name) {
		for _, column := range columns {
			value := row[strings.ToLower(column)]
			if n, is := value.(int64); is {
				value = n != 0 // a boolean: no other number is asked for
			}
			fmt.Fprintf(&text, "%s=%s\n", column, fmt.Sprintf("%v", printable(value)))
		}
	}
	return text.String()
}

func printable(value any) any {
	if text, is := value.([]byte); is {
		return "bytes " + string(text)
	}
	return value
}

// testRowsOfJava: what a Java Overlord has written is read, and what is written of the same things is the same, column by column.
func testRowsOfJava(s *suite) {
	const dataSource = "wiki ü"
	s.run("are read, and written in the same way", func(b *bench) {
		columns := map[string][]string{}
		b.eachJavaRow(func(table string, row map[string]any) {
			b.insert(table, row)
			columns[table] = slices.Sorted(maps.Keys(row))
		})
		j := b.readJava(dataSource)
		var read []string
		note := func(what string, unreadable error) { read = append(read, fmt.Sprint(what, " ", unreadable)) }
		for _, row := range j.tasks {
			note(fmt.Sprint(row.ID, " ", row.Type, " ", row.GroupID, " ", row.Status.State), row.Unreadable)
		}
		for _, row := range j.locks {
			l := row.Lock.WithPriority(7)
			note(fmt.Sprint("lock ", row.TaskID, " ", l.Type, " ", l.Granularity, " ", l.PartitionID, " ", l.Priority, " ", l.Revoked), row.Unreadable)
		}
		for _, row := range j.segments {
			note(fmt.Sprint("segment ", row.Segment.ID().Interval, " ", row.Segment.Dimensions, " ", row.Used), row.Unreadable)
		}
		for _, row := range j.pending {
			note(fmt.Sprint("pending ", row.ID.PartitionNum, " ", row.Allocator), row.Unreadable)
		}
		for _, row := range j.audit {
			note("audit "+row.Key, row.Unreadable)
		}
		b.same("what was read", read, []string{
			"done noop done SUCCESS <nil>", "ingest index_parallel ingest SUCCESS <nil>", "active noop active RUNNING <nil>",
			"lock active EXCLUSIVE timeChunk 0 50 false <nil>", "lock active EXCLUSIVE timeChunk 0 7 false <nil>",
			"lock active EXCLUSIVE segment 3 50 false <nil>", "lock active EXCLUSIVE segment 32768 50 true <nil>",
			"segment 2026-01-01T00:00:00.000Z/2026-01-02T00:00:00.000Z [page user] true <nil>",
			"segment 2026-01-02T00:00:00.000Z/2026-01-03T00:00:00.000Z [page user] true <nil>",
			"pending 0 active <nil>", "pending 1 active <nil>", "audit wiki ü <nil>", "audit worker.config <nil>",
		})
		first, second := j.pending[0], j.pending[1]
		b.same("key with lineage", first.Key, metadata.LineageKey("s1", "", first.ID.Version))
		b.same("key without", second.Key, metadata.IntervalKey("s2", second.ID.Interval, second.ID.Version))

		ours := newBench(b.T, b.database)
		ours.update(j.write)
		for table, names := range columns {
			b.same("table "+table, ours.table(table, names), b.table(table, names))
		}
		b.update(func(tx metadata.Tx) error { // what they have begun is gone on with
			if err := tx.SetTaskStatus(ended("active", druid.Success)); err != nil {
				return err
			}
			n, err := tx.DeletePendingOfGroup(dataSource, "active")
			b.same("number of pending segments deleted", n, 2)
			return err
		})
	})
	s.run("of an older one have no type and no group", func(b *bench) {
		row := rawTask("old", true)
		delete(row, "type")
		delete(row, "group_id")
		b.insert("tasks", row)
		want := task("old", "wiki", "noop", 1)
		want.GroupID = ""
		got, err := b.store.Task(b.ctx, "old")
		if err != nil {
			b.Fatal(err)
		}
		if got.Type == "" { // a store may look into the payload for it, and need not
			want.Type = ""
		}
		b.same("task", got, want)
		lock := `{"groupId":"g","dataSource":"wiki","interval":"2026-01-01T00:00:00.000Z/2026-01-02T00:00:00.000Z","version":"v","priority":50}`
		b.insert("tasklocks", map[string]any{"task_id": "old", "lock_payload": []byte(lock)})
		rows, err := b.store.Locks(b.ctx)
		if err != nil || len(rows) != 1 || rows[0].Unreadable != nil || rows[0].Lock.Type != druid.Exclusive || rows[0].Lock.Granularity != druid.TimeChunkLock {
			b.Errorf("locks %+v, %v", rows, err)
		}
	})
}
