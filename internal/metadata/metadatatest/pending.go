package metadatatest

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"ovate/druid"
	"ovate/internal/metadata"
)

func pendingRow(interval druid.Interval, partition int, sequence, previous, allocator string, created int) metadata.PendingRow {
	return metadata.PendingRow{
		ID:        druid.SegmentID{DataSource: "wiki", Interval: interval, Version: "v", PartitionNum: partition},
		ShardSpec: druid.Numbered(partition, 0), Created: day + druid.Instant(created),
		SequenceName: sequence, PreviousID: previous, Key: metadata.LineageKey(sequence, previous, "v"), Allocator: allocator,
	}
}

// insertPending inserts rows, all of them.
func insertPending(tx metadata.Tx, rows ...metadata.PendingRow) error {
	inserted, err := tx.InsertPending(rows)
	if err == nil && len(inserted) < len(rows) {
		err = metadata.ErrExists
	}
	return err
}

func testPending(s *suite) {
	insert := func(b *bench, rows ...metadata.PendingRow) {
		b.Helper()
		b.update(func(tx metadata.Tx) error { return insertPending(tx, rows...) })
	}
	ids := func(b *bench, intervals ...druid.Interval) []string {
		b.Helper()
		rows, err := b.store.PendingSegments(b.ctx, "wiki", intervals)
		if err != nil {
			b.Fatal(err)
		}
		ids := []string{}
		for _, row := range rows {
			ids = append(ids, row.ID.String())
		}
		return ids
	}
	s.run("a row comes back as it went in", func(b *bench) {
		first := pendingRow(hours(0, 1), 0, "sequence", "", "", 0)
		second := pendingRow(hours(0, 1), 1, "sequence", first.ID.String(), "group", 1)
		second.UpgradedFrom = "parent"
		insert(b, second, first)
		got, err := b.store.PendingSegments(b.ctx, "wiki", nil)
		if err != nil {
			b.Fatal(err)
		}
		b.same("rows", got, []metadata.PendingRow{first, second})
	})
	s.run("id and key are taken once", func(b *bench) {
		row := pendingRow(hours(0, 1), 0, "sequence", "", "", 0)
		insert(b, row)
		sameID := pendingRow(hours(0, 1), 0, "another", "", "", 0)
		sameKey := pendingRow(hours(0, 1), 1, "sequence", "", "", 0)
		for _, taken := range []metadata.PendingRow{row, sameID, sameKey} {
			if err := b.store.Update(b.ctx, func(tx metadata.Tx) error { return insertPending(tx, taken) }); !errors.Is(err, metadata.ErrExists) {
				b.Errorf("%s of %s: got %v, want ErrExists", taken.ID, taken.SequenceName, err)
			}
		}
		b.same("ids", ids(b, druid.Eternity), []string{row.ID.String()})
		var many []metadata.PendingRow
		var free []string
		for i := range 500 {
			many = append(many, pendingRow(hours(1, 2), i, fmt.Sprint("many", i), "", "", 0))
			if i%100 == 7 {
				many = append(many, sameID, many[0], sameKey, pendingRow(hours(2, 3), i, fmt.Sprint("many", i), "", "", 0)) // the last with the key of one before
			}
			free = append(free, many[len(many)-1].ID.String())
			if i%100 == 7 {
				free[len(free)-1] = many[len(many)-5].ID.String()
			}
		}
		b.update(func(tx metadata.Tx) error {
			inserted, err := tx.InsertPending(many)
			b.same("those that were inserted among many", inserted, free)
			return err
		})
		b.same("ids of all", len(ids(b)), 501)
	})
	s.run("those that overlap", func(b *bench) {
		rows := []metadata.PendingRow{
			pendingRow(hours(0, 1), 0, "a", "", "", 0), pendingRow(hours(0, 24), 0, "b", "", "", 0), pendingRow(hours(2, 3), 0, "c", "", "", 0),
			pendingRow(druid.Eternity, 0, "d", "", "", 0),
		}
		insert(b, rows...)
		eternal, first, long, last := rows[3].ID.String(), rows[0].ID.String(), rows[1].ID.String(), rows[2].ID.String()
		b.same("first hour", ids(b, hours(0, 1)), []string{eternal, first, long})
		b.same("second hour", ids(b, hours(1, 2)), []string{eternal, long})
		b.same("day", ids(b, hours(0, 24)), []string{eternal, first, long, last})
		b.same("next day", ids(b, hours(24, 48)), []string{eternal})
		b.same("any of several", ids(b, hours(2, 3), hours(0, 1), hours(24, 48)), []string{eternal, first, long, last})
		b.same("either of two that have nothing of their own", ids(b, hours(3, 4), hours(5, 6)), []string{eternal, long})
	})
	s.run("those of a group go with its last task", func(b *bench) {
		insert(b, pendingRow(hours(0, 1), 0, "a", "", "g", 0), pendingRow(hours(0, 1), 1, "b", "", "other", 1))
		one, two, elsewhere := task("one", "wiki", "index", 0), task("two", "wiki", "index", 0), task("elsewhere", "elsewhere", "index", 0)
		one.GroupID, two.GroupID, elsewhere.GroupID = "g", "g", "g"
		deleted := func(tx metadata.Tx) int {
			n, err := tx.DeletePendingOfGroup("wiki", "g")
			if err != nil {
				b.Fatal(err)
			}
			return n
		}
		end := func(tx metadata.Tx, id string) error {
			return tx.SetTaskStatus(druid.TaskStatus{ID: id, State: druid.Failed, Location: druid.UnknownLocation})
		}
		b.update(func(tx metadata.Tx) error {
			for _, row := range []*metadata.TaskRow{one, two, elsewhere} {
				if err := tx.InsertTasks(row); err != nil {
					return err
				}
			}
			b.same("two are active", deleted(tx), 0)
			return end(tx, "one")
		})
		b.update(func(tx metadata.Tx) error {
			b.same("one is active", deleted(tx), 0)
			if err := end(tx, "two"); err != nil {
				return err
			}
			b.same("none is active", deleted(tx), 1)
			return nil
		})
	})
	s.run("those of replicas that read a stream go with the last of them", func(b *bench) {
		insert(b, pendingRow(hours(0, 1), 0, "a", "", "index_kafka_wiki_1a", 0), pendingRow(hours(0, 1), 1, "b", "", "own", 1), pendingRow(hours(0, 1), 2, "c", "", "batch", 2))
		one, other := task("index_kafka_wiki_1a_abcdefgh", "wiki", "index_kafka", 9), task("own", "wiki", "index_kafka", 9)
		longer, batch := task("index_kafka_wiki_1a2_abcdefgh", "wiki", "index_kafka", 9), task("batch_1", "wiki", "index", 9)
		one.GroupID, other.GroupID, longer.GroupID, batch.GroupID = "index_kafka_wiki", "index_kafka_wiki", "index_kafka_wiki", "elsewhere"
		b.insertTasks(one, other, longer, batch)
		b.update(func(tx metadata.Tx) error {
			for _, c := range []struct {
				allocator string
				want      int
			}{{"index_kafka_wiki_1a", 0}, {"own", 0}, {"batch", 1}, {"index_kafka_wiki", 0}} {
				n, err := tx.DeletePendingOfGroup("wiki", c.allocator)
				if err != nil {
					return err
				}
				b.same("number deleted of "+c.allocator, n, c.want)
			}
			old, err := tx.DeletePendingByCreated("wiki", druid.Eternity, 10)
			if err != nil {
				return err
			}
			b.same("number deleted as they are old", old, 0)
			if err := tx.SetTaskStatus(druid.TaskStatus{ID: one.ID, State: druid.Failed, Location: druid.UnknownLocation}); err != nil {
				return err
			}
			n, err := tx.DeletePendingOfGroup("wiki", "index_kafka_wiki_1a")
			b.same("number deleted once the last has ended", n, 1)
			return err
		})
	})
	s.run("who has reserved them and has no active task", func(b *bench) {
		insert(b, pendingRow(hours(0, 1), 0, "a", "", "g", 0), pendingRow(hours(0, 1), 1, "b", "", "ended", 1), pendingRow(hours(0, 1), 2, "c", "", "ended", 2),
			pendingRow(hours(0, 1), 3, "d", "", "", 3), pendingRow(hours(0, 1), 4, "e", "", "elsewhere", 4), pendingRow(hours(0, 1), 5, "f", "", "index_kafka_wiki_1a", 5),
			pendingRow(hours(0, 1), 6, "g", "", "index_kafka_wiki_1", 6), pendingRow(hours(0, 1), 7, "h", "", "gone", 7))
		active, over, elsewhere := task("active", "wiki", "index", 9), final("over", "wiki", "index", 9), task("elsewhere", "elsewhere", "index", 9)
		replica := task("index_kafka_wiki_1a_abcdefgh", "wiki", "index_kafka", 9)
		active.GroupID, over.GroupID, elsewhere.GroupID, replica.GroupID = "g", "ended", "elsewhere", "index_kafka_wiki"
		b.insertTasks(active, over, elsewhere, replica)
		idle, err := b.store.IdleAllocators(b.ctx, "wiki")
		if err != nil {
			b.Fatal(err)
		}
		b.same("names", idle, []string{"elsewhere", "ended", "gone", "index_kafka_wiki_1"})
		idle, err = b.store.IdleAllocators(b.ctx, "elsewhere")
		b.same("names of another data source", len(idle), 0)
		if err != nil {
			b.Error(err)
		}
	})
	s.run("those of a group with an active task are not too old", func(b *bench) {
		insert(b, pendingRow(hours(0, 1), 0, "a", "", "g", 0), pendingRow(hours(0, 1), 1, "b", "", "ended", 1),
			pendingRow(hours(0, 1), 2, "c", "", "elsewhere", 2), pendingRow(hours(0, 1), 3, "d", "", "", 3), pendingRow(hours(0, 1), 4, "e", "", "g", 4))
		active, ended, elsewhere := task("active", "wiki", "index", 9), final("ended", "wiki", "index", 9), task("elsewhere", "elsewhere", "index", 9)
		active.GroupID, ended.GroupID, elsewhere.GroupID = "g", "ended", "elsewhere"
		b.insertTasks(active, ended, elsewhere)
		b.update(func(tx metadata.Tx) error {
			for _, want := range []int{2, 1, 0} {
				n, err := tx.DeletePendingByCreated("wiki", druid.Eternity, 2)
				if err != nil {
					return err
				}
				b.same("number deleted", n, want)
			}
			return nil
		})
		b.same("number left", len(ids(b, druid.Eternity)), 2)
	})
	s.run("deleted in three ways", func(b *bench) {
		rows := []metadata.PendingRow{
			pendingRow(hours(0, 1), 0, "a", "", "x", 0), pendingRow(hours(0, 1), 1, "b", "", "x", 1), pendingRow(hours(0, 1), 2, "c", "", "y", 2),
			pendingRow(hours(0, 1), 3, "d", "", "y", 3), pendingRow(hours(0, 1), 4, "e", "", "", 4), pendingRow(hours(0, 1), 5, "f", "", "", 5),
		}
		insert(b, rows...)
		b.update(func(tx metadata.Tx) error {
			byID, err1 := tx.DeletePendingByID([]string{rows[5].ID.String(), "nothing"})
			elsewhere, err2 := tx.DeletePendingOfGroup("other", "x")
			ofGroup, err3 := tx.DeletePendingOfGroup("wiki", "x")
			oldest, err4 := tx.DeletePendingByCreated("wiki", druid.Interval{Start: day + 2, End: day + 4}, 1)
			younger, err5 := tx.DeletePendingByCreated("wiki", druid.Interval{Start: day + 3, End: day + 4}, 10)
			b.same("numbers deleted", []int{byID, elsewhere, ofGroup, oldest, younger}, []int{1, 0, 2, 1, 1})
			return errors.Join(err1, err2, err3, err4, err5)
		})
		b.same("ids", ids(b, druid.Eternity), []string{rows[4].ID.String()})
		names, err := b.store.PendingDataSources(b.ctx)
		if err != nil {
			b.Fatal(err)
		}
		b.same("data sources", names, []string{"wiki"})
	})
}

func testAuditAndConfig(s *suite) {
	s.run("audit, newest first", func(b *bench) {
		entry := func(key, typ string, created int) metadata.AuditRow {
			return metadata.AuditRow{Key: key, Type: typ, Author: "me", Comment: "why", Created: day + druid.Instant(created), Payload: []byte(`{"key":"` + key + `"}`)}
		}
		rows := []metadata.AuditRow{entry("wiki", "task", 0), entry("wiki", "rules", 1), entry("other", "task", 2), entry("wiki", "task", 3)}
		b.update(func(tx metadata.Tx) error {
			for _, row := range rows {
				if err := tx.InsertAudit(row); err != nil {
					return err
				}
			}
			return nil
		})
		for _, test := range []struct {
			q    metadata.AuditQuery
			want []metadata.AuditRow
		}{
			{metadata.AuditQuery{Max: -1}, []metadata.AuditRow{rows[3], rows[2], rows[1], rows[0]}},
			{metadata.AuditQuery{Max: 1}, rows[3:]},
			{metadata.AuditQuery{Max: 0}, nil},
			{metadata.AuditQuery{Created: &druid.Interval{}, Max: -1}, nil}, // 1970/1970
			{metadata.AuditQuery{Key: "wiki", Type: "task", Max: 5}, []metadata.AuditRow{rows[3], rows[0]}},
			{metadata.AuditQuery{Type: "task", Created: &druid.Interval{Start: day, End: day + 3}, Max: -1}, []metadata.AuditRow{rows[2], rows[0]}},
		} {
			var got []metadata.AuditRow
			err := b.store.Audit(b.ctx, test.q, func(row *metadata.AuditRow) error {
				clone := *row
				clone.Payload = append([]byte{}, row.Payload...)
				got = append(got, clone)
				return nil
			})
			if err != nil {
				b.Fatal(err)
			}
			b.same("entries", got, test.want)
		}
		b.update(func(tx metadata.Tx) error {
			var deleted []int
			for range 3 {
				n, err := tx.DeleteAuditBefore(day+3, 2)
				if err != nil {
					return err
				}
				deleted = append(deleted, n)
			}
			b.same("numbers deleted", deleted, []int{2, 1, 0})
			return nil
		})
		n := 0
		err := b.store.Audit(b.ctx, metadata.AuditQuery{Max: -1}, func(row *metadata.AuditRow) error {
			b.same("created", row.Created, rows[3].Created)
			n++
			return nil
		})
		if err != nil || n != 1 {
			b.Errorf("%d entries are left, %v", n, err)
		}
	})
	s.run("config", func(b *bench) {
		if _, err := b.store.Config(b.ctx, "worker.config"); !errors.Is(err, metadata.ErrNotFound) {
			b.Errorf("got %v, want ErrNotFound", err)
		}
		for _, payload := range []string{`{"a":1}`, `{}`, ``} {
			b.update(func(tx metadata.Tx) error { return tx.SetConfig("worker.config", []byte(payload)) })
			got, err := b.store.Config(b.ctx, "worker.config")
			if err != nil || string(got) != payload || got == nil {
				b.Errorf("got %s, %v, want %s", got, err, payload)
			}
		}
	})
	s.run("config is swapped for what was read alone", func(b *bench) {
		swap := func(old, payload []byte) error {
			return b.store.Update(b.ctx, func(tx metadata.Tx) error { return tx.SwapConfig("a", old, payload) })
		}
		for i, c := range []struct {
			old, payload []byte
			changed      bool
			is           string
		}{
			{[]byte{}, []byte("x"), true, ""},
			{nil, []byte("one"), false, "one"},
			{nil, []byte("x"), true, "one"},
			{[]byte("two"), []byte("x"), true, "one"},
			{[]byte("one"), []byte{}, false, ""},
			{nil, []byte("x"), true, ""},
			{[]byte{}, []byte("\x00\xff"), false, "\x00\xff"},
		} {
			if err := swap(c.old, c.payload); errors.Is(err, metadata.ErrChanged) != c.changed || (err == nil) == c.changed {
				b.Errorf("%d: error %v", i, err)
			}
			if is, err := b.store.Config(b.ctx, "a"); string(is) != c.is || (i == 0) != errors.Is(err, metadata.ErrNotFound) {
				b.Errorf("%d: there is %q, %v", i, is, err)
			}
		}
	})
	s.run("of many that swap what all have read, one does", func(b *bench) {
		var old []byte
		for round := range 5 {
			var all sync.WaitGroup
			var swapped atomic.Int64
			for i := range 8 {
				all.Go(func() {
					err := b.store.Update(b.ctx, func(tx metadata.Tx) error { return tx.SwapConfig("a", old, fmt.Appendf(nil, "%d by %d", round, i)) })
					switch {
					case err == nil:
						swapped.Add(1)
					case !errors.Is(err, metadata.ErrChanged):
						b.Error(err)
					}
				})
			}
			all.Wait()
			b.same("swapped", swapped.Load(), int64(1))
			var err error
			if old, err = b.store.Config(b.ctx, "a"); err != nil {
				b.Fatal(err)
			}
		}
	})
}
