package queue_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"ovate/druid"
	"ovate/internal/action"
	"ovate/internal/lockbox"
	"ovate/internal/metadata"
	"ovate/internal/queue"
)

// elsewhere is a client of a task that runs in another process.
type elsewhere struct {
	queue *queue.Queue
	id    string
}

func (c elsewhere) Do(ctx context.Context, r action.Request) error {
	return c.queue.Perform(ctx, c.id, r)
}

// A task elsewhere works under the identity that it was submitted with, and does nothing more once it has ended.
func TestActionsOfATaskElsewhere(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		q := w.start()
		ctx := t.Context()
		w.add(q, `{'type':'noop','id':'a','groupId':'g','dataSource':'wiki','runTime':60000,'context':{'priority':7}}`)
		synctest.Wait()
		task, day := elsewhere{q, "a"}, druid.Interval{Start: 0, End: 86_400_000}
		lock, err := action.Do(ctx, task, action.LockTryAcquire{Interval: day})
		if err != nil || lock == nil || lock.GroupID != "g" || lock.DataSource != "wiki" || lock.Priority != 7 {
			t.Fatalf("lock %+v, %v", lock, err)
		}
		if found := q.Locks().Find(lockbox.Filter{DataSource: "wiki"}); len(found) != 1 {
			t.Errorf("the locks are %+v", found)
		}
		id, err := action.Do(ctx, task, action.SegmentAllocate{
			DataSource: "wiki", Timestamp: 5, PreferredGranularity: druid.Day, SequenceName: "s", SkipLineageCheck: true,
		})
		if err != nil || id == nil {
			t.Fatalf("allocated %+v, %v", id, err)
		}
		s := druid.DataSegment{DataSource: "wiki", Interval: id.ID.Interval, Version: id.ID.Version, ShardSpec: id.ShardSpec, LoadSpec: []byte(`{}`)}
		publish := action.SegmentTransactionalInsert{Segments: []druid.DataSegment{s}}
		for _, inserted := range []int{1, 0} { // the answer to the first may be lost
			if r, err := action.Do(ctx, task, publish); err != nil || !r.Success || len(r.Segments) != inserted {
				t.Errorf("published %+v, %v, want %d", r, err, inserted)
			}
		}

		if err := q.Shutdown(ctx, "a", "enough"); err != nil {
			t.Fatal(err)
		}
		if locks, err := action.Do(ctx, task, action.LockList{}); err != nil || locks == nil || len(locks) != 0 {
			t.Errorf("locks after the end: %+v, %v", locks, err)
		}
		if there, err := action.Do(ctx, task, action.SegmentListUsed{DataSource: "wiki", Intervals: []druid.Interval{day}}); err != nil || len(there) != 1 {
			t.Errorf("used %+v, %v", there, err)
		}
		for _, err := range []error{
			failure(action.Do(ctx, task, action.LockTryAcquire{Interval: day})),
			failure(action.Do(ctx, task, action.SegmentTransactionalInsert{})),
			failure(action.Do(ctx, task, action.MarkSegmentsAsUnused{DataSource: "wiki", Interval: day})),
			failure(action.Do(ctx, task, action.ResetDataSourceMetadata{DataSource: "wiki"})),
			failure(action.Do(ctx, task, action.CheckPointDataSourceMetadata{SupervisorID: "wiki", CheckPoint: []byte(`{}`)})),
		} {
			if !errors.Is(err, lockbox.ErrInactive) {
				t.Errorf("after the end: %v", err)
			}
		}
		if err := failure(action.Do(ctx, elsewhere{q, "stranger"}, action.LockList{})); !errors.Is(err, queue.ErrNotFound) {
			t.Errorf("a task that nobody has submitted: %v", err)
		}
	})
}

func failure[T any](_ T, err error) error { return err }

// hanging is a store in which nobody finds out which segments are used.
type hanging struct {
	metadata.Store
	asked chan struct{}
}

func (h hanging) UsedSegments(ctx context.Context, _ string, _ []druid.Interval) ([]metadata.SegmentRow, error) {
	h.asked <- struct{}{}
	<-ctx.Done()
	return nil, ctx.Err()
}

// An action that is under way when the lead is lost is for who leads next: the task is told so.
func TestActionUnderWayAtTheEnd(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		asked := make(chan struct{})
		w.store.Store = hanging{w.store.Store, asked}
		q := w.start()
		w.add(q, noop("a", 60_000))
		synctest.Wait()
		result := make(chan error)
		go func() {
			result <- failure(action.Do(t.Context(), elsewhere{q, "a"}, action.SegmentListUsed{DataSource: "wiki", Intervals: []druid.Interval{{Start: 0, End: 86_400_000}}}))
		}()
		<-asked
		q.Stop()
		if err := <-result; !errors.Is(err, queue.ErrStopped) {
			t.Error(err)
		}
	})
}

// Whoever waits for a lock hears that the server stops, and a store that fails is told at once.
func TestActionsOfATaskElsewhereDoNotHang(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		q := w.start()
		day := druid.Interval{Start: 0, End: 86_400_000}
		for _, id := range []string{"a", "b"} {
			w.add(q, `{'type':'noop','id':'`+id+`','dataSource':'wiki','runTime':60000}`)
		}
		synctest.Wait()
		w.store.set(func() error { return &metadata.TransientError{Err: errors.New("the disk sleeps")} })
		if err := failure(action.Do(t.Context(), elsewhere{q, "a"}, action.LockTryAcquire{Interval: day})); !metadata.IsTransient(err) {
			t.Errorf("while the store fails: %v", err)
		}
		w.store.set(nil)
		if lock, err := action.Do(t.Context(), elsewhere{q, "a"}, action.LockTryAcquire{Interval: day}); err != nil || lock == nil {
			t.Fatalf("lock %+v, %v", lock, err)
		}
		waits := make(chan error)
		go func() { waits <- failure(action.Do(t.Context(), elsewhere{q, "b"}, action.LockAcquire{Interval: day})) }()
		synctest.Wait()
		q.Stop()
		if err := <-waits; !errors.Is(err, queue.ErrStopped) {
			t.Errorf("waiting while the queue stops: %v", err)
		}
		if err := failure(action.Do(t.Context(), elsewhere{q, "a"}, action.LockList{})); !errors.Is(err, queue.ErrStopped) {
			t.Errorf("after that: %v", err)
		}
	})
}

// What a server refuses that does not lead any more is not refused: another one leads, which has perhaps given the task the lock that is missing here.
func TestRefusedByAFormerLeader(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		q := w.start()
		w.add(q, noop("a", 60_000))
		synctest.Wait()
		s := druid.DataSegment{
			DataSource: "wiki", Interval: druid.Interval{Start: 0, End: 86_400_000}, Version: "v", ShardSpec: druid.Numbered(0, 1), LoadSpec: []byte(`{}`),
		}
		publish := action.SegmentTransactionalInsert{Segments: []druid.DataSegment{s}}
		var uncovered *lockbox.Uncovered
		if err := failure(action.Do(t.Context(), elsewhere{q, "a"}, publish)); !errors.As(err, &uncovered) {
			t.Errorf("a leader says %v", err)
		}
		w.store.set(func() error { return metadata.ErrTermOver })
		if err := failure(action.Do(t.Context(), elsewhere{q, "a"}, publish)); !errors.Is(err, metadata.ErrTermOver) {
			t.Errorf("a former leader says %v", err)
		}
		w.store.set(nil)
	})
}

// Nor does a server that does not lead any more tell of a lock that is lost, in whatever answer: the task may have another one by now.
func TestLossToldByAFormerLeader(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		q := w.start()
		w.add(q, `{'type':'noop','id':'weak','dataSource':'wiki','runTime':60000,'context':{'priority':1}}`)
		w.add(q, `{'type':'noop','id':'strong','dataSource':'wiki','runTime':60000,'context':{'priority':9}}`)
		synctest.Wait()
		weak := elsewhere{q, "weak"}
		lock, err := action.Do(t.Context(), weak, action.LockTryAcquire{Interval: day(1)})
		if err != nil || lock == nil {
			t.Fatalf("lock %+v, %v", lock, err)
		}
		if err := failure(action.Do(t.Context(), weak, action.SegmentLockTryAcquire{LockType: druid.Exclusive, Interval: day(1), Version: "v", Partitions: []int{0}})); err != nil {
			t.Fatal(err)
		}
		if lock, err := action.Do(t.Context(), elsewhere{q, "strong"}, action.LockTryAcquire{Interval: day(1)}); err != nil || lock == nil {
			t.Fatalf("lock %+v, %v", lock, err)
		}
		s := druid.DataSegment{DataSource: "wiki", Interval: day(1), Version: lock.Version, ShardSpec: druid.Numbered(0, 1), LoadSpec: []byte(`{}`)}
		for _, leads := range []bool{true, false} {
			if !leads {
				w.store.set(func() error { return metadata.ErrTermOver })
			}
			for what, err := range map[string]error{
				"publishing":        failure(action.Do(t.Context(), weak, action.SegmentTransactionalInsert{Segments: []druid.DataSegment{s}})),
				"asking again":      failure(action.Do(t.Context(), weak, action.LockTryAcquire{Interval: day(1)})),
				"asking for one":    failure(action.Do(t.Context(), weak, action.SegmentLockAcquire{LockType: druid.Exclusive, Interval: day(1), Version: "v"})),
				"asking for others": failure(action.Do(t.Context(), weak, action.SegmentLockTryAcquire{LockType: druid.Exclusive, Interval: day(1), Version: "v", Partitions: []int{0}})),
				"listing":           failure(action.Do(t.Context(), weak, action.LockList{})),
			} {
				if leads && err != nil || !leads && !errors.Is(err, metadata.ErrTermOver) {
					t.Errorf("%s, where the server leads is %v: %v", what, leads, err)
				}
			}
		}
		w.store.set(nil)
	})
}
