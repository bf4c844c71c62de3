package action_test

import (
	"context"
	"errors"
	"slices"
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

// setUsed marks segments as used or unused.
func setUsed(b *bundle, used bool, segments ...druid.DataSegment) {
	b.Helper()
	for _, s := range segments {
		b.update(func(tx metadata.Tx) error { _, err := tx.SetUsed([]string{s.ID().String()}, used, clock); return err })
	}
}

// The row of a segment goes under a lock that keeps others from its id, and stays while the segment is used.
func TestNuke(t *testing.T) {
	t.Parallel()
	first, second := segment(days(1, 2), version, druid.Numbered(0, 0)), segment(days(1, 2), version, druid.Numbered(1, 0))
	nuke := action.SegmentNuke{Segments: []druid.DataSegment{first, second}}
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

// Rows go that are unused, whatever their version, and the answer names them, also if it was lost before; those that are used stay. It takes a task that is
// active and has a lock, and others' data sources are none of its business.
func TestNukeUnused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.task("t", "g")
	used, unused, late := segment(days(1, 2), version, druid.Numbered(0, 0)), segment(days(1, 2), version, druid.Numbered(1, 0)), segment(days(3, 4), "v9", druid.Numbered(0, 0))
	b.publish(used, unused, late)
	setUsed(b, false, unused, late)
	nuke := action.SegmentNukeUnused{Segments: []druid.DataSegment{used, unused, late}}
	refuse(b, c, nuke, "holds no valid lock over segment[wiki_1970-01-02")
	do(b, c, tryLock(druid.Exclusive, []druid.Interval{days(0, 9)}))
	for range 2 {
		if gone := do(b, c, nuke); !slices.Equal(gone, []string{unused.ID().String(), late.ID().String()}) {
			t.Errorf("gone are %v", gone)
		}
		b.expectSegments(1, 0)
	}
	other := used
	other.DataSource = "other"
	refuse(b, c, action.SegmentNukeUnused{Segments: []druid.DataSegment{other}}, "cannot remove segment[other_")
	refuse(b, c, action.SegmentNuke{Segments: []druid.DataSegment{other}}, "cannot remove segment[other_")
	setUsed(b, false, used)
	b.end(c)
	if _, err := action.Do(t.Context(), c, nuke); err == nil {
		t.Error("a task that has ended removes rows")
	}
	b.expectSegments(0, 1)
}

// What an action that waits does at once is known by its answer.
func TestAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	holder, other := b.task("a", "a"), b.task("b", "b")
	const chunk = `{"type":"lockAcquire","interval":"2026-03-01/2026-03-02","timeoutMs":0}`
	const segment = `{"type":"segmentLockAcquire","lockType":"EXCLUSIVE","interval":"2026-04-01/2026-04-02","version":"v","partitionId":3,"timeoutMs":0}`
	for i, c := range []struct {
		actor
		text   string
		inVain bool
	}{{holder, chunk, false}, {other, chunk, true}, {holder, segment, false}, {other, segment, true}} {
		r, _, err := action.ReadOfDruid([]byte(c.text))
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
		r, _, err := action.ReadOfDruid([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if action.AtOnce(r) != nil {
			t.Errorf("%s is said to wait", text)
		}
	}
}
