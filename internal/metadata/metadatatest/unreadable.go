package metadatatest

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"ovate/druid"
	"ovate/internal/metadata"
)

// insert puts a row into the database, as another program does.
func (b *bench) insert(table string, row map[string]any) {
	b.Helper()
	b.database.Insert(b.T, b.store, table, row)
}

// strange is a row of a table with other values in some columns.
func strange(row map[string]any, columns map[string]any) map[string]any {
	changed := map[string]any{}
	for name, value := range row {
		changed[name] = value
	}
	for name, value := range columns {
		changed[name] = value
	}
	return changed
}

func rawTask(id string, active bool) map[string]any {
	row := task(id, "wiki", "noop", 1)
	if !active {
		row = final(id, "wiki", "noop", 1)
	}
	return map[string]any{
		"id": id, "created_date": row.Created.String(), "datasource": "wiki", "active": active, "type": "noop", "group_id": id,
		"status_payload": row.Status.AppendJSON(nil), "payload": row.Payload,
	}
}

func rawSegment(partition int) map[string]any {
	row := segment("wiki", hours(0, 1), "v", partition)
	return map[string]any{
		"id": row.Segment.ID().String(), "dataSource": "wiki", "created_date": day.String(), "start": day.String(), "end": (day + hour).String(),
		"partitioned": true, "version": "v", "used": true, "used_status_last_updated": day.String(), "payload": row.Segment.AppendJSON(nil),
	}
}

func rawPending(partition int) map[string]any {
	row := pendingRow(hours(0, 1), partition, fmt.Sprint("s", partition), "", "", 0)
	payload := fmt.Appendf(nil, `{"dataSource":"wiki","interval":"%s","version":"v","shardSpec":{"type":"numbered","partitionNum":%d,"partitions":0}}`, row.ID.Interval, partition)
	return map[string]any{
		"id": row.ID.String(), "dataSource": "wiki", "created_date": day.String(), "start": day.String(), "end": (day + hour).String(),
		"sequence_name": row.SequenceName, "sequence_prev_id": "", "sequence_name_prev_id_sha1": row.Key, "payload": payload,
	}
}

// testUnreadableRows: a row that cannot be decoded stops no other from being read, is handed on as what it is, and stays as it is.
func testUnreadableRows(s *suite) {
	rubbish, notUTF8 := []byte(`{"type":"no`), []byte("{\"a\":\"\xff\"}")
	s.run("tasks", func(b *bench) {
		b.insertTasks(task("good", "wiki", "noop", 2), final("done", "wiki", "noop", 2))
		for _, active := range []bool{true, false} {
			for name, columns := range map[string]map[string]any{
				"status": {"status_payload": rubbish}, "empty": {"status_payload": []byte{}}, "created": {"created_date": "yesterday"}, "never": {"created_date": ""},
			} {
				id := fmt.Sprint(name, "-", active)
				b.insert("tasks", strange(rawTask(id, active), columns))
			}
		}
		before := fmt.Sprint(b.database.Rows(b.T, b.store, "tasks"))
		check := func(active bool, ids []string, row *metadata.TaskRow) []string {
			good := row.ID == "good" || row.ID == "done"
			if unreadable := row.Unreadable != nil; unreadable == good || unreadable != strings.Contains(row.Status.ErrorMsg, "cannot be read") {
				b.Errorf("task %s is unreadable: %v; its status is %+v", row.ID, row.Unreadable, row.Status)
			}
			if !good && (row.Status.State == druid.Running) != active {
				b.Errorf("task %s, active %v, is %q", row.ID, active, row.Status.State)
			}
			return append(ids, row.ID)
		}
		var active, complete []string
		err := b.store.ActiveTasks(b.ctx, func(row *metadata.TaskRow) error { active = check(true, active, row); return nil })
		if err != nil {
			b.Fatal(err)
		}
		err = b.store.CompleteTasks(b.ctx, metadata.TaskQuery{Max: -1}, func(row *metadata.TaskRow) error { complete = check(false, complete, row); return nil })
		if err != nil {
			b.Fatal(err)
		}
		slices.Sort(active)
		slices.Sort(complete)
		b.same("active", active, []string{"created-true", "empty-true", "good", "never-true", "status-true"})
		b.same("complete", complete, []string{"created-false", "done", "empty-false", "never-false", "status-false"})
		row, err := b.store.Task(b.ctx, "status-true")
		if err != nil || row.Unreadable == nil || row.DataSource != "wiki" || string(row.Payload) != string(rawTask("status-true", true)["payload"].([]byte)) {
			b.Errorf("read alone: %+v, %v", row, err)
		}
		b.update(func(tx metadata.Tx) error { // of a time that is none nobody knows how old it is
			n, err := tx.DeleteTasksBefore(day+1000, []string{"status-false", "empty-false", "done"}, 100)
			b.same("number deleted", n, 0)
			return err
		})
		b.same("rows", fmt.Sprint(b.database.Rows(b.T, b.store, "tasks")), before)
		b.update(func(tx metadata.Tx) error { return tx.SetTaskStatus(ended("status-true", druid.Failed)) })
		if row, err = b.store.Task(b.ctx, "status-true"); err != nil || row.Unreadable != nil || row.Status.State != druid.Failed {
			b.Errorf("ended: %+v, %v", row, err)
		}
	})
	s.run("locks", func(b *bench) {
		b.insert("tasklocks", map[string]any{"task_id": "a", "lock_payload": rubbish})
		b.insert("tasklocks", map[string]any{"task_id": "a", "lock_payload": []byte(`{"type":"NEWKIND"}`)})
		rows, err := b.store.Locks(b.ctx)
		if err != nil || len(rows) != 2 || rows[0].Unreadable == nil || rows[1].Unreadable == nil || rows[0].TaskID != "a" || rows[0].ID >= rows[1].ID {
			b.Errorf("%+v, %v", rows, err)
		}
		b.update(func(tx metadata.Tx) error {
			n, err := tx.DeleteLocksOfTask("a")
			b.same("number deleted", n, 2)
			return err
		})
	})
	s.run("segments", func(b *bench) {
		b.insertSegments(segment("wiki", hours(0, 1), "v", 9))
		for i, columns := range []map[string]any{
			{"payload": rubbish}, {"payload": []byte{}}, {"created_date": "once"}, {"used_status_last_updated": "later"}, {"start": "2026-01-01"}, {"end": "x"},
			{"payload": bytes.Replace(rawSegment(6)["payload"].([]byte), []byte(`"loadSpec":{`), []byte("\"loadSpec\":{\"a\":\"\xff\","), 1)},
		} {
			b.insert("segments", strange(rawSegment(i), columns))
		}
		before := fmt.Sprint(b.database.Rows(b.T, b.store, "segments"))
		rows, err := b.store.UsedSegments(b.ctx, "wiki", []druid.Interval{hours(0, 1)})
		if err != nil {
			b.Fatal(err)
		}
		got := []string{}
		for _, row := range rows {
			got = append(got, fmt.Sprint(row.Segment.ID().PartitionNum, row.Unreadable != nil))
		}
		b.same("partitions, and whether they are unreadable", got, []string{"0 true", "1 true", "2 true", "3 true", "4 true", "5 true", "6 true", "9 false"})
		n := 0
		if err := b.store.AllSegments(b.ctx, func(*metadata.SegmentRow) error { n++; return nil }); err != nil || n != 8 {
			b.Errorf("%d of all segments, %v", n, err)
		}
		ids := []string{rawSegment(0)["id"].(string)}
		if rows, err := b.store.SegmentsByID(b.ctx, "wiki", ids); err != nil || len(rows) != 1 || rows[0].Unreadable == nil {
			b.Errorf("by id: %+v, %v", rows, err)
		}
		b.same("rows", fmt.Sprint(b.database.Rows(b.T, b.store, "segments")), before)
		b.update(func(tx metadata.Tx) error {
			_, err := tx.SetUsed(ids, false, day+5)
			return err
		})
		unused, err := b.store.UnusedSegments(b.ctx, metadata.UnusedQuery{DataSource: "wiki", Interval: druid.Eternity})
		if err != nil || len(unused) != 0 {
			b.Errorf("unused: %+v, %v; nobody knows their files", unused, err)
		}
	})
	s.run("pending segments", func(b *bench) {
		for i, columns := range []map[string]any{{}, {"payload": rubbish}, {"created_date": "once"}, {"start": "x"}, {"payload": bytes.Replace(rawPending(4)["payload"].([]byte), []byte(`"partitions":0`), []byte("\"partitions\":0,\"a\":\"\xff\""), 1)}} {
			b.insert("pendingSegments", strange(rawPending(i), columns))
		}
		rows, err := b.store.PendingSegments(b.ctx, "wiki", []druid.Interval{hours(0, 1)})
		if err != nil {
			b.Fatal(err)
		}
		got := []string{}
		for _, row := range rows {
			got = append(got, fmt.Sprint(row.ID.PartitionNum, row.Unreadable != nil))
		}
		b.same("partitions, and whether they are unreadable", got, []string{"0 false", "1 true", "2 true", "3 true", "4 true"})
	})
	s.run("audit entries", func(b *bench) {
		row := map[string]any{"audit_key": "wiki", "type": "task", "author": "", "comment": "", "created_date": day.String(), "payload": []byte("{}")}
		b.insert("audit", row)
		for _, columns := range []map[string]any{{"created_date": "once"}, {"payload": rubbish}, {"payload": []byte{}}, {"payload": notUTF8}, {"payload": []byte("[]")}} {
			b.insert("audit", strange(row, columns))
		}
		unreadable := 0
		n := 0
		err := b.store.Audit(b.ctx, metadata.AuditQuery{Max: -1}, func(row *metadata.AuditRow) error {
			n++
			if row.Unreadable != nil {
				unreadable++
			}
			return nil
		})
		if err != nil || n != 6 || unreadable != 5 {
			b.Errorf("%d entries, %d of them unreadable, %v", n, unreadable, err)
		}
	})
}
