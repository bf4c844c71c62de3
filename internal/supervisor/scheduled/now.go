package scheduled

import (
	"context"
	"errors"
	"fmt"

	"ovate/druid"
)

// ErrRuns is that what was submitted before still runs, beside which the spec has nothing run.
var ErrRuns = errors.New("the last task has not ended, and the overlap of the schedule is [skip]")

// ErrSubmitted is that something was submitted within the same second before, or by whoever led then.
var ErrSubmitted = errors.New("the schedule has submitted a task within this second already")

// RunNow implements supervisor.Prompt. It is ErrRuns where what is run is not to run beside the last one, and ErrSubmitted within the second of that. A Stop ends it.
func (s *scheduled) RunNow(ctx context.Context) (task string, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(s.Lasts, func() { cancel(changed(s.spec.ID)) })()
	done := make(chan struct{})
	if !s.Go(func() {
		defer close(done)
		task, err = s.submit(ctx, s.Wall())
	}) {
		return "", changed(s.spec.ID)
	}
	<-done
	switch {
	case err != nil && ctx.Err() != nil:
		return "", context.Cause(ctx)
	case err == nil && task == "":
		return "", ErrRuns
	case err == nil:
		s.Log.Info("a supervisor has submitted a task, as somebody asked for it", "supervisor", s.spec.ID, "task", task)
	}
	return task, err
}

// changed is that a supervisor was stopped while it was to have something run.
func changed(id string) error {
	return &druid.Error{ErrorCode: "general", Persona: druid.User, Category: druid.CategoryServiceUnavailable,
		Message: fmt.Sprintf("Supervisor[%s] has got another spec meanwhile, or was terminated. Ask again if it is still there; a task may have been submitted.", id)}
}

// Next implements supervisor.Prompt.
func (s *scheduled) Next(n int) (times []druid.Instant) {
	if s.spec.Suspended {
		return nil
	}
	for after := s.Wall(); len(times) < n; {
		due, is := s.timing.next(after)
		if !is {
			break
		}
		times, after = append(times, due), due
	}
	return times
}
