package action_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"ovate/druid"
	"ovate/internal/action"
	"ovate/internal/lockbox"
	"ovate/internal/metadata"
)

func TestAllocate(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.task("t", "g")
	first := do(b, c, at(1, "s", ""))
	if first.ID.Interval != days(1, 2) || first.ID.PartitionNum != 0 || first.ShardSpec != druid.Numbered(0, 0) {
		t.Errorf("first of an empty chunk: %+v", first)
	}
	if again := do(b, c, at(1, "s", "")); *again != *first {
		t.Errorf("the same request got %+v, then %+v", first, again)
	}
	next := do(b, c, at(1, "s", first.ID.String()))
	if next.ID.PartitionNum != 1 || next.ID.Version != first.ID.Version {
		t.Errorf("next: %+v", next)
	}
	if other := do(b, c, at(1, "s2", "")); other.ID.PartitionNum != 2 {
		t.Errorf("another sequence: %+v", other)
	}
	// Without lineage a sequence has one segment in each interval.
	request := at(1, "s3", "")
	request.SkipLineageCheck = true
	got := do(b, c, request)
	request.PreviousID = "x"
	if again := do(b, c, request); *again != *got {
		t.Errorf("skipping lineage: %+v, then %+v", got, again)
	}
}

// TestSequenceOfAnotherDataSource: a sequence whose name is taken in another data source gets no id, nor a shorter time chunk, but a sentence.
func TestSequenceOfAnotherDataSource(t *testing.T) {
	t.Parallel()
	for _, skip := range []bool{true, false} {
		b := setup(t)
		request := at(1, "load", "")
		request.SkipLineageCheck, request.LockType = skip, druid.Append
		first := do(b, b.task("t", "t"), request)
		other := b.taskIn("other", "o", "o", 50)
		request.DataSource = "other"
		var refused *druid.Error
		got, err := action.Do(t.Context(), other, request)
		if !errors.As(err, &refused) || refused.Category != druid.CategoryInvalidInput || !strings.Contains(refused.Message, "sequenceName") {
			t.Errorf("%+v was given after %+v: %v", got, first, err)
		}
		if all, err := action.Do(t.Context(), other, action.SegmentAllocateAll{Requests: []action.SegmentAllocate{request}}); !errors.As(err, &refused) {
			t.Errorf("%+v were given after %+v: %v", all, first, err)
		}
		request.SequenceName = "of its own"
		if got := do(b, other, request); got == nil || got.ID.Interval != days(1, 2) {
			t.Errorf("under another name: %+v", got)
		}
	}
}

func TestAllocateBesidePublished(t *testing.T) {
	t.Parallel()
	const version = "2020-01-01T00:00:00.000Z"
	for _, c := range []struct {
		name      string
		published []druid.DataSegment
		request   func(*action.SegmentAllocate)
		interval  druid.Interval
		partition int
		core      int
		none      bool
	}{
		{
			name:      "a core set is extended",
			published: []druid.DataSegment{segment(days(1, 2), version, druid.Numbered(0, 2)), segment(days(1, 2), version, druid.Numbered(1, 2))},
			interval:  days(1, 2), partition: 2, core: 2,
		},
		{
			name:      "appended segments have no core",
			published: []druid.DataSegment{segment(days(1, 2), version, druid.Numbered(4, 0))},
			interval:  days(1, 2), partition: 5,
		},
		{
			name:      "the wider chunk that is there counts",
			published: []druid.DataSegment{segment(days(0, 31), version, druid.Numbered(0, 1))},
			interval:  days(0, 31), partition: 1, core: 1,
		},
		{
			name:      "a finer chunk beside leaves room for a finer one only",
			published: []druid.DataSegment{segment(druid.Interval{Start: days(1, 2).Start + 3_600_000, End: days(1, 2).Start + 7_200_000}, version, druid.Numbered(0, 1))},
			interval:  druid.Interval{Start: days(1, 2).Start, End: days(1, 2).Start + 3_600_000},
		},
		{
			name:      "a chunk of which newer ones hide parts is extended where it can be seen",
			published: []druid.DataSegment{segment(days(0, 31), version, druid.Numbered(0, 1)), segment(days(5, 6), version+"_", druid.Numbered(0, 1))},
			interval:  days(0, 31), partition: 1, core: 1,
		},
		{
			name:      "and the newer chunk where that one is seen",
			published: []druid.DataSegment{segment(days(0, 31), version, druid.Numbered(0, 1)), segment(days(1, 2), version+"_", druid.Numbered(3, 0))},
			interval:  days(1, 2), partition: 4,
		},
		{
			name:      "rows that a newer chunk hides go nowhere",
			published: []druid.DataSegment{segment(days(0, 31), version, druid.Numbered(0, 1)), segment(days(5, 6), version+"_", druid.Numbered(0, 1))},
			request:   func(a *action.SegmentAllocate) { a.Chunk, a.Rows = days(0, 31), days(1, 9) },
			none:      true,
		},
		{
			name:      "a chunk of any length",
			published: []druid.DataSegment{segment(druid.Eternity, version, druid.Numbered(0, 1)), segment(days(5, 6), version+"_", druid.Numbered(0, 1))},
			request:   func(a *action.SegmentAllocate) { a.Chunk, a.Rows = druid.Eternity, days(6, 40_000) },
			interval:  druid.Eternity, partition: 1, core: 1,
		},
		{
			name:      "the chunk that is there does not hold the whole row bucket",
			published: []druid.DataSegment{segment(druid.Interval{Start: days(1, 2).Start, End: days(1, 2).Start + 3_600_000}, version, druid.Numbered(0, 1))},
			request:   func(a *action.SegmentAllocate) { a.QueryGranularity = druid.Day },
			none:      true,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.publish(c.published...)
			request := at(1, "s", "")
			if c.request != nil {
				c.request(&request)
			}
			got := do(b, b.task("t", "g"), request)
			if c.none {
				if got != nil {
					t.Fatalf("got %+v, want none", got)
				}
				return
			}
			if got == nil || got.ID.Interval != c.interval || got.ShardSpec != druid.Numbered(c.partition, c.core) {
				t.Fatalf("got %+v, want partition %d of %d core ones in %v", got, c.partition, c.core, c.interval)
			}
		})
	}
}

// An id that an unused segment has must not be given again: publishing it would publish nothing.
func TestAllocateAvoidsUnusedSegments(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.task("t", "g")
	version := do(b, c, tryLock(druid.Exclusive, []druid.Interval{days(1, 2)}))[0].Version
	b.publish(segment(days(1, 2), version, druid.Numbered(0, 1)), segment(days(1, 2), version, druid.Numbered(3, 1)))
	if n := do(b, c, action.MarkSegmentsAsUnused{DataSource: "wiki", Interval: days(0, 9)}); n != 2 {
		t.Fatalf("marked %d", n)
	}
	if got := do(b, c, at(1, "s", "")); got.ID.PartitionNum != 4 || got.ID.Version != version {
		t.Errorf("got %+v, want partition 4", got)
	}
}

func TestAllocateWaitsForNobody(t *testing.T) {
	t.Parallel()
	b := setup(t)
	do(b, b.task("holder", "h"), tryLock(druid.Exclusive, []druid.Interval{days(0, 9)}))
	if got := do(b, b.task("t", "g"), at(1, "s", "")); got != nil {
		t.Errorf("got %+v under another task's lock", got)
	}
}

func TestPublishEndsTheTask(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := context.Background()
	c, sibling := b.task("t", "g"), b.task("sibling", "g")
	id := do(b, c, at(1, "s", ""))
	do(b, sibling, at(1, "s2", ""))
	s := segment(id.ID.Interval, id.ID.Version, id.ShardSpec)
	status := druid.TaskStatus{ID: "t", State: druid.Success, Duration: 5, Location: druid.UnknownLocation}
	publish := action.SegmentTransactionalInsertAndEnd{Segments: []druid.DataSegment{s}, Status: status}

	if result := do(b, c, publish); !result.Success || len(result.Segments) != 1 {
		t.Fatalf("result %+v", result)
	}
	row, err := b.store.Task(ctx, "t")
	if err != nil || row.Status != status {
		t.Errorf("row %+v, %v", row, err)
	}
	if locks, err := b.store.Locks(ctx); err != nil || len(locks) != 1 || locks[0].TaskID != "sibling" {
		t.Errorf("locks %+v, %v", locks, err)
	}
	b.expectPending("s2")
	b.end(sibling)
	b.expectPending()
}

// What a task has reserved belongs to its group until the last of it ends, also if the group is named after one of its tasks.
func TestReservedIDsBelongToTheGroup(t *testing.T) {
	t.Parallel()
	for _, ends := range []string{"a", "b"} {
		b := setup(t)
		first, second := b.task("a", "a"), b.task("b", "a")
		do(b, first, at(1, "s1", ""))
		do(b, second, at(1, "s2", ""))
		if ends == "b" {
			first, second = second, first
		}
		b.end(first)
		b.expectPending("s1", "s2")
		b.end(second)
		b.expectPending()
	}
}

// meddler is a store in which something happens right before the next transaction, which fails if that does.
type meddler struct {
	metadata.Store
	before func() error
}

func (m *meddler) Update(ctx context.Context, fn func(metadata.Tx) error) error {
	if before := m.before; before != nil {
		m.before = nil
		if err := before(); err != nil {
			return err
		}
	}
	return m.Store.Update(ctx, fn)
}

// A task joins the group of an aborted one at the moment at which the ids reserved for the group are removed.
func TestForgetSparesWhoCameMeanwhile(t *testing.T) {
	t.Parallel()
	b := setup(t)
	store := &meddler{Store: b.store}
	now := func() druid.Instant { return clock }
	b.box = action.NewBox(action.Options{Store: store, Locks: lockbox.New(store, now, nil), Now: now})
	old := b.task("old", "g")
	do(b, old, at(1, "s1", ""))
	status := druid.TaskStatus{ID: "old", State: druid.Failed, Duration: -1, Location: druid.UnknownLocation}
	if err := b.box.Abort(context.Background(), old.by, status); err != nil {
		t.Fatal(err)
	}
	store.before = func() error { do(b, b.task("new", "g"), at(1, "s2", "")); return nil }
	if err := b.box.Forget(context.Background(), old.by); err != nil {
		t.Fatal(err)
	}
	b.expectPending("s1", "s2")
}

// What a task does after it was shut down must not be published, whether or not it would end with it.
func TestNothingIsPublishedLate(t *testing.T) {
	t.Parallel()
	for _, ends := range []bool{true, false} {
		b := setup(t)
		ctx := context.Background()
		c := b.task("t", "g")
		lock := do(b, c, tryLock(druid.Exclusive, []druid.Interval{days(1, 2)}))[0]
		// The row is final, but the lockbox does not know it yet: the transaction itself must find out.
		b.update(func(tx metadata.Tx) error {
			return tx.SetTaskStatus(druid.TaskStatus{ID: "t", State: druid.Failed, Duration: -1, Location: druid.UnknownLocation})
		})
		segments := []druid.DataSegment{segment(days(1, 2), lock.Version, druid.Numbered(0, 1))}
		var late action.Action[action.PublishResult] = action.SegmentTransactionalInsert{Segments: segments}
		if ends {
			late = action.SegmentTransactionalInsertAndEnd{
				Segments: segments, Status: druid.TaskStatus{ID: "t", State: druid.Success, Location: druid.UnknownLocation},
			}
		}
		if _, err := action.Do(ctx, c, late); !errors.Is(err, metadata.ErrNotActive) {
			t.Errorf("ends %v: %v, want that the task is not active", ends, err)
		}
		if rows, err := b.store.UsedSegments(ctx, "wiki", nil); err != nil || len(rows) != 0 {
			t.Errorf("ends %v: published %+v, %v", ends, rows, err)
		}
	}
}

func TestPublishTwice(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.task("t", "g")
	lock := do(b, c, tryLock(druid.Exclusive, []druid.Interval{days(1, 3)}))[0]
	one := segment(days(1, 2), lock.Version, druid.Numbered(0, 1))
	two := segment(days(2, 3), lock.Version, druid.Numbered(0, 1))
	do(b, c, action.SegmentTransactionalInsert{Segments: []druid.DataSegment{one}})
	result := do(b, c, action.SegmentTransactionalInsert{Segments: []druid.DataSegment{one, two}})
	if !result.Success || len(result.Segments) != 1 || result.Segments[0].Interval != days(2, 3) {
		t.Errorf("result %+v, want the new one alone", result)
	}
	ends := action.SegmentTransactionalInsertAndEnd{Segments: []druid.DataSegment{one}, Status: druid.TaskStatus{ID: "t", State: druid.Success}}
	if _, err := action.Do(context.Background(), c, ends); err == nil {
		t.Error("a task ends as a success although its segment is somebody else's")
	}
}

func TestPublishWithoutLocks(t *testing.T) {
	t.Parallel()
	b := setup(t)
	s := segment(days(1, 2), "2020-01-01T00:00:00.000Z", druid.Numbered(0, 1))
	_, err := action.Do(context.Background(), b.task("t", "g"), action.SegmentTransactionalInsert{Segments: []druid.DataSegment{s}})
	var uncovered *lockbox.Uncovered
	if !errors.As(err, &uncovered) {
		t.Errorf("error %v", err)
	}
}

// Of the segments of one publication those that others of it hide are not used.
func TestPublishMarksOvershadowed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.task("t", "g")
	lock := do(b, c, tryLock(druid.Exclusive, []druid.Interval{days(1, 3)}))[0]
	old := segment(days(1, 2), "2020-01-01T00:00:00.000Z", druid.Numbered(0, 1))
	wide := segment(days(1, 3), lock.Version, druid.Numbered(0, 1))
	do(b, c, action.SegmentTransactionalInsert{Segments: []druid.DataSegment{old, wide}})
	rows, err := b.store.UsedSegments(context.Background(), "wiki", nil)
	if err != nil || len(rows) != 1 || rows[0].Segment.Interval != days(1, 3) {
		t.Errorf("used %+v, %v", rows, err)
	}
}

func TestListsAndNuke(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.task("t", "g")
	old := segment(days(1, 2), "2020-01-01T00:00:00.000Z", druid.Numbered(0, 1))
	newer := segment(days(1, 2), "2021-01-01T00:00:00.000Z", druid.Numbered(0, 1))
	b.publish(old, newer)
	within := []druid.Interval{days(0, 9)}
	if got := do(b, c, action.SegmentListUsed{DataSource: "wiki", Intervals: within}); len(got) != 1 || got[0].Version != newer.Version {
		t.Errorf("visible %+v", got)
	}
	if got := do(b, c, action.SegmentListUsed{DataSource: "wiki", Intervals: within, Visibility: action.IncludingOvershadowed}); len(got) != 2 {
		t.Errorf("used %+v", got)
	}
	if _, err := action.Do(context.Background(), c, action.SegmentListUsed{DataSource: "wiki"}); err == nil {
		t.Error("a list of no intervals is answered")
	}
	do(b, c, tryLock(druid.Exclusive, within))
	do(b, c, action.MarkSegmentsAsUnused{DataSource: "wiki", Interval: days(0, 9)})
	unused := do(b, c, action.SegmentListUnused{DataSource: "wiki", Interval: days(0, 9), Versions: []string{old.Version}})
	if len(unused) != 1 {
		t.Fatalf("unused %+v", unused)
	}
	if gone := do(b, c, action.SegmentNukeUnused{Segments: unused}); !slices.Equal(gone, []string{old.ID().String()}) {
		t.Errorf("gone are %v", gone)
	}
	ids := []string{old.ID().String(), newer.ID().String()}
	if got := do(b, c, action.RetrieveSegmentsByID{DataSource: "wiki", IDs: ids}); len(got) != 1 {
		t.Errorf("left %+v", got)
	}
}

// A replacing task must not read what was appended after it began.
func TestReplaceLockHidesLaterSegments(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.publish(segment(days(1, 2), "2020-01-01T00:00:00.000Z", druid.Numbered(0, 1))) // at the time of the lock, as the clock stands still
	c, a := b.task("t", "g"), b.task("a", "a")
	do(b, c, tryLock(druid.Replace, []druid.Interval{days(0, 9)}))
	b.append(a, 1)
	list := action.SegmentListUsed{DataSource: "wiki", Intervals: []druid.Interval{days(0, 9)}}
	if got := do(b, c, list); len(got) != 1 || got[0].ShardSpec.PartitionNum() != 0 {
		t.Errorf("the task that replaces sees %+v", got)
	}
	if got := do(b, b.task("part", "g"), list); len(got) != 1 {
		t.Errorf("a part of it sees %+v", got)
	}
	if got := do(b, a, list); len(got) != 2 {
		t.Errorf("others see %+v", got)
	}
}

func TestLocks(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c, other := b.task("t", "g"), b.task("other", "o")
	intervals := []druid.Interval{days(0, 1), days(2, 3)}
	if got := do(b, c, tryLock(druid.Exclusive, intervals)); len(got) != 2 {
		t.Fatalf("locks %+v", got)
	}
	if got := do(b, other, tryLock(druid.Exclusive, intervals[:1])); got != nil {
		t.Errorf("locks %+v", got)
	}
	_, err := action.Do(context.Background(), other, action.LockAcquireAll{Intervals: intervals, TimeoutMS: 1})
	var refused *lockbox.Refused
	if !errors.As(err, &refused) {
		t.Errorf("waiting in vain: %v", err)
	}
	if got := do(b, other, action.LockAcquire{Interval: days(0, 1), TimeoutMS: 1}); got != nil {
		t.Errorf("waiting in vain: %+v", got)
	}
	if got := do(b, other, action.LockTryAcquire{Interval: days(0, 1)}); got != nil {
		t.Errorf("lock %+v", got)
	}
	do(b, c, action.LockRelease{Interval: days(0, 1)})
	for _, one := range []action.Action[*action.Lock]{action.LockTryAcquire{Interval: days(0, 1)}, action.LockAcquire{Interval: days(0, 1), TimeoutMS: 1}} {
		if got := do(b, other, one); got == nil || got.Interval != days(0, 1) || got.Type != druid.Exclusive || got.GroupID != "o" {
			t.Errorf("lock %+v", got)
		}
	}
	if got := do(b, c, action.LockList{}); len(got) != 1 || got[0].Interval != days(2, 3) {
		t.Errorf("left %+v", got)
	}
}
