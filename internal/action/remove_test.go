package action_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"ovate/druid"
	"ovate/internal/action"
	"ovate/internal/lockbox"
	"ovate/internal/metadata"
)

const version = "2020-01-01T00:00:00.000Z"

// refuse performs an action that must be refused for a reason that the caller is told.
func refuse[R any](b *bundle, c actor, a action.Action[R], because string) {
	b.Helper()
	_, err := action.Do(context.Background(), c, a)
	var deliberate *druid.Error
	var uncovered *lockbox.Uncovered
	told := errors.As(err, &deliberate) || errors.As(err, &uncovered) || errors.Is(err, metadata.ErrNotActive)
	if !told || !strings.Contains(err.Error(), because) {
		b.Errorf("%s: %v, want %q", a.Type(), err, because)
	}
}

// expectSegments checks which segments there are, used and unused.
func (b *bundle) expectSegments(used, unused int) {
	b.Helper()
	var gotUsed, gotUnused int
	err := b.store.AllSegments(context.Background(), func(row *metadata.SegmentRow) error {
		if row.Used {
			gotUsed++
		} else {
			gotUnused++
		}
		return nil
	})
	if err != nil || gotUsed != used || gotUnused != unused {
		b.Errorf("%d segments are used and %d are not, %v, want %d and %d", gotUsed, gotUnused, err, used, unused)
	}
}

// A task marks segments of its own data source, and where nobody else works.
func TestMarkUnused(t *testing.T) {
	t.Parallel()
	mark := action.MarkSegmentsAsUnused{DataSource: "wiki", Interval: days(0, 9)}
	for _, lock := range []druid.LockType{"", druid.Shared, druid.Append, druid.Replace} {
		b := setup(t)
		b.publish(segment(days(1, 2), version, druid.Numbered(0, 1)), segment(days(3, 4), version, druid.Numbered(0, 1)))
		c := b.task("t", "g")
		if lock != "" {
			do(b, c, tryLock(lock, []druid.Interval{days(0, 9)}))
			refuse(b, c, mark, "holds no EXCLUSIVE lock over segment[wiki_1970-01-02")
		} else {
			refuse(b, c, mark, "holds no valid lock over segment[wiki_1970-01-02")
		}
		b.expectSegments(2, 0)
	}

	b := setup(t)
	b.publish(segment(days(1, 2), version, druid.Numbered(0, 1)), segment(days(3, 4), version, druid.Numbered(0, 1)))
	c := b.task("t", "g")
	refuse(b, c, action.MarkSegmentsAsUnused{DataSource: "other", Interval: days(0, 9)}, "task[t] of data source[wiki] cannot mark segments of data source[other]")
	do(b, c, tryLock(druid.Exclusive, []druid.Interval{days(0, 2)}))
	refuse(b, c, mark, "holds no valid lock over segment[wiki_1970-01-04")
	b.expectSegments(2, 0)
	if n := do(b, c, action.MarkSegmentsAsUnused{DataSource: "wiki", Interval: days(0, 3)}); n != 1 {
		t.Errorf("marked %d", n)
	}
	do(b, c, tryLock(druid.Exclusive, []druid.Interval{days(3, 9)}))
	for _, want := range []int{1, 0} {
		if n := do(b, c, mark); n != want {
			t.Errorf("marked %d, want %d", n, want)
		}
	}
	b.expectSegments(0, 2)
}

// The row of a segment goes under a lock that keeps others from its id, and stays while the segment is used.
func TestNuke(t *testing.T) {
	t.Parallel()
	first, second := segment(days(1, 2), version, druid.Numbered(0, 0)), segment(days(1, 2), version, druid.Numbered(1, 0))
	nuke := action.SegmentNuke{Segments: []druid.DataSegment{first, second}}
	setUsed := func(b *bundle, used bool, segments ...druid.DataSegment) {
		for _, s := range segments {
			b.update(func(tx metadata.Tx) error { _, err := tx.SetUsed([]string{s.ID().String()}, used, clock); return err })
		}
	}
	for _, c := range []struct {
		lock    druid.LockType
		refused string
	}{
		{"", "holds no valid lock over segment[wiki_1970-01-02"},
		{druid.Shared, "holds no EXCLUSIVE or REPLACE lock over segment["},
		{druid.Append, "holds no EXCLUSIVE or REPLACE lock over segment["},
		{druid.Replace, ""},
		{druid.Exclusive, ""},
	} {
		b := setup(t)
		b.publish(first, second)
		setUsed(b, false, first, second)
		task := b.task("t", "g")
		if c.lock != "" {
			do(b, task, tryLock(c.lock, []druid.Interval{days(0, 9)}))
		}
		if c.refused != "" {
			refuse(b, task, nuke, c.refused)
			b.expectSegments(0, 2)
			continue
		}
		setUsed(b, true, second)
		refuse(b, task, nuke, "segment["+second.ID().String()+"] is used")
		b.expectSegments(1, 1)
		setUsed(b, false, second)
		for range 2 { // the answer to the first may be lost
			do(b, task, nuke)
			b.expectSegments(0, 0)
		}
	}
}

// What has lost its files goes without a lock, but stays while it is used, and others' data sources are none of the task's business.
func TestNukeWithoutFilesSparesWhatIsUsedAgain(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.task("t", "g")
	used := segment(days(1, 2), version, druid.Numbered(0, 0))
	b.publish(used)
	do(b, c, action.SegmentNukeWithoutFiles{Segments: []druid.DataSegment{used}})
	other := used
	other.DataSource = "other"
	refuse(b, c, action.SegmentNukeWithoutFiles{Segments: []druid.DataSegment{other}}, "cannot remove segment[other_")
	refuse(b, c, action.SegmentNuke{Segments: []druid.DataSegment{other}}, "cannot remove segment[other_")
	b.expectSegments(1, 0)
}

// Segments that contradict each other, or that no query could ever see, are refused before anything is written.
func TestInsertRefuses(t *testing.T) {
	t.Parallel()
	larger := func(s druid.DataSegment) druid.DataSegment { s.Size++; return s }
	of := func(json string) (s druid.ShardSpec) {
		if err := s.UnmarshalJSON([]byte(json)); err != nil {
			t.Fatal(err)
		}
		return s
	}
	one := segment(days(1, 2), version, druid.Numbered(0, 1))
	for name, c := range map[string]struct {
		segments []druid.DataSegment
		because  string // empty: they are published
	}{
		"overlapping":          {[]druid.DataSegment{one, segment(days(1, 3), version, druid.Numbered(0, 1))}, "field [segments.interval]: there would be segments of version["},
		"overlapping a stored": {[]druid.DataSegment{segment(days(7, 9), version, druid.Numbered(0, 1))}, "field [segments.interval]: there would be segments of version["},
		"beside a stored":      {[]druid.DataSegment{segment(days(7, 8), version, druid.Numbered(1, 1))}, ""},
		"of unlike versions":   {[]druid.DataSegment{one, segment(days(1, 3), "2019-01-01T00:00:00.000Z", druid.Numbered(0, 1))}, ""},
		"number below 0":       {[]druid.DataSegment{one, segment(days(2, 3), version, druid.Numbered(-1, 0))}, "field [segments[1].shardSpec.partitionNum] is -1, but must be from 0 to 2147483646"},
		"number no int":        {[]druid.DataSegment{segment(days(1, 2), version, druid.Numbered(1<<31, 0))}, "field [segments[0].shardSpec.partitionNum] is 2147483648"},
		"cores below 0":        {[]druid.DataSegment{segment(days(1, 2), version, druid.Numbered(0, -1))}, "field [segments[0].shardSpec.partitions] is -1"},
		"cores of a range":     {[]druid.DataSegment{segment(days(1, 2), version, of(`{"type":"range","partitionNum":0,"numCorePartitions":-1}`))}, "field [segments[0].shardSpec.numCorePartitions] is -1"},
		"cores not counted":    {[]druid.DataSegment{segment(days(1, 2), version, of(`{"type":"single","partitionNum":0,"numCorePartitions":-1}`))}, ""},
		"too many cores":       {[]druid.DataSegment{segment(days(1, 2), version, druid.Numbered(0, 1_000_000_000))}, "field [segments[0].shardSpec.partitions] is 1000000000, but the request has 1 of the time chunk"},
		"a part of the cores":  {[]druid.DataSegment{segment(days(1, 2), version, druid.Numbered(0, 2))}, ""},
		"one id, two segments": {[]druid.DataSegment{one, larger(one)}, "field [segments[1]] has the id of [segments[0]], " + one.ID().String()},
		"the same twice":       {[]druid.DataSegment{one, one}, ""},
		"no time":              {[]druid.DataSegment{segment(days(1, 1), version, druid.Numbered(0, 1))}, "field [segments[0].interval] is [1970-01-02"},
		"no lock":              {[]druid.DataSegment{segment(days(11, 12), version, druid.Numbered(0, 1))}, "holds no valid lock over segment[wiki_1970-01-12"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.publish(segment(days(7, 8), version, druid.Numbered(0, 1)))
			task := b.task("t", "g")
			do(b, task, tryLock(druid.Exclusive, []druid.Interval{days(0, 9)}))
			insert := action.SegmentTransactionalInsert{Segments: c.segments}
			if c.because != "" {
				refuse(b, task, insert, c.because)
				b.expectSegments(1, 0)
				return
			}
			ids := map[druid.SegmentID]bool{}
			for _, s := range c.segments {
				ids[s.ID()] = true
			}
			if r := do(b, task, insert); !r.Success || len(r.Segments) != len(ids) {
				t.Errorf("published %+v", r)
			}
			if r := do(b, task, insert); !r.Success || len(r.Segments) != 0 {
				t.Errorf("published again %+v", r)
			}
		})
	}
}

// No id is handed out whose number Druid could not read.
func TestAllocateStopsAtTheLastNumber(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.publish(segment(days(1, 2), version, druid.Numbered(1<<31-2, 0)))
	if got := do(b, b.task("t", "g"), at(1, "s", "")); got != nil {
		t.Errorf("allocated %+v", got)
	}
}

// What an action that waits does at once is known by its answer.
func TestAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	holder, other := b.task("a", "a"), b.task("b", "b")
	for i, c := range []struct {
		actor
		inVain bool
	}{{holder, false}, {other, true}} {
		r, err := action.ReadOfDruid([]byte(`{"type":"lockAcquire","interval":"2026-03-01/2026-03-02","timeoutMs":0}`))
		if err != nil {
			t.Fatal(err)
		}
		atOnce := action.AtOnce(r)
		if atOnce == nil {
			t.Fatal("lockAcquire waits for nobody")
		}
		if err := b.box.Try(t.Context(), c.by, atOnce); err != nil || action.InVain(atOnce) != c.inVain {
			t.Errorf("%d: in vain is %v, %v", i, action.InVain(atOnce), err)
		}
	}
	for _, text := range []string{`{"type":"lockList"}`, `{"type":"lockTryAcquire","interval":"2026-03-01/2026-03-02"}`} {
		r, err := action.ReadOfDruid([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if action.AtOnce(r) != nil {
			t.Errorf("%s is said to wait", text)
		}
	}
}
