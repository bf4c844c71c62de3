package remote

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"ovate/internal/clock"
	"ovate/internal/request"
	"ovate/internal/task"
)

// assign gives pending tasks to workers that have room, in the order in which they came. A worker gets one task at a time, and the
// next once it has announced that. A task for which there is no room does not hold up later ones, but for the slots of one worker that it
// needs together. The caller holds mu.
func (r *Runner) assign() {
	if len(r.pending.lines) == 0 || !r.options.Leads() {
		return
	}
	unsure := r.unsure()
	o := r.openings()
	r.pending.pass(func(at *run) verdict {
		switch {
		case unsure && at.Recovered():
			return skipLine
		case at.Place() == task.InProcess && r.options.Local != nil:
			r.pending.remove(at)
			r.forget(at)
			r.options.Local(at.Assignment)
			return next
		case o.open == 0:
			return skipLine
		}
		w, hopeless := o.choose(at.demand(), r.isPart(at))
		switch {
		case hopeless:
			return skipLine
		case w != nil:
			r.pending.remove(at)
			at.state, at.worker, at.sent, at.tried = assigned, w, false, time.Time{}
			at.sendings++
			w.sending, w.load = at, nil
			r.begin(func() { r.send(at, w) })
		}
		return next
	})
}

// isPart tells whether a task belongs to one that runs, and may wait for it.
func (r *Runner) isPart(at *run) bool {
	whole := r.runs[at.partOf()]
	return whole != nil && whole.state == running
}

// openings are the workers as one pass over the line sees them.
type openings struct {
	selection  Selection
	rules      Rules
	workers    []*worker
	candidates []Candidate
	open       int          // workers that can be sent a task now
	most       int          // slots that one of these has free
	held       map[int]bool // for tasks that lack nothing else than slots
}

// openings looks at all workers. The caller holds mu.
func (r *Runner) openings() *openings {
	o := &openings{
		selection: r.selection, held: map[int]bool{},
		rules: Rules{MinVersion: r.options.Settings.MinWorkerVersion, ParallelRatio: r.options.Settings.ParallelIndexTaskSlotRatio},
	}
	for _, host := range slices.Sorted(maps.Keys(r.workers)) {
		w := r.workers[host]
		if !w.there {
			continue
		}
		c := Candidate{Host: host, Category: w.Category, Version: w.Version, Capacity: w.Capacity, Load: r.busy(w), Unusable: !w.usable()}
		c.Closed = c.Unusable || w.sending != nil || c.Capacity <= c.Used
		o.workers, o.candidates = append(o.workers, w), append(o.candidates, c)
	}
	o.count()
	return o
}

// count counts what is open.
func (o *openings) count() {
	o.open, o.most = 0, 0
	for i := range o.candidates {
		if c := &o.candidates[i]; !c.Closed {
			o.open++
			o.most = max(o.most, c.free())
		}
	}
}

// choose finds a worker for a task, nil if there is none now; hopeless if it lacks more than one without its group. Then one worker that
// lacks nothing but free slots takes no later tasks in this pass, unless they are part of what runs: that may wait for them.
func (o *openings) choose(d Demand, part bool) (w *worker, hopeless bool) {
	allowed := func(i int) bool { return part || !o.held[i] }
	fits := d.Slots <= o.most // else nobody has to look
	if fits {
		if i := o.selection.Choose(d, o.rules, o.candidates, allowed); i >= 0 {
			o.candidates[i].Closed = true
			o.candidates[i].add(d) // which limits of types count
			o.count()
			return o.workers[i], false
		}
	}
	if i := o.selection.Await(d, o.rules, o.candidates, allowed); i >= 0 && !part {
		o.held[i] = true
	}
	d.Group = ""
	return nil, !fits || o.selection.Choose(d, o.rules, o.candidates, allowed) < 0
}

// delivery is what came of sending a task.
type delivery int

const (
	notDelivered   delivery = iota // no request has reached the worker
	refusedForGood                 // the worker cannot take it, nor could another
	perhaps                        // the worker has it, or may have
)

// send has a worker run a task, and waits until the worker announces it.
func (r *Runner) send(at *run, w *worker) {
	payload, err := at.Payload(at.life)
	if err != nil {
		r.endRun(at, assigned, err)
		return
	}
	switch came, err := r.deliver(at, w, payload); came {
	case refusedForGood:
		r.endRun(at, assigned, err)
	case notDelivered:
		r.change(func() { r.putBack(at, err) })
	case perhaps:
		var sending int
		r.change(func() { at.tried, sending = time.Now(), at.sendings })
		r.await(at, sending)
	}
}

// endRun ends a run as failed, unless it has got out of a state since.
func (r *Runner) endRun(at *run, while state, err error) {
	r.change(func() {
		if at.state == while {
			r.finish(at, at.failure(err), false)
		}
	})
}

// putBack lets a task that has not reached its worker wait again, at its old place. The caller holds mu.
func (r *Runner) putBack(at *run, cause error) {
	if at.state != assigned {
		return
	}
	w := at.worker
	if at.cancelled != nil {
		r.finish(at, at.failure(at.cancelled), false)
		return
	}
	r.options.Log.Warn("a worker does not take a task; another may", "task", at.ID(), "worker", w.Host, "error", cause)
	w.sending, w.load, w.doubtful = nil, nil, true
	at.state, at.worker = pending, nil
	r.pending.add(at)
	r.forgetIdle(w)
}

// deliver sends a task to a worker, and again while it cannot tell whether that has it. The worker ignores what it has.
func (r *Runner) deliver(at *run, w *worker, payload []byte) (delivery, error) {
	came := notDelivered
	var last error
	for try := range max(r.options.Settings.AssignRequestMaxRetries, 1) {
		if try > 0 && !clock.Pause(at.life, untilTold(try)) {
			return perhaps, last
		}
		n, goOn := r.toSend(at, w)
		if !goOn {
			return came, last
		}
		err := r.calls.assign(r.options.Within(r.sending, at.ID()), n, payload)
		status, answered := errors.AsType[*request.StatusError](err)
		switch {
		case err == nil:
			return perhaps, nil
		case answered && status.Code == http.StatusBadRequest:
			return refusedForGood, fmt.Errorf("the worker[%s] cannot run this task: %s", w.Host, status.Text)
		case answered && status.Code < http.StatusInternalServerError, request.NotSent(err):
		default:
			came = perhaps
		}
		last = err
	}
	return came, last
}

// toSend tells whether a task is still to be sent to its worker, right before that, and notes that it is.
func (r *Runner) toSend(at *run, w *worker) (n Node, goOn bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if at.state != assigned || r.stopping || at.cancelled != nil || !r.options.Leads() {
		return Node{}, false
	}
	at.sent = true
	return w.Node, true
}

// hasNotArrived gives a task to another worker, or to this one anew, that it was sent before its process ended, and that it does not know now that it has told
// all: nobody listened there in between, and what a worker has taken it knows from its disk. The caller holds mu.
func (r *Runner) hasNotArrived(w *worker) {
	at := w.sending
	if at == nil || at.state != assigned || at.tried.IsZero() || !at.tried.Before(w.refused) || w.running[at.ID()] != nil || w.ended[at.ID()] != nil {
		return
	}
	if at.cancelled != nil {
		r.finish(at, at.failure(at.cancelled), false)
		return
	}
	r.options.Log.Warn("a worker has begun anew, and does not know a task that it was sent; it is given out again", "task", at.ID(), "worker", w.Host)
	w.sending, w.load = nil, nil
	at.state, at.worker = pending, nil
	r.pending.add(at)
	r.forgetIdle(w)
}

// await waits until the worker announces a task that it was sent. If it does not the task has failed, and the worker is told to end it.
func (r *Runner) await(at *run, sending int) {
	limit := r.options.Settings.TaskAssignmentTimeout
	ctx, cancel := context.WithTimeout(at.life, limit)
	defer cancel()
	select {
	case <-at.acknowledged:
	case <-ctx.Done():
		r.change(func() {
			if at.state == assigned && at.sendings == sending && r.options.Leads() {
				r.options.Log.Error("a worker has not announced a task that it was sent", "task", at.ID(), "worker", at.worker.Host, "within", limit)
				r.kill(at.worker, at.ID())
				r.finish(at, at.failure(fmt.Errorf("the worker[%s] that this task was sent to has not announced it within %s (druid.indexer.runner.taskAssignmentTimeout)",
					at.worker.Host, limit)), false)
			}
		})
	}
}
