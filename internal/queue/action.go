package queue

import (
	"context"
	"errors"
	"fmt"

	"ovate/internal/action"
	"ovate/internal/lockbox"
	"ovate/internal/metadata"
)

// Perform performs an action in the name of a task that runs elsewhere. Who the task is and what it may do is known from its submission.
// One that has ended may still read; else the error wraps lockbox.ErrInactive, as it does when the task ends meanwhile. A store that
// fails is not waited for: whoever asks tries again. Waiting for a lock ends when the queue stops.
func (q *Queue) Perform(ctx context.Context, id string, r action.Request) error {
	err := q.perform(ctx, id, r)
	if err == nil && !action.Refuses(r) || metadata.IsTransient(err) {
		return err
	}
	// Another server may lead already, and have given the task what is not known here: it is not refused for that, nor told of a lost lock, but asks there.
	if over := q.options.Store.Update(ctx, func(metadata.Tx) error { return nil }); over != nil {
		return over
	}
	return err
}

func (q *Queue) perform(ctx context.Context, id string, r action.Request) error {
	if q.halted.Err() != nil {
		return ErrStopped
	}
	e, _, err := q.active(ctx, id)
	if err != nil {
		return err
	}
	var by action.Identity
	if e != nil {
		by = e.identity
	} else {
		row, err := q.row(ctx, id)
		if err != nil {
			return err
		}
		if !action.Reads(r) {
			return fmt.Errorf("action %s of task[%s]: %w", r.Type(), id, lockbox.ErrInactive)
		}
		by.Holder = lockbox.Holder{TaskID: id, GroupID: row.GroupID, DataSource: row.DataSource}
	}
	if q.options.Within != nil {
		ctx = q.options.Within(ctx, id)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(q.halted, func() { cancel(ErrStopped) })()
	err = q.box.Try(ctx, by, r)
	if errors.Is(err, context.Canceled) && errors.Is(context.Cause(ctx), ErrStopped) && !errors.Is(err, metadata.ErrOutcomeUnknown) {
		return ErrStopped
	}
	return err
}
