package workertest

import (
	"context"
	"time"

	"ovate/druid"
)

// process is a task that runs.
type process struct {
	noop
	begun    time.Time
	location druid.TaskLocation
	stop     func() // its timer, or its work
}

// beginSoon begins a task after the gap.
func (w *Worker) beginSoon(t noop) {
	life := w.restarts
	after(w.gap, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if life == w.restarts {
			delete(w.assigned, t.ID)
			w.begin(t)
		}
	})
}

// after calls f on a goroutine of its own when d has passed, unless it is stopped before. No timer has a length of zero: of several in one bubble of
// synctest the race detector of Go 1.26 may crash the process, as all of them run, each on the goroutine that makes it, in the one context of the bubble.
func after(d time.Duration, f func()) (stop func()) {
	if d <= 0 {
		go f()
		return func() {}
	}
	timer := time.AfterFunc(d, f)
	return func() { timer.Stop() }
}

// begin runs a task.
func (w *Worker) begin(t noop) {
	if w.Started != nil {
		w.Started(t.ID)
	}
	p := &process{noop: t, begun: time.Now(), location: druid.UnknownLocation}
	w.running[t.ID] = p
	w.history.add(update(t.announce(druid.Running, "", -1, p.location)))
	if w.Work != nil {
		w.beginWork(p)
	} else {
		p.stop = after(time.Duration(t.RunTime)*time.Millisecond, func() {
			w.mu.Lock()
			defer w.mu.Unlock()
			if t.Fails {
				w.end(p, druid.Failed, "it was told to fail")
			} else {
				w.end(p, druid.Success, "")
			}
		})
	}
	p.location = w.location
	w.history.add(update(t.announce(druid.Running, "", -1, p.location)))
}

// beginWork has a process do its work, and end with it.
func (w *Worker) beginWork(p *process) {
	ctx, cancel := context.WithCancel(context.Background())
	p.stop = cancel
	payload := w.payloads[p.ID]
	w.work.Go(func() {
		err := w.Work(ctx, p.ID, payload)
		w.mu.Lock()
		defer w.mu.Unlock()
		if err != nil {
			w.end(p, druid.Failed, err.Error())
		} else {
			w.end(p, druid.Success, "")
		}
	})
}

// end is the end of a task's process.
func (w *Worker) end(p *process, state druid.TaskState, msg string) {
	if w.running[p.ID] != p {
		return
	}
	w.stop(p)
	a := p.announce(state, msg, time.Since(p.begun).Milliseconds(), p.location)
	w.ended[p.ID] = a
	w.history.add(update(a))
}

// stop ends a process of which nothing is told.
func (w *Worker) stop(p *process) {
	p.stop()
	delete(w.running, p.ID)
	if w.Ended != nil {
		w.Ended(p.ID)
	}
}
