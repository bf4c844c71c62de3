package remote

import (
	"context"

	"ovate/internal/clock"
)

// Rid returns true once no worker runs a task that was not given to the runner: what was active before has been asked for, and what was not has ended. Workers
// that do not answer are waited for as long as tasks are that may be there. It returns false if ctx ends before.
func (r *Runner) Rid(ctx context.Context) bool {
	for !r.isRid() {
		if !clock.Pause(ctx, glance) {
			return false
		}
	}
	return true
}

func (r *Runner) isRid() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.unsure() {
		return false
	}
	for _, w := range r.workers {
		for id := range w.running {
			if r.runs[id] == nil {
				return false
			}
		}
	}
	return true
}
