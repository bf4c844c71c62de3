package action_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"ovate/druid"
	"ovate/internal/action"
	"ovate/internal/lockbox"
	"ovate/internal/metadata"
)

// cluster is a data source to which tasks append, and whose time chunks they replace. A segment's rows are words "day:number" in its load
// spec, which its copies share, so that it is known what queries see.
type cluster struct {
	store      metadata.Store
	dataSource string
	box        *action.Box
	clock      druid.Instant
}

func newCluster(store metadata.Store, dataSource string) *cluster {
	c := &cluster{store: store, dataSource: dataSource, clock: clock}
	c.start()
	return c
}

// start makes a box without memory.
func (c *cluster) start() {
	now := func() druid.Instant { return c.clock }
	c.box = action.NewBox(action.Options{Store: c.store, Locks: lockbox.New(c.store, now, nil), Now: now})
}

// submit stores a task.
func (c *cluster) submit(id, group string, priority int) (action.Identity, error) {
	row := &metadata.TaskRow{
		ID: id, GroupID: group, Type: "index", DataSource: c.dataSource, Created: c.clock, Payload: []byte(`{}`),
		Status: druid.TaskStatus{ID: id, State: druid.Running, Duration: -1, Location: druid.UnknownLocation},
	}
	by := action.Identity{Allocator: group, Holder: lockbox.Holder{TaskID: id, GroupID: group, DataSource: c.dataSource, Priority: priority}, Allocates: true}
	err := c.store.Update(context.Background(), func(tx metadata.Tx) error { return tx.InsertTasks(row) })
	c.box.Add(by)
	return by, err
}

func (c *cluster) end(by action.Identity) error {
	return c.box.End(context.Background(), by, druid.TaskStatus{ID: by.TaskID, State: druid.Success, Duration: 1, Location: druid.UnknownLocation})
}

func perform[R any](c *cluster, by action.Identity, a action.Action[R]) (R, error) {
	return action.Do(context.Background(), c.box.For(by), a)
}

func (c *cluster) segment(id druid.SegmentID, shard druid.ShardSpec, rows []string) druid.DataSegment {
	spec, _ := json.Marshal(map[string]any{"type": "rows", "rows": rows})
	return druid.DataSegment{DataSource: c.dataSource, Interval: id.Interval, Version: id.Version, ShardSpec: shard, LoadSpec: spec, BinaryVersion: 9, Size: 1}
}

// allocate asks for an id for rows of a day, as a task does that appends with concurrent locks.
func (c *cluster) allocate(by action.Identity, day int64, sequence string) (*action.Allocation, error) {
	return perform(c, by, action.SegmentAllocate{
		DataSource: c.dataSource, Timestamp: days(day, day+1).Start, QueryGranularity: druid.None, PreferredGranularity: druid.Day,
		SequenceName: sequence, LockType: druid.Append,
	})
}

// visible are the rows that a query finds in the segments that a task is told of, in order.
func (c *cluster) visible(by action.Identity, within druid.Interval) ([]string, error) {
	segments, err := perform(c, by, action.SegmentListUsed{DataSource: c.dataSource, Intervals: []druid.Interval{within}})
	newest := map[int64]string{}
	for _, s := range segments {
		for d := s.Interval.Start; d < s.Interval.End; d += days(0, 1).End {
			day := int64(d / days(0, 1).End)
			newest[day] = max(newest[day], s.Version)
		}
	}
	rows := []string{}
	for _, s := range segments {
		var spec struct{ Rows []string }
		if err := json.Unmarshal(s.LoadSpec, &spec); err != nil {
			return nil, err
		}
		for _, row := range spec.Rows {
			day := dayOf(row)
			if within.Encloses(days(day, day+1)) && newest[day] == s.Version {
				rows = append(rows, row)
			}
		}
	}
	slices.Sort(rows)
	return rows, err
}

func dayOf(row string) (day int64) {
	fmt.Sscan(row[:strings.Index(row, ":")], &day)
	return day
}

// lastDay is how many days the tests last, and all these days are.
const lastDay = 3

var all = days(0, lastDay)
