package remote

import (
	"fmt"

	"ovate/druid"
)

// apply takes in what a worker says: all that there is, or what has changed; and tells whether any of that is new. The caller holds mu.
func (r *Runner) apply(w *worker, items []item, all bool) (news bool) {
	r.answered(w)
	w.load = nil
	before, ends := w.running, w.ended
	if all {
		w.heard, w.lost = true, false
		if !w.anew {
			r.settles(w)
		}
		w.running, w.ended = map[string]*announcement{}, map[string]*ending{}
	}
	for _, i := range items {
		switch i.Type {
		case metadataItem:
			news = news || w.disabled != i.Disabled
			w.disabled = i.Disabled
		case updateItem:
			news = r.announced(w, i.Announcement) || news
		case removalItem:
			news = news || w.ended[i.TaskID] != nil || w.running[i.TaskID] != nil
			delete(w.ended, i.TaskID)
			if w.running[i.TaskID] != nil {
				delete(w.running, i.TaskID)
				r.vanished(w, i.TaskID)
			}
		}
	}
	if all {
		for id := range before {
			if w.running[id] == nil && w.ended[id] == nil {
				r.vanished(w, id)
			}
		}
		w.keep(ends)
	}
	r.forgetIdle(w)
	return news || all
}

// keep keeps what a worker has told before of tasks that have ended: it is as true if the worker has lost it since.
func (w *worker) keep(ends map[string]*ending) {
	for id, e := range ends {
		if again := w.ended[id]; again != nil {
			again.claimed = again.claimed || e.claimed
		} else if !e.claimed && w.running[id] == nil {
			w.ended[id] = e
		}
	}
}

// announced takes in what a worker says of a task, and tells whether that is new. The caller holds mu.
func (r *Runner) announced(w *worker, a *announcement) (news bool) {
	at := r.runs[a.ID]
	if a.Status.State == druid.Running {
		if w.ended[a.ID] != nil {
			return false // an end is final
		}
		before := w.running[a.ID]
		news = before == nil || *before != *a
		w.running[a.ID] = a
		if again := w.killing[a.ID]; again != nil { // the worker may not have known the task when it was told to end it
			select {
			case again <- struct{}{}:
			default:
			}
		}
	} else {
		delete(w.running, a.ID)
		before := w.ended[a.ID]
		news = before == nil
		w.ended[a.ID] = &ending{a, before != nil && before.claimed}
	}
	switch {
	case at == nil:
		if a.Status.State == druid.Running {
			r.judgeUnclaimed(w)
		}
	case at.state == pending:
		r.attach(at, w)
	case at.worker != w:
		if a.Status.State == druid.Running {
			r.options.Log.Warn("a worker runs a task that was given to another, too; it is told to end it", "task", a.ID, "worker", w.Host, "other", at.worker.Host)
			r.kill(w, a.ID)
		}
	default:
		r.progress(at, a)
	}
	return news
}

// attach takes a pending task for the one that a worker runs, or has run. The caller holds mu.
func (r *Runner) attach(at *run, w *worker) {
	r.pending.remove(at)
	at.state, at.worker, w.load = running, w, nil
	r.options.Log.Info("a task is found at a worker", "task", at.ID(), "worker", w.Host)
	a := w.running[at.ID()]
	if e := w.ended[at.ID()]; e != nil {
		a = e.announcement
	}
	r.progress(at, a)
}

// progress takes in what the worker of a task says of it. The caller holds mu.
func (r *Runner) progress(at *run, a *announcement) {
	if at.state == assigned {
		at.state = running
		close(at.acknowledged)
		if at.worker.sending == at {
			at.worker.sending = nil
		}
	}
	moved := a.Location.Host != "" && a.Location != at.location
	if moved {
		at.location = a.Location
	}
	if a.Status.State != druid.Running {
		status := a.Status
		status.ID, status.Location = at.ID(), at.location
		r.finish(at, status, true)
		return
	}
	if moved || !at.told {
		r.tellRunning(at)
	}
}

// vanished decides what becomes of a task that a worker ran and does not know any more. The caller holds mu.
func (r *Runner) vanished(w *worker, id string) {
	if at := r.runs[id]; at != nil && at.worker == w && at.state == running {
		r.finish(at, at.failure(fmt.Errorf("the worker[%s] that ran this task does not know it any more", w.Host)), true)
	}
}
