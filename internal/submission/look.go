package submission

import (
	"context"
	"errors"
	"fmt"

	"ovate/druid"
	"ovate/internal/audit"
	"ovate/internal/intake"
	"ovate/internal/metadata"
	"ovate/internal/spec"
	"ovate/internal/task"
)

// look brings a submission as far as it can get now, and has it looked at again when that may be further.
func (s *Submissions) look(ctx context.Context, id string) error {
	sub, err := active(ctx, s.Store, id)
	if errors.Is(err, metadata.ErrNotFound) {
		s.agenda.drop(id)
		return nil
	}
	if err != nil {
		return err
	}
	if sub.State == Submitted {
		return s.follow(ctx, sub)
	}
	open, why, err := s.dependencies(ctx, sub)
	now := s.Wall()
	switch {
	case err != nil:
		return err
	case why != "" && sub.OnFailure != Run:
		return s.change(ctx, sub, func(cur *Submission) { cur.After, cur.Task = sub.After, ""; cur.end(Failed, why, now) })
	case open:
		return nil
	case sub.NotBefore != nil && *sub.NotBefore > now:
		s.agenda.at(*sub.NotBefore, id)
		return nil
	}
	return s.submit(ctx, sub)
}

// dependencies finds out which of those have ended that a submission comes after, and stores that. open tells whether there are others, and why how one has failed.
func (s *Submissions) dependencies(ctx context.Context, sub *Submission) (open bool, why string, err error) {
	changed := false
	for i := range sub.After {
		d := &sub.After[i]
		if d.Ended == "" {
			s.agenda.await(d.ID, sub.ID) // before it is asked, so that its end is not missed
			if d.Ended, err = s.outcome(ctx, s.Store, d.ID); err != nil {
				return false, "", err
			}
			changed = changed || d.Ended != ""
			open = open || d.Ended == ""
		}
		if d.Ended == Failed && why == "" {
			why = fmt.Sprintf("%s, which it comes after, has failed, or is not known any more.", d.ID)
		}
	}
	if changed && open && (why == "" || sub.OnFailure == Run) { // else what follows stores it
		return open, why, s.change(ctx, sub, func(cur *Submission) { cur.After = sub.After })
	}
	return open, why, nil
}

// outcome is Success or Failed of a submission or a task that has ended, and empty of one that has not. One that nobody knows has failed.
func (s *Submissions) outcome(ctx context.Context, r metadata.Reader, id string) (State, error) {
	_, err := r.Record(ctx, kindActive, id)
	if err == nil {
		return "", nil
	}
	if errors.Is(err, metadata.ErrNotFound) {
		var over *Submission
		if over, err = stored(ctx, r, kindEnded, id); err == nil {
			return over.State, nil
		}
	}
	if !errors.Is(err, metadata.ErrNotFound) {
		return "", err
	}
	row, err := metadata.TaskStatus(ctx, r, id)
	switch {
	case errors.Is(err, metadata.ErrNotFound):
		return Failed, nil
	case err != nil:
		return "", err
	case row.Status.State == druid.Running:
		return "", nil
	case row.Status.State == druid.Success:
		return Success, nil
	}
	return Failed, nil
}

// follow finds out how the task of a submission has ended.
func (s *Submissions) follow(ctx context.Context, sub *Submission) error {
	s.agenda.await(sub.Task, sub.ID) // before it is asked
	row, err := metadata.TaskStatus(ctx, s.Store, sub.Task)
	now := s.Wall()
	switch {
	case errors.Is(err, metadata.ErrNotFound):
		return s.change(ctx, sub, func(cur *Submission) { cur.end(Failed, "Its task is not known any more.", now) })
	case err != nil:
		return err
	case row.Status.State == druid.Running:
		return nil
	case row.Status.State == druid.Success:
		return s.change(ctx, sub, func(cur *Submission) { cur.end(Success, "", now) })
	}
	err = s.change(ctx, sub, func(cur *Submission) { cur.failed(row.Status.ErrorMsg, now) })
	if err == nil {
		s.agenda.again(sub.ID)
	}
	return err
}

// submit makes a task of a submission that is due: both are stored in one transaction, so that whoever looks at it later finds either.
func (s *Submissions) submit(ctx context.Context, sub *Submission) error {
	memory := min(makeCost*sub.Size, mostMemory)
	if err := s.memory.Acquire(ctx, memory); err != nil {
		return err
	}
	defer s.memory.Release(memory)
	document, err := s.Store.Record(ctx, kindTask, sub.ID)
	if errors.Is(err, metadata.ErrNotFound) { // it was cancelled meanwhile
		return fmt.Errorf("submission %s: %w", sub.ID, metadata.ErrChanged)
	}
	if err != nil {
		return err
	}
	err = s.submitAs(ctx, sub, document.Payload, sub.taskID())
	if druid.IsTaken(err) {
		switch foreign, unknown := s.isForeign(ctx, sub); {
		case unknown != nil:
			err = unknown
		case foreign:
			err = s.submitAs(ctx, sub, document.Payload, sub.otherID())
		}
	}
	if err == nil {
		s.agenda.again(sub.ID)
		return nil
	}
	why := refusal(err)
	if why == "" {
		return err
	}
	return s.change(ctx, sub, func(cur *Submission) { cur.end(Failed, why, s.Wall()) })
}

// submitAs makes a task of an id.
func (s *Submissions) submitAs(ctx context.Context, sub *Submission, document []byte, id string) error {
	context := map[string]any{intake.KeySubmission: sub.ID}
	if sub.Retry != nil {
		context[intake.KeyAttempt] = sub.Attempt
	}
	named, err := intake.With(document, id, context)
	if err != nil {
		return err
	}
	t, err := s.intake(nil, sub.Proxied).Decode(named)
	if err != nil {
		return err
	}
	s.agenda.await(id, sub.ID) // it may have ended before anybody else knows of it
	err = s.tasks.AddWith(audit.WithCaller(ctx, sub.Caller), t, func(tx metadata.Tx) error {
		return alter(ctx, tx, sub, func(cur *Submission) { cur.State, cur.Task, cur.After = Submitted, id, sub.After })
	})
	if err == nil {
		s.Log.Info("a submission has become a task", "submission", sub.ID, "task", id, "attempt", sub.Attempt)
	}
	return err
}

// isForeign tells whether the task that has a submission's id is of another data source. Somebody may have given it the id who may not write to that of the submission, which
// is not to fail for it. One of the same data source is taken for what the submission was to be: an id runs once.
func (s *Submissions) isForeign(ctx context.Context, sub *Submission) (bool, error) {
	row, err := metadata.TaskStatus(ctx, s.Store, sub.taskID())
	if errors.Is(err, metadata.ErrNotFound) { // it was removed meanwhile
		return true, nil
	}
	return err == nil && row.DataSource != sub.DataSource, err
}

// refusal is why a task can never be submitted; empty if it may be later.
func refusal(err error) string {
	var invalid *intake.Invalid
	var refused *intake.RefusedError
	var wrong *spec.Error
	var told *druid.Error
	switch {
	case metadata.IsTransient(err), errors.Is(err, metadata.ErrChanged):
		return ""
	case errors.As(err, &invalid), errors.As(err, &refused), errors.As(err, &wrong):
		return "It could not be submitted: " + err.Error()
	case errors.As(err, &told) && (told.Category == druid.CategoryInvalidInput || told.Category == druid.CategoryForbidden):
		return "It could not be submitted: " + told.Message
	}
	return ""
}

// change changes a submission that is as it was read, or returns metadata.ErrChanged.
func (s *Submissions) change(ctx context.Context, sub *Submission, fn func(cur *Submission)) error {
	over := false
	err := s.Store.Update(ctx, func(tx metadata.Tx) error {
		return alter(ctx, tx, sub, func(cur *Submission) {
			fn(cur)
			over = cur.Over()
		})
	})
	if err == nil && over {
		s.agenda.drop(sub.ID)
		s.agenda.ended(sub.ID)
	}
	return err
}

// alter changes a submission within a transaction. One that has ended is kept apart from then on, without what its task was to be.
func alter(ctx context.Context, tx metadata.Tx, sub *Submission, fn func(cur *Submission)) error {
	cur, err := active(ctx, tx, sub.ID)
	if errors.Is(err, metadata.ErrNotFound) || err == nil && (cur.State != sub.State || cur.Attempt != sub.Attempt || cur.Cancelled != sub.Cancelled) {
		return fmt.Errorf("submission %s: %w", sub.ID, metadata.ErrChanged)
	}
	if err != nil {
		return err
	}
	fn(cur)
	return put(tx, cur)
}

// intake takes the tasks of submissions.
func (s *Submissions) intake(mayRun func(*druid.Task, []byte) error, proxied bool) *intake.Intake {
	mayRead := func(t task.Task) error {
		if proxied {
			task.SetProxied(t)
		}
		if s.MayRead == nil {
			return nil
		}
		return s.MayRead(t)
	}
	return &intake.Intake{Tasks: s.tasks, Places: s.Places, MayRead: mayRead, MayRun: mayRun}
}
