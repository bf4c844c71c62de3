package lockbox

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/timeline"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// store keeps lock rows in memory. Only what the lockbox uses is there.
type store struct {
	metadata.Store
	mu     sync.Mutex
	next   int64
	rows   map[int64]metadata.LockRow
	used   []metadata.SegmentRow
	failed error           // what the next updates fail with
	looks  atomic.Int64    // at the used segments
	ended  map[string]bool // tasks that another program has ended
}

func (s *store) Update(_ context.Context, fn func(metadata.Tx) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := make(map[int64]metadata.LockRow, len(s.rows))
	for id, row := range s.rows {
		before[id] = row
	}
	err := fn(txOf{store: s})
	if err == nil {
		err = s.failed
	}
	if err != nil {
		s.rows = before
	}
	return err
}

func (s *store) UsedChunks(_ context.Context, _ string, intervals []druid.Interval) (chunks []timeline.Chunk, err error) {
	s.looks.Add(1)
	for _, row := range s.used {
		if slices.ContainsFunc(intervals, row.Segment.Interval.Overlaps) {
			chunks = append(chunks, timeline.Chunk{Interval: row.Segment.Interval, Version: row.Segment.Version})
		}
	}
	return chunks, nil
}

// txOf is the transaction of a store.
type txOf struct {
	metadata.Tx
	store *store
}

func (t txOf) TaskStatuses(_ context.Context, ids []string) (rows []metadata.TaskRow, err error) {
	for _, id := range ids {
		if !t.store.ended[id] {
			rows = append(rows, metadata.TaskRow{ID: id, Status: druid.TaskStatus{ID: id, State: druid.Running}})
		}
	}
	return rows, nil
}

func (t txOf) InsertLocks(rows ...metadata.LockRow) (ids []int64, err error) {
	for _, row := range rows {
		t.store.next++
		row.ID = t.store.next
		t.store.rows[row.ID] = row
		ids = append(ids, t.store.next)
	}
	return ids, nil
}

func (t txOf) ReplaceLocks(rows []metadata.LockRow) (n int, err error) {
	for _, changed := range rows {
		if row, there := t.store.rows[changed.ID]; there {
			row.Lock = changed.Lock
			t.store.rows[changed.ID] = row
			n++
		}
	}
	return n, nil
}

func (t txOf) DeleteLocks(ids []int64) (n int, err error) {
	for _, id := range ids {
		if _, there := t.store.rows[id]; there {
			delete(t.store.rows, id)
			n++
		}
	}
	return n, nil
}

func (t txOf) DeleteLocksOfTask(taskID string) (int, error) {
	n := 0
	for id, row := range t.store.rows {
		if row.TaskID == taskID {
			delete(t.store.rows, id)
			n++
		}
	}
	return n, nil
}

func (s *store) list() []metadata.LockRow {
	s.mu.Lock()
	defer s.mu.Unlock()
	var rows []metadata.LockRow
	for _, row := range s.rows {
		rows = append(rows, row)
	}
	slices.SortFunc(rows, func(a, b metadata.LockRow) int { return int(a.ID - b.ID) })
	return rows
}

// bundle is a lockbox on a store of its own, with a clock that stands still.
type bundle struct {
	*Lockbox
	store *store
	clock druid.Instant
	freed chan string
}

func setup() *bundle {
	b := &bundle{store: &store{rows: map[int64]metadata.LockRow{}}, clock: 1_000_000, freed: make(chan string, 100)}
	b.Lockbox = New(b.store, func() druid.Instant { return b.clock }, func(ds string) { b.freed <- ds })
	return b
}

// task adds a task "id/group/priority/alone" of data source wiki; what comes after the id may be left out from the end.
func (b *bundle) task(text string) Holder {
	h := Holder{DataSource: "wiki", Priority: 50}
	parts := strings.Split(text, "/")
	h.TaskID, h.GroupID = parts[0], parts[0]
	if len(parts) > 1 {
		h.GroupID = parts[1]
	}
	if len(parts) > 2 {
		fmt.Sscan(parts[2], &h.Priority)
	}
	h.Alone = len(parts) > 3
	b.Add(h)
	return h
}

func (b *bundle) try(h Holder, typ druid.LockType, intervals ...druid.Interval) ([]druid.TaskLock, error) {
	return b.TryAcquire(context.Background(), h, Request{Type: typ, Intervals: intervals})
}

func (b *bundle) mustLock(t *testing.T, h Holder, typ druid.LockType, intervals ...druid.Interval) []druid.TaskLock {
	t.Helper()
	locks, err := b.try(h, typ, intervals...)
	if err != nil {
		t.Fatalf("lock %s %v for %s: %v", typ, intervals, h.TaskID, err)
	}
	return locks
}

func (b *bundle) mustRefuse(t *testing.T, h Holder, typ druid.LockType, intervals ...druid.Interval) {
	t.Helper()
	_, err := b.try(h, typ, intervals...)
	var refused *Refused
	if !errors.As(err, &refused) {
		t.Fatalf("lock %s %v for %s: got %v, want a refusal", typ, intervals, h.TaskID, err)
	}
}

// end ends a task as the queue does.
func (b *bundle) end(h Holder) error {
	return b.End(h.DataSource, h.TaskID, func() error {
		return b.store.Update(context.Background(), func(tx metadata.Tx) error {
			_, err := tx.DeleteLocksOfTask(h.TaskID)
			return err
		})
	})
}

// days is the interval of the days [from, to).
func days(from, to int64) druid.Interval {
	return druid.Interval{Start: druid.Instant(from * 86_400_000), End: druid.Instant(to * 86_400_000)}
}

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

func TestAlone(t *testing.T) {
	t.Parallel()
	b := setup()
	ctx := context.Background()
	one, two, sharing := b.task("one/g/50/alone"), b.task("two/g/50/alone"), b.task("sharing/g")
	alone := Request{Type: druid.Exclusive, Intervals: []druid.Interval{days(0, 1)}}
	first, err := b.TryAcquire(ctx, one, alone)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := b.TryAcquire(ctx, one, alone); err != nil || again[0] != first[0] {
		t.Errorf("its own lock again: %+v, %v", again, err)
	}
	var refused *Refused
	if _, err := b.TryAcquire(ctx, two, alone); !errors.As(err, &refused) || b.CanAcquire(two, alone) {
		t.Errorf("another task of the group shares the lock: %v", err)
	}
	b.mustRefuse(t, sharing, druid.Exclusive, days(0, 1))
	for _, other := range []druid.LockType{druid.Append, druid.Shared, druid.Replace} { // nor does another type help
		b.mustRefuse(t, sharing, other, days(0, 1))
	}
	if err := b.end(one); err != nil {
		t.Fatal(err)
	}
	if second, err := b.TryAcquire(ctx, two, alone); err != nil || second[0].Version <= first[0].Version {
		t.Errorf("the next task of the group: %+v, %v", second, err)
	}
}

// After a restart a task shares its lock as little as before. Where another program has stored that two hold it, neither loses
// it, but the one that came later waits.
func TestAloneAfterRestart(t *testing.T) {
	t.Parallel()
	b := setup()
	one := b.task("one/g/50/alone")
	b.mustLock(t, one, druid.Exclusive, days(0, 1))
	restart := func(tasks ...string) *bundle {
		c := setup()
		c.store = b.store
		c.Lockbox = New(c.store, func() druid.Instant { return c.clock }, nil)
		for _, text := range tasks {
			c.task(text)
		}
		if lost, orphans := c.Restore(c.store.list()); len(lost)+len(orphans) > 0 {
			t.Fatalf("lost %+v, orphans %v", lost, orphans)
		}
		return c
	}
	c := restart("one/g/50/alone")
	sharing := c.task("sharing/g")
	c.mustRefuse(t, sharing, druid.Exclusive, days(0, 1))
	c.mustLock(t, one, druid.Exclusive, days(0, 1))

	lock := b.store.list()[0].Lock
	if _, err := (txOf{store: b.store}).InsertLocks(metadata.LockRow{TaskID: "two", Lock: lock}); err != nil {
		t.Fatal(err)
	}
	d := restart("one/g/50/alone", "two/g")
	two := Holder{TaskID: "two", GroupID: "g", DataSource: "wiki", Priority: 50}
	d.mustLock(t, one, druid.Exclusive, days(0, 1))
	d.mustRefuse(t, two, druid.Exclusive, days(0, 1))
	if err := d.end(one); err != nil {
		t.Fatal(err)
	}
	d.mustLock(t, two, druid.Exclusive, days(0, 1))
}

// Nothing is kept of a data source whose tasks have ended, but a version that the clock has not reached.
func TestDataSourcesAreForgotten(t *testing.T) {
	t.Parallel()
	b := setup()
	for i := range 100 {
		h := Holder{TaskID: "t", GroupID: "t", DataSource: fmt.Sprint("ds", i), Priority: 50}
		b.Find(Filter{DataSource: h.DataSource})
		b.Locks(h)
		b.Add(h)
		b.mustLock(t, h, druid.Exclusive, days(0, 1))
		b.clock++
		if i == 99 {
			b.clock -= 100
		}
		if err := b.end(h); err != nil {
			t.Fatal(err)
		}
		b.CanAcquire(h, Request{Type: druid.Exclusive, Intervals: []druid.Interval{days(0, 1)}})
	}
	if len(b.sources) != 1 {
		t.Errorf("%d data sources are kept, want the one whose version is ahead of the clock", len(b.sources))
	}
}

// A task that another one of its kind has ended already has no locks any more, whoever tells of it.
func TestEndedElsewhere(t *testing.T) {
	t.Parallel()
	b := setup()
	h := b.task("t")
	b.mustLock(t, h, druid.Exclusive, days(0, 1))
	ended := fmt.Errorf("no: %w", metadata.ErrNotActive)
	if err := b.End("wiki", "t", func() error { return ended }); !errors.Is(err, ended) {
		t.Errorf("error %v", err)
	}
	b.mustLock(t, b.task("next"), druid.Exclusive, days(0, 1))
}

// Whoever waits for a lock that another call is writing stops waiting when it is told to.
func TestWaitForAnothersWriteEnds(t *testing.T) {
	t.Parallel()
	b := setup()
	h := b.task("t")
	b.store.mu.Lock() // the write does not come to an end
	written := make(chan error)
	go func() { _, err := b.try(h, druid.Exclusive, days(0, 1)); written <- err }()
	for len(b.Locks(h)) == 0 {
		runtime.Gosched()
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("the task was shut down"))
	_, err := b.TryAcquire(ctx, h, Request{Type: druid.Exclusive, Intervals: []druid.Interval{days(0, 1)}})
	if err == nil || !strings.Contains(err.Error(), "was shut down") {
		t.Errorf("got %v", err)
	}
	b.store.mu.Unlock()
	if err := <-written; err != nil {
		t.Error(err)
	}
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

func TestEndedTaskGetsNothing(t *testing.T) {
	t.Parallel()
	b := setup()
	h := b.task("task")
	b.mustLock(t, h, druid.Exclusive, days(0, 1))
	b.store.failed = errors.New("disk full")
	if err := b.end(h); !errors.Is(err, b.store.failed) {
		t.Fatalf("end: %v", err)
	}
	b.store.failed = nil
	b.mustRefuse(t, b.task("other"), druid.Exclusive, days(0, 1))
	if err := b.end(h); err != nil {
		t.Fatal(err)
	}
	if _, err := b.try(h, druid.Exclusive, days(0, 1)); !errors.Is(err, ErrInactive) {
		t.Errorf("lock after the end: %v", err)
	}
}

// Who waits for a lock tries again and again: to be refused must not cost a look at every segment of the interval.
func TestRefusalReadsNothing(t *testing.T) {
	t.Parallel()
	b := setup()
	b.mustLock(t, b.task("holder"), druid.Exclusive, days(0, 9))
	before := b.store.looks.Load()
	b.mustRefuse(t, b.task("other"), druid.Exclusive, days(1, 2))
	if n := b.store.looks.Load() - before; n > 0 {
		t.Errorf("the segments were read %d times", n)
	}
}

// A task asks for the lock that it has with each segment id: to be given it again must not cost a look at the segments either, nor must its group.
func TestHeldLockReadsNothing(t *testing.T) {
	t.Parallel()
	b := setup()
	h := b.task("holder/group")
	first := b.mustLock(t, h, druid.Exclusive, days(0, 9))
	before := b.store.looks.Load()
	again := b.mustLock(t, h, druid.Exclusive, days(1, 2))
	others := b.mustLock(t, b.task("other/group"), druid.Exclusive, days(0, 9))
	if n := b.store.looks.Load() - before; n > 0 {
		t.Errorf("the segments were read %d times", n)
	}
	if !slices.Equal(again, first) || !slices.Equal(others, first) {
		t.Errorf("the lock is %+v, then %+v, and the group's %+v", first, again, others)
	}
}

func TestFailedWriteGrantsNothing(t *testing.T) {
	t.Parallel()
	b := setup()
	h := b.task("task")
	b.store.failed = errors.New("disk full")
	if _, err := b.try(h, druid.Exclusive, days(0, 1)); !errors.Is(err, b.store.failed) {
		t.Fatalf("lock: %v", err)
	}
	b.store.failed = nil
	if locks := b.Locks(h); len(locks) != 0 {
		t.Errorf("locks %v are left", locks)
	}
	b.mustLock(t, b.task("other"), druid.Exclusive, days(0, 1))
}

func TestAcquireWaits(t *testing.T) {
	t.Parallel()
	b := setup()
	holder, waiter := b.task("holder"), b.task("waiter")
	b.mustLock(t, holder, druid.Exclusive, days(0, 1))
	got := make(chan error)
	go func() {
		_, err := b.Acquire(context.Background(), waiter, Request{Type: druid.Exclusive, Intervals: []druid.Interval{days(0, 1)}}, 0)
		got <- err
	}()
	if err := b.end(holder); err != nil {
		t.Fatal(err)
	}
	if err := <-got; err != nil {
		t.Fatal(err)
	}
	late := b.task("late")
	ctx, cancel := context.WithCancelCause(context.Background())
	end := errors.New("the task is shut down")
	cancel(end)
	_, err := b.Acquire(ctx, late, Request{Type: druid.Exclusive, Intervals: []druid.Interval{days(0, 1)}}, 0)
	var refused *Refused
	if !errors.As(err, &refused) || !errors.Is(err, end) || refused.By.GroupID != "waiter" {
		t.Errorf("waiting until the end: %v", err)
	}
	refused = nil
	_, err = b.Acquire(context.Background(), late, Request{Type: druid.Exclusive, Intervals: []druid.Interval{days(0, 1)}}, 1)
	if !errors.As(err, &refused) {
		t.Errorf("waiting too long: %v", err)
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

func TestRestore(t *testing.T) {
	t.Parallel()
	b := setup()
	one, two := b.task("one/g"), b.task("two/g")
	b.mustLock(t, one, druid.Exclusive, days(0, 2))
	b.mustLock(t, two, druid.Exclusive, days(0, 2))
	weak := b.task("weak/weak/25")
	b.mustLock(t, weak, druid.Exclusive, days(5, 6))
	b.mustLock(t, b.task("strong/strong/75"), druid.Exclusive, days(5, 6))
	b.mustLock(t, b.task("gone"), druid.Exclusive, days(8, 9))
	changed := b.task("changed")
	b.mustLock(t, changed, druid.Exclusive, days(10, 11))
	newest := b.mustLock(t, one, druid.Exclusive, days(12, 13))[0].Version

	c := setup()
	c.store, c.clock = b.store, 0
	c.Lockbox = New(c.store, func() druid.Instant { return c.clock }, nil)
	for _, text := range []string{"one/g", "two/g", "weak/weak/25", "strong/strong/75", "changed/changed/10"} {
		c.task(text)
	}
	lost, orphans := c.Restore(c.store.list())
	if len(lost) != 1 || lost[0].Holder.TaskID != "changed" {
		t.Errorf("lost %+v, want that of the task with another priority", lost)
	}
	if len(orphans) != 1 {
		t.Errorf("orphans %v, want the row of the task that is gone", orphans)
	}
	for _, h := range []Holder{one, two} {
		if got, want := c.Locks(h), b.Locks(h); !slices.Equal(got, want) {
			t.Errorf("locks of %s: %+v, want %+v", h.TaskID, got, want)
		}
	}
	if got := c.Locks(weak); len(got) != 1 || !got[0].Revoked {
		t.Errorf("locks of the weak task %+v, want one that is revoked", got)
	}
	c.mustRefuse(t, c.task("stranger"), druid.Exclusive, days(1, 2))
	if got := c.mustLock(t, c.task("stranger"), druid.Exclusive, days(30, 31))[0].Version; got <= newest {
		t.Errorf("version %s after a restart with a wrong clock, want one after %s", got, newest)
	}
	if err := c.end(one); err != nil {
		t.Fatal(err)
	}
	if slices.ContainsFunc(c.store.list(), func(r metadata.LockRow) bool { return r.TaskID == "one" }) {
		t.Error("the restored locks are not deleted at the end")
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	b := setup()
	b.mustLock(t, b.task("high/high/75"), druid.Exclusive, days(0, 1))
	b.mustLock(t, b.task("low/low/25"), druid.Exclusive, days(2, 3))
	b.mustLock(t, b.task("append"), druid.Append, days(4, 5))
	for _, c := range []struct {
		filter Filter
		want   string
	}{
		{Filter{DataSource: "wiki"}, "high low append"},
		{Filter{DataSource: "news"}, ""},
		{Filter{DataSource: "wiki", MinPriority: 50}, "high append"},
		{Filter{DataSource: "wiki", IgnoreAppend: true}, "high low"},
		{Filter{DataSource: "wiki", Intervals: []druid.Interval{days(0, 1), days(4, 9), days(4, 5)}}, "high append"},
	} {
		var groups []string
		for _, l := range b.Find(c.filter) {
			groups = append(groups, l.GroupID)
		}
		if got := strings.Join(groups, " "); got != c.want {
			t.Errorf("%+v: %q, want %q", c.filter, got, c.want)
		}
	}
}

// Tasks that are added together are as known as those that were added one by one, whose locks they do not touch.
func TestAddAll(t *testing.T) {
	t.Parallel()
	b := setup()
	holder := func(i int) Holder {
		return Holder{TaskID: fmt.Sprint("t", i), GroupID: fmt.Sprint("t", i), DataSource: fmt.Sprint("ds", i%3), Priority: i}
	}
	b.Add(holder(0))
	b.mustLock(t, holder(0), druid.Exclusive, days(0, 1))
	const n = 3*membersTogether + 1
	b.AddAll(func(yield func(Holder) bool) {
		for i := 0; i < n && yield(holder(i)); i++ {
		}
	})
	if got := len(b.Locks(holder(0))); got != 1 {
		t.Errorf("the task that was known before has %d locks, want 1", got)
	}
	for i := 1; i < n; i++ {
		b.mustLock(t, holder(i), druid.Exclusive, days(int64(i), int64(i)+1))
	}
	for i := range n {
		if err := b.end(holder(i)); err != nil {
			t.Fatal(err)
		}
	}
}
