package remote

import (
	"container/list"
	"context"
	"time"

	"ovate/druid"
	"ovate/internal/runner"
)

// state is where a task is.
//
//	pending ──chosen──▶ assigned ──announced──▶ running ──ended, lost──▶ ended
//	   ▲ └──────────found at a worker──────────────▲                       ▲
//	   └──not sent─────────┘ └──refused, not announced in time, lost───────┘
type state int

const (
	pending  state = iota
	assigned       // a worker is being sent it, or was: it may run
	running        // its worker says so
	ended          // Done is told, or about to be
)

// run is a task that was given to the runner. The runner's mu guards it.
type run struct {
	runner.Assignment
	state        state
	number       int           // its place in the order in which tasks came
	place        *list.Element // in its line, while it is pending
	worker       *worker       // once it is assigned
	sent         bool          // a request with it was begun
	sendings     int           // how often it was given to a worker
	tried        time.Time     // when the last request with it has ended that its worker may have taken; zero while that is not so
	acknowledged chan struct{} // closed once its worker announces it
	location     druid.TaskLocation
	cancelled    error              // why it was given up; nil if it was not
	life         context.Context    // ends with it, or when the runner stops
	end          context.CancelFunc // ends life

	told    bool     // that it runs
	news    []func() // to tell the queue, in their order
	telling bool     // somebody does
}

// header is what is known of the task.
func (at *run) header() druid.Task {
	h := at.Header()
	h.Resource.RequiredCapacity = at.Slots()
	return h
}

// demand is what the task asks of a worker.
func (at *run) demand() Demand { return demand(at.header()) }

// partOf is the task that this one belongs to, if that is another.
func (at *run) partOf() string {
	if group := at.Header().GroupID; group != at.ID() {
		return group
	}
	return ""
}

// Run takes a task: if a worker runs it, or has run it, it is attached to that; else it waits for a worker. It never starts at once.
func (r *Runner) Run(a runner.Assignment) (starts bool, err error) {
	if most := r.options.Largest; most > 0 && a.Slots() > most {
		return false, &runner.TooLarge{ID: a.ID(), Required: a.Slots(), Available: most}
	}
	r.change(func() {
		if r.runs[a.ID()] != nil {
			return
		}
		at := &run{Assignment: a, location: druid.UnknownLocation, acknowledged: make(chan struct{})}
		at.life, at.end = context.WithCancel(r.base)
		r.runs[a.ID()] = at
		r.pending.add(at)
		if w := r.whereIs(a.ID()); w != nil {
			r.attach(at, w)
		}
	})
	return false, nil
}

// whereIs is the worker that knows the task, nil if none does. One that runs it counts before one that has.
func (r *Runner) whereIs(id string) (found *worker) {
	for _, w := range r.workers {
		if w.running[id] != nil {
			return w
		}
		if w.ended[id] != nil {
			found = w
		}
	}
	return found
}

// Cancel gives up a task. One that waits is forgotten. One that may run has its worker told to end it, again and again, and Done comes when
// the worker says that it has ended. Its slots are the worker's, and free by then.
func (r *Runner) Cancel(id string, cause error) (running bool) {
	r.change(func() {
		at := r.runs[id]
		switch {
		case at == nil:
			for _, w := range r.workers { // it was found there, and not asked for yet
				if w.running[id] != nil {
					r.kill(w, id)
				}
			}
			return
		case at.state == pending:
			r.pending.remove(at)
			r.forget(at)
			return
		}
		running = true
		if at.cancelled != nil {
			return
		}
		at.cancelled = cause
		if at.sent || at.state != assigned {
			r.kill(at.worker, id)
		} else {
			r.finish(at, at.failure(cause), false)
		}
	})
	return running
}

// forget forgets a task of which nothing is told any more. The caller holds mu.
func (r *Runner) forget(at *run) {
	delete(r.runs, at.ID())
	at.state = ended
	at.end()
}

// failure is the status of a task that fails for what its worker does not say.
func (at *run) failure(err error) druid.TaskStatus {
	return druid.TaskStatus{ID: at.ID(), State: druid.Failed, Duration: -1, ErrorMsg: druid.TruncateErrorMsg(err.Error()), Location: at.location}
}

// finish ends a run. That a task failed counts against its worker if the worker said so. The caller holds mu.
func (r *Runner) finish(at *run, status druid.TaskStatus, said bool) {
	w := at.worker
	at.state = ended
	delete(r.runs, at.ID())
	at.end()
	if e := w.ended[at.ID()]; e != nil {
		e.claimed = true
	}
	if w.sending == at {
		w.sending = nil
	}
	w.load, w.lastCompleted = nil, druid.Now()
	if at.cancelled != nil {
		status.State, status.ErrorMsg = druid.Failed, druid.TruncateErrorMsg(at.cancelled.Error())
	} else if said {
		r.judgeWorker(w, status.State == druid.Success)
	}
	if !at.told {
		r.tellRunning(at)
	}
	r.tell(at, func() { r.events.Done(at.Assignment, runner.Result{Status: status}) })
	r.forgetIdle(w)
}

// tellRunning tells the queue where a task runs. The caller holds mu.
func (r *Runner) tellRunning(at *run) {
	at.told = true
	location := at.location
	r.tell(at, func() { r.events.Running(at.ID(), location) })
}

// tell has the queue told something of a task, after what it was told before. The caller holds mu.
func (r *Runner) tell(at *run, news func()) {
	at.news = append(at.news, news)
	if !at.telling {
		at.telling = true
		r.begin(func() { r.tellAll(at) })
	}
}

// tellAll tells the queue what there is to tell of a task.
func (r *Runner) tellAll(at *run) {
	for {
		r.mu.Lock()
		news := at.news
		at.news = nil
		if len(news) == 0 || r.stopping {
			at.telling = false
			r.mu.Unlock()
			return
		}
		r.mu.Unlock()
		for _, tell := range news {
			tell()
		}
	}
}
