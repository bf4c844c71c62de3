package lockbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"ovate/druid"
	"ovate/internal/metadata"
)

// segmentsOf asks for locks over partitions of the days.
func segmentsOf(typ druid.LockType, interval druid.Interval, version string, partitions ...int) Request {
	wanted := Request{Type: typ}
	for _, n := range partitions {
		wanted.Segments = append(wanted.Segments, druid.SegmentID{DataSource: "wiki", Interval: interval, Version: version, PartitionNum: n})
	}
	return wanted
}

func (b *bundle) mustLockSegments(t *testing.T, h Holder, wanted Request) []druid.TaskLock {
	t.Helper()
	locks, err := b.TryAcquire(context.Background(), h, wanted)
	if err != nil {
		t.Fatalf("lock %s for %s: %v", &wanted, h.TaskID, err)
	}
	return locks
}

func TestSegmentsBesideOthers(t *testing.T) {
	t.Parallel()
	day, two, next := days(0, 1), days(0, 2), days(1, 2)
	chunk := func(typ druid.LockType, i druid.Interval) Request {
		return Request{Type: typ, Intervals: []druid.Interval{i}}
	}
	segment := func(typ druid.LockType, i druid.Interval, n int) Request { return segmentsOf(typ, i, "v1", n) }
	for _, c := range []struct {
		name       string
		has, wants Request
		task       string // who wants it; a stranger unless set
		granted    bool
		revokes    bool
	}{
		{name: "another partition", has: segment(druid.Exclusive, day, 0), wants: segment(druid.Exclusive, day, 1), granted: true},
		{name: "the same partition", has: segment(druid.Exclusive, day, 0), wants: segment(druid.Exclusive, day, 0)},
		{name: "the same partition of another version", has: segment(druid.Exclusive, day, 0), wants: segmentsOf(druid.Exclusive, day, "v2", 0)},
		{name: "another partition of a wider chunk", has: segment(druid.Exclusive, day, 0), wants: segment(druid.Exclusive, two, 1)},
		{name: "another partition of a narrower chunk", has: segment(druid.Exclusive, two, 0), wants: segment(druid.Exclusive, day, 1)},
		{name: "the same partition of another chunk", has: segment(druid.Exclusive, day, 0), wants: segment(druid.Exclusive, next, 0), granted: true},
		{name: "a segment in a locked chunk", has: chunk(druid.Exclusive, two), wants: segment(druid.Exclusive, day, 0)},
		{name: "the chunk of a locked segment", has: segment(druid.Exclusive, day, 0), wants: chunk(druid.Exclusive, two)},
		{name: "a chunk beside a locked segment", has: segment(druid.Exclusive, day, 0), wants: chunk(druid.Exclusive, next), granted: true},
		{name: "shared", has: segment(druid.Shared, day, 0), wants: segment(druid.Shared, day, 0), granted: true},
		{name: "a shared chunk", has: segment(druid.Shared, day, 0), wants: chunk(druid.Shared, two), granted: true},
		{name: "a shared segment", has: chunk(druid.Shared, two), wants: segment(druid.Shared, day, 0), granted: true},
		{name: "an appending segment beside another", has: segment(druid.Append, day, 0), wants: segment(druid.Append, day, 1), granted: true},
		{name: "the same appending segment", has: segment(druid.Append, day, 0), wants: segment(druid.Append, day, 0)},
		{name: "an appending segment in an appending chunk", has: chunk(druid.Append, day), wants: segment(druid.Append, day, 0)},
		{name: "an appending chunk over an appending segment", has: segment(druid.Append, day, 0), wants: chunk(druid.Append, day), granted: true},
		{name: "a replacing chunk over an appending segment", has: segment(druid.Append, day, 0), wants: chunk(druid.Replace, two), granted: true},
		{name: "an appending segment in a replacing chunk", has: chunk(druid.Replace, day), wants: segment(druid.Append, day, 0)},
		{name: "a stronger one takes the segment", has: segment(druid.Exclusive, day, 0), wants: segment(druid.Exclusive, day, 0), task: "w/w/75", granted: true, revokes: true},
		{name: "a stronger one takes the chunk", has: segment(druid.Exclusive, day, 0), wants: chunk(druid.Exclusive, two), task: "w/w/75", granted: true, revokes: true},
		{name: "a stronger one takes a segment of the chunk", has: chunk(druid.Exclusive, two), wants: segment(druid.Exclusive, day, 0), task: "w/w/75", granted: true, revokes: true},
		{name: "a stronger one that appends takes nothing", has: chunk(druid.Exclusive, two), wants: segment(druid.Append, day, 0), task: "w/w/75"},
		{name: "the group changes its granularity", has: chunk(druid.Exclusive, day), wants: segment(druid.Exclusive, day, 0), task: "w/holder", granted: true},
		{name: "and back", has: segment(druid.Exclusive, day, 0), wants: chunk(druid.Exclusive, day), task: "w/holder", granted: true},
		{name: "but not where the chunks differ", has: segment(druid.Exclusive, day, 0), wants: chunk(druid.Exclusive, two), task: "w/holder"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := setup()
			holder := b.task("holder")
			b.mustLockSegments(t, holder, c.has)
			who := c.task
			if who == "" {
				who = "stranger"
			}
			other := b.task(who)
			if can := b.CanAcquire(other, c.wants); can != c.granted {
				t.Errorf("CanAcquire = %v, want %v", can, c.granted)
			}
			_, err := b.TryAcquire(context.Background(), other, c.wants)
			var refused *Refused
			if c.granted != (err == nil) || !c.granted && !errors.As(err, &refused) {
				t.Errorf("%v, want granted %v", err, c.granted)
			}
			if got := b.Locks(holder)[0].Revoked; got != c.revokes {
				t.Errorf("the first lock is revoked: %v, want %v", got, c.revokes)
			}
		})
	}
}

// A lock over a segment has the segment's version, is had once by each group, and is written as Druid writes it.
func TestSegmentLock(t *testing.T) {
	t.Parallel()
	b := setup()
	one, two := b.task("one/g"), b.task("two/g")
	first := b.mustLockSegments(t, one, segmentsOf(druid.Exclusive, days(0, 1), "v1", 4, 2))
	want := druid.TaskLock{
		Granularity: druid.SegmentLock, Type: druid.Exclusive, GroupID: "g", DataSource: "wiki", Interval: days(0, 1), Version: "v1", PartitionID: 4, Priority: 50,
	}
	if len(first) != 2 || first[0] != want || first[1].PartitionID != 2 {
		t.Errorf("got %+v, want %+v and that of partition 2", first, want)
	}
	for _, h := range []Holder{one, two} {
		if again := b.mustLockSegments(t, h, segmentsOf(druid.Exclusive, days(0, 1), "v1", 2)); again[0] != first[1] {
			t.Errorf("%s gets %+v, want its group's %+v", h.TaskID, again, first[1])
		}
	}
	if got := b.Locks(one); len(got) != 2 || got[0].PartitionID != 2 || got[1].PartitionID != 4 {
		t.Errorf("locks %+v, want those of partitions 2 and 4", got)
	}
	if n := len(b.store.list()); n != 3 {
		t.Errorf("%d rows, want one for each lock of each task", n)
	}
	if b.store.looks.Load() > 0 {
		t.Error("segments were read for locks that have their versions")
	}
	stranger := b.task("stranger")
	got, err := b.Obtainable(stranger, segmentsOf(druid.Exclusive, days(0, 1), "v1", 1, 2, 3, 4, 5))
	if err != nil || !slices.Equal(got, segmentsOf(druid.Exclusive, days(0, 1), "v1", 1, 3, 5).Segments) {
		t.Errorf("obtainable are %v, %v, want those that nobody has", got, err)
	}
	if err := b.Release(t.Context(), one, days(0, 1)); err != nil || len(b.Locks(one)) != 2 {
		t.Errorf("locks over segments were given back as one over their chunk: %v", err)
	}
	if err := b.end(one); err != nil {
		t.Fatal(err)
	}
	b.mustLockSegments(t, stranger, segmentsOf(druid.Exclusive, days(0, 1), "v1", 4))
	if n := len(b.Find(Filter{DataSource: "wiki"})); n != 2 {
		t.Errorf("%d locks are found, want those of two partitions", n)
	}
}

// Of segments of several time chunks a task gets all or none.
func TestSegmentsOfSeveralChunks(t *testing.T) {
	t.Parallel()
	b := setup()
	one, two := b.task("one"), b.task("two")
	both := segmentsOf(druid.Exclusive, days(0, 1), "v1", 0, 1)
	both.Segments = append(both.Segments, segmentsOf(druid.Exclusive, days(1, 2), "v2", 0).Segments...)
	b.mustLockSegments(t, one, segmentsOf(druid.Exclusive, days(1, 2), "v2", 0))
	b.mustRefuseSegments(t, two, both)
	if can, locks, rows := b.CanAcquire(two, both), b.Locks(two), len(b.store.list()); can || len(locks) > 0 || rows != 1 {
		t.Errorf("refused, it could have them: %v, has %+v, and there are %d rows", can, locks, rows)
	}
	if err := b.end(one); err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, l := range b.mustLockSegments(t, two, both) {
		got += fmt.Sprintf("%v %s %d, ", l.Interval == days(0, 1), l.Version, l.PartitionID)
	}
	if want := "true v1 0, true v1 1, false v2 0, "; got != want {
		t.Errorf("it gets %s, want %s", got, want)
	}
}

// A task publishes under locks over segments what they are over, and nothing once one of the time chunk was revoked.
func TestGuardUnderSegmentLocks(t *testing.T) {
	t.Parallel()
	b := setup()
	h := b.task("task")
	b.mustLockSegments(t, h, segmentsOf(druid.Exclusive, days(0, 1), "v2", 0, 1))
	b.mustLockSegments(t, h, segmentsOf(druid.Append, days(1, 2), "v2", 0))
	guard := func(interval druid.Interval, version string, partitions ...int) error {
		var segments []druid.SegmentID
		for _, n := range partitions {
			segments = append(segments, druid.SegmentID{DataSource: "wiki", Interval: interval, Version: version, PartitionNum: n})
		}
		return b.Guard(context.Background(), h, segments, func() error {
			b.mustRefuseSegments(t, b.task("strong/strong/75"), segmentsOf(druid.Exclusive, interval, version, partitions...))
			return nil
		})
	}
	for _, c := range []struct {
		interval   druid.Interval
		version    string
		partitions []int
		covered    bool
	}{
		{days(0, 1), "v2", []int{0, 1}, true},
		{days(0, 1), "v1", []int{1}, true},
		{days(0, 1), "v3", []int{1}, false},
		{days(0, 1), "v2", []int{2}, false},
		{days(0, 2), "v2", []int{0}, false},
		{days(1, 2), "v3", []int{0}, false},
	} {
		err := guard(c.interval, c.version, c.partitions...)
		var uncovered *Uncovered
		if c.covered != (err == nil) || !c.covered && !errors.As(err, &uncovered) {
			t.Errorf("%v %s %v: %v, want covered %v", c.interval, c.version, c.partitions, err, c.covered)
		}
	}
	b.mustLockSegments(t, b.task("strong/strong/75"), segmentsOf(druid.Exclusive, days(0, 1), "v2", 1))
	var revoked *Revoked
	for _, n := range []int{0, 1} {
		if err := guard(days(0, 1), "v2", n); !errors.As(err, &revoked) {
			t.Errorf("partition %d once the lock over partition 1 was revoked: %v", n, err)
		}
	}
	if err := guard(days(1, 2), "v2", 0); err != nil {
		t.Errorf("another time chunk: %v", err)
	}
}

func (b *bundle) mustRefuseSegments(t *testing.T, h Holder, wanted Request) {
	t.Helper()
	_, err := b.TryAcquire(context.Background(), h, wanted)
	var refused *Refused
	if !errors.As(err, &refused) {
		t.Fatalf("lock %s for %s: got %v, want a refusal", &wanted, h.TaskID, err)
	}
}

// The locks that another leader has left are those that the tasks go on with, whatever their granularity and whether they say their priority.
func TestRestoreRowsOfAnotherLeader(t *testing.T) {
	t.Parallel()
	const lock = `"type":"EXCLUSIVE","groupId":"g","dataSource":"wiki","interval":"1970-01-01T00:00:00.000Z/1970-01-02T00:00:00.000Z","version":"v1",`
	b := setup()
	insert := func(id int64, task, text string) {
		t.Helper()
		var l druid.TaskLock
		if err := l.UnmarshalJSON([]byte(text)); err != nil {
			t.Fatal(err)
		}
		b.store.rows[id] = metadata.LockRow{ID: id, TaskID: task, Lock: l}
	}
	insert(1, "one", `{"granularity":"segment",`+lock+`"partitionId":0,"priority":50,"revoked":false}`)
	insert(2, "two", `{"granularity":"segment",`+lock+`"partitionId":0,"priority":null,"revoked":false}`)
	insert(3, "one", `{"granularity":"segment",`+lock+`"partitionId":1,"priority":50,"revoked":true}`)
	insert(4, "one", `{"granularity":"segment",`+lock+`"partitionId":32768,"priority":50,"revoked":false}`)
	insert(5, "chunk", `{"granularity":"timeChunk","type":"SHARED","groupId":"chunk","dataSource":"wiki",`+
		`"interval":"1970-01-08T00:00:00.000Z/1970-01-09T00:00:00.000Z","version":"v1","priority":null,"revoked":false}`)
	insert(6, "gone", `{"granularity":"segment",`+lock+`"partitionId":7,"priority":50,"revoked":false}`)
	insert(7, "elsewhere", `{"granularity":"timeChunk",`+lock+`"priority":50,"revoked":false}`)
	insert(8, "unlucky", `{"granularity":"segment","type":"EXCLUSIVE","groupId":"unlucky","dataSource":"wiki",`+
		`"interval":"1970-01-01T00:00:00.000Z/1970-01-02T00:00:00.000Z","version":"v1","partitionId":0,"priority":50,"revoked":false}`)
	one, two, chunk := b.task("one/g"), b.task("two/g"), b.task("chunk/chunk/25")
	b.task("unlucky")
	b.Add(Holder{TaskID: "elsewhere", GroupID: "g", DataSource: "news", Priority: 50})
	lost, orphans := b.Restore(b.store.list())
	if len(lost) != 2 || lost[0].Holder.TaskID != "elsewhere" || lost[0].Holder.DataSource != "news" || lost[1].Holder.TaskID != "unlucky" {
		t.Errorf("lost %+v, want those of another data source and of a segment that another group has", lost)
	}
	if !slices.Equal(orphans, []int64{6}) {
		t.Errorf("orphans %v, want the row of the task that is gone", orphans)
	}
	for _, c := range []struct {
		h    Holder
		want string
	}{{one, "0 50 false, 1 50 true, 32768 50 false, "}, {two, "0 50 false, "}, {chunk, "0 25 false, "}} {
		got := ""
		for _, l := range b.Locks(c.h) {
			got += fmt.Sprint(l.PartitionID, l.Priority, l.Revoked, ", ")
			if l.NoPriority {
				t.Errorf("%s has a lock without a priority", c.h.TaskID)
			}
		}
		if got != c.want {
			t.Errorf("locks of %s: %s, want %s", c.h.TaskID, got, c.want)
		}
	}
	if again := b.mustLockSegments(t, two, segmentsOf(druid.Exclusive, days(0, 1), "v1", 0)); again[0] != b.Locks(one)[0] {
		t.Errorf("the group has two locks over one segment: %+v", again)
	}
	b.mustRefuseSegments(t, b.task("stranger"), segmentsOf(druid.Exclusive, days(0, 1), "v1", 0))
	b.mustLockSegments(t, b.task("stranger"), segmentsOf(druid.Exclusive, days(0, 1), "v1", 1)) // which is revoked
	for _, h := range []Holder{one, two} {
		if err := b.end(h); err != nil {
			t.Fatal(err)
		}
	}
	b.mustLockSegments(t, b.task("stranger"), segmentsOf(druid.Exclusive, days(0, 1), "v1", 0))
}

// Of the locks over other segments of a time chunk, however many, a request looks at next to none.
func TestSegmentLocksAreNotSearched(t *testing.T) {
	t.Parallel()
	var line tree
	const n = 10_000
	for i := range n {
		line.insert(&posse{lock: druid.TaskLock{Granularity: druid.SegmentLock, Interval: days(1, 2), PartitionID: i}, age: uint64(i)})
	}
	for _, c := range []struct {
		at   place
		want int
	}{{place{days(1, 2), n / 3}, 1}, {place{days(1, 2), n}, 0}, {place{days(2, 3), 0}, 0}, {place{days(0, 2), 0}, n}, {place{days(1, 2), wholeChunk}, n}} {
		found := 0
		line.meeting(c.at, func(*posse) bool { found++; return true })
		if looks := line.root.looks(c.at, nil, nil); found != c.want || c.want < n && looks > 200 {
			t.Errorf("%+v: %d found in %d looks, want %d", c.at, found, looks, c.want)
		}
	}
}

// looks is how many nodes meeting comes to.
func (n *node) looks(at place, after, before *posse) int {
	if n == nil || n.latestEnd <= at.interval.Start || at.isApartFrom(after, before) {
		return 1
	}
	return 1 + n.left.looks(at, after, n.posse) + n.right.looks(at, n.posse, before)
}
