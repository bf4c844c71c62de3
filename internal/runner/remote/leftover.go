package remote

import (
	"context"
	"time"

	"ovate/internal/clock"
)

// Leftovers deletes what workers have left of tasks that are not active any more, and tells of how many.
type Leftovers func(ctx context.Context, active func(id string) bool) (deleted int, err error)

// When leftovers are deleted, as Java's Overlord does.
const (
	firstSweep  = time.Minute
	sweepPeriod = 5 * time.Minute
)

// sweep deletes leftovers from time to time, until the runner stops. What nobody can tell to be inactive stays.
func (r *Runner) sweep() {
	o := r.options
	active := func(id string) bool {
		is, err := o.Active(r.base, id)
		return is || err != nil
	}
	for pauseFor := firstSweep; clock.Pause(r.base, pauseFor); pauseFor = sweepPeriod {
		if !o.Leads() {
			return
		}
		deleted, err := o.Leftovers(r.base, active)
		if err != nil && r.base.Err() == nil {
			o.Log.Warn("what workers have left of former tasks cannot be deleted yet; it is tried again", "in", sweepPeriod, "error", err)
		}
		if deleted > 0 {
			o.Log.Debug("what workers had left of former tasks is deleted", "tasks", deleted)
		}
	}
}
