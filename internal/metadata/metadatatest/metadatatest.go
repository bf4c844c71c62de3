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

// Database is an implementation under test.
type Database struct {
	// Open makes a new database, which is empty, and returns a store on it, which the suite closes.
	Open func(t *testing.T) metadata.Store
	// Insert puts a row into the database of a store that is open, as another program does. Tables (tasks, pendingSegments) and columns are
	// called as Druid calls them. A value is a string, []byte, int64, bool or nil; columns that are left out have their defaults.
	Insert func(t *testing.T, store metadata.Store, table string, row map[string]any)
	// Rows are what a table holds, in the order in which it was inserted. Names and values are as Insert takes them, in lower case; a
	// boolean may also be 0 or 1.
	Rows func(t *testing.T, store metadata.Store, table string) []map[string]any
	// Loose tells that the database may refuse a name that is like another one.
	Loose bool
}

// Exercise runs the suite.
func Exercise(t *testing.T, database Database) {
	t.Helper()
	for _, group := range []struct {
		name string
		test func(*suite)
	}{
		{"Tasks", testTasks},
		{"TaskLists", testTaskLists},
		{"TaskListsByModel", testTaskListsByModel},
		{"TaskPages", testTaskPages},
		{"Locks", testLocks},
		{"Segments", testSegments},
		{"SegmentIntervals", testSegmentIntervals},
		{"SegmentsByModel", testSegmentsByModel},
		{"Chunks", testChunks},
		{"Pending", testPending},
		{"Upgrades", testUpgrades},
		{"Commits", testCommits},
		{"Supervisors", testSupervisors},
		{"AuditAndConfig", testAuditAndConfig},
		{"Records", testRecords},
		{"Transactions", testTransactions},
		{"Concurrency", testConcurrency},
		{"Isolation", testIsolation},
		{"Terms", testTerms},
		{"RowsOfJava", testRowsOfJava},
		{"UnreadableRows", testUnreadableRows},
		{"Identity", testIdentity},
		{"Names", testNames},
		{"Close", testClose},
	} {
		t.Run(group.name, func(t *testing.T) {
			t.Parallel()
			group.test(&suite{t, &database})
		})
	}
}

// suite is one group of tests: each of its cases gets a store of its own.
type suite struct {
	*testing.T
	database *Database
}

// run runs one case.
func (s *suite) run(name string, test func(b *bench)) {
	s.Run(name, func(t *testing.T) {
		t.Parallel()
		test(newBench(t, s.database))
	})
}

// bench is a store on which a case works, with the shortest way to do each thing.
type bench struct {
	*testing.T
	database *Database
	store    metadata.Store
	read     metadata.Reader // the store, or a transaction that is to be looked into
	ctx      context.Context
}

func newBench(t *testing.T, database *Database) *bench {
	store := database.Open(t)
	b := &bench{t, database, store, store, t.Context()}
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
	b.update(func(tx metadata.Tx) error { return tx.InsertTasks(rows...) })
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
