package action_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"ovate/druid"
	"ovate/internal/action"
	"ovate/internal/lockbox"
	"ovate/internal/metadata"
	"ovate/internal/timeline"
)

// held is a store whose first transaction waits until it is let go. Of the second one the caller goes away, if it may.
type held struct {
	metadata.Store
	updates atomic.Int64
	looks   atomic.Int64
	begun   chan struct{}
	letGo   chan struct{}
}

// goes is the key of what ends a context.
type goes struct{}

func (h *held) Update(ctx context.Context, fn func(metadata.Tx) error) error {
	switch h.updates.Add(1) {
	case 1:
		close(h.begun)
		<-h.letGo
	case 2:
		if end, may := ctx.Value(goes{}).(context.CancelFunc); may {
			end()
			return ctx.Err()
		}
	}
	return h.Store.Update(ctx, func(tx metadata.Tx) error { return fn(seeing{tx, h}) })
}

// errBadDay is of a day that cannot be looked at.
var errBadDay = errors.New("a row of the ninth day cannot be read")

// seeing counts looks for the last segment of a time chunk, which cannot be found of the ninth day.
type seeing struct {
	metadata.Tx
	held *held
}

func (l seeing) LastSegments(ctx context.Context, dataSource string, chunks []timeline.Chunk, used bool) (map[timeline.Chunk]metadata.SegmentRow, error) {
	l.held.looks.Add(1)
	if slices.ContainsFunc(chunks, func(c timeline.Chunk) bool { return c.Interval == days(9, 10) }) {
		return nil, errBadDay
	}
	return l.Tx.LastSegments(ctx, dataSource, chunks, used)
}

const together = 7

// askTogether has allocations in some days wait while one is at work, and returns what they come to.
func askTogether(t *testing.T, mayGo bool, day func(i int) int64) (store *held, answers []*action.Allocation, errs []error) {
	b := setup(t)
	c := b.task("t", "g")
	do(b, c, tryLock("", []druid.Interval{days(0, 10)}))
	store = &held{Store: b.store, begun: make(chan struct{}), letGo: make(chan struct{})}
	b.box.Store = store
	answers, errs = make([]*action.Allocation, together+1), make([]error, together+1)
	var asking sync.WaitGroup
	ask := func(i int) {
		asking.Go(func() {
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			if mayGo {
				ctx = context.WithValue(ctx, goes{}, cancel)
			}
			answers[i], errs[i] = action.Do(ctx, b.box.For(c.by), at(day(i), fmt.Sprint("s", i), ""))
		})
	}
	ask(together)
	<-store.begun
	for i := range together {
		ask(i)
	}
	for b.box.Waiting() < together {
		runtime.Gosched()
	}
	close(store.letGo)
	asking.Wait()
	return store, answers, errs
}

func firstDay(int) int64 { return 1 }

// Those who ask for ids in one time chunk while a transaction is at work share the next one, which reads what they have in common once, and each
// gets another id.
func TestAllocationsShareTransactions(t *testing.T) {
	t.Parallel()
	store, answers, errs := askTogether(t, false, firstDay)
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	seen := map[int]bool{}
	for _, a := range answers {
		if a == nil || seen[a.ID.PartitionNum] {
			t.Fatalf("one gets %+v", a)
		}
		seen[a.ID.PartitionNum] = true
	}
	if n := store.updates.Load(); n != 2 {
		t.Errorf("there were %d transactions, and two were enough", n)
	}
	if n := store.looks.Load(); n > 2 {
		t.Errorf("the last segment was looked for %d times in two transactions", n)
	}
}

// Who shares a transaction does not hear that the one whose turn it was has gone.
func TestAllocationsOutliveOthers(t *testing.T) {
	t.Parallel()
	_, answers, errs := askTogether(t, true, firstDay)
	gone := 0
	for i, err := range errs {
		switch {
		case errors.Is(err, context.Canceled):
			gone++
		case err != nil || answers[i] == nil:
			t.Errorf("one gets %v, %v", answers[i], err)
		}
	}
	if gone != 1 {
		t.Errorf("%d hear that they have gone, and it was one", gone)
	}
}

// What is wrong with one time chunk is nothing to those who ask for ids in others.
func TestAllocationsFailAlone(t *testing.T) {
	t.Parallel()
	_, answers, errs := askTogether(t, false, func(i int) int64 { return int64(6 + i%4) })
	for i, err := range errs {
		switch bad := i%4 == 3; {
		case bad && !errors.Is(err, errBadDay):
			t.Errorf("one of the ninth day gets %v, %v", answers[i], err)
		case !bad && (err != nil || answers[i] == nil):
			t.Errorf("one of another day gets %v, %v", answers[i], err)
		}
	}
}

// A task that ends while it asks for an id gets none: what its group has reserved was removed with its end, and nobody would remove that one.
func TestAllocationOfATaskThatEnds(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.task("t", "g")
	do(b, c, tryLock("", []druid.Interval{days(0, 10)}))
	store := &held{Store: b.store, begun: make(chan struct{}), letGo: make(chan struct{})}
	b.box.Store = store
	asked := make(chan error)
	go func() {
		_, err := action.Do(context.Background(), b.box.For(c.by), at(1, "s", ""))
		asked <- err
	}()
	<-store.begun
	failed := druid.TaskStatus{ID: c.by.TaskID, State: druid.Failed, Location: druid.UnknownLocation}
	if err := errors.Join(b.box.Abort(t.Context(), c.by, failed), b.box.Forget(t.Context(), c.by)); err != nil {
		t.Error(err)
	}
	close(store.letGo)
	if err := <-asked; !errors.Is(err, lockbox.ErrInactive) {
		t.Errorf("it gets %v", err)
	}
	if rows, err := b.store.PendingSegments(t.Context(), c.by.DataSource, nil); err != nil || len(rows) > 0 {
		t.Errorf("reserved are %+v, %v", rows, err)
	}
}

// A task that another program has ended in the store gets no id either.
func TestAllocationOfATaskThatAnotherProgramEnded(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.task("t", "g")
	do(b, c, tryLock("", []druid.Interval{days(0, 10)}))
	b.update(func(tx metadata.Tx) error {
		return tx.SetTaskStatus(druid.TaskStatus{ID: "t", State: druid.Failed, Location: druid.UnknownLocation})
	})
	all := action.SegmentAllocateAll{Requests: []action.SegmentAllocate{at(1, "s", "")}}
	if _, err := action.Do(t.Context(), c, at(1, "s", "")); !errors.Is(err, metadata.ErrNotActive) {
		t.Errorf("it asks for one, and gets %v", err)
	}
	if _, err := action.Do(t.Context(), c, all); !errors.Is(err, metadata.ErrNotActive) {
		t.Errorf("it asks for several at once, and gets %v", err)
	}
	b.expectPending()
}
