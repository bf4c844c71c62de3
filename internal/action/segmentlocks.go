package action

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"

	"ovate/druid"
	"ovate/internal/lockbox"
)

// SegmentLockTryAcquire takes locks over segments, as many of them as can be had, and answers each of the partitions in their order. That of
// a lock that was revoked has Revoked set.
type SegmentLockTryAcquire struct {
	LockType   druid.LockType `json:"lockType"`
	Interval   druid.Interval `json:"interval"`
	Version    string         `json:"version"`
	Partitions []int          `json:"partitionIds"`
}

// Type is segmentLockTryAcquire.
func (SegmentLockTryAcquire) Type() string { return "segmentLockTryAcquire" }

func (a SegmentLockTryAcquire) check(given fields) error {
	if err := given.need("lockType", "interval", "version", "partitionIds"); err != nil {
		return err
	}
	if len(a.Partitions) == 0 {
		return errors.New("field [partitionIds] is empty, but must name the partitions to be locked")
	}
	for _, n := range a.Partitions {
		if err := checkPartition("partitionIds", n); err != nil {
			return err
		}
	}
	return errors.Join(checkSpan("interval", a.Interval), checkSegmentLockType("lockType", a.LockType))
}

func checkPartition(field string, n int) error {
	if n < 0 || n > math.MaxInt32 {
		return fmt.Errorf("field [%s] has %d, but must be from 0 to %d", field, n, math.MaxInt32)
	}
	return nil
}

// checkSegmentLockType refuses a type of locks that segments do not have. Under REPLACE a time chunk is replaced, whatever its segments.
func checkSegmentLockType(field string, t druid.LockType) error {
	switch t {
	case druid.Exclusive, druid.Shared, druid.Append:
		return nil
	}
	return fmt.Errorf("field [%s] is %q, but locks over segments must be EXCLUSIVE, SHARED or APPEND", field, t)
}

// Perform takes the locks.
func (a SegmentLockTryAcquire) Perform(ctx context.Context, box *Box, by Identity) (LockResults, error) {
	partitions := slices.Compact(slices.Sorted(slices.Values(a.Partitions)))
	locks, err := a.obtain(ctx, box, by, partitions)
	if err != nil {
		return nil, err
	}
	answers := make(LockResults, len(partitions))
	for i, n := range partitions {
		if len(locks) > 0 && locks[0].asked == n {
			answers[i] = resultOf(&locks[0].TaskLock)
			locks = locks[1:]
		}
	}
	return answers, nil
}

// partitionLock is the lock that was had for a partition. It may be one that the group had, over an interval that is wider.
type partitionLock struct {
	druid.TaskLock
	asked int
}

// obtain takes all those locks at once that nobody else has. Should one be taken at the same moment, the others are tried again.
func (a SegmentLockTryAcquire) obtain(ctx context.Context, box *Box, by Identity, partitions []int) ([]partitionLock, error) {
	for {
		wanted := segmentRequest(a.LockType, a.Interval, a.Version, partitions...)
		free, err := box.Locks.Obtainable(by.Holder, wanted)
		if err != nil {
			return nil, err
		}
		wanted.Segments = free
		locks, err := box.Locks.TryAcquire(ctx, by.Holder, wanted) // of none, too: that tells of a task that is not active
		var refused *lockbox.Refused
		if errors.As(err, &refused) {
			continue
		}
		got := make([]partitionLock, len(locks))
		for i, l := range locks {
			got[i] = partitionLock{l, free[i].PartitionNum}
		}
		return got, err
	}
}

// SegmentLockTryAcquireAll takes the locks over all of the segments, as if one after the other, or none of them.
// It answers none, without an error, if another task is in the way. One that was revoked has Revoked set.
type SegmentLockTryAcquireAll struct {
	LockType druid.LockType      `json:"lockType"`
	Segments []druid.DataSegment `json:"segments"`
}

// Type is segmentLockTryAcquireAll.
func (SegmentLockTryAcquireAll) Type() string { return "segmentLockTryAcquireAll" }

func (a SegmentLockTryAcquireAll) check(given fields) error {
	return cmp.Or(given.need("lockType", "segments"), checkSegmentLockType("lockType", a.LockType))
}

// Perform takes the locks.
func (a SegmentLockTryAcquireAll) Perform(ctx context.Context, box *Box, by Identity) (Locks, error) {
	wanted := lockbox.Request{Type: a.LockType}
	for i := range a.Segments {
		wanted.Segments = append(wanted.Segments, a.Segments[i].ID())
	}
	return allOrNone(box.Locks.TryAcquire(ctx, by.Holder, wanted))
}

// allOrNone is the answer of who asked for locks together: none if another task is in the way.
func allOrNone(locks []druid.TaskLock, err error) (Locks, error) {
	var refused *lockbox.Refused
	if errors.As(err, &refused) {
		return nil, nil
	}
	return locks, err
}

func segmentRequest(t druid.LockType, interval druid.Interval, version string, partitions ...int) lockbox.Request {
	wanted := lockbox.Request{Type: t}
	for _, n := range partitions {
		wanted.Segments = append(wanted.Segments, druid.SegmentID{Interval: interval, Version: version, PartitionNum: n})
	}
	return wanted
}

// SegmentLockAcquire takes the lock over a segment, and waits while another task is in the way: at most for TimeoutMS, without end if that is
// 0. It answers no lock, without an error, when the time is up.
type SegmentLockAcquire struct {
	LockType  druid.LockType `json:"lockType"`
	Interval  druid.Interval `json:"interval"`
	Version   string         `json:"version"`
	Partition int            `json:"partitionId"`
	TimeoutMS int64          `json:"timeoutMs"`
}

// Type is segmentLockAcquire.
func (SegmentLockAcquire) Type() string { return "segmentLockAcquire" }

func (a SegmentLockAcquire) check(given fields) error {
	if err := given.need("lockType", "interval", "version"); err != nil {
		return err
	}
	return errors.Join(checkSpan("interval", a.Interval), checkSegmentLockType("lockType", a.LockType),
		checkPartition("partitionId", a.Partition), checkTimeout(a.TimeoutMS))
}

// Perform waits for the lock and takes it.
func (a SegmentLockAcquire) Perform(ctx context.Context, box *Box, by Identity) (LockResult, error) {
	locks, err := box.Locks.Acquire(ctx, by.Holder, segmentRequest(a.LockType, a.Interval, a.Version, a.Partition), milliseconds(a.TimeoutMS))
	return oneResult(ctx, locks, err)
}

// oneResult is the answer of who asked for one lock: none if another task has it.
func oneResult(ctx context.Context, locks []druid.TaskLock, err error) (LockResult, error) {
	var refused *lockbox.Refused
	switch {
	case errors.As(err, &refused) && ctx.Err() == nil:
		return LockResult{}, nil
	case err != nil:
		return LockResult{}, err
	}
	return resultOf(&locks[0]), nil
}

func (a SegmentLockAcquire) withoutWaiting() Request {
	return &request[LockResult]{action: segmentLockAtOnce{a}}
}

// segmentLockAtOnce is SegmentLockAcquire that does not wait.
type segmentLockAtOnce struct{ SegmentLockAcquire }

// Perform takes the lock.
func (a segmentLockAtOnce) Perform(ctx context.Context, box *Box, by Identity) (LockResult, error) {
	locks, err := box.Locks.TryAcquire(ctx, by.Holder, segmentRequest(a.LockType, a.Interval, a.Version, a.Partition))
	return oneResult(ctx, locks, err)
}

// LockResult is what became of a request for a lock over a segment.
type LockResult struct {
	Lock    *druid.TaskLock `json:"taskLock"` // nil if another task is in the way
	Revoked bool            `json:"revoked"`  // the lock was had, and is lost
}

func (r LockResult) none() bool { return r.Lock == nil }

func (r LockResult) refuses() bool { return r.Revoked }

// LockResults are those of several locks.
type LockResults []LockResult

func (r LockResults) refuses() bool { return slices.ContainsFunc(r, LockResult.refuses) }

func resultOf(l *druid.TaskLock) LockResult { return LockResult{l, l.Revoked} }

// MarshalJSON writes what Druid's tasks read: in place of newSegmentId, which these actions never tell, null.
func (r LockResult) MarshalJSON() ([]byte, error) {
	dst := []byte(`{"taskLock":`)
	if r.Lock == nil {
		dst = append(dst, "null"...)
	} else {
		dst = r.Lock.AppendJSON(dst)
	}
	dst = strconv.AppendBool(append(dst, `,"newSegmentId":null,"revoked":`...), r.Revoked)
	return append(dst, '}'), nil
}
