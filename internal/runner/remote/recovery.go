package remote

import (
	"context"
	"maps"
	"slices"
	"time"

	"ovate/druid"
	"ovate/internal/clock"
)

// recovery is what is known of who may run the tasks that were active before the runner began. One that a worker tells of is attached to its run
// at once. One that nobody tells of may be where nobody can look: its worker does not answer, or is not announced, as after an outage of
// ZooKeeper. It is given to a worker once
//
//   - RecoveryDelay has passed since it was first known which workers there are, so that those that come late are there, and
//   - each worker that came until then, also one that went, has told what it runs when it was asked after that.
//
// What it told before is not enough, as what a former leader has sent to a slow worker may be on its way for as long. The wait ends after
// TaskCleanupTimeout, and for one that has told before and is not there any more RecoveryDelay after it went. A worker that comes later holds
// up nothing. Tasks that are new are never held up. The runner's mu guards it.
type recovery struct {
	over    bool               // workers that come now are not waited for
	awaited map[string]*worker // that came in time, and have not told what they run since they were asked for that last

	heard context.Context // ends once all have told, or have taken too long: nobody who asks where a task runs waits any more
	hear  context.CancelFunc
}

// hearing is for how long whoever asks where a task runs waits for the workers to tell, from the start of the runner.
const hearing = 2 * time.Second

// Where is where a worker runs a task, also if the task has not been given to the runner yet. Tasks ask so for the one that they are a part of,
// a few times within a second, and fail if nobody knows: just after the start it is waited for what the workers tell.
func (r *Runner) Where(ctx context.Context, id string) druid.TaskLocation {
	select {
	case <-r.recovery.heard.Done():
	case <-ctx.Done():
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if w := r.whereIs(id); w != nil && w.running[id] != nil {
		return w.running[id].Location
	}
	return druid.UnknownLocation
}

// unsure tells whether somebody may run a task that was active before the runner began, and that no worker has told of. The caller holds mu.
func (r *Runner) unsure() bool { return !r.recovery.over || len(r.recovery.awaited) > 0 }

// held is how many tasks wait for that to be known. The caller holds mu.
func (r *Runner) held() (n int) {
	for l, tasks := range r.pending.lines {
		if l.recovered {
			n += tasks.Len()
		}
	}
	return n
}

// awaits notes that a worker came. The caller holds mu.
func (r *Runner) awaits(w *worker) {
	if !r.recovery.over {
		r.recovery.awaited[w.Host] = w
	}
}

// settles notes that a worker has told what it runs, or that nobody waits for that any longer. The caller holds mu.
func (r *Runner) settles(w *worker) {
	if r.recovery.awaited[w.Host] != w {
		return
	}
	delete(r.recovery.awaited, w.Host)
	r.hearsAll()
	if n := r.held(); n > 0 && !r.unsure() {
		r.options.Log.Info("every worker has told what it runs, or is given up; tasks that none has told of are given to workers", "tasks", n)
	}
}

// hearsAll notes whether all workers there are have told what they run. The caller holds mu.
func (r *Runner) hearsAll() {
	if r.seen && len(r.recovery.awaited) == 0 {
		r.recovery.hear()
	}
}

// asksAgain asks every worker that came in time for all that it runs, once more; those that come now are not waited for. The caller holds mu.
func (r *Runner) asksAgain() {
	r.recovery.over = true
	for _, w := range r.workers {
		if w.lost {
			r.forgetIdle(w)
			continue
		}
		r.recovery.awaited[w.Host] = w
		w.anew = true
		if w.since != nil { // it may answer only once it has news
			w.cut()
		}
		w.wakeUp()
	}
}

// givesUp ends the wait for workers that were asked so long ago. The caller holds mu.
func (r *Runner) givesUp(asked time.Duration) {
	s := r.options.Settings
	for _, w := range r.recovery.awaited {
		gone := w.heard && !w.there && min(asked, time.Since(w.went)) >= s.RecoveryDelay
		if gone || asked >= s.TaskCleanupTimeout {
			if n := r.held(); n > 0 {
				r.options.Log.Warn("a worker has not answered; tasks that may be there are not held up for it any more", "worker", w.Host, "tasks", n)
			}
			r.settles(w)
			r.forgetIdle(w)
		}
	}
}

// firstNotice is when the log tells that tasks are held up, after workers were asked: those that are well have told what they run by then.
const firstNotice = 10 * time.Second

// glance is how often it is looked who is still waited for.
const glance = time.Second

// endRecovery ends the time for which tasks are held up. It begins when it is known which workers there are.
func (r *Runner) endRecovery() {
	s := r.options.Settings
	notice := min(firstNotice, s.RecoveryDelay, s.TaskCleanupTimeout)
	over := time.Now().Add(s.RecoveryDelay)
	if !clock.Pause(r.base, notice) {
		return
	}
	r.change(func() {
		r.tellHeld("tasks that were active before are at no worker that is known; they wait for workers that come late", over)
	})
	if !clock.Pause(r.base, time.Until(over)) {
		return
	}
	r.change(r.asksAgain)
	if !clock.Pause(r.base, notice) {
		return
	}
	r.change(func() {
		if len(r.recovery.awaited) > 0 {
			r.tellHeld("tasks that were active before may be at workers that do not answer; they wait for these", over.Add(s.TaskCleanupTimeout))
		}
	})
	for waits := true; waits; {
		r.change(func() {
			r.givesUp(time.Since(over))
			waits = len(r.recovery.awaited) > 0
		})
		if !clock.Pause(r.base, glance) {
			return
		}
	}
}

// tellHeld tells the log of tasks that are held up, if there are any. The caller holds mu.
func (r *Runner) tellHeld(msg string, until time.Time) {
	if n := r.held(); n > 0 {
		r.options.Log.Warn(msg, "tasks", n, "until", until, "silent workers", slices.Sorted(maps.Keys(r.recovery.awaited)))
	}
}
