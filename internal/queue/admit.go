package queue

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"ovate/druid"
	"ovate/internal/lockbox"
	"ovate/internal/metadata"
	"ovate/internal/task"
)

// attend makes sure that somebody decides on the tasks of a data source. The caller holds mu.
func (q *Queue) attend(s *dataSource) {
	idle := len(s.arrivals) == 0 && !(s.freed && s.refused.len() > 0)
	if s.busy || q.stopping || idle {
		return
	}
	s.busy = true
	q.work.Go(func() { q.admit(s) })
}

// lockFreed is called by the lockbox.
func (q *Queue) lockFreed(dataSource string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if s := q.sources[dataSource]; s != nil {
		s.freed = true
		q.attend(s)
	}
}

// admit looks at the tasks of one data source, by their precedence and in their order, until there is nothing to decide: after a lock was
// freed at those that wait for one, then at those that arrived. A task that has to wait does not hold up later ones.
func (q *Queue) admit(s *dataSource) {
	for {
		q.mu.Lock()
		arrivals := s.arrivals
		var refused []*entry
		if s.freed {
			refused = s.refused.snapshot()
		}
		s.arrivals, s.freed = nil, false
		if q.stopping || len(arrivals)+len(refused) == 0 {
			s.busy = false
			q.dropIfEmpty(s)
			q.mu.Unlock()
			return
		}
		q.mu.Unlock()
		for _, e := range byPrecedence(refused) {
			// Most of those who wait still cannot have their locks: that is known without reading the task.
			if e != nil {
				q.decide(e, func() {
					if q.locks.CanAcquire(e.identity.Holder, e.locks) {
						q.try(s, e)
					}
				})
			}
		}
		for _, e := range byPrecedence(arrivals) {
			q.decide(e, func() { q.try(s, e) })
		}
	}
}

// byPrecedence puts tasks that go before others first, and leaves all else in its order. Some may be nil.
func byPrecedence(entries []*entry) []*entry {
	of := func(e *entry) int {
		if e == nil {
			return 0
		}
		return e.precedence
	}
	if slices.ContainsFunc(entries, func(e *entry) bool { return of(e) != 0 }) { // else there are very many, perhaps, to be left as they are
		slices.SortStableFunc(entries, func(a, b *entry) int { return cmp.Compare(of(b), of(a)) })
	}
	return entries
}

// decide does with a task what admit finds. A panic is the task's end, and nobody else's.
func (q *Queue) decide(e *entry, what func()) {
	err := task.Protect(func() error {
		what()
		return nil
	})
	if err != nil {
		q.tellPanic(e, err)
		q.end(e, failure(e, err))
	}
}

// tellPanic writes the details of a panic to the server's log and to the task's own.
func (q *Queue) tellPanic(e *entry, err error) {
	fault, ok := errors.AsType[*task.PanicError](err)
	if !ok {
		return
	}
	q.options.Log.Error("task panicked", "task", e.id, "panic", fault.Value, "stack", fault.Stack)
	log, err := q.options.Logs.Append(e.id)
	if err == nil {
		_, err = fmt.Fprintf(log, "time=%s level=ERROR msg=%q stack=%q\n", q.now(), fault.Error(), fault.Stack)
		err = errors.Join(err, log.Close())
	}
	if err != nil {
		q.options.Log.Warn("the task's log cannot be written", "task", e.id, "error", err)
	}
}

// try gives a task to the runner if it is ready, fails it if it can never be, or lets it wait for its locks.
func (q *Queue) try(s *dataSource, e *entry) {
	if e.unreadable != "" {
		return
	}
	if e.doomed == "" && !task.KindOf(e.typ).TakesLocks {
		q.run(s, e)
		return
	}
	ctx, cancel := context.WithTimeout(q.base, patience)
	defer cancel()
	t, err := q.load(ctx, e)
	ready := false
	if err == nil {
		ready, err = t.Ready(ctx, e.Client())
	}
	switch {
	case q.base.Err() != nil: // the queue stops
	case metadata.IsTransient(err), errors.Is(err, context.DeadlineExceeded):
		q.options.Log.Warn("it cannot be decided yet whether a task may run; trying again", "task", e.id, "error", err)
		q.tryLater(s, e)
	case errors.Is(err, lockbox.ErrInactive):
		q.wait(s, e, t) // its end is being written; should that fail, the lockbox tells
	case err != nil:
		q.end(e, failure(e, err))
	case !ready:
		q.wait(s, e, t)
	default:
		e.fresh.Store(&t)
		q.run(s, e)
	}
}

// patience is how long the others of a data source wait while the store fails to tell whether one task may run, and how long that
// one then waits for its next turn.
const patience = 5 * time.Second

// tryLater lets a task come once more, after the others.
func (q *Queue) tryLater(s *dataSource, e *entry) {
	q.mu.Lock()
	defer q.mu.Unlock()
	s.again = append(s.again, e)
	if len(s.again) > 1 || q.stopping {
		return
	}
	q.work.Go(func() {
		if !q.pause(patience) {
			return
		}
		q.mu.Lock()
		defer q.mu.Unlock()
		s.arrivals, s.again = append(s.arrivals, s.again...), nil
		q.attend(s)
	})
}

// wait notes what a task waits for.
func (q *Queue) wait(s *dataSource, e *entry, t task.Task) {
	var wanted lockbox.Request
	l, locks := t.(task.Locker)
	if locks {
		wanted = l.Locks()
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if locks {
		e.locks = wanted
	}
	if !e.now().stage.ended() && e.rank[refused] == 0 {
		s.refused.add(e)
	}
}

func (q *Queue) load(ctx context.Context, e *entry) (task.Task, error) {
	if e.doomed != "" {
		return nil, errors.New(e.doomed)
	}
	return e.Load(ctx)
}

// run makes a task pending and gives it to the runner.
func (q *Queue) run(s *dataSource, e *entry) {
	q.mu.Lock()
	if !e.move(giving) { // it has ended
		q.mu.Unlock()
		return
	}
	s.refused.remove(e)
	q.mu.Unlock()
	starts, err := q.runner.Run(e)
	q.mu.Lock()
	e.move(pending)
	takenBack := e.now().stage == takenBack && e.move(leaving)
	q.mu.Unlock() // from here on Shutdown finds it in the runner
	if !starts {
		e.fresh.Store(nil) // it will be read again when its turn comes
	}
	if err != nil {
		q.end(e, failure(e, err))
		return
	}
	if takenBack && !q.runner.Cancel(e.id, context.Canceled) { // it was shut down before the runner knew it
		q.forget(e)
	}
}

// failure is the status of a task that fails before it runs.
func failure(e *entry, err error) druid.TaskStatus {
	return druid.TaskStatus{
		ID: e.id, State: druid.Failed, Duration: -1, ErrorMsg: druid.TruncateErrorMsg(err.Error()), Location: druid.UnknownLocation,
	}
}

// success is the status of a task whose work others have done.
func success(e *entry, _ error) druid.TaskStatus {
	return druid.TaskStatus{ID: e.id, State: druid.Success, Duration: -1, Location: druid.UnknownLocation}
}
