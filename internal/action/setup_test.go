package action_test

import (
	"context"
	"slices"
	"strconv"
	"testing"

	"go.uber.org/goleak"

	"ovate/druid"
	"ovate/internal/action"
	"ovate/internal/lockbox"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite/sqlitetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const clock druid.Instant = 1_790_000_000_000

// bundle is a box on a store of its own.
type bundle struct {
	*testing.T
	store metadata.Store
	box   *action.Box
}

func setup(t *testing.T) *bundle {
	t.Helper()
	store := sqlitetest.Open(t)
	now := func() druid.Instant { return clock }
	return &bundle{T: t, store: store, box: action.NewBox(action.Options{Store: store, Locks: lockbox.New(store, now, nil), Now: now})}
}

// task stores and adds an active task of data source wiki.
func (b *bundle) task(id, group string) actor {
	b.Helper()
	return b.taskOf(id, group, 50)
}

// strong is a task that takes locks from others.
func (b *bundle) strong(id string) actor {
	b.Helper()
	return b.taskOf(id, id, 75)
}

func (b *bundle) taskOf(id, group string, priority int) actor {
	b.Helper()
	return b.taskIn("wiki", id, group, priority)
}

// taskIn is a task of another data source.
func (b *bundle) taskIn(dataSource, id, group string, priority int) actor {
	b.Helper()
	row := &metadata.TaskRow{
		ID: id, GroupID: group, Type: "index", DataSource: dataSource, Created: clock, Payload: []byte(`{}`),
		Status: druid.TaskStatus{ID: id, State: druid.Running, Duration: -1, Location: druid.UnknownLocation},
	}
	b.update(func(tx metadata.Tx) error { return tx.InsertTasks(row) })
	by := action.Identity{Allocator: group, Holder: lockbox.Holder{TaskID: id, GroupID: group, DataSource: dataSource, Priority: priority}, Allocates: true}
	b.box.Add(by)
	return actor{wire{t: b.T, to: b.box.For(by)}, by}
}

// actor is a task that performs actions.
type actor struct {
	action.Client
	by action.Identity
}

func (b *bundle) update(fn func(metadata.Tx) error) {
	b.Helper()
	if err := b.store.Update(context.Background(), fn); err != nil {
		b.Fatal(err)
	}
}

// do performs an action that must succeed.
func do[R any](b *bundle, c actor, a action.Action[R]) R {
	b.Helper()
	r, err := action.Do(context.Background(), c, a)
	if err != nil {
		b.Fatalf("%+v: %v", a, err)
	}
	return r
}

func days(from, to int64) druid.Interval {
	return druid.Interval{Start: druid.Instant(from * 86_400_000), End: druid.Instant(to * 86_400_000)}
}

func segment(interval druid.Interval, version string, shard druid.ShardSpec) druid.DataSegment {
	return druid.DataSegment{
		DataSource: "wiki", Interval: interval, Version: version, ShardSpec: shard, BinaryVersion: 9, Size: 1,
		LoadSpec: []byte(`{"type":"local","path":"/` + version + strconv.Itoa(shard.PartitionNum()) + `"}`),
	}
}

// publish puts used segments into the store without a task.
func (b *bundle) publish(segments ...druid.DataSegment) {
	b.Helper()
	rows := make([]metadata.SegmentRow, len(segments))
	for i, s := range segments {
		rows[i] = metadata.SegmentRow{Segment: s, Created: clock, Used: true, UsedStatusLastUpdated: clock}
	}
	b.update(func(tx metadata.Tx) error { _, err := tx.InsertSegments(rows); return err })
}

// at asks for an id on a day, as the batch driver does.
func at(day int64, sequence, previous string) action.SegmentAllocate {
	return action.SegmentAllocate{
		DataSource: "wiki", Timestamp: days(day, day+1).Start, QueryGranularity: druid.None, PreferredGranularity: druid.Day,
		SequenceName: sequence, PreviousID: previous,
	}
}

func tryLock(typ druid.LockType, intervals []druid.Interval) action.LockTryAcquireAll {
	return action.LockTryAcquireAll{LockType: typ, Intervals: intervals}
}

// end lets a task fail.
func (b *bundle) end(c actor) {
	b.Helper()
	status := druid.TaskStatus{ID: c.by.TaskID, State: druid.Failed, Duration: -1, Location: druid.UnknownLocation}
	if err := b.box.End(context.Background(), c.by, status); err != nil {
		b.Fatal(err)
	}
}

// expectPending checks for which sequences ids are reserved.
func (b *bundle) expectPending(sequences ...string) {
	b.Helper()
	rows, err := b.store.PendingSegments(context.Background(), "wiki", nil)
	if err != nil {
		b.Fatal(err)
	}
	var got []string
	for _, row := range rows {
		got = append(got, row.SequenceName)
	}
	if !slices.Equal(got, sequences) {
		b.Errorf("ids are reserved for %q, want %q", got, sequences)
	}
}
