package lockbox

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ovate/druid"
)

// Who waits for a lock for a task hears of its end, also if the task has held none.
func TestEndOfWhoWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup()
		holder, waiter := b.task("holder"), b.task("waiter")
		b.mustLock(t, holder, druid.Exclusive, days(0, 1))
		got := make(chan error)
		go func() {
			_, err := b.Acquire(context.Background(), waiter, Request{Type: druid.Exclusive, Intervals: []druid.Interval{days(0, 1)}}, time.Hour)
			got <- err
		}()
		synctest.Wait()
		if err := b.end(waiter); err != nil {
			t.Fatal(err)
		}
		if err := <-got; !errors.Is(err, ErrInactive) || errors.Is(err, ErrEnding) {
			t.Errorf("waited in vain: %v", err)
		}
	})
}

// A task whose group has the lock with another priority has asked for what it can never have.
func TestAnotherPriorityInTheGroup(t *testing.T) {
	t.Parallel()
	for _, typ := range []druid.LockType{druid.Exclusive, druid.Shared, druid.Append, druid.Replace} {
		b := setup()
		b.mustLock(t, b.task("a/g/50"), typ, days(0, 1))
		_, err := b.try(b.task("b/g/70"), typ, days(0, 1))
		var wrong *druid.Error
		if !errors.As(err, &wrong) || wrong.HTTPStatus() != 400 || !strings.Contains(wrong.Error(), "70") || !strings.Contains(wrong.Error(), "50") {
			t.Errorf("%s: %v", typ, err)
		}
	}
}

// A task that another program has ended gets no lock, which nobody would take back, and keeps none from others.
func TestLockOfATaskThatAnotherProgramEnded(t *testing.T) {
	t.Parallel()
	b := setup()
	ended, other := b.task("ended"), b.task("other")
	b.store.ended = map[string]bool{"ended": true}
	if _, err := b.try(ended, druid.Exclusive, days(0, 1)); !errors.Is(err, ErrInactive) || errors.Is(err, ErrEnding) {
		t.Errorf("it gets %v", err)
	}
	if rows := b.store.list(); len(rows) > 0 {
		t.Errorf("stored are %+v", rows)
	}
	b.mustLock(t, other, druid.Exclusive, days(0, 1))
}
