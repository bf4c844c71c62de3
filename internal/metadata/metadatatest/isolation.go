package metadatatest

import (
	"errors"
	"fmt"
	"slices"
	"sync"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/timeline"
)

// together runs the functions at once, each in a transaction of its own that must succeed.
func (b *bench) together(fns ...func(metadata.Tx) error) {
	b.Helper()
	var all sync.WaitGroup
	begin := make(chan struct{})
	for _, fn := range fns {
		all.Go(func() {
			<-begin
			if err := b.store.Update(b.ctx, fn); err != nil {
				b.Errorf("update: %v", err)
			}
		})
	}
	close(begin)
	all.Wait()
}

// isThere tells whether config has the name.
func (b *bench) isThere(r metadata.Reader, name string) (bool, error) {
	_, err := r.Config(b.ctx, name)
	if errors.Is(err, metadata.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// testIsolation has transactions at once of which each decides by what it reads what it writes. What they come to must be what some order
// of them comes to, one after the other.
func testIsolation(s *suite) {
	const rounds = 10
	s.run("one of two that read each other's absence", func(b *bench) {
		for round := range rounds {
			name := func(which string) string { return fmt.Sprint(which, round) }
			unless := func(other, own string) func(metadata.Tx) error {
				return func(tx metadata.Tx) error {
					if there, err := b.isThere(tx, name(other)); there || err != nil {
						return err
					}
					return tx.SetConfig(name(own), []byte("{}"))
				}
			}
			b.together(unless("a", "b"), unless("b", "a"))
			first, err1 := b.isThere(b.store, name("a"))
			second, err2 := b.isThere(b.store, name("b"))
			if first == second || err1 != nil || err2 != nil {
				b.Fatalf("round %d: a is there: %v, b is there: %v; want one. %v, %v", round, first, second, err1, err2)
			}
		}
	})
	s.run("the later of two ends finds the other", func(b *bench) {
		for round := range rounds {
			group := fmt.Sprint("group", round)
			one, two := task(group+"one", "wiki", "index", round), task(group+"two", "wiki", "index", round)
			one.GroupID, two.GroupID = group, group
			b.insertTasks(one, two)
			b.update(func(tx metadata.Tx) error {
				return insertPending(tx, pendingRow(hours(0, 1), round, group, "", group, 0))
			})
			end := func(row *metadata.TaskRow) func(metadata.Tx) error {
				return func(tx metadata.Tx) error {
					if err := tx.SetTaskStatus(ended(row.ID, druid.Success)); err != nil {
						return err
					}
					_, err := tx.DeletePendingOfGroup("wiki", group)
					return err
				}
			}
			b.together(end(one), end(two))
			if left, err := b.store.PendingSegments(b.ctx, "wiki", nil); err != nil || len(left) != 0 {
				b.Fatalf("round %d: %d pending segments are left of a group that has ended, %v", round, len(left), err)
			}
		}
	})
	s.run("numbers given to what is not there yet", func(b *bench) {
		const callers, each = 8, 6
		var all sync.WaitGroup
		for c := range callers {
			all.Go(func() {
				for i := range each {
					err := b.store.Update(b.ctx, func(tx metadata.Tx) error {
						rows, err := tx.PendingSegments(b.ctx, "wiki", []druid.Interval{hours(0, 1)})
						if err != nil {
							return err
						}
						next := 0
						for _, row := range rows {
							next = max(next, row.ID.PartitionNum+1)
						}
						return insertPending(tx, pendingRow(hours(0, 1), next, fmt.Sprint("s", c, "_", i), "", "", 0))
					})
					if err != nil {
						b.Error(err)
					}
				}
			})
		}
		all.Wait()
		rows, err := b.store.PendingSegments(b.ctx, "wiki", []druid.Interval{hours(0, 1)})
		if err != nil || len(rows) != callers*each || rows[len(rows)-1].ID.PartitionNum != len(rows)-1 {
			b.Errorf("%d rows, %v; want %d, numbered from 0", len(rows), err, callers*each)
		}
	})
	s.run("no more rows than are allowed", func(b *bench) {
		for round := range rounds {
			name := fmt.Sprint("wiki", round)
			var fns []func(metadata.Tx) error
			for i := range 4 {
				fns = append(fns, func(tx metadata.Tx) error {
					used, err := tx.UsedSegments(b.ctx, name, []druid.Interval{hours(0, 1)})
					if err != nil || len(used) == 2 {
						return err
					}
					_, err = tx.InsertSegments([]metadata.SegmentRow{segment(name, hours(0, 1), "v", i)})
					return err
				})
			}
			b.together(fns...)
			if used, err := b.store.UsedSegments(b.ctx, name, nil); err != nil || len(used) != 2 {
				b.Fatalf("round %d: %d segments, %v; want 2", round, len(used), err)
			}
		}
	})
	s.run("nothing becomes used beside what hides it", func(b *bench) {
		for round := range rounds {
			name := fmt.Sprint("wiki", round)
			old, younger := segment(name, hours(0, 1), "v", 0), segment(name, hours(0, 1), "w", 0)
			old.Used = false
			b.insertSegments(old)
			b.together(func(tx metadata.Tx) error {
				chunks, err := tx.UsedChunks(b.ctx, name, nil)
				if err != nil || len(chunks) > 0 {
					return err
				}
				_, err = tx.SetUsed(segmentIDs([]metadata.SegmentRow{old}), true, day+1)
				return err
			}, func(tx metadata.Tx) error {
				if _, err := tx.MarkChunksUnused(name, []timeline.Chunk{chunkOf(old)}, day+1); err != nil {
					return err
				}
				_, err := tx.InsertSegments([]metadata.SegmentRow{younger})
				return err
			})
			used, err := b.store.UsedSegments(b.ctx, name, nil)
			if err != nil || !slices.Equal(segmentIDs(used), segmentIDs([]metadata.SegmentRow{younger})) {
				b.Fatalf("round %d: %v, %v; want the younger one", round, segmentIDs(used), err)
			}
		}
	})
	s.run("no change is lost", func(b *bench) {
		const callers, each = 8, 8
		lock := druid.TaskLock{
			Granularity: druid.TimeChunkLock, Type: druid.Exclusive, GroupID: "group", DataSource: "wiki", Interval: hours(0, 1), Version: "v",
		}
		var id int64
		b.update(func(tx metadata.Tx) (err error) {
			ids, err := tx.InsertLocks(metadata.LockRow{TaskID: "a", Lock: lock})
			id = ids[0]
			return err
		})
		var all sync.WaitGroup
		for range callers {
			all.Go(func() {
				for range each {
					err := b.store.Update(b.ctx, func(tx metadata.Tx) error {
						rows, err := tx.Locks(b.ctx)
						if err != nil {
							return err
						}
						changed := rows[0].Lock
						changed.Priority++
						_, err = tx.ReplaceLocks([]metadata.LockRow{{ID: id, Lock: changed}})
						return err
					})
					if err != nil {
						b.Error(err)
					}
				}
			})
		}
		all.Wait()
		rows, err := b.store.Locks(b.ctx)
		if err != nil || len(rows) != 1 || rows[0].Lock.Priority != callers*each {
			b.Errorf("%+v, %v; want a lock of priority %d", rows, err, callers*each)
		}
	})
	s.run("what is read in one run was there at one time", func(b *bench) {
		const names, each = 3, 20
		set := func(n int) func(metadata.Tx) error {
			return func(tx metadata.Tx) error {
				for i := range names {
					if err := tx.SetConfig(fmt.Sprint("name", i), fmt.Append(nil, n)); err != nil {
						return err
					}
				}
				return nil
			}
		}
		b.update(set(0))
		var all sync.WaitGroup
		for w := range 2 {
			all.Go(func() {
				for i := range each {
					if err := b.store.Update(b.ctx, set(2*i+w)); err != nil {
						b.Error(err)
					}
				}
			})
			all.Go(func() {
				for range each {
					var read []string
					err := b.store.Update(b.ctx, func(tx metadata.Tx) error {
						read = nil
						for i := range names {
							payload, err := tx.Config(b.ctx, fmt.Sprint("name", i))
							if err != nil {
								return err
							}
							read = append(read, string(payload))
						}
						return nil
					})
					if err != nil || len(slices.Compact(read)) != 1 {
						b.Errorf("read %v, %v", read, err)
					}
				}
			})
		}
		all.Wait()
	})
}
