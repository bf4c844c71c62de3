package retention

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
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
	r.look()
	before, lately := r.ended(r.ago(retain))
	rows, err := r.batches(ctx, func(tx metadata.Tx) (int, error) { return tx.DeleteTasksBefore(before, lately, batch) })
	r.told(rows, "removed rows of tasks", "older than", retain)
	return errors.Join(logsErr, err)
}

// sight is a look at which tasks were active.
type sight struct {
	taken  time.Time
	at     druid.Instant
	oldest druid.Instant // when the first of them was submitted
	active []string
}

// Bounds of how long a row stays once its task has ended, so that whoever waits for the end hears of it, however long the task took.
const (
	leastKept = 10 * time.Second
	mostKept  = 5 * time.Minute
)

// keptAfterEnd is how long a row stays at least once its task has ended.
func (r *Retention) keptAfterEnd() time.Duration {
	return max(leastKept, min(mostKept, r.Rules.Tasks.Retain))
}

// look notes which tasks are active now, unless that was just done.
func (r *Retention) look() {
	kept := r.keptAfterEnd()
	if n := len(r.sights); n > 0 && time.Since(r.sights[n-1].taken) < kept/8 {
		return
	}
	s := sight{taken: time.Now(), at: r.Now(), oldest: druid.MaxInstant}
	if oldest, there := r.Tasks.Oldest(); there {
		s.oldest, s.active = oldest, r.Tasks.ActiveIDs()
	}
	r.sights = append(r.sights, s)
	for len(r.sights) > 1 && time.Since(r.sights[1].taken) >= kept { // the first is of no use beside this one
		r.sights = r.sights[1:]
	}
}

// ended narrows the rows that may go, which are of tasks submitted before some time: those of tasks that have ended long enough ago were
// submitted before the time that it returns, and are none of the others. When a task has ended is stored nowhere: it must have been over
// when the server looked.
func (r *Retention) ended(submitted druid.Instant) (before druid.Instant, others []string) {
	s := r.sights[0]
	if time.Since(s.taken) < r.keptAfterEnd() {
		return druid.MinInstant, nil
	}
	before = min(submitted, s.at)
	if s.oldest < before {
		others = s.active
	}
	return before, others
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

// removeSupervisors removes what is stored of supervisors that were terminated.
func (r *Retention) removeSupervisors(ctx context.Context) error {
	before := r.ago(r.Rules.Supervisors.Retain)
	n, err := r.batches(ctx, func(tx metadata.Tx) (int, error) { return tx.DeleteSupervisorsBefore(before, batch) })
	r.told(n, "removed versions of terminated supervisors", "older than", r.Rules.Supervisors.Retain)
	return err
}

// removeNotes removes the notes of what was appended beside tasks that are not active any more. A task removes its own when it ends; these are of tasks that
// another program has ended, and of such as gave back the lock for which they were made.
func (r *Retention) removeNotes(ctx context.Context) error {
	ids, err := r.Store.UpgradeTasks(ctx)
	if err != nil {
		return err
	}
	removed := 0
	for together := range slices.Chunk(ids, batch) {
		n := 0
		err := r.Store.Update(ctx, func(tx metadata.Tx) error {
			n = 0
			active, err := metadata.ActiveAmong(ctx, tx, together...)
			if err != nil {
				return err
			}
			for _, id := range together {
				if active[id] {
					continue
				}
				one, err := tx.DeleteUpgrades(id)
				if err != nil {
					return err
				}
				n += one
			}
			return nil
		})
		if err != nil {
			return err
		}
		removed += n
	}
	r.told(removed, "removed notes of what was appended beside tasks that have ended")
	return nil
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
