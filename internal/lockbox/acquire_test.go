package lockbox

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"ovate/druid"
	"ovate/internal/metadata"
)

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
