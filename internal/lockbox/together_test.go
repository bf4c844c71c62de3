package lockbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"ovate/druid"
)

// Locks that are asked for together are those that one after the other would give: a later one that lies within an earlier one is the same, and of two in
// each other's way the answer names both. Whatever is given is found again after a restart, as it is in memory.
func TestLocksAskedForTogether(t *testing.T) {
	t.Parallel()
	chunks := func(typ druid.LockType, intervals ...druid.Interval) Request {
		return Request{Type: typ, Intervals: intervals}
	}
	segments := func(typ druid.LockType, of ...druid.SegmentID) Request { return Request{Type: typ, Segments: of} }
	segment := func(i druid.Interval, n int) druid.SegmentID {
		return druid.SegmentID{DataSource: "wiki", Interval: i, Version: "v1", PartitionNum: n}
	}
	one, two, later := days(0, 1), days(0, 2), days(1, 3)
	for _, c := range []struct {
		name   string
		held   Request // before
		wanted Request
		got    []druid.Interval // of the locks
		rows   int
		wrong  []druid.Interval // what the error names
	}{
		{name: "apart", wanted: chunks(druid.Exclusive, one, later), got: []druid.Interval{one, later}, rows: 2},
		{name: "twice the same", wanted: chunks(druid.Exclusive, one, one), got: []druid.Interval{one, one}, rows: 1},
		{name: "within the first", wanted: chunks(druid.Replace, two, one), got: []druid.Interval{two, two}, rows: 1},
		{name: "over the first", wanted: chunks(druid.Exclusive, one, two), wrong: []druid.Interval{one, two}},
		{name: "across", wanted: chunks(druid.Exclusive, two, later), wrong: []druid.Interval{two, later}},
		{name: "across, where one is covered", held: chunks(druid.Exclusive, days(0, 3)), wanted: chunks(druid.Exclusive, two, later), got: []druid.Interval{days(0, 3), days(0, 3)}, rows: 1},
		{name: "across and replacing", wanted: chunks(druid.Replace, two, later), wrong: []druid.Interval{two, later}},
		{name: "across and shared", wanted: chunks(druid.Shared, two, later), got: []druid.Interval{two, later}, rows: 2},
		{name: "across and appending", wanted: chunks(druid.Append, two, later), got: []druid.Interval{two, later}, rows: 2},
		{name: "of nothing", wanted: chunks(druid.Exclusive, one, days(1, 1)), wrong: []druid.Interval{days(1, 1)}},
		{name: "a segment twice", wanted: segments(druid.Exclusive, segment(one, 3), segment(one, 3)), got: []druid.Interval{one, one}, rows: 1},
		{name: "two segments", wanted: segments(druid.Exclusive, segment(one, 3), segment(one, 4)), got: []druid.Interval{one, one}, rows: 2},
		{name: "the partition of a narrower chunk", wanted: segments(druid.Exclusive, segment(two, 3), segment(one, 3)), got: []druid.Interval{two, two}, rows: 1},
		{name: "another one of a narrower chunk", wanted: segments(druid.Exclusive, segment(two, 3), segment(one, 4)), wrong: []druid.Interval{two, one}},
		{name: "segments across", wanted: segments(druid.Append, segment(two, 3), segment(later, 3)), wrong: []druid.Interval{two, later}},
		{name: "shared segments across", wanted: segments(druid.Shared, segment(two, 3), segment(later, 4)), got: []druid.Interval{two, later}, rows: 2},
		{name: "a segment of a chunk that is held", held: chunks(druid.Exclusive, one), wanted: segments(druid.Exclusive, segment(one, 3), segment(one, 3)), got: []druid.Interval{one, one}, rows: 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := setup()
			task := b.task("a")
			if c.held.count() > 0 {
				b.mustLockSegments(t, task, c.held)
			}
			can := b.CanAcquire(task, c.wanted)
			locks, err := b.TryAcquire(context.Background(), task, c.wanted)
			var wrong *druid.Error
			switch {
			case can != (err == nil):
				t.Errorf("CanAcquire = %v, but %v", can, err)
			case c.wrong == nil && err != nil:
				t.Error(err)
			case c.wrong != nil && (!errors.As(err, &wrong) || wrong.HTTPStatus() != 400):
				t.Errorf("got %+v, %v, want a 400", locks, err)
			}
			for _, i := range c.wrong {
				if err != nil && !strings.Contains(err.Error(), fmt.Sprintf("[%s]", i)) {
					t.Errorf("%v does not name %s", err, i)
				}
			}
			var got []druid.Interval
			for _, l := range locks {
				got = append(got, l.Interval)
			}
			if rows := len(b.store.list()); !slices.Equal(got, c.got) || rows != c.rows {
				t.Errorf("got locks over %v in %d rows, want %v in %d", got, rows, c.got, c.rows)
			}
			before := b.Locks(task)
			b.Lockbox = New(b.store, b.now, nil)
			b.Add(task)
			if lost, orphans := b.Restore(b.store.list()); len(lost)+len(orphans) > 0 || !slices.Equal(b.Locks(task), before) {
				t.Errorf("after a restart %+v are lost, %v are of nobody, and the task has %+v; it had %+v", lost, orphans, b.Locks(task), before)
			}
		})
	}
}
