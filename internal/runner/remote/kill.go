package remote

import (
	"context"
	"time"

	"ovate/internal/clock"
)

// killRepeat is the pause between two times that a worker is told to end a task, once it has answered, or failed often.
const killRepeat = 30 * time.Second

// untilTold is how long to wait before a worker is told something again after so many failures.
func untilTold(failures int) time.Duration {
	return clock.Doubling{First: time.Second, Longest: 64 * time.Second}.After(failures)
}

// kill has a worker told to end a task, until it has: a worker that was told too early says yes, and runs it all the same. The caller
// holds mu.
func (r *Runner) kill(w *worker, id string) {
	if w.killing[id] != nil {
		return
	}
	again := make(chan struct{}, 1)
	w.killing[id] = again
	r.begin(func() {
		for r.tellToEnd(w, id); r.runsAt(w, id); r.tellToEnd(w, id) {
			timer := time.NewTimer(killRepeat)
			select {
			case <-timer.C:
			case <-again:
			case <-w.life.Done():
			}
			timer.Stop()
		}
	})
}

// runsAt tells whether the worker may run a task; if not, nobody tells it any more to end it.
func (r *Runner) runsAt(w *worker, id string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if w.life.Err() == nil && (w.running[id] != nil || w.sending != nil && w.sending.ID() == id) {
		return true
	}
	delete(w.killing, id)
	return false
}

// tellToEnd tells a worker to end a task, some times if that fails; not once another server may lead.
func (r *Runner) tellToEnd(w *worker, id string) {
	var err error
	for try := range max(r.options.Settings.ShutdownRequestMaxRetries, 1) {
		if try > 0 && !clock.Pause(w.life, untilTold(try)) {
			return
		}
		if !r.options.Leads() {
			return
		}
		if err = r.calls.shutdown(r.options.Within(w.life, id), r.node(w), id); err == nil || w.life.Err() != nil {
			return
		}
	}
	r.options.Log.Warn("a worker cannot be told to end a task; it is told again as long as it runs it", "task", id, "worker", w.Host, "error", err)
}

// judgeUnclaimed finds out about the tasks that a worker runs and nobody has asked for: those that are not active are ended. Of a worker that is
// not there any more it also finds out whether anybody may still ask how a task has ended. The caller holds mu.
func (r *Runner) judgeUnclaimed(w *worker) {
	if w.judging || r.options.Active == nil {
		return
	}
	w.judging = true
	r.begin(func() {
		for clock.Pause(w.life, r.options.Settings.ClaimTimeout) {
			ids := r.unclaimed(w)
			if ids == nil {
				return
			}
			for _, id := range ids {
				r.judge(w, id)
			}
		}
	})
}

// unclaimed are the tasks that are to be judged; nil if there are none, and nobody looks any more.
func (r *Runner) unclaimed(w *worker) (ids []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for id := range w.running {
		if r.runs[id] == nil && w.killing[id] == nil {
			ids = append(ids, id)
		}
	}
	for id, e := range w.ended {
		if !w.there && !e.claimed && r.runs[id] == nil {
			ids = append(ids, id)
		}
	}
	if w.judging = ids != nil; !w.judging {
		r.forgetIdle(w)
	}
	return ids
}

// judge finds out about a task that nobody has asked for. One that is active, or of which one cannot tell, is left as it is.
func (r *Runner) judge(w *worker, id string) {
	ctx, cancel := context.WithTimeout(w.life, r.options.Settings.ClaimTimeout)
	defer cancel()
	active, err := r.options.Active(ctx, id)
	if err != nil {
		r.options.Log.Warn("it cannot be found out whether a task is active that a worker runs or has run; trying again", "task", id, "worker", w.Host, "error", err)
		return
	}
	if active {
		return
	}
	r.change(func() {
		if r.runs[id] != nil {
			return
		}
		if e := w.ended[id]; e != nil {
			e.claimed = true
			r.forgetIdle(w)
		}
		if w.running[id] != nil {
			r.options.Log.Warn("a worker runs a task that is not active; it is told to end it", "task", id, "worker", w.Host)
			if r.options.Discovered != nil {
				r.options.Discovered(id)
			}
			r.kill(w, id)
		}
	})
}
