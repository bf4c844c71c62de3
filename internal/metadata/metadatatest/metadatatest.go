// Package metadatatest is the suite that every metadata.Store must pass.
package metadatatest

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ovate/druid"
	"ovate/internal/metadata"
)

// Exercise runs the suite. open returns an empty store, which the suite closes.
func Exercise(t *testing.T, open func(t *testing.T) metadata.Store) {
	t.Helper()
	for _, group := range []struct {
		name string
		test func(*suite)
	}{
		{"Tasks", testTasks},
		{"TaskLists", testTaskLists},
		{"TaskListsByModel", testTaskListsByModel},
		{"Locks", testLocks},
		{"Segments", testSegments},
		{"SegmentIntervals", testSegmentIntervals},
		{"SegmentsByModel", testSegmentsByModel},
		{"Chunks", testChunks},
		{"Pending", testPending},
		{"AuditAndConfig", testAuditAndConfig},
		{"Transactions", testTransactions},
		{"Concurrency", testConcurrency},
		{"Close", testClose},
	} {
		t.Run(group.name, func(t *testing.T) {
			t.Parallel()
			group.test(&suite{t, open})
		})
	}
}

// suite is one group of tests: each of its cases gets a store of its own.
type suite struct {
	*testing.T
	open func(t *testing.T) metadata.Store
}

// run runs one case.
func (s *suite) run(name string, test func(b *bench)) {
	s.Run(name, func(t *testing.T) {
		t.Parallel()
		test(newBench(t, s.open))
	})
}

// bench is a store on which a case works, with the shortest way to do each thing.
type bench struct {
	*testing.T
	store metadata.Store
	ctx   context.Context
}

func newBench(t *testing.T, open func(t *testing.T) metadata.Store) *bench {
	b := &bench{t, open(t), t.Context()}
	t.Cleanup(func() {
		if err := b.store.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return b
}

// update runs fn in a transaction that must succeed.
func (b *bench) update(fn func(tx metadata.Tx) error) {
	b.Helper()
	if err := b.store.Update(b.ctx, fn); err != nil {
		b.Fatalf("update: %v", err)
	}
}

func (b *bench) insertTasks(rows ...*metadata.TaskRow) {
	b.Helper()
	b.update(func(tx metadata.Tx) error {
		for _, row := range rows {
			if err := tx.InsertTask(row); err != nil {
				return err
			}
		}
		return nil
	})
}

func (b *bench) insertSegments(rows ...metadata.SegmentRow) {
	b.Helper()
	b.update(func(tx metadata.Tx) error {
		_, err := tx.InsertSegments(rows)
		return err
	})
}

// same fails the case unless got equals want.
func (b *bench) same(what string, got, want any) {
	b.Helper()
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(druid.ShardSpec{})); diff != "" {
		b.Errorf("%s differs (-want +got):\n%s", what, diff)
	}
}

// task is a running task created that many milliseconds after day.
func task(id, dataSource, typ string, created int) *metadata.TaskRow {
	return &metadata.TaskRow{
		ID: id, GroupID: id, Type: typ, DataSource: dataSource, Created: day + druid.Instant(created),
		Status:  druid.TaskStatus{ID: id, State: druid.Running, Duration: -1, Location: druid.UnknownLocation},
		Payload: fmt.Appendf(nil, `{"type":"%s","id":"%s"}`, typ, id),
	}
}

// final is such a task that has ended.
func final(id, dataSource, typ string, created int) *metadata.TaskRow {
	row := task(id, dataSource, typ, created)
	row.Status = ended(id, druid.Success)
	return row
}

func ended(id string, state druid.TaskState) druid.TaskStatus {
	return druid.TaskStatus{ID: id, State: state, Duration: 123, Location: druid.TaskLocation{Host: "host", Port: 8100, TLSPort: -1}}
}

// day is 2026-01-01T00:00:00.000Z.
const (
	day  druid.Instant = 1_767_225_600_000
	hour druid.Instant = 3_600_000
)

// hours is the interval from hour from to hour to of day.
func hours(from, to int) druid.Interval {
	return druid.Interval{Start: day + druid.Instant(from)*hour, End: day + druid.Instant(to)*hour}
}

func segment(dataSource string, interval druid.Interval, version string, partition int) metadata.SegmentRow {
	return metadata.SegmentRow{
		Segment: druid.DataSegment{
			DataSource: dataSource, Interval: interval, Version: version,
			LoadSpec:   json.RawMessage(`{"type":"local","path":"/segments/index/"}`),
			Dimensions: []string{"a", "b"}, Metrics: []string{"count"}, ShardSpec: druid.Numbered(partition, 1), BinaryVersion: 9, Size: 1234,
		},
		Created: day, Used: true, UsedStatusLastUpdated: day,
	}
}

func segmentIDs(rows []metadata.SegmentRow) []string {
	ids := []string{}
	for _, row := range rows {
		ids = append(ids, row.Segment.ID().String())
	}
	return ids
}
