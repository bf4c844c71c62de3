package sqlite_test

import (
	"fmt"
	"testing"

	"ovate/druid"
	"ovate/internal/action"
	"ovate/internal/datasource"
	"ovate/internal/lockbox"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite"
	"ovate/internal/race"
)

// TestAppendCostsTheSame counts the statements and the steps of the database for an append, from the look at what is there to the marking of what is
// overshadowed and the removal of reserved ids, for time chunks with few and with many segments.
func TestAppendCostsTheSame(t *testing.T) {
	t.Parallel()
	most := 2500
	if race.Enabled {
		most = 500 // what is counted is the same
	}
	for _, interval := range []druid.Interval{{Start: 0, End: 86_400_000}, druid.Eternity} {
		for _, core := range []int{0, 2} {
			statements, steps := map[int]int{}, map[int]int{}
			sizes := []int{10, most / 5, most}
			for _, n := range sizes {
				statements[n], steps[n] = appendTo(t, interval, core, n)
			}
			for _, n := range sizes[1:] {
				if statements[n] != statements[10] || steps[n] > steps[10]*11/10 {
					t.Errorf("%s, %d core partitions: an append to %d segments takes %d statements of %d steps; one to 10 takes %d and %d",
						interval, core, n, statements[n], steps[n], statements[10], steps[10])
				}
			}
			t.Logf("%s, %d core partitions: %d statements, steps %v", interval, core, statements[10], steps)
		}
	}
}

// appendTo counts what an append of one segment takes in a chunk with n others, beside other chunks.
func appendTo(t *testing.T, interval druid.Interval, core, n int) (statements, steps int) {
	t.Helper()
	store := open(t, sqlite.Options{})
	defer closeStore(t, store)
	const now druid.Instant = 1_790_000_000_000
	segment := func(interval druid.Interval, version string, shard druid.ShardSpec) metadata.SegmentRow {
		return metadata.SegmentRow{Used: true, Segment: druid.DataSegment{
			DataSource: "wiki", Interval: interval, Version: version, ShardSpec: shard, BinaryVersion: 9, LoadSpec: []byte(`{"type":"local"}`),
		}}
	}
	var there []metadata.SegmentRow
	for i := range n {
		there = append(there, segment(interval, "2020-01-01T00:00:00.000Z", druid.Numbered(i, core)))
		if interval != druid.Eternity && i < 10 { // and others elsewhere, before and after
			day := druid.Instant(i-5) * 86_400_000
			there = append(there, segment(druid.Interval{Start: day - 3_600_000, End: day}, "2020-01-01T00:00:00.000Z", druid.Numbered(i, 0)))
		}
	}
	taskRow := func(id string) *metadata.TaskRow {
		return &metadata.TaskRow{
			ID: id, GroupID: "g", Type: "index", DataSource: "wiki", Created: now, Payload: []byte(`{}`),
			Status: druid.TaskStatus{ID: id, State: druid.Running, Duration: -1, Location: druid.UnknownLocation},
		}
	}
	err := store.Update(t.Context(), func(tx metadata.Tx) error {
		if err := tx.InsertTasks(taskRow("t")); err != nil {
			return err
		}
		_, err := tx.InsertSegments(there)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	clock := func() druid.Instant { return now }
	box := action.NewBox(action.Options{Store: store, Locks: lockbox.New(store, clock, nil), Now: clock})
	marker := datasource.New(store, func() druid.Instant { return now }, nil)
	task := action.Identity{Allocator: "g", Holder: lockbox.Holder{TaskID: "t", GroupID: "g", DataSource: "wiki", Priority: 50}, Allocates: true}
	box.Add(task)
	client := box.For(task)

	statementsBefore, stepsBefore := store.Ran()
	instant := druid.Interval{Start: 5, End: 6}
	if seen := do(t, client, action.ChunkListUsed{DataSource: "wiki", Interval: instant}); len(seen) != 1 || seen[0].Chunk != interval {
		t.Fatalf("in use is %+v", seen)
	}
	do(t, client, action.ChunkListUsed{DataSource: "wiki", Interval: interval})
	do(t, client, action.LockTryAcquire{Interval: interval})
	got := do(t, client, action.SegmentAllocateAll{Requests: []action.SegmentAllocate{{
		DataSource: "wiki", Timestamp: 5, LockType: druid.Exclusive, Chunk: interval, Rows: druid.Interval{Start: 0, End: 3_600_000}, SequenceName: "s",
	}}})
	if got[0] == nil || got[0].ID.PartitionNum != n || got[0].ShardSpec.CorePartitions() != core {
		t.Fatalf("got %+v", got[0])
	}
	status := druid.TaskStatus{ID: "t", State: druid.Success, Duration: 1, Location: druid.UnknownLocation}
	published := segment(got[0].ID.Interval, got[0].ID.Version, got[0].ShardSpec).Segment
	if r := do(t, client, action.SegmentTransactionalInsertAndEnd{Segments: []druid.DataSegment{published}, Status: status}); !r.Success || len(r.Segments) != 1 {
		t.Fatalf("published %+v", r)
	}
	if _, left, err := marker.MarkOvershadowed(t.Context(), "wiki", []druid.Interval{interval}); err != nil || len(left) > 0 {
		t.Fatal(left, err)
	}
	statements, steps = store.Ran()
	return statements - statementsBefore, steps - stepsBefore
}

func do[R any](t *testing.T, c action.Client, a action.Action[R]) R {
	t.Helper()
	r, err := action.Do(t.Context(), c, a)
	if err != nil {
		t.Fatal(fmt.Errorf("%T: %w", a, err))
	}
	return r
}
