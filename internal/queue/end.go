package queue

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"ovate/druid"
	"ovate/internal/clock"
	"ovate/internal/metadata"
	"ovate/internal/runner"
	"ovate/internal/task"
)

// Running is told by the runner when a task has a worker.
func (q *Queue) Running(id string, location druid.TaskLocation) {
	e := q.find(id)
	if e == nil {
		return
	}
	if e.where == task.InProcess {
		q.noteRun(func(r Runs) error { return r.Begin(id) })
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	e.runAt(location)
}

// mayEnd is told that a task's end is about to be written. Once it is, the task is out of the queue: nobody who has seen
// the end in the store shall find the task active afterwards.
func (q *Queue) mayEnd(id string) (written func(ended bool)) {
	e := q.find(id)
	if e == nil {
		return func(bool) {}
	}
	e.endings.Add(1)
	return func(ended bool) {
		if ended {
			q.remove(e)
		}
		e.endings.Add(-1)
	}
}

// Done is told by the runner when a run has ended and touches nothing any more.
func (q *Queue) Done(a runner.Assignment, r runner.Result) {
	e, ok := a.(*entry)
	if !ok {
		return
	}
	if e.where == task.InProcess {
		q.noteRun(func(r Runs) error { return r.End(e.id) })
	}
	if r.Recorded {
		q.remove(e)
		q.finish(e)
		return
	}
	q.end(e, r.Status)
}

// end gives a task that does not run its final status, unless it has one. While the store fails it tries again:
// an outcome must not get lost.
func (q *Queue) end(e *entry, status druid.TaskStatus) {
	ended := q.untilStored(func() error {
		err := task.Protect(func() error { return q.tryEnd(e, status) })
		if err != nil && !errors.Is(err, metadata.ErrTermOver) {
			q.tellPanic(e, err)
			q.options.Log.Error("task cannot be ended yet", "task", e.id, "status", status.State, "error", err)
		}
		return err
	})
	if ended {
		q.forget(e)
	} // else it stays active, and runs again after the next start, or under who leads now
}

// untilStored tries to store something until that succeeds, and tells whether it has: not once the queue stops, or its term is over.
func (q *Queue) untilStored(try func() error) bool {
	pauses := clock.Doubling{First: time.Second, Longest: time.Minute}
	for failures := 1; ; failures++ {
		err := try()
		if err == nil {
			return true
		}
		if errors.Is(err, metadata.ErrTermOver) || !q.pause(pauses.After(failures)) {
			return false
		}
	}
}

// tryEnd ends a task unless somebody else has.
func (q *Queue) tryEnd(e *entry, status druid.TaskStatus) error {
	if err := e.gate.lock(q.base); err != nil {
		return err
	}
	defer e.gate.unlock()
	if e.now().stage.ended() {
		return nil
	}
	err := q.box.End(q.base, e.identity, status)
	if err != nil && !errors.Is(err, metadata.ErrNotActive) {
		return err
	}
	q.remove(e)
	if err == nil {
		if status.State == druid.Failed { // who watches the log alone is to see it
			q.options.Log.Info("task failed", "task", e.id, "dataSource", e.identity.DataSource, "error", status.ErrorMsg)
		}
		q.finish(e) // nothing is left pending
	}
	return nil
}

// pause waits; it returns false at once if the queue stops.
func (q *Queue) pause(d time.Duration) bool { return clock.Pause(q.halted, d) }

// forget removes what an aborted task left pending, once its run has ended.
func (q *Queue) forget(e *entry) {
	if !q.finish(e) {
		return // somebody has
	}
	q.freeIDs(e)
	q.noteIdle(e)
}

// freeIDs removes what the group of an aborted task left pending, unless others of it are at work. While the store fails it goes on trying, and whoever
// has ended the task does not wait for that. If the process ends before, whoever leads next does it (freeLeft).
func (q *Queue) freeIDs(e *entry) {
	free := func() error {
		err := q.box.Forget(q.base, e.identity)
		if err != nil && q.base.Err() == nil {
			q.options.Log.Warn("segment ids stay reserved for now", "task", e.id, "error", err)
		}
		return err
	}
	if free() == nil {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.stopping {
		q.work.Go(func() { _ = q.pause(time.Second) && q.untilStored(free) })
	}
}

// noteAborted notes that a task is being shut down: it counts as at work until its run has ended, whether it is active or not.
func (q *Queue) noteAborted(e *entry) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.aborted[e] = true
}

// noteIdle notes that an aborted task touches nothing any more, or goes on as one that was not.
func (q *Queue) noteIdle(e *entry) {
	q.mu.Lock()
	defer q.mu.Unlock()
	delete(q.aborted, e)
}

// shutdownError is the cause given to the run of a task that was shut down.
type shutdownError struct{ reason string }

func (e *shutdownError) Error() string { return e.reason }

// ShutdownReason is the error of a task that people end who give no other.
const ShutdownReason = "Shutdown request from user"

// Shutdown ends a task as FAILED with the reason; one that is complete stays as it is. When it returns nil that is
// durable, and the task's worker slots and locks are free. What it was doing is being cancelled, and cannot be
// published any more.
func (q *Queue) Shutdown(ctx context.Context, id, reason string) error {
	return q.shutDown(ctx, id, &shutdownError{reason}, failure)
}

// Succeed is Shutdown, but the task ends as SUCCESS. Whoever asks knows that all which it was to publish is published, by a replica of it say.
func (q *Queue) Succeed(ctx context.Context, id, reason string) error {
	return q.shutDown(ctx, id, &shutdownError{reason}, success)
}

// shutDown ends a task as a cause says.
func (q *Queue) shutDown(ctx context.Context, id string, cause error, as func(*entry, error) druid.TaskStatus) error {
	e, err := q.toShutDown(ctx, id)
	if e == nil || err != nil {
		return err
	}
	if err := e.gate.lock(ctx); err != nil {
		return err
	}
	defer e.gate.unlock()
	if e.now().stage.ended() {
		_, err := q.row(ctx, id) // of one that could not be submitted there is none
		return err
	}
	release, err := q.alone(ctx, id)
	if err != nil {
		return err
	}
	defer release()
	status := as(e, cause)
	status.Location = e.now().location
	// Whoever asked may be gone: the task ends all the same.
	aborting, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	defer cancel(nil)
	defer context.AfterFunc(q.base, func() { cancel(task.ErrStopped) })()
	// Abort frees the locks: from then on nothing else tells that the task may still be at work.
	ended := false
	q.noteAborted(e)
	defer func() {
		if !ended { // after a panic, too
			q.noteIdle(e)
		}
	}()
	err = q.box.Abort(aborting, e.identity, status)
	switch {
	case errors.Is(err, metadata.ErrNotActive) && (e.endings.Load() > 0 || e.now().stage.ended()):
		// It has succeeded in the meantime; else another program has ended it, and knows nothing of its run.
		q.freeIDs(e) // others of its group that ended meanwhile have left that to this one
		return nil
	case err != nil && !errors.Is(err, metadata.ErrNotActive):
		if q.base.Err() != nil && !errors.Is(err, metadata.ErrOutcomeUnknown) {
			err = ErrStopped
		}
		return fmt.Errorf("shut down task[%s]: %w", id, err)
	}
	ended = true
	q.remove(e)
	known := e.now().stage.known() // else whoever gives it to the runner finds that it has ended, and cancels it: until then it may run
	if running := q.runner.Cancel(id, cause); !running && known {
		q.forget(e)
	}
	return nil
}

// toShutDown is the task of an id, unless it has ended; nil then. One that is active in the store alone was put there by another
// program: it ends, too.
func (q *Queue) toShutDown(ctx context.Context, id string) (*entry, error) {
	if e := q.find(id); e != nil {
		return e, nil
	}
	row, err := q.row(ctx, id)
	if err != nil || row.Status.State != druid.Running {
		return nil, err
	}
	if e := q.find(id); e != nil {
		return e, nil // it came meanwhile
	}
	if row, err = q.whole(ctx, id); err != nil {
		return nil, err
	}
	return q.recovered(row), nil
}

// shutdownsAtOnce is how many shutdowns of one call are on their way to the store together, to share commits.
const shutdownsAtOnce = 64

// large is how many bytes a task has of which one is shut down at a time: some stores write all of its row anew, and those that come together share a transaction,
// for which everybody else waits.
const large = 1 << 20

// alone waits until no other large task is being shut down, if this is one.
func (q *Queue) alone(ctx context.Context, id string) (release func(), err error) {
	if size, err := q.store.PayloadSize(ctx, id); err != nil || size < large {
		return func() {}, nil // what is wrong the next step tells
	}
	if err := q.large.Acquire(ctx, 1); err != nil {
		return nil, context.Cause(ctx)
	}
	return func() { q.large.Release(1) }, nil
}

// ShutdownAll shuts down every active task of a data source and returns their ids. It begins with the newest, so
// that no pending task gets the place of a running one.
func (q *Queue) ShutdownAll(ctx context.Context, dataSource, reason string) ([]string, error) {
	var entries []*entry
	q.mu.Lock()
	if s := q.sources[dataSource]; s != nil {
		entries = s.active.snapshot()
	}
	q.mu.Unlock()

	var wg sync.WaitGroup
	var mu sync.Mutex
	var ids []string
	var errs []error
	slots := make(chan struct{}, shutdownsAtOnce)
	for i := len(entries) - 1; i >= 0; i-- {
		e := entries[i]
		if e == nil {
			continue
		}
		slots <- struct{}{}
		wg.Go(func() {
			err := task.Protect(func() error { return q.Shutdown(ctx, e.id, reason) })
			q.tellPanic(e, err)
			<-slots
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				errs = append(errs, err)
				return
			}
			ids = append(ids, e.id)
		})
	}
	wg.Wait()
	return ids, errors.Join(errs...)
}
