package retention

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"ovate/druid"
	"ovate/internal/metadata"
)

// perform runs a duty. A panic is a fault of this duty alone.
func (r *Retention) perform(ctx context.Context, d *duty) (err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("%v\n%s", fault, debug.Stack())
		}
	}()
	return d.run(ctx)
}

// removeTasks removes logs and reports, then rows. Neither waits for the other to succeed: whatever is left of a task is old by
// itself, and goes the next time. The log of a task that is active stays, however long it has been silent.
func (r *Retention) removeTasks(ctx context.Context) error {
	retain := r.Rules.Tasks.Retain
	files, logsErr := r.Logs.DeleteBefore(ctx, time.UnixMilli(int64(r.ago(retain))), r.Tasks.ActiveIDs())
	r.told(files, "removed logs and reports of tasks", "older than", retain)
	before := r.ago(retain)
	rows, err := r.batches(ctx, func(tx metadata.Tx) (int, error) { return tx.DeleteTasksBefore(before, batch) })
	r.told(rows, "removed rows of tasks", "older than", retain)
	return errors.Join(logsErr, err)
}

// unsettled is how old something unfinished is before it is taken for left behind.
const unsettled = time.Hour

// settleReports puts the prepared reports of tasks that have succeeded in their places, and removes those of tasks that have not.
func (r *Retention) settleReports(ctx context.Context) error {
	var active map[string]bool // asked for once there is a report, which there hardly ever is
	n, err := r.Logs.Settle(ctx, time.UnixMilli(int64(r.ago(unsettled))), func(id string) (succeeded, isActive bool, err error) {
		if active == nil {
			active = map[string]bool{}
			for _, id := range r.Tasks.ActiveIDs() {
				active[id] = true
			}
		}
		row, err := metadata.TaskStatus(ctx, r.Store, id)
		switch {
		case errors.Is(err, metadata.ErrNotFound):
			return false, active[id], nil
		case err != nil:
			return false, false, err
		}
		return row.Status.State == druid.Success, active[id] || row.Status.State == druid.Running, nil
	})
	r.told(n, "removed reports that were not finished")
	return err
}

// removeAudit removes audit entries.
func (r *Retention) removeAudit(ctx context.Context) error {
	before := r.ago(r.Rules.Audit.Retain)
	n, err := r.batches(ctx, func(tx metadata.Tx) (int, error) { return tx.DeleteAuditBefore(before, batch) })
	r.told(n, "removed audit entries", "older than", r.Rules.Audit.Retain)
	return err
}

// spare is how much older than the oldest active task a segment id must be before nobody can need it.
const spare = 24 * time.Hour

// removePending removes segment ids that were handed out and never published. A task removes its own when it ends; these are of
// tasks whose end was cut off.
func (r *Retention) removePending(ctx context.Context) error {
	before := r.Now()
	if oldest, there := r.Tasks.Oldest(); there {
		before = min(before, oldest)
	}
	before -= druid.Instant(spare.Milliseconds())
	names, err := r.Store.PendingDataSources(ctx)
	if err != nil {
		return err
	}
	var failed []error
	for _, name := range names {
		n, err := r.batches(ctx, func(tx metadata.Tx) (int, error) {
			return tx.DeletePendingByCreated(name, druid.Interval{Start: druid.MinInstant, End: before}, batch)
		})
		r.told(n, "removed pending segments", "dataSource", name)
		if err != nil {
			failed = append(failed, fmt.Errorf("data source[%s]: %w", name, err))
		}
		if ctx.Err() != nil {
			break
		}
	}
	return errors.Join(failed...)
}
