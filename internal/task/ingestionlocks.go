package task

import (
	"context"
	"fmt"
	"net/url"

	"ovate/druid"
	"ovate/internal/action"
	"ovate/internal/lockbox"
)

// lock makes sure that the task holds locks over all segments: those it has since it was ready, or else new ones.
func (r *ingestion) lock(ctx context.Context, chunks []druid.Interval) ([]druid.TaskLock, error) {
	if !r.hasIntervals() && len(chunks) > 0 {
		wanted := r.request(chunks)
		if err := r.notTooMany(wanted); err != nil {
			return nil, err
		}
		if err := r.acquire(ctx, wanted); err != nil {
			return nil, fmt.Errorf("Failed to get locks for intervals%v: %w", wanted.Intervals, err)
		}
	}
	locks, err := action.Do(ctx, r.tools.Actions, action.LockList{})
	if err != nil {
		return nil, err
	}
	if err := notRevoked(r.header.ID, locks); err != nil {
		return nil, err
	}
	if err := r.isSeen(ctx, chunks, locks); err != nil {
		return nil, err
	}
	return locks, r.hidesNothingAppended(ctx, chunks)
}

// isSeen fails a task that replaces if segments are there whose versions sort behind those of its locks, which are times: they would go on
// to be seen, and what it writes would be hidden from the beginning. Versions that are no times were written by other programs.
func (r *ingestion) isSeen(ctx context.Context, chunks []druid.Interval, locks []druid.TaskLock) error {
	if r.spec.IO.Append || len(chunks) == 0 || len(locks) == 0 {
		return nil
	}
	version := locks[0].Version
	for _, l := range locks[1:] {
		version = min(version, l.Version)
	}
	newer, err := action.Do(ctx, r.tools.Actions, action.ChunkListNewer{Intervals: druid.CondenseIntervals(chunks), Version: version})
	if err != nil || len(newer) == 0 {
		return err
	}
	there := newer[0]
	return fmt.Errorf("interval[%s] of data source[%s] holds used segments of version[%s], which sorts behind version[%s], under which this task would "+
		"publish: queries would not see what it writes, but the segments that are there. Mark these as unused first "+
		`(POST /druid/indexer/v1/datasources/%s/markUnused with {"interval":"%s","versions":[%s]})`, there.Interval, r.header.DataSource,
		there.Version, version, url.PathEscape(r.header.DataSource), there.Interval, druid.AppendString(nil, there.Version))
}

// hidesNothingAppended fails a task that asks for a REPLACE lock if rows were appended to its chunks while it waited for its locks: its
// segments would hide them. What is appended under its locks is carried over to its version when it publishes.
func (r *ingestion) hidesNothingAppended(ctx context.Context, chunks []druid.Interval) error {
	if len(chunks) == 0 || !r.keepsAppended() {
		return nil
	}
	appended, err := action.Do(ctx, r.tools.Actions, action.SegmentListAppended{Intervals: chunks})
	if err != nil || len(appended) == 0 {
		return err
	}
	return fmt.Errorf("%d segments were appended, the first of them to interval[%s], after this task was submitted with useConcurrentLocks or a REPLACE lock; "+
		"these rows would be hidden, as the task had not got its locks yet. Submit the task again to replace them, too", len(appended), appended[0].Interval)
}

// acquire takes locks, and waits for them if it must. It does not hold worker slots meanwhile: whoever has the locks may
// be waiting for a slot. What is left to do after that needs little.
func (r *ingestion) acquire(ctx context.Context, wanted lockbox.Request) error {
	locks, err := action.Do(ctx, r.tools.Actions, action.LockTryAcquireAll{LockType: wanted.Type, Intervals: wanted.Intervals})
	if err != nil || locks != nil {
		return err
	}
	timeout, err := r.lockTimeout()
	if err != nil {
		return err
	}
	r.tools.Log.Info("waiting for locks", "type", wanted.Type, "intervals", wanted.Intervals, "timeout", timeout)
	r.tools.Yield()
	_, err = action.Do(ctx, r.tools.Actions, action.LockAcquireAll{
		LockType: wanted.Type, Intervals: wanted.Intervals, TimeoutMS: timeout.Milliseconds(),
	})
	return err
}
