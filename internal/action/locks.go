package action

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"ovate/druid"
	"ovate/internal/lockbox"
)

// LockTryAcquire takes the lock over an interval. It answers nil without an error if another task is in the way. A lock that was revoked
// is answered with Revoked set.
type LockTryAcquire struct {
	LockType druid.LockType `json:"lockType,omitempty"` // none: EXCLUSIVE
	Interval druid.Interval `json:"interval"`
}

// Type is lockTryAcquire.
func (LockTryAcquire) Type() string { return "lockTryAcquire" }

func (a LockTryAcquire) check(given fields) error {
	return cmp.Or(given.need("interval"), checkSpan("interval", a.Interval), checkLockType(given, "lockType", a.LockType))
}

// Perform takes the lock.
func (a LockTryAcquire) Perform(ctx context.Context, box *Box, by Identity) (*Lock, error) {
	return only(LockTryAcquireAll{a.LockType, []druid.Interval{a.Interval}}.Perform(ctx, box, by))
}

// only is the one lock of a list, or nil.
func only(locks Locks, err error) (*Lock, error) {
	if err != nil || len(locks) == 0 {
		return nil, err
	}
	return &Lock{locks[0]}, nil
}

// LockAcquire is LockTryAcquire that waits while another task is in the way: at most for TimeoutMS, without end if that is 0. It answers
// nil without an error when the time is up.
type LockAcquire struct {
	LockType  druid.LockType `json:"lockType,omitempty"` // none: EXCLUSIVE
	Interval  druid.Interval `json:"interval"`
	TimeoutMS int64          `json:"timeoutMs"`
}

// Type is lockAcquire.
func (LockAcquire) Type() string { return "lockAcquire" }

func (a LockAcquire) check(given fields) error {
	return cmp.Or(given.need("interval"), checkSpan("interval", a.Interval), checkLockType(given, "lockType", a.LockType), checkTimeout(a.TimeoutMS))
}

func checkTimeout(ms int64) error {
	if ms < 0 {
		return fmt.Errorf("field [timeoutMs] is %d, but must be milliseconds, or 0 to wait without end", ms)
	}
	return nil
}

// Perform waits for the lock and takes it.
func (a LockAcquire) Perform(ctx context.Context, box *Box, by Identity) (*Lock, error) {
	locks, err := LockAcquireAll{a.LockType, []druid.Interval{a.Interval}, a.TimeoutMS}.Perform(ctx, box, by)
	var refused *lockbox.Refused
	if errors.As(err, &refused) && ctx.Err() == nil {
		return nil, nil
	}
	return only(locks, err)
}

// waiting is an action that may wait: what it does at once is the same, without that.
type waiting interface{ withoutWaiting() Request }

func (a LockAcquire) withoutWaiting() Request {
	return &request[*Lock]{action: LockTryAcquire{a.LockType, a.Interval}}
}

// AtOnce is what an action that may wait does at once: the same, without waiting. It is nil for one that waits for nobody.
func AtOnce(r Request) Request {
	if of, ok := r.(interface{ asked() any }); ok {
		if a, may := of.asked().(waiting); may {
			return a.withoutWaiting()
		}
	}
	return nil
}

// InVain tells whether a request was performed and has got no lock.
func InVain(r Request) bool {
	of, ok := r.(interface{ answered() any })
	if !ok {
		return false
	}
	got, lock := of.answered().(interface{ none() bool })
	return lock && got.none()
}

// Refuses tells whether a request was performed, and answers that the task has lost what it needs.
func Refuses(r Request) bool {
	of, ok := r.(interface{ answered() any })
	if !ok {
		return false
	}
	got, may := of.answered().(interface{ refuses() bool })
	return may && got.refuses()
}

// LockTryAcquireAll takes locks over all the intervals, as if one after the other, or none: then it answers nil, without an error. Druid's tasks ask for one lock
// after the other.
type LockTryAcquireAll struct {
	LockType  druid.LockType   `json:"lockType,omitempty"` // none: EXCLUSIVE
	Intervals []druid.Interval `json:"intervals"`
}

// Type is lockTryAcquireAll.
func (LockTryAcquireAll) Type() string { return "lockTryAcquireAll" }

func (a LockTryAcquireAll) check(given fields) error {
	return checkLockType(given, "lockType", a.LockType)
}

// Perform takes the locks.
func (a LockTryAcquireAll) Perform(ctx context.Context, box *Box, by Identity) (Locks, error) {
	return allOrNone(box.Locks.TryAcquire(ctx, by.Holder, lockRequest(a.LockType, a.Intervals)))
}

// LockAcquireAll is LockTryAcquireAll that waits while other tasks are in the way: at most for TimeoutMS, without end if that is 0. When
// the time is up the error wraps a *lockbox.Refused, which names the lock in the way.
type LockAcquireAll struct {
	LockType  druid.LockType   `json:"lockType,omitempty"` // none: EXCLUSIVE
	Intervals []druid.Interval `json:"intervals"`
	TimeoutMS int64            `json:"timeoutMs"`
}

// Type is lockAcquireAll.
func (LockAcquireAll) Type() string { return "lockAcquireAll" }

func (a LockAcquireAll) check(given fields) error {
	return errors.Join(checkLockType(given, "lockType", a.LockType), checkTimeout(a.TimeoutMS))
}

// Perform waits for the locks and takes them.
func (a LockAcquireAll) Perform(ctx context.Context, box *Box, by Identity) (Locks, error) {
	return box.Locks.Acquire(ctx, by.Holder, lockRequest(a.LockType, a.Intervals), milliseconds(a.TimeoutMS))
}

// atOnce takes one lock without waiting: nil if another task is in the way.
func atOnce(ctx context.Context, box *Box, by Identity, wanted lockbox.Request) (*druid.TaskLock, error) {
	locks, err := box.Locks.TryAcquire(ctx, by.Holder, wanted)
	var refused *lockbox.Refused
	switch {
	case errors.As(err, &refused):
		return nil, nil
	case err != nil:
		return nil, err
	case locks[0].Revoked:
		return nil, &lockbox.Revoked{TaskID: by.TaskID, Lock: locks[0]}
	}
	return &locks[0], nil
}

// milliseconds are those that a task is ready to wait.
func milliseconds(ms int64) time.Duration {
	return time.Duration(min(ms, math.MaxInt64/int64(time.Millisecond))) * time.Millisecond
}

func lockRequest(t druid.LockType, intervals []druid.Interval) lockbox.Request {
	return lockbox.Request{Type: cmp.Or(t, druid.Exclusive), Intervals: intervals}
}

// LockList answers the locks that the task holds, revoked ones too.
type LockList struct{}

// Type is lockList.
func (LockList) Type() string { return "lockList" }

// Perform lists the locks.
func (LockList) Perform(ctx context.Context, box *Box, by Identity) (Locks, error) {
	locks, err := box.Locks.CertainLocks(ctx, by.Holder)
	if locks == nil && err == nil {
		return Locks{}, nil
	}
	return locks, err
}

// LockRelease gives back the lock over exactly this interval, if the task has one. One that has ended has none.
type LockRelease struct {
	Interval druid.Interval `json:"interval"`
}

// Type is lockRelease.
func (LockRelease) Type() string { return "lockRelease" }

func (LockRelease) check(given fields) error { return given.need("interval") }

// Perform releases the lock.
func (a LockRelease) Perform(ctx context.Context, box *Box, by Identity) (Nothing, error) {
	err := box.Locks.Release(ctx, by.Holder, a.Interval)
	if errors.Is(err, lockbox.ErrInactive) && !errors.Is(err, lockbox.ErrEnding) {
		err = nil
	}
	return Nothing{}, err
}
