package remote

import (
	"time"

	"ovate/internal/clock"
)

// judgeWorker notes how a task of a worker ended. A worker at which one task after the other fails gets no more for a while, unless too
// many others get none either. The caller holds mu.
func (r *Runner) judgeWorker(w *worker, succeeded bool) {
	if succeeded {
		w.failures, w.blacklisted = 0, time.Time{}
		return
	}
	w.failures++
	s := r.options.Settings
	if w.failures <= s.MaxRetriesBeforeBlacklist || !w.blacklisted.IsZero() {
		return
	}
	listed, all := 1, 0
	for _, other := range r.workers {
		if other.there {
			all++
		}
		if !other.blacklisted.IsZero() {
			listed++
		}
	}
	if listed*100 > all*s.MaxPercentageBlacklistWorkers {
		return
	}
	until := time.Now().Add(s.WorkerBlackListBackoffTime)
	w.blacklisted = until
	r.options.Log.Warn("a worker gets no tasks for a while, as too many have failed there", "worker", w.Host, "tasks", w.failures, "until", until)
	r.begin(func() {
		if !clock.Pause(w.life, s.WorkerBlackListBackoffTime) {
			return
		}
		r.change(func() {
			if w.blacklisted.Equal(until) {
				w.failures, w.blacklisted = 0, time.Time{}
			}
		})
	})
}
