package action

import (
	"context"
	"errors"
	"time"

	"ovate/druid"
	"ovate/internal/lockbox"
)

// LockTryAcquire takes locks over all the intervals, or none. It answers nil without an error if another task is
// in the way. A lock that was revoked is answered with Revoked set.
type LockTryAcquire struct{ lockbox.Request }

// Perform takes the locks.
func (a LockTryAcquire) Perform(ctx context.Context, box *Box, by Identity) ([]druid.TaskLock, error) {
	locks, err := box.Locks.TryAcquire(ctx, by.Holder, a.Request)
	var refused *lockbox.Refused
	if errors.As(err, &refused) {
		return nil, nil
	}
	return locks, err
}

// LockAcquire is LockTryAcquire that waits while other tasks are in the way: at most for Timeout, without end if that is 0. When
// the time is up the error wraps a *lockbox.Refused, which names the lock in the way.
type LockAcquire struct {
	lockbox.Request
	Timeout time.Duration
}

// Perform waits for the locks and takes them.
func (a LockAcquire) Perform(ctx context.Context, box *Box, by Identity) ([]druid.TaskLock, error) {
	return box.Locks.Acquire(ctx, by.Holder, a.Request, a.Timeout)
}

// LockList answers the locks that the task holds, revoked ones too.
type LockList struct{}

// Perform lists the locks.
func (LockList) Perform(_ context.Context, box *Box, by Identity) ([]druid.TaskLock, error) {
	return box.Locks.Locks(by.Holder), nil
}

// LockRelease gives back the lock over exactly this interval, if the task has one.
type LockRelease struct{ Interval druid.Interval }

// Perform releases the lock.
func (a LockRelease) Perform(ctx context.Context, box *Box, by Identity) (struct{}, error) {
	return struct{}{}, box.Locks.Release(ctx, by.Holder, a.Interval)
}
