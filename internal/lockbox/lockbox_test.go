package lockbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"go.uber.org/goleak"

	"ovate/druid"
	"ovate/internal/metadata"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestCoexistence(t *testing.T) {
	t.Parallel()
	wide, narrow, beside := days(0, 3), days(1, 2), days(2, 5)
	for _, c := range []struct {
		has      druid.LockType
		at       druid.Interval
		wants    druid.LockType
		in       druid.Interval
		granted  bool
		conflict string
	}{
		{has: druid.Exclusive, at: wide, wants: druid.Exclusive, in: narrow},
		{has: druid.Exclusive, at: wide, wants: druid.Shared, in: narrow},
		{has: druid.Exclusive, at: wide, wants: druid.Append, in: narrow},
		{has: druid.Exclusive, at: wide, wants: druid.Replace, in: narrow},
		{has: druid.Shared, at: wide, wants: druid.Exclusive, in: narrow},
		{has: druid.Shared, at: wide, wants: druid.Shared, in: narrow, granted: true},
		{has: druid.Shared, at: wide, wants: druid.Append, in: narrow},
		{has: druid.Shared, at: wide, wants: druid.Replace, in: narrow},
		{has: druid.Append, at: wide, wants: druid.Exclusive, in: narrow},
		{has: druid.Append, at: wide, wants: druid.Shared, in: narrow},
		{has: druid.Append, at: wide, wants: druid.Append, in: beside, granted: true},
		{has: druid.Append, at: narrow, wants: druid.Replace, in: wide, granted: true},
		{has: druid.Append, at: wide, wants: druid.Replace, in: narrow},
		{has: druid.Append, at: wide, wants: druid.Replace, in: beside},
		{has: druid.Replace, at: wide, wants: druid.Exclusive, in: narrow},
		{has: druid.Replace, at: wide, wants: druid.Shared, in: narrow},
		{has: druid.Replace, at: wide, wants: druid.Append, in: narrow, granted: true},
		{has: druid.Replace, at: narrow, wants: druid.Append, in: wide},
		{has: druid.Replace, at: wide, wants: druid.Append, in: beside},
		{has: druid.Replace, at: wide, wants: druid.Replace, in: wide},
		{has: druid.Exclusive, at: narrow, wants: druid.Exclusive, in: days(2, 3), granted: true},
	} {
		t.Run(fmt.Sprintf("%s beside %s %v in %v", c.wants, c.has, c.at, c.in), func(t *testing.T) {
			t.Parallel()
			b := setup()
			b.mustLock(t, b.task("holder"), c.has, c.at)
			other := b.task("other")
			if can := b.CanAcquire(other, Request{Type: c.wants, Intervals: []druid.Interval{c.in}}); can != c.granted {
				t.Errorf("CanAcquire = %v, want %v", can, c.granted)
			}
			if c.granted {
				b.mustLock(t, other, c.wants, c.in)
			} else {
				b.mustRefuse(t, other, c.wants, c.in)
			}
		})
	}
}

func TestGroupSharesItsLock(t *testing.T) {
	t.Parallel()
	b := setup()
	one, two := b.task("one/g"), b.task("two/g")
	first := b.mustLock(t, one, druid.Exclusive, days(0, 3))
	b.clock += 5
	second := b.mustLock(t, two, druid.Exclusive, days(1, 2))
	if first[0] != second[0] {
		t.Errorf("the second task got %+v, want its group's %+v", second[0], first[0])
	}
	if n := len(b.store.list()); n != 2 {
		t.Errorf("%d rows, want one for each task", n)
	}
	b.mustRefuse(t, two, druid.Exclusive, days(2, 4))
	if err := b.end(one); err != nil {
		t.Fatal(err)
	}
	b.mustRefuse(t, b.task("stranger"), druid.Exclusive, days(0, 1))
	if err := b.end(two); err != nil {
		t.Fatal(err)
	}
	b.mustLock(t, b.task("stranger"), druid.Exclusive, days(0, 1))
}

func TestGroupMayChangeItsLockType(t *testing.T) {
	t.Parallel()
	for _, types := range [][2]druid.LockType{{druid.Exclusive, druid.Shared}, {druid.Append, druid.Replace}} {
		b := setup()
		b.mustLock(t, b.task("old/g"), types[0], days(0, 1))
		b.mustLock(t, b.task("new/g"), types[1], days(0, 1))
	}
}

func TestPriorityWithinAGroupMustBeEqual(t *testing.T) {
	t.Parallel()
	b := setup()
	b.mustLock(t, b.task("one/g/50"), druid.Exclusive, days(0, 1))
	if _, err := b.try(b.task("two/g/60"), druid.Exclusive, days(0, 1)); err == nil {
		t.Error("a task of another priority shares the lock")
	}
}

func TestAllOrNothing(t *testing.T) {
	t.Parallel()
	b := setup()
	b.mustLock(t, b.task("holder"), druid.Exclusive, days(4, 5))
	h := b.task("other")
	b.mustRefuse(t, h, druid.Exclusive, days(0, 1), days(4, 5))
	if locks := b.Locks(h); len(locks) != 0 {
		t.Errorf("a refused request left %v", locks)
	}
	if n := len(b.store.list()); n != 1 {
		t.Errorf("%d rows, want that of the holder alone", n)
	}
}

func TestRevocation(t *testing.T) {
	t.Parallel()
	b := setup()
	weak, strong := b.task("weak/weak/25"), b.task("strong/strong/75")
	b.mustLock(t, weak, druid.Exclusive, days(0, 2))
	segment := druid.SegmentID{DataSource: "wiki", Interval: days(0, 1)}

	// While a publication relies on the lock it stays.
	err := b.Guard(context.Background(), weak, []druid.SegmentID{segment}, func() error {
		b.mustRefuse(t, strong, druid.Exclusive, days(0, 1))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if ds := <-b.freed; ds != "wiki" {
		t.Fatalf("freed %q", ds)
	}
	b.mustLock(t, strong, druid.Exclusive, days(0, 1))
	if again := b.mustLock(t, weak, druid.Exclusive, days(0, 1)); !again[0].Revoked {
		t.Error("the weak task does not learn that its lock was revoked")
	}
	if rows := b.store.list(); !rows[0].Lock.Revoked || rows[1].Lock.Revoked {
		t.Errorf("rows %+v, want the first revoked", rows)
	}
	var revoked *Revoked
	if err := b.Guard(context.Background(), weak, []druid.SegmentID{segment}, func() error { return nil }); !errors.As(err, &revoked) {
		t.Errorf("publication under a revoked lock: %v", err)
	}
	b.mustRefuse(t, b.task("equal/equal/75"), druid.Exclusive, days(0, 1))
}

func TestGuard(t *testing.T) {
	t.Parallel()
	b := setup()
	h := b.task("task")
	version := b.mustLock(t, h, druid.Exclusive, days(0, 2))[0].Version
	appender := b.task("appender")
	b.mustLock(t, appender, druid.Append, days(5, 6))
	for _, c := range []struct {
		name    string
		holder  Holder
		segment druid.SegmentID
		covered bool
	}{
		{"its own version", h, druid.SegmentID{DataSource: "wiki", Interval: days(0, 1), Version: version}, true},
		{"an older version", h, druid.SegmentID{DataSource: "wiki", Interval: days(0, 1), Version: "1969"}, true},
		{"a newer version", h, druid.SegmentID{DataSource: "wiki", Interval: days(0, 1), Version: "9"}, false},
		{"a wider interval", h, druid.SegmentID{DataSource: "wiki", Interval: days(0, 3), Version: version}, false},
		{"another data source", h, druid.SegmentID{DataSource: "news", Interval: days(0, 1), Version: version}, false},
		{"no lock there", h, druid.SegmentID{DataSource: "wiki", Interval: days(8, 9), Version: version}, false},
		{"appended to any version", appender, druid.SegmentID{DataSource: "wiki", Interval: days(5, 6), Version: "9"}, true},
	} {
		ran := false
		err := b.Guard(context.Background(), c.holder, []druid.SegmentID{c.segment}, func() error { ran = true; return nil })
		var uncovered *Uncovered
		if ran != c.covered || c.covered != (err == nil) || !c.covered && !errors.As(err, &uncovered) {
			t.Errorf("%s: ran %v, error %v, want covered %v", c.name, ran, err, c.covered)
		}
	}
}

func TestVersionsNeverGoBack(t *testing.T) {
	t.Parallel()
	b := setup()
	h := b.task("task")
	last := b.mustLock(t, h, druid.Exclusive, days(0, 1))[0].Version
	b.clock -= 500_000
	for i := range int64(3) {
		next := b.mustLock(t, h, druid.Exclusive, days(i+1, i+2))[0].Version
		if next <= last {
			t.Fatalf("version %s after %s", next, last)
		}
		last = next
	}
	b.store.used = []metadata.SegmentRow{{Segment: druid.DataSegment{DataSource: "wiki", Interval: days(20, 21), Version: "2040-01-01T00:00:00.000Z"}}}
	if got := b.mustLock(t, h, druid.Exclusive, days(20, 22))[0].Version; got != "2040-01-01T00:00:00.001Z" {
		t.Errorf("version %s over a published segment of 2040", got)
	}
	if got := b.mustLock(t, h, druid.Append, days(30, 31))[0].Version; got != AppendVersion {
		t.Errorf("version %s of an APPEND lock", got)
	}
}

func TestReleaseNeedsTheExactInterval(t *testing.T) {
	t.Parallel()
	b := setup()
	h := b.task("task")
	b.mustLock(t, h, druid.Exclusive, days(0, 2))
	ctx := context.Background()
	if err := b.Release(ctx, h, days(0, 1)); err != nil {
		t.Fatal(err)
	}
	b.mustRefuse(t, b.task("other"), druid.Exclusive, days(0, 1))
	if err := b.Release(ctx, h, days(0, 2)); err != nil {
		t.Fatal(err)
	}
	b.mustLock(t, b.task("other"), druid.Exclusive, days(0, 1))
	if rows := b.store.list(); len(rows) != 1 || rows[0].TaskID != "other" {
		t.Errorf("rows %+v", rows)
	}
}

func TestWiderAppendLockReplacesNarrowerOne(t *testing.T) {
	t.Parallel()
	b := setup()
	h := b.task("task")
	b.mustLock(t, h, druid.Append, days(0, 1))
	b.mustLock(t, h, druid.Append, days(0, 7))
	if locks := b.Locks(h); len(locks) != 1 || locks[0].Interval != days(0, 7) {
		t.Errorf("locks %+v, want the wider alone", locks)
	}
	if n := len(b.store.list()); n != 1 {
		t.Errorf("%d rows", n)
	}
}

// A narrower lock goes once, although two locks of one request replace it.
func TestTwoWiderAppendLocksReplaceOne(t *testing.T) {
	t.Parallel()
	b := setup()
	h := b.task("task")
	b.mustLock(t, h, druid.Append, days(0, 1))
	b.mustLock(t, h, druid.Append, days(0, 2), days(0, 3))
	if held, rows := len(b.Locks(h)), len(b.store.list()); held != 2 || b.Count() != 2 || rows != 2 {
		t.Errorf("the task holds %d locks, %d are counted and %d stored; want two of each", held, b.Count(), rows)
	}
}

// Tasks of a group may hold locks of one type that overlap, if they came by the narrower one first.
func TestGroupHoldsSeveralLocks(t *testing.T) {
	t.Parallel()
	for _, typ := range []druid.LockType{druid.Append, druid.Shared} {
		b := setup()
		wide, narrow, third := b.task("a/g"), b.task("b/g"), b.task("c/g")
		b.mustLock(t, narrow, typ, days(0, 2))
		b.mustLock(t, wide, typ, days(0, 3))
		b.mustLock(t, third, typ, days(0, 1)) // within both
		if own := b.mustLock(t, narrow, typ, days(0, 1))[0]; own.Interval != days(0, 2) {
			t.Errorf("%s: the lock that the task has is not given again, but %+v", typ, own)
		}

		c := setup()
		c.store = b.store
		c.Lockbox = New(c.store, func() druid.Instant { return c.clock }, nil)
		for _, text := range []string{"a/g", "b/g", "c/g"} {
			c.task(text)
		}
		if lost, orphans := c.Restore(c.store.list()); len(lost)+len(orphans) > 0 {
			t.Errorf("%s: lost %+v, orphans %v", typ, lost, orphans)
		}
		for _, h := range []Holder{wide, narrow, third} {
			if got, want := c.Locks(h), b.Locks(h); !slices.Equal(got, want) {
				t.Errorf("%s: after a restart %s has %+v, and had %+v", typ, h.TaskID, got, want)
			}
		}
	}
}
