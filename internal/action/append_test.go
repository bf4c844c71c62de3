package action_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"ovate/druid"
	"ovate/internal/action"
	"ovate/internal/metadata"
)

// allocate asks for an id to append to a day, with an APPEND lock.
func (b *bundle) allocate(c actor, day int64, sequence string) druid.DataSegment {
	b.Helper()
	request := at(day, sequence, "")
	request.LockType = druid.Append
	id := do(b, c, request)
	if id == nil {
		b.Fatalf("no id for day %d", day)
	}
	return segment(id.ID.Interval, id.ID.Version, id.ShardSpec)
}

// append appends a segment to a day.
func (b *bundle) append(c actor, day int64) druid.DataSegment {
	b.Helper()
	s := b.allocate(c, day, fmt.Sprint("of ", c.by.TaskID, day))
	b.published(do(b, c, action.SegmentTransactionalAppend{Segments: []druid.DataSegment{s}}), 1)
	return s
}

// replacing is a task with a REPLACE lock, and the lock's version.
func (b *bundle) replacing(id string, interval druid.Interval) (actor, string) {
	b.Helper()
	c := b.task(id, id)
	lock := do(b, c, action.LockTryAcquire{LockType: druid.Replace, Interval: interval})
	if lock == nil {
		b.Fatalf("no REPLACE lock over %s", interval)
	}
	return c, lock.Version
}

// published checks a result, of which so many segments are new.
func (b *bundle) published(r action.PublishResult, inserted int) {
	b.Helper()
	if !r.Success || len(r.Segments) != inserted || r.ErrorMsg != "" {
		b.Fatalf("%+v, want %d segments", r, inserted)
	}
}

// row is the stored row of a segment.
func (b *bundle) row(id druid.SegmentID) metadata.SegmentRow {
	b.Helper()
	rows, err := b.store.SegmentsByID(context.Background(), "wiki", []string{id.String()})
	if err != nil || len(rows) != 1 {
		b.Fatalf("rows of %s: %+v, %v", id, rows, err)
	}
	return rows[0]
}

// expectVisible checks the ids of what queries see, without the data source.
func (b *bundle) expectVisible(c actor, want ...druid.SegmentID) {
	b.Helper()
	var got []druid.SegmentID
	for _, s := range do(b, c, action.SegmentListUsed{DataSource: "wiki", Intervals: []druid.Interval{days(0, 99)}}) {
		got = append(got, s.ID())
	}
	slices.SortFunc(got, metadata.CompareSegmentIDs)
	if !slices.Equal(got, want) {
		b.Errorf("visible are %v, want %v", got, want)
	}
}

func id(interval druid.Interval, version string, partition int) druid.SegmentID {
	return druid.SegmentID{DataSource: "wiki", Interval: interval, Version: version, PartitionNum: partition}
}

// What was appended while a task replaced is carried over to the task's version when that publishes, once.
func TestAppendedBeforeReplaced(t *testing.T) {
	t.Parallel()
	for name, interval := range map[string]druid.Interval{"the same time chunk": days(1, 2), "a wider one": days(0, 7)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			a := b.task("a", "a")
			early := b.append(a, 1)
			r, version := b.replacing("r", interval)
			late := b.append(a, 1)
			b.published(do(b, a, action.SegmentTransactionalAppend{Segments: []druid.DataSegment{early, late}}), 0) // the answer was lost
			notes, err := b.store.Upgrades(t.Context(), []string{"r"})
			if want := []metadata.UpgradeRow{{TaskID: "r", SegmentID: late.ID().String(), LockVersion: version}}; err != nil || !slices.Equal(notes, want) {
				t.Fatalf("noted %+v, %v, want %+v", notes, err, want)
			}
			b.expectVisible(a, early.ID(), late.ID())
			replace := action.SegmentTransactionalReplace{Segments: []druid.DataSegment{
				segment(interval, version, druid.Numbered(0, 2)), segment(interval, version, druid.Numbered(1, 2)),
			}}
			b.published(do(b, r, replace), 3)
			b.published(do(b, r, replace), 0)
			b.expectVisible(a, id(interval, version, 0), id(interval, version, 1), id(interval, version, 2))
			carried := b.row(id(interval, version, 2))
			if carried.UpgradedFrom != late.ID().String() || string(carried.Segment.LoadSpec) != string(late.LoadSpec) || carried.Segment.ShardSpec != druid.Numbered(2, 2) || !carried.Used {
				t.Errorf("carried over is %+v", carried)
			}
			// What comes later goes to the new version at once, and the task that replaced is not asked for it.
			after := b.append(b.task("later", "later"), 1)
			if after.ID() != id(interval, version, 3) {
				t.Errorf("appended after that: %s", after.ID())
			}
			b.published(do(b, r, replace), 0)
			b.expectVisible(a, id(interval, version, 0), id(interval, version, 1), id(interval, version, 2), after.ID())
			b.end(r)
			if notes, err := b.store.Upgrades(t.Context(), []string{"r"}); err != nil || len(notes) > 0 {
				t.Errorf("the task has ended, and left are %+v, %v", notes, err)
			}
		})
	}
}

// What is published after a task has replaced its time chunk is published under the version of the task, too, and under those of all that have
// replaced it meanwhile.
func TestAppendedAfterReplaced(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a := b.task("a", "a")
	there := b.append(a, 1)
	s := b.allocate(a, 1, "s")
	s.Dimensions, s.LastCompactionState = []string{"x"}, []byte(`{"some":1}`)
	var versions []string
	for _, name := range []string{"r1", "r2"} {
		r, version := b.replacing(name, days(0, 7))
		chunk := []druid.Interval{days(1, 2), days(0, 7)}[len(versions)]
		replace := action.SegmentTransactionalReplace{Segments: []druid.DataSegment{segment(chunk, version, druid.Numbered(0, 1))}}
		b.published(do(b, r, replace), 1)
		b.published(do(b, r, replace), 0)
		versions = append(versions, version)
		b.end(r)
	}
	pending, err := b.store.UpgradedPending(t.Context(), "wiki", "a")
	if err != nil || len(pending) != 2 {
		t.Fatalf("ids besides: %+v, %v", pending, err)
	}
	for _, p := range pending {
		sequence := "upgraded_to_version__" + p.ID.Version
		want := metadata.PendingRow{
			ID: p.ID, ShardSpec: druid.Numbered(1, 1), Created: clock, SequenceName: sequence, PreviousID: s.ID().String(),
			Key: metadata.LineageKey(sequence, s.ID().String(), p.ID.Version), UpgradedFrom: s.ID().String(), Allocator: "a",
		}
		if p != want {
			t.Errorf("id besides %+v, want %+v", p, want)
		}
	}
	r3, _ := b.replacing("r3", days(0, 9))
	read := id(days(0, 7), versions[1], 0)
	b.expectVisible(a, read)
	publish := action.SegmentTransactionalAppend{Segments: []druid.DataSegment{s}}
	b.published(do(b, a, publish), 3)
	b.published(do(b, a, publish), 0)
	b.expectVisible(a, read, id(days(0, 7), versions[1], 1))
	b.expectVisible(r3, read) // the other one is carried over, as a copy of its original
	for _, copied := range []druid.SegmentID{id(days(1, 2), versions[0], 1), id(days(0, 7), versions[1], 1)} {
		row := b.row(copied)
		if row.UpgradedFrom != s.ID().String() || string(row.Segment.LoadSpec) != string(s.LoadSpec) || string(row.Segment.LastCompactionState) != `{"some":1}` || !slices.Equal(row.Segment.Dimensions, s.Dimensions) {
			t.Errorf("%s is %+v", copied, row)
		}
	}
	b.expectPending()
	from := do(b, a, action.RetrieveUpgradedFromSegmentIDs{DataSource: "wiki", IDs: []string{s.ID().String(), id(days(1, 2), versions[0], 1).String(), id(days(40, 41), "v", 0).String()}})
	if len(from.IDs) != 1 || from.IDs[id(days(1, 2), versions[0], 1).String()] != s.ID().String() {
		t.Errorf("upgraded from %+v", from)
	}
	to := do(b, a, action.RetrieveUpgradedToSegmentIDs{DataSource: "wiki", IDs: []string{s.ID().String(), there.ID().String(), id(days(40, 41), "v", 0).String(), s.ID().String()}})
	if got := to.IDs[s.ID().String()]; len(to.IDs) != 2 || len(got) != 3 || got[0] != s.ID().String() || !slices.Equal(to.IDs[there.ID().String()], []string{there.ID().String()}) {
		t.Errorf("upgraded to %+v", to)
	}
}

// Ids that are taken are not given again, whoever has them.
func TestCarriedOverBehindWhatIsThere(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a := b.task("a", "a")
	waiting := b.allocate(a, 1, "waiting")
	r, version := b.replacing("r", days(1, 2))
	appended := b.append(a, 1)
	b.publish(segment(days(1, 2), version, druid.Numbered(5, 1)))
	unused := segment(days(1, 2), version, druid.Numbered(8, 1))
	b.publish(unused)
	b.update(func(tx metadata.Tx) error {
		_, err := tx.SetUsed([]string{unused.ID().String()}, false, clock)
		return err
	})
	b.published(do(b, r, action.SegmentTransactionalReplace{Segments: []druid.DataSegment{segment(days(1, 2), version, druid.Numbered(0, 1))}}), 2)
	if row := b.row(id(days(1, 2), version, 9)); row.UpgradedFrom != appended.ID().String() {
		t.Errorf("carried over is %+v", row)
	}
	b.published(do(b, a, action.SegmentTransactionalAppend{Segments: []druid.DataSegment{waiting}}), 2)
	if row := b.row(id(days(1, 2), version, 10)); row.UpgradedFrom != waiting.ID().String() {
		t.Errorf("published besides is %+v", row)
	}
}

// A task may replace one time chunk after the other, and leave some alone: what was appended there is not hidden, and stays.
func TestReplaceInParts(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a := b.task("a", "a")
	r, version := b.replacing("r", days(1, 4))
	var appended []druid.DataSegment
	for day := range int64(3) {
		appended = append(appended, b.append(a, day+1))
	}
	for day := range int64(2) {
		replace := action.SegmentTransactionalReplace{Segments: []druid.DataSegment{segment(days(day+1, day+2), version, druid.Numbered(0, 1))}}
		b.published(do(b, r, replace), 2)
		b.published(do(b, r, replace), 0)
	}
	b.expectVisible(a, id(days(1, 2), version, 0), id(days(1, 2), version, 1), id(days(2, 3), version, 0), id(days(2, 3), version, 1), appended[2].ID())
}

// Time chunks that are finer than what is appended are not published, and say why.
func TestReplaceWithFinerChunks(t *testing.T) {
	t.Parallel()
	for _, publishes := range []bool{true, false} {
		b := setup(t)
		b.publish(segment(days(0, 7), "2020-01-01T00:00:00.000Z", druid.Numbered(0, 1)))
		a := b.task("a", "a")
		waiting := b.allocate(a, 1, "s")
		r, version := b.replacing("r", days(0, 7))
		if publishes {
			b.published(do(b, a, action.SegmentTransactionalAppend{Segments: []druid.DataSegment{waiting}}), 1)
		}
		for range 2 {
			got := do(b, r, action.SegmentTransactionalReplace{Segments: []druid.DataSegment{segment(days(1, 2), version, druid.Numbered(0, 1))}})
			want := "segment[" + waiting.ID().String() + "] is appended beside this task, which replaces interval[1970-01-02T00:00:00.000Z/1970-01-03T00:00:00.000Z]"
			if got.Success || got.Retryable || len(got.Segments) > 0 || len(got.ErrorMsg) < len(want) || got.ErrorMsg[:len(want)] != want {
				t.Errorf("%+v", got)
			}
		}
		want := map[bool]int{true: 2, false: 1}[publishes]
		b.expectSegments(want, 0)
		b.end(r)
	}
}

// What cannot be published, or not that way, is refused, and says why.
func TestAppendAndReplaceRefuse(t *testing.T) {
	t.Parallel()
	one := segment(days(1, 2), "1970-01-01T00:00:00.000Z", druid.Numbered(0, 0))
	other := one
	other.DataSource = "other"
	for name, c := range map[string]struct {
		lock            druid.LockType
		segments        []druid.DataSegment
		append, replace string // why it is refused; empty: it is published
	}{
		"nothing":           {druid.Append, []druid.DataSegment{}, "field [segments] is empty", "field [segments] is empty"},
		"no lock":           {"", []druid.DataSegment{one}, "holds no valid lock over segment[wiki_1970", "holds no valid lock over segment[wiki_1970"},
		"APPEND":            {druid.Append, []druid.DataSegment{one}, "", "holds no REPLACE or EXCLUSIVE lock over segment["},
		"REPLACE":           {druid.Replace, []druid.DataSegment{one}, "holds a lock of type[REPLACE] over interval[1970-01-01", ""},
		"EXCLUSIVE":         {druid.Exclusive, []druid.DataSegment{one}, "holds a lock of type[EXCLUSIVE]", ""},
		"SHARED":            {druid.Shared, []druid.DataSegment{one}, "holds a lock of type[SHARED]", "holds no REPLACE or EXCLUSIVE lock"},
		"another interval":  {druid.Append, []druid.DataSegment{segment(days(11, 12), "v", druid.Numbered(0, 0))}, "holds no valid lock over", "holds no valid lock over"},
		"other data source": {druid.Replace, []druid.DataSegment{other}, "holds a lock of type", "holds no valid lock over segment[other_"},
		"a later version":   {druid.Replace, []druid.DataSegment{segment(days(1, 2), "v", druid.Numbered(0, 0))}, "holds a lock of type", "holds no valid lock over segment["},
		"no segment":        {druid.Append, []druid.DataSegment{segment(days(1, 1), version, druid.Numbered(0, 1))}, "which is empty", "which is empty"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, replaces := range []bool{false, true} {
				b := setup(t)
				task := b.task("t", "t")
				if c.lock != "" {
					do(b, task, tryLock(c.lock, []druid.Interval{days(0, 9)}))
				}
				var publish action.Action[action.PublishResult] = action.SegmentTransactionalAppend{Segments: c.segments}
				because := c.append
				if replaces {
					publish, because = action.SegmentTransactionalReplace{Segments: c.segments}, c.replace
				}
				if because != "" {
					refuse(b, task, publish, because)
					b.expectSegments(0, 0)
					continue
				}
				b.published(do(b, task, publish), 1)
			}
		})
	}

	b := setup(t)
	r, v := b.replacing("r", days(0, 9))
	overwriting := segment(days(1, 2), v, druid.ShardSpec{})
	if err := overwriting.ShardSpec.UnmarshalJSON([]byte(overwrites(32768, 0, 1, 1, 1))); err != nil {
		t.Fatal(err)
	}
	refuse(b, r, action.SegmentTransactionalReplace{Segments: []druid.DataSegment{overwriting}}, "field [segments[0].shardSpec.type] is [numbered_overwrite]")
	reads := b.task("reads", "reads")
	reads.by.Allocates = false
	reads.Client = b.box.For(reads.by)
	refuse(b, reads, action.SegmentTransactionalAppend{Segments: []druid.DataSegment{one}}, "is of a type that does not append segments")
	b.expectSegments(0, 0)
}

// What is appended to a time chunk that was replaced and then marked as unused is refused, as nobody would see it, and what comes later is seen.
func TestAppendedToWhatIsMarkedUnused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a := b.task("a", "a")
	b.append(a, 1)
	waiting := b.allocate(a, 1, "waiting")
	r, version := b.replacing("r", days(1, 2))
	b.published(do(b, r, action.SegmentTransactionalReplace{Segments: []druid.DataSegment{segment(days(1, 2), version, druid.Numbered(0, 1))}}), 1)
	b.update(func(tx metadata.Tx) error {
		_, err := tx.MarkUnused("wiki", days(1, 2), nil, clock)
		return err
	})
	later := b.allocate(a, 1, "later")
	refuse(b, a, action.SegmentTransactionalAppend{Segments: []druid.DataSegment{waiting}}, "queries would not see what is appended to it")
	b.published(do(b, a, action.SegmentTransactionalAppend{Segments: []druid.DataSegment{later}}), 1)
	b.expectVisible(a, later.ID())
	next := b.append(b.task("b", "b"), 1)
	b.expectVisible(a, later.ID(), next.ID())
	// One that says otherwise about the core partitions than what is there.
	hidden := segment(days(1, 2), next.Version, druid.Numbered(40, 3))
	refuse(b, a, action.SegmentTransactionalAppend{Segments: []druid.DataSegment{hidden}}, "core partitions")
	b.expectVisible(a, later.ID(), next.ID())
}

// Whoever has not heard that an append was stored sends it again, whatever became of its segments since.
func TestAppendIsSentAgain(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.publish(segment(days(1, 2), "1960-01-01T00:00:00.000Z", druid.Numbered(0, 1)))
	a := b.task("a", "a")
	s := b.append(a, 1)
	r, version := b.replacing("r", days(1, 2))
	b.published(do(b, r, action.SegmentTransactionalReplace{Segments: []druid.DataSegment{segment(days(1, 2), version, druid.Numbered(0, 1))}}), 1)
	b.update(func(tx metadata.Tx) error { // as what is hidden is, by itself
		_, err := tx.SetUsed([]string{id(days(1, 2), "1960-01-01T00:00:00.000Z", 0).String(), s.ID().String()}, false, clock)
		return err
	})
	b.published(do(b, a, action.SegmentTransactionalAppend{Segments: []druid.DataSegment{s}}), 0)
}

// Notes for a task that gave its REPLACE lock back before a restart go with it.
func TestNotesGoAfterARestart(t *testing.T) {
	t.Parallel()
	b := setup(t)
	r, _ := b.replacing("r", days(1, 2))
	b.append(b.task("a", "a"), 1)
	do(b, r, action.LockRelease{Interval: days(1, 2)})
	r.by.Recovered = true
	b.end(r)
	if notes, err := b.store.Upgrades(t.Context(), []string{"r"}); err != nil || len(notes) > 0 {
		t.Errorf("left are %+v, %v", notes, err)
	}
}

// Under one lock a sequence has one id after another one, whatever time it asks for next: as in Druid there is none for another interval.
func TestAllocateOfOneLineageInTwoIntervals(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a := b.task("a", "a")
	do(b, a, tryLock(druid.Exclusive, []druid.Interval{days(0, 9)}))
	if got := do(b, a, at(1, "s", "")); got == nil {
		t.Fatal("no id at all")
	}
	if got := do(b, a, at(2, "s", "")); got != nil {
		t.Errorf("a second id %+v", got)
	}
	if got := do(b, a, at(1, "s", "")); got == nil {
		t.Error("the first one is not given again")
	}
}

// Beyond the last instant there is no time chunk.
func TestAllocateAtTheEndOfTime(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a := b.task("a", "a")
	for _, timestamp := range []druid.Instant{druid.MinInstant, druid.MaxInstant} {
		request := at(1, "s", "")
		request.Timestamp = timestamp
		refuse(b, a, request, "field [timestamp] is [")
	}
	if locks := do(b, a, action.LockList{}); len(locks) > 0 {
		t.Errorf("locks %+v", locks)
	}
}
