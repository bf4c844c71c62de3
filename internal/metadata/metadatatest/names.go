package metadatatest

import (
	"errors"
	"fmt"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/timeline"
)

// alike are pairs of names that some collation takes for the same: by blanks, case, accents, Unicode's forms.
var alike = [][2]string{
	{"sales", "sales "}, {"sales ", "sales"}, {"sales", "sales\u00a0"}, {"sales", "Sales"}, {"café", "cafe"}, {"caf\u00e9", "cafe\u0301"}, {"straße", "strasse"}, {"ﬁles", "files"},
}

// testNames: no name is taken for another one, whatever the collations of the database say. Where it cannot keep two apart the second one is refused.
func testNames(s *suite) {
	for _, pair := range alike {
		s.run(fmt.Sprintf("%q asked for %q", pair[0], pair[1]), func(b *bench) {
			b.insertNamed(pair[0])
			b.asksInVain(pair[1])
			b.hasNamed(pair[0])
			err := b.store.Update(b.ctx, func(tx metadata.Tx) error { return tx.SetCommitMetadata(pair[1], []byte("other"), day) })
			b.mayRefuse("commit metadata of "+pair[1], err)
			if payload, err := b.store.CommitMetadata(b.ctx, pair[0]); err != nil || string(payload) != "{}" {
				b.Errorf("commit metadata: %s, %v", payload, err)
			}
		})
		s.run(fmt.Sprintf("%q beside %q", pair[0], pair[1]), func(b *bench) { b.keepsApart(pair[0], pair[1]) })
		s.run(fmt.Sprintf("group %q has ended, and %q is active", pair[0], pair[1]), func(b *bench) {
			ended, active := final("ended", "wiki", "index", 9), task("active", "wiki", "index", 9)
			ended.GroupID, active.GroupID = pair[0], pair[1]
			b.insertTasks(ended, active)
			b.update(func(tx metadata.Tx) error {
				if _, err := tx.InsertPending([]metadata.PendingRow{pendingRow(hours(0, 1), 0, "a", "", pair[0], 0), pendingRow(hours(0, 1), 1, "b", "", pair[1], 0)}); err != nil {
					return err
				}
				n, err := tx.DeletePendingOfGroup("wiki", pair[0])
				b.same("number deleted", n, 1)
				return err
			})
		})
	}
}

// segmentsNamed are a used and an unused segment.
func segmentsNamed(name string) (used, unused metadata.SegmentRow) {
	used, unused = segment(name, hours(0, 1), "v", 0), segment(name, hours(1, 2), "v", 0)
	unused.Used = false
	return used, unused
}

// insertNamed adds rows in which all that can have it has the name, as another program does.
func (b *bench) insertNamed(name string) {
	b.Helper()
	insert := func(table string, row map[string]any) {
		b.Helper()
		b.database.Insert(b.T, b.store, table, row)
	}
	for i, row := range []*metadata.TaskRow{task(name, name, "noop", 0), final("ended", name, "noop", 1)} {
		insert("tasks", map[string]any{
			"id": row.ID, "created_date": row.Created.String(), "datasource": name, "payload": row.Payload, "status_payload": row.Status.AppendJSON(nil),
			"active": i == 0, "type": "noop", "group_id": name,
		})
	}
	insert("tasklocks", map[string]any{"task_id": name, "lock_payload": []byte(`{}`)})
	insert("upgradeSegments", map[string]any{"task_id": name, "segment_id": name, "lock_version": "v"})
	insert("dataSource", map[string]any{"dataSource": name, "created_date": day.String(), "commit_metadata_payload": []byte(`{}`), "commit_metadata_sha1": ""})
	insert("supervisors", map[string]any{"spec_id": name, "created_date": day.String(), "payload": []byte(`{"type":"noop"}`)})
	insert("audit", map[string]any{"audit_key": name, "type": name, "author": "", "comment": "", "created_date": day.String(), "payload": []byte(`{}`)})
	used, unused := segmentsNamed(name)
	for _, row := range []metadata.SegmentRow{used, unused} {
		insert("segments", map[string]any{
			"id": row.Segment.ID().String(), "dataSource": name, "created_date": day.String(), "start": row.Segment.Interval.Start.String(), "end": row.Segment.Interval.End.String(),
			"partitioned": true, "version": "v", "used": row.Used, "payload": row.Segment.AppendJSON(nil), "used_status_last_updated": day.String(), "upgraded_from_segment_id": name,
		})
	}
	pending := pendingNamed(name)
	insert("pendingSegments", map[string]any{
		"id": pending.ID.String(), "dataSource": name, "created_date": day.String(), "start": pending.ID.Interval.Start.String(), "end": pending.ID.Interval.End.String(),
		"sequence_name": name, "sequence_prev_id": "", "sequence_name_prev_id_sha1": pending.Key, "payload": metadata.AppendPending(nil, &pending),
		"upgraded_from_segment_id": name, "task_allocator_id": name,
	})
}

func pendingNamed(name string) metadata.PendingRow {
	row := pendingRow(hours(2, 3), 0, name, "", name, 0)
	row.ID.DataSource = name
	return row
}

// hasNamed checks that what insertNamed has added is there, and found.
func (b *bench) hasNamed(name string) {
	b.Helper()
	ctx := b.ctx
	used, unused := segmentsNamed(name)
	got, err := b.store.UsedSegments(ctx, name, nil)
	b.same("used segments", segmentIDs(got), []string{used.Segment.ID().String()})
	rest, err2 := b.store.UnusedSegments(ctx, metadata.UnusedQuery{DataSource: name, Interval: druid.Eternity})
	b.same("unused segments", segmentIDs(rest), []string{unused.Segment.ID().String()})
	pending, err3 := b.store.PendingSegments(ctx, name, nil)
	b.same("pending segments", len(pending), 1)
	_, err4 := b.store.CommitMetadata(ctx, name)
	row, err5 := metadata.TaskStatus(ctx, b.store, name)
	if err := errors.Join(err, err2, err3, err4, err5); err != nil {
		b.Fatal(err)
	}
	b.same("the task's state", row.Status.State, druid.Running)
	for table, want := range map[string]int{"tasks": 2, "tasklocks": 1, "upgradeSegments": 1, "supervisors": 1, "audit": 1} {
		b.same("rows of "+table, len(b.database.Rows(b.T, b.store, table)), want)
	}
}

// asksInVain asks for everything by a name that no row has.
func (b *bench) asksInVain(name string) {
	b.Helper()
	used, unused := segmentsNamed(name)
	ids := []string{used.Segment.ID().String(), unused.Segment.ID().String()}
	chunks := []timeline.Chunk{{Interval: hours(0, 1), Version: "v"}}
	b.update(func(tx metadata.Tx) error {
		for _, ask := range []struct {
			what string
			do   func() (int, error)
		}{
			{"Task", func() (int, error) { return none(tx.Task(b.ctx, name)) }},
			{"PayloadSize", func() (int, error) { return none(tx.PayloadSize(b.ctx, name)) }},
			{"TaskStatuses", func() (int, error) { return count(tx.TaskStatuses(b.ctx, []string{name})) }},
			{"SetTaskStatus", func() (int, error) {
				if err := tx.SetTaskStatus(ended(name, druid.Failed)); !errors.Is(err, metadata.ErrNotActive) {
					return 1, err
				}
				return 0, nil
			}},
			{"DeleteLocksOfTask", func() (int, error) { return tx.DeleteLocksOfTask(name) }},
			{"Upgrades", func() (int, error) { return count(tx.Upgrades(b.ctx, []string{name})) }},
			{"DeleteUpgrades", func() (int, error) { return tx.DeleteUpgrades(name) }},
			{"UsedSegments", func() (int, error) { return count(tx.UsedSegments(b.ctx, name, nil)) }},
			{"UsedChunks", func() (int, error) { return count(tx.UsedChunks(b.ctx, name, nil)) }},
			{"UnusedSegments", func() (int, error) {
				return count(tx.UnusedSegments(b.ctx, metadata.UnusedQuery{DataSource: name, Interval: druid.Eternity}))
			}},
			{"LastSegments", func() (int, error) {
				last, err := tx.LastSegments(b.ctx, name, chunks, true)
				return len(last), err
			}},
			{"CountSegments", func() (int, error) {
				counts, err := tx.CountSegments(b.ctx, name, map[timeline.Chunk]int{chunks[0]: 10})
				return counts[chunks[0]], err
			}},
			{"SegmentsByID", func() (int, error) { return count(tx.SegmentsByID(b.ctx, name, ids)) }},
			{"SegmentsUpgradedFrom", func() (int, error) { return count(tx.SegmentsUpgradedFrom(b.ctx, name, []string{name})) }},
			{"PendingSegments", func() (int, error) { return count(tx.PendingSegments(b.ctx, name, nil)) }},
			{"IdleAllocators", func() (int, error) { return count(tx.IdleAllocators(b.ctx, name)) }},
			{"UpgradedPending", func() (int, error) { return count(tx.UpgradedPending(b.ctx, name, name)) }},
			{"PendingOfLineages", func() (int, error) {
				return count(tx.PendingOfLineages(b.ctx, name, []metadata.Lineage{{Sequence: name}}))
			}},
			{"CommitMetadata", func() (int, error) { return none(tx.CommitMetadata(b.ctx, name)) }},
			{"MarkUnused", func() (int, error) { return tx.MarkUnused(name, druid.Eternity, nil, day) }},
			{"MarkUnused of a version", func() (int, error) { return tx.MarkUnused(name, hours(0, 24), []string{"v"}, day) }},
			{"MarkChunksUnused", func() (int, error) { return tx.MarkChunksUnused(name, chunks, day) }},
			{"SetUsed, not", func() (int, error) { return tx.SetUsed(ids, false, day) }},
			{"SetUsed", func() (int, error) { return tx.SetUsed(ids, true, day) }},
			{"SetPayloads", func() (int, error) { return tx.SetPayloads([]druid.DataSegment{used.Segment}) }},
			{"DeleteSegments", func() (int, error) { return tx.DeleteSegments(ids) }},
			{"DeletePendingByID", func() (int, error) { return tx.DeletePendingByID([]string{pendingNamed(name).ID.String()}) }},
			{"DeletePendingOfGroup", func() (int, error) { return tx.DeletePendingOfGroup(name, name) }},
			{"DeletePendingByCreated", func() (int, error) {
				return tx.DeletePendingByCreated(name, druid.Interval{Start: day - 1, End: day + 1}, 10)
			}},
			{"DeleteCommitMetadata", func() (int, error) { return tx.DeleteCommitMetadata(name) }},
			{"CompleteTasks", func() (n int, err error) {
				err = tx.CompleteTasks(b.ctx, metadata.TaskQuery{DataSource: name, Max: -1}, func(*metadata.TaskRow) error { n++; return nil })
				return n, err
			}},
			{"SupervisorVersions", func() (n int, err error) {
				err = tx.SupervisorVersions(b.ctx, name, -1, func(*metadata.SupervisorRow) error { n++; return nil })
				return n, err
			}},
			{"Audit by key", func() (n int, err error) {
				err = tx.Audit(b.ctx, metadata.AuditQuery{Key: name, Max: -1}, func(*metadata.AuditRow) error { n++; return nil })
				return n, err
			}},
			{"Audit by type", func() (n int, err error) {
				err = tx.Audit(b.ctx, metadata.AuditQuery{Type: name, Max: -1}, func(*metadata.AuditRow) error { n++; return nil })
				return n, err
			}},
		} {
			if n, err := ask.do(); err != nil || n != 0 {
				b.Errorf("%s of %q: %d, %v", ask.what, name, n, err)
			}
		}
		return nil
	})
}

func count[T any](rows []T, err error) (int, error) { return len(rows), err }

// none is 0 of what is not found.
func none[T any](_ T, err error) (int, error) {
	if errors.Is(err, metadata.ErrNotFound) {
		return 0, nil
	}
	return 1, err
}

// mayRefuse fails the case for an error, unless it says that the database cannot tell the name from another one.
func (b *bench) mayRefuse(what string, err error) {
	b.Helper()
	refused, is := errors.AsType[*druid.Error](err)
	if err != nil && (!b.database.Loose || !is || refused.Category != druid.CategoryInvalidInput || metadata.IsTransient(err)) {
		b.Errorf("%s: %v", what, err)
	}
}

// keepsApart stores the same of two names, or hears that the second one cannot be.
func (b *bench) keepsApart(first, second string) {
	stored := map[string][]string{} // by what was stored
	for _, name := range []string{first, second} {
		used, _ := segmentsNamed(name)
		for what, store := range map[string]func(metadata.Tx) error{
			"task": func(tx metadata.Tx) error { return tx.InsertTasks(task(name, name, "noop", 0)) },
			"segment": func(tx metadata.Tx) error {
				_, err := tx.InsertSegments([]metadata.SegmentRow{used})
				return err
			},
			"commit": func(tx metadata.Tx) error { return tx.SetCommitMetadata(name, []byte(name), day) },
		} {
			err := b.store.Update(b.ctx, store)
			if b.mayRefuse(what+" of "+name, err); err == nil {
				stored[what] = append(stored[what], name)
			}
		}
	}
	for _, name := range stored["task"] {
		if row, err := b.store.Task(b.ctx, name); err != nil || row.DataSource != name {
			b.Errorf("task %q: %+v, %v", name, row, err)
		}
	}
	for _, name := range stored["segment"] {
		used, _ := segmentsNamed(name)
		rows, err := b.store.UsedSegments(b.ctx, name, nil)
		if err != nil {
			b.Fatal(err)
		}
		b.same("segments of "+name, segmentIDs(rows), []string{used.Segment.ID().String()})
	}
	names, err := b.store.DataSources(b.ctx, true)
	if err != nil {
		b.Fatal(err)
	}
	b.same("data sources", len(names), len(stored["segment"]))
	for _, name := range stored["commit"] {
		if payload, err := b.store.CommitMetadata(b.ctx, name); err != nil || string(payload) != name {
			b.Errorf("commit metadata of %q: %q, %v", name, payload, err)
		}
	}
}
