package sqldb_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"

	"ovate/druid"
	"ovate/internal/action"
	"ovate/internal/datasource"
	"ovate/internal/lockbox"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqldb"
	"ovate/internal/metadata/sqldb/sqldbtest"
)

// testRequests: how many statements a request sends does not grow with the segments, time chunks and locks that it is about, but by one for some
// hundreds of them: of intervals a few statements, as each needs several conditions.
func testRequests(t *testing.T, s *sqldbtest.Server) {
	store, sent, err := sqldb.OpenCounting(t.Context(), configOf(s, "requests", true))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	const few, many = 10, 1000
	for _, request := range requests {
		var counts [2]int64
		for i, n := range []int{few, many} {
			w := newAsker(t, store, fmt.Sprintf("%s %d", request.name, n), n)
			perform := request.prepare(w)
			before := sent.Load()
			perform()
			counts[i] = sent.Load() - before
		}
		t.Logf("%-60s %6d %6d", request.name, counts[0], counts[1])
		if most := counts[0] + int64(request.each*many/100) + 3; counts[1] > most {
			t.Errorf("%s sends %d statements for %d, and %d for %d; at most %d were right", request.name, counts[1], many, counts[0], few, most)
		}
	}
}

// asker is who asks, with a data source of its own.
type asker struct {
	*testing.T
	store  *sqldb.Store
	box    *action.Box
	source string
	n      int
	now    atomic.Int64
}

func newAsker(t *testing.T, store *sqldb.Store, source string, n int) *asker {
	w := &asker{T: t, store: store, source: source, n: n}
	w.now.Store(int64(hourOf(200_000).Start))
	now := func() druid.Instant { return druid.Instant(w.now.Add(1)) }
	w.box = action.NewBox(action.Options{Store: store, Locks: lockbox.New(store, now, nil), Now: now})
	return w
}

// task is an active task.
func (w *asker) task(id string, priority int) action.Identity {
	w.Helper()
	id = w.source + " " + id
	by := action.Identity{Allocator: id, Holder: lockbox.Holder{TaskID: id, GroupID: id, DataSource: w.source, Priority: priority}, Allocates: true, Submitted: druid.MinInstant}
	w.submit(by)
	return by
}

func (w *asker) submit(by action.Identity) {
	w.Helper()
	row := &metadata.TaskRow{
		ID: by.TaskID, GroupID: by.GroupID, Type: "index", DataSource: w.source, Created: w.box.Now(), Payload: []byte(`{}`),
		Status: druid.TaskStatus{ID: by.TaskID, State: druid.Running, Duration: -1, Location: druid.UnknownLocation},
	}
	w.update(func(tx metadata.Tx) error { return tx.InsertTasks(row) })
	w.box.Add(by)
}

func (w *asker) update(fn func(metadata.Tx) error) {
	w.Helper()
	w.must(w.store.Update(w.Context(), fn))
}

func (w *asker) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatalf("%s: %v", w.source, err)
	}
}

func (w *asker) hours() []druid.Interval {
	hours := make([]druid.Interval, w.n)
	for i := range hours {
		hours[i] = hourOf(2 * i) // every other one: they are apart
	}
	return hours
}

func (w *asker) all() druid.Interval {
	return druid.Interval{Start: hourOf(0).Start, End: hourOf(2 * w.n).End}
}

// segments are one of each hour.
func (w *asker) segments(version string, shard druid.ShardSpec) []druid.DataSegment {
	var segments []druid.DataSegment
	for _, hour := range w.hours() {
		segments = append(segments, druid.DataSegment{
			DataSource: w.source, Interval: hour, Version: version, ShardSpec: shard, BinaryVersion: 9, Size: 1,
			LoadSpec: json.RawMessage(`{"type":"local","path":"/` + hour.String() + `/index"}`),
		})
	}
	return segments
}

// publish puts segments into the store without a task.
func (w *asker) publish(used bool, segments ...druid.DataSegment) {
	w.Helper()
	rows := make([]metadata.SegmentRow, len(segments))
	for i, s := range segments {
		rows[i] = metadata.SegmentRow{Segment: s, Created: 1, Used: used, UsedStatusLastUpdated: 1}
	}
	w.update(func(tx metadata.Tx) error { _, err := tx.InsertSegments(rows); return err })
}

// do performs an action, and checks the answer.
func do[R any](w *asker, by action.Identity, a action.Action[R], right func(R) bool) {
	w.Helper()
	got, err := action.Do(context.WithoutCancel(w.Context()), w.box.For(by), a)
	w.must(err)
	if right != nil && !right(got) {
		w.Fatalf("%s: got %.1000s", w.source, fmt.Sprint(got))
	}
}

func (w *asker) lock(by action.Identity, typ druid.LockType, intervals ...druid.Interval) {
	w.Helper()
	do(w, by, action.LockTryAcquireAll{LockType: typ, Intervals: intervals}, func(got action.Locks) bool { return len(got) == len(intervals) })
}

// allocations asks for one id in each hour, or for all in one.
func (w *asker) allocations(typ druid.LockType, oneHour bool) (all action.SegmentAllocateAll) {
	for i, hour := range w.hours() {
		if oneHour {
			hour = hourOf(0)
		}
		all.Requests = append(all.Requests, action.SegmentAllocate{
			DataSource: w.source, Timestamp: hour.Start, QueryGranularity: druid.None, PreferredGranularity: druid.Hour, LockType: typ, SequenceName: fmt.Sprint(w.source, i),
		})
	}
	return all
}

func (w *asker) allocated(got []*action.Allocation) bool {
	return len(got) == w.n && !slices.Contains(got, nil)
}

func (w *asker) published(got action.PublishResult) bool {
	return got.Success && len(got.Segments) >= w.n
}

func idsOf(segments []druid.DataSegment) (ids []string) {
	for i := range segments {
		ids = append(ids, segments[i].ID().String())
	}
	return ids
}

func numberOf[T any](n int) func([]T) bool { return func(got []T) bool { return len(got) == n } }

// Versions, before those of locks and of all locks.
const older, newer = "2010-01-01T00:00:00.000Z", "2011-01-01T00:00:00.000Z"

// requests prepare what they need, and return what is counted. Each is how many statements are right for a hundred.
var requests = []struct {
	name    string
	each    int
	prepare func(w *asker) func()
}{
	{"ChunkListUsed", 2, func(w *asker) func() {
		w.publish(true, w.segments(older, druid.Numbered(0, 1))...)
		by := w.task("t", 0)
		return func() {
			do(w, by, action.ChunkListUsed{DataSource: w.source, Interval: w.all()}, numberOf[action.Slice](w.n))
		}
	}},
	{"ChunkListUsed of partitions that overwrite", 5, func(w *asker) func() {
		w.publish(true, w.segments(older, druid.Numbered(0, 1))...)
		w.publish(true, w.segments(older, overwriting(w))...)
		by := w.task("t", 0)
		return func() {
			do(w, by, action.ChunkListUsed{DataSource: w.source, Interval: w.all()}, numberOf[action.Slice](w.n))
		}
	}},
	{"ChunkListUsed with incomplete chunks", 4, func(w *asker) func() {
		w.publish(true, w.segments(older, druid.Numbered(0, 1))...)
		w.publish(true, w.segments(newer, druid.Numbered(0, 2))...)
		by := w.task("t", 0)
		return func() {
			do(w, by, action.ChunkListUsed{DataSource: w.source, Interval: w.all()}, numberOf[action.Slice](w.n))
		}
	}},
	{"ChunkListNewer", 3, func(w *asker) func() {
		w.publish(true, w.segments(older, druid.Numbered(0, 1))...)
		by := w.task("t", 0)
		return func() { do(w, by, action.ChunkListNewer{Intervals: w.hours(), Version: "1"}, nil) }
	}},
	{"LockTryAcquireAll", 4, func(w *asker) func() {
		by := w.task("t", 0)
		return func() { w.lock(by, druid.Exclusive, w.hours()...) }
	}},
	{"LockTryAcquireAll that revokes", 5, func(w *asker) func() {
		w.lock(w.task("low", 0), druid.Exclusive, w.hours()...)
		by := w.task("high", 1)
		return func() { w.lock(by, druid.Exclusive, w.hours()...) }
	}},
	{"LockTryAcquire in place of narrower ones", 1, func(w *asker) func() {
		by := w.task("t", 0)
		w.lock(by, druid.Append, w.hours()...)
		return func() { w.lock(by, druid.Append, w.all()) }
	}},
	{"SegmentLockTryAcquire", 1, func(w *asker) func() {
		by := w.task("t", 0)
		var partitions []int
		for i := range w.n {
			partitions = append(partitions, i)
		}
		return func() {
			do(w, by, action.SegmentLockTryAcquire{LockType: druid.Exclusive, Interval: hourOf(0), Version: older, Partitions: partitions}, func(got action.LockResults) bool { return len(got) == w.n })
		}
	}},
	{"end of a task with locks", 0, func(w *asker) func() {
		by := w.task("t", 0)
		w.lock(by, druid.Exclusive, w.hours()...)
		status := druid.TaskStatus{ID: by.TaskID, State: druid.Success, Location: druid.UnknownLocation}
		return func() { w.must(w.box.End(w.Context(), by, status)) }
	}},
	{"SegmentAllocateAll in new chunks", 10, func(w *asker) func() {
		by := w.task("t", 0)
		return func() { do(w, by, w.allocations(druid.Append, false), w.allocated) }
	}},
	{"SegmentAllocateAll under EXCLUSIVE locks", 13, func(w *asker) func() {
		by := w.task("t", 0)
		return func() { do(w, by, w.allocations(druid.Exclusive, false), w.allocated) }
	}},
	{"SegmentAllocateAll in one chunk", 3, func(w *asker) func() {
		by := w.task("t", 0)
		return func() { do(w, by, w.allocations(druid.Append, true), w.allocated) }
	}},
	{"SegmentAllocateAll in chunks with segments", 11, func(w *asker) func() {
		w.publish(true, w.segments(older, druid.Numbered(0, 1))...)
		by := w.task("t", 0)
		return func() { do(w, by, w.allocations(druid.Append, false), w.allocated) }
	}},
	{"SegmentAllocateAll in chunks whose segments are unused", 11, func(w *asker) func() {
		w.publish(false, w.segments(lockbox.AppendVersion, druid.Numbered(0, 0))...)
		by := w.task("t", 0)
		return func() { do(w, by, w.allocations(druid.Append, false), w.allocated) }
	}},
	{"SegmentAllocateAll once more", 7, func(w *asker) func() {
		by := w.task("t", 0)
		do(w, by, w.allocations(druid.Append, false), w.allocated)
		return func() { do(w, by, w.allocations(druid.Append, false), w.allocated) }
	}},
	{"SegmentTransactionalInsert", 6, func(w *asker) func() {
		by := w.task("t", 0)
		w.lock(by, druid.Exclusive, w.all())
		segments := w.segments(older, druid.Numbered(0, 0))
		return func() { do(w, by, action.SegmentTransactionalInsert{Segments: segments}, w.published) }
	}},
	{"SegmentTransactionalInsert behind core partitions", 6, func(w *asker) func() {
		w.publish(true, w.segments(older, druid.Numbered(0, 1))...)
		by := w.task("t", 0)
		w.lock(by, druid.Exclusive, w.all())
		segments := w.segments(older, druid.Numbered(1, 1))
		return func() { do(w, by, action.SegmentTransactionalInsert{Segments: segments}, w.published) }
	}},
	{"SegmentTransactionalInsertAndEnd", 3, func(w *asker) func() {
		by := w.task("t", 0)
		w.lock(by, druid.Exclusive, w.hours()...)
		segments := w.segments(older, druid.Numbered(0, 1))
		status := druid.TaskStatus{ID: by.TaskID, State: druid.Success, Location: druid.UnknownLocation}
		return func() {
			do(w, by, action.SegmentTransactionalInsertAndEnd{Segments: segments, Status: status}, w.published)
		}
	}},
	{"SegmentTransactionalAppend beside a task that replaces", 7, func(w *asker) func() {
		w.lock(w.task("replaces", 0), druid.Replace, w.hours()...)
		by := w.task("t", 0)
		w.lock(by, druid.Append, w.hours()...)
		segments := w.segments(lockbox.AppendVersion, druid.Numbered(0, 0))
		return func() { do(w, by, action.SegmentTransactionalAppend{Segments: segments}, w.published) }
	}},
	{"SegmentTransactionalReplace of what was and is appended", 14, func(w *asker) func() {
		replaces := w.task("replaces", 0)
		w.lock(replaces, druid.Replace, w.hours()...)
		version := w.box.Locks.Locks(replaces.Holder)[0].Version
		by := w.task("t", 0)
		w.lock(by, druid.Append, w.hours()...)
		do(w, by, action.SegmentTransactionalAppend{Segments: w.segments(lockbox.AppendVersion, druid.Numbered(0, 0))}, w.published)
		do(w, by, w.allocations(druid.Append, false), w.allocated)
		segments := w.segments(version, druid.Numbered(0, 1))
		return func() {
			do(w, replaces, action.SegmentTransactionalReplace{Segments: segments}, func(got action.PublishResult) bool { return got.Success && len(got.Segments) == 2*w.n })
		}
	}},
	{"SegmentListUsed", 3, func(w *asker) func() {
		w.publish(true, w.segments(older, druid.Numbered(0, 1))...)
		by := w.task("t", 0)
		return func() {
			do(w, by, action.SegmentListUsed{DataSource: w.source, Intervals: w.hours()}, func(got action.Segments) bool { return len(got) == w.n })
		}
	}},
	{"SegmentListUsed by a part of a task with many", 4, func(w *asker) func() {
		by := w.task("t", 0)
		for i := range w.n {
			part := by
			part.TaskID = fmt.Sprint(by.TaskID, " part ", i)
			w.submit(part)
			w.lock(part, druid.Replace, w.all())
		}
		return func() { do(w, by, action.SegmentListUsed{DataSource: w.source, Intervals: w.hours()}, nil) }
	}},
	{"SegmentListAppended", 3, func(w *asker) func() {
		w.publish(true, w.segments(older, druid.Numbered(0, 0))...)
		by := w.task("t", 0)
		return func() { do(w, by, action.SegmentListAppended{Intervals: w.hours()}, nil) }
	}},
	{"SegmentListUnused", 1, func(w *asker) func() {
		w.publish(false, w.segments(older, druid.Numbered(0, 1))...)
		by := w.task("t", 0)
		return func() {
			do(w, by, action.SegmentListUnused{DataSource: w.source, Interval: w.all()}, func(got action.Segments) bool { return len(got) == w.n })
		}
	}},
	{"RetrieveSegmentsByID", 1, func(w *asker) func() {
		segments := w.segments(older, druid.Numbered(0, 1))
		w.publish(true, segments...)
		by := w.task("t", 0)
		return func() {
			do(w, by, action.RetrieveSegmentsByID{DataSource: w.source, IDs: idsOf(segments)}, func(got action.Segments) bool { return len(got) == w.n })
		}
	}},
	{"RetrieveUpgradedToSegmentIDs", 1, func(w *asker) func() {
		segments := w.segments(older, druid.Numbered(0, 1))
		w.publish(true, segments...)
		by := w.task("t", 0)
		return func() {
			do(w, by, action.RetrieveUpgradedToSegmentIDs{DataSource: w.source, IDs: idsOf(segments)}, nil)
		}
	}},
	{"MarkSegmentsAsUnused", 1, func(w *asker) func() {
		w.publish(true, w.segments(older, druid.Numbered(0, 1))...)
		by := w.task("t", 0)
		w.lock(by, druid.Exclusive, w.all())
		return func() {
			do(w, by, action.MarkSegmentsAsUnused{DataSource: w.source, Interval: w.all()}, func(got int) bool { return got == w.n })
		}
	}},
	{"SegmentNuke", 1, func(w *asker) func() {
		segments := w.segments(older, druid.Numbered(0, 1))
		w.publish(false, segments...)
		by := w.task("t", 0)
		w.lock(by, druid.Exclusive, w.all())
		return func() { do(w, by, action.SegmentNuke{Segments: segments}, nil) }
	}},
	{"SegmentNukeUnused", 1, func(w *asker) func() {
		segments := w.segments(older, druid.Numbered(0, 1))
		w.publish(false, segments...)
		by := w.task("t", 0)
		w.lock(by, druid.Exclusive, w.all())
		return func() {
			do(w, by, action.SegmentNukeUnused{Segments: segments}, func(gone []string) bool { return len(gone) == w.n })
		}
	}},
	{"SegmentListShared", 1, func(w *asker) func() {
		segments := w.segments(older, druid.Numbered(0, 1))
		w.publish(false, segments...)
		by := w.task("t", 0)
		return func() { do(w, by, action.SegmentListShared{Segments: segments}, nil) }
	}},
	{"SegmentMetadataUpdate", 1, func(w *asker) func() {
		segments := w.segments(older, druid.Numbered(0, 1))
		w.publish(true, segments...)
		by := w.task("t", 0)
		w.lock(by, druid.Exclusive, w.all())
		return func() { do(w, by, action.SegmentMetadataUpdate{Segments: segments}, nil) }
	}},
	{"marking overshadowed segments", 12, func(w *asker) func() {
		w.publish(true, w.segments(older, druid.Numbered(0, 1))...)
		w.publish(true, w.segments(newer, druid.Numbered(0, 1))...)
		m := datasource.New(w.store, w.box.Now, nil)
		return func() {
			if n, _, err := m.MarkOvershadowed(w.Context(), w.source, []druid.Interval{w.all()}); err != nil || n != w.n {
				w.Errorf("%d segments, %v", n, err)
			}
		}
	}},
	{"marking segments unused by their ids", 1, func(w *asker) func() {
		segments := w.segments(older, druid.Numbered(0, 1))
		w.publish(true, segments...)
		m := datasource.New(w.store, w.box.Now, nil)
		return func() {
			if n, err := m.MarkUnused(w.Context(), w.source, datasource.Filter{IDs: idsOf(segments)}, nil); err != nil || n != w.n {
				w.Errorf("%d segments, %v", n, err)
			}
		}
	}},
}

func overwriting(w *asker) (s druid.ShardSpec) {
	w.Helper()
	w.must(s.UnmarshalJSON([]byte(`{"type":"numbered_overwrite","partitionId":32768,"startRootPartitionId":0,"endRootPartitionId":1,"minorVersion":1,"atomicUpdateGroupSize":1}`)))
	return s
}
