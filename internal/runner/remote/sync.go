package remote

import (
	"context"
	"errors"
	"syscall"
	"time"

	"ovate/internal/clock"
)

// outcome is what came of asking a worker.
type outcome int

const (
	failed outcome = iota
	hasty          // it answered at once, but without anything new
	fruitful
)

// follow asks a worker for what changes, until the worker is forgotten. Pauses get longer while that leads nowhere: after each failure, and
// after more answers without anything new than an honest worker gives one after the other, which are two: that it has to tell all, and all. One
// that has something new each time it is asked is not asked more often than others can wait for.
func (r *Runner) follow(w *worker) {
	const (
		free  = 2
		burst = 20                    // answers that come at once
		pace  = 50 * time.Millisecond // from then on
	)
	quick := 0
	came := fruitful
	for fruitless := 0; ; {
		before, asked := came, time.Now()
		came = r.ask(w)
		if time.Since(asked) >= pace {
			quick = 0
		} else if quick++; quick > burst && !clock.Pause(w.life, pace) {
			return
		}
		switch {
		case came == fruitful:
			fruitless = 0
		case came == failed:
			fruitless = max(fruitless, free) + 1
		case before == failed && w.life.Err() == nil: // it is back, and may have more to tell
			continue
		default:
			fruitless++
		}
		if !w.rest(fruitless - free) {
			return
		}
	}
}

// ask asks a worker once.
func (r *Runner) ask(w *worker) (came outcome) {
	r.mu.Lock()
	if w.anew {
		w.since, w.anew = nil, false
	}
	n, since := w.Node, w.since
	question, cut := context.WithCancel(w.life)
	w.cut = cut
	r.mu.Unlock()
	defer cut()
	asked := time.Now()
	answer, err := r.calls.changes(question, n, since)
	came = fruitful
	if time.Since(asked) < time.Second {
		came = hasty
	}
	r.change(func() {
		switch {
		case w.life.Err() != nil:
			came = failed
		case err != nil && question.Err() != nil: // it was cut off, and is asked something else
			came = fruitful
		case err != nil:
			if errors.Is(err, syscall.ECONNREFUSED) {
				w.refused = asked
			}
			w.since, came = nil, failed // once it answers that it has nothing new could take long
			r.failed(w, err)
		case answer == nil:
			r.answered(w)
		case answer.Reset:
			w.since = nil
			r.options.Log.Info("a worker has to tell all anew", "worker", w.Host, "cause", answer.Cause)
		default:
			w.since = answer.Counter
			if news := r.apply(w, answer.Requests, since == nil); news && since != nil {
				came = fruitful
			}
			if since == nil {
				r.hasNotArrived(w)
			}
		}
	})
	return came
}

// node is how the worker presents itself now.
func (r *Runner) node(w *worker) Node {
	r.mu.Lock()
	defer r.mu.Unlock()
	return w.Node
}

// rest waits before a worker is asked again, longer with each time in a row; it returns false once the worker is forgotten.
func (w *worker) rest(times int) bool {
	if times <= 0 {
		return w.life.Err() == nil
	}
	timer := time.NewTimer(clock.Doubling{First: time.Second, Longest: 2 * time.Minute}.After(times))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-w.wake: // it came back
	case <-w.life.Done():
		return false
	}
	return true
}
