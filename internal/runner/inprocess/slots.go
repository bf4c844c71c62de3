package inprocess

import (
	"context"
	"time"

	"ovate/internal/runner"
)

// fill starts pending tasks while there is room for the first of them.
func (r *Runner) fill() {
	for {
		queue := &r.pending
		if r.mayStart(r.suspects.first()) {
			queue = &r.suspects
		}
		next := queue.first()
		if next == nil || r.used+next.Slots() > r.options.Worker.Capacity {
			return
		}
		queue.pop()
		r.used += next.Slots()
		ctx, cancel := context.WithCancelCause(r.base)
		started := &run{Assignment: next, cancel: cancel}
		r.running[next.ID()] = started
		r.watch(started)
		r.runs.Go(func() { r.perform(ctx, started) })
	}
}

// suspectTime is how long a suspect runs before the next one may, too.
const suspectTime = 5 * time.Minute

// mayStart tells whether the first of the pending suspects may run now.
func (r *Runner) mayStart(first runner.Assignment) bool {
	if first == nil || r.suspect != nil {
		return false
	}
	if first.Suspicion() == runner.SuspectAlone {
		for _, at := range r.running {
			if at.Suspicion() != runner.Trusted && !at.free {
				return false
			}
		}
	}
	return true
}

// watch keeps other suspects from starting beside a suspect that starts: for a while, or as long as it runs.
func (r *Runner) watch(started *run) {
	if started.Suspicion() == runner.Trusted {
		return
	}
	r.suspect = started
	if started.Suspicion() == runner.Suspect {
		started.watched = time.AfterFunc(suspectTime, func() { r.unwatch(started) })
	}
}

// unwatch lets the next suspect run.
func (r *Runner) unwatch(at *run) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.suspect == at && !r.stopping {
		r.suspect = nil
		r.fill()
	}
}

// release frees the slots of a run. The caller holds mu.
func (r *Runner) release(at *run) {
	if !at.free {
		at.free = true
		r.used -= at.Slots()
	}
}

// yield gives the slots of a run to others while it goes on. It waits for what another task may have: that may be a suspect, too.
func (r *Runner) yield(at *run) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.release(at)
	if r.suspect == at {
		r.suspect = nil
	}
	r.fill()
}
