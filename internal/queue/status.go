package queue

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"

	"ovate/druid"
	"ovate/internal/jsontext"
	"ovate/internal/metadata"
	"ovate/internal/runner"
	"ovate/internal/task"
)

// active returns a task that is in the queue, with where it is; nil if it is not.
func (q *Queue) active(ctx context.Context, id string) (*entry, *phase, error) {
	e := q.find(id)
	if e == nil {
		return nil, nil, nil
	}
	ended, err := q.hasEnded(ctx, e)
	p := e.now()
	if err != nil || ended || p.stage == arriving || p.stage.ended() {
		return nil, nil, err
	}
	return e, p, nil
}

// hasEnded asks the store whether a task has ended that may just be ending. It does not look at the phase, which changes
// before endings does, and so has to be looked at afterwards.
func (q *Queue) hasEnded(ctx context.Context, e *entry) (bool, error) {
	if e.endings.Load() == 0 {
		return false, nil
	}
	row, err := q.row(ctx, e.id)
	if err != nil {
		return false, err
	}
	return row.Status.State != druid.Running, nil
}

// row reads a task from the store, without its payload.
func (q *Queue) row(ctx context.Context, id string) (*metadata.TaskRow, error) {
	row, err := metadata.TaskStatus(ctx, q.store, id)
	return row, notFound(id, err)
}

// whole is row with the payload.
func (q *Queue) whole(ctx context.Context, id string) (*metadata.TaskRow, error) {
	row, err := q.store.Task(ctx, id)
	return row, notFound(id, err)
}

func notFound(id string, err error) error {
	if errors.Is(err, metadata.ErrNotFound) {
		return fmt.Errorf("task[%s]: %w", id, ErrNotFound)
	}
	return err
}

// Status is the status of a task, active or not. As in Druid it does not tell when the task was queued, and calls a
// task that no runner knows WAITING, even a complete one.
func (q *Queue) Status(ctx context.Context, id string) (druid.TaskStatusPlus, error) {
	e, p, err := q.active(ctx, id)
	if err != nil {
		return druid.TaskStatusPlus{}, err
	}
	if e != nil {
		return q.statusOf(ctx, e, p), nil
	}
	row, err := q.row(ctx, id)
	if err != nil {
		return druid.TaskStatusPlus{}, err
	}
	return rowStatus(row, druid.Waiting), nil
}

// statusOf is the status of an active task.
func (q *Queue) statusOf(ctx context.Context, e *entry, p *phase) druid.TaskStatusPlus {
	s := e.status(p)
	s.QueueInserted, s.Location = 0, q.location(ctx, e, p)
	return s
}

// finder is a runner that knows where a task runs before it is given it.
type finder interface {
	Where(ctx context.Context, id string) druid.TaskLocation
}

// location is where a task runs, also if it was active before and its turn to be given to the runner has not come yet.
func (q *Queue) location(ctx context.Context, e *entry, p *phase) druid.TaskLocation {
	if f, ok := q.runner.(finder); ok && e.Recovered() && p.location == druid.UnknownLocation {
		return f.Where(ctx, e.id)
	}
	return p.location
}

func rowStatus(row *metadata.TaskRow, state druid.RunnerState) druid.TaskStatusPlus {
	return druid.TaskStatusPlus{
		ID: row.ID, GroupID: row.GroupID, Type: row.Type, Created: row.Created, State: row.Status.State, Runner: state,
		Duration: row.Status.Duration, Location: row.Status.Location, DataSource: row.DataSource, ErrorMsg: row.Status.ErrorMsg,
	}
}

// statusesTogether is how many statuses are read from the store at once.
const statusesTogether = 500

// Statuses calls fn for each of the ids that is known, in their order.
func (q *Queue) Statuses(ctx context.Context, ids []string, fn func(druid.TaskStatus) error) error {
	for together := range slices.Chunk(ids, statusesTogether) {
		found, err := q.statuses(ctx, together)
		if err != nil {
			return err
		}
		for _, id := range together {
			if status, known := found[id]; known {
				if err := fn(status); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// statuses are those of the ids that are known. Of a complete task that cannot be read nobody knows how it ended, and the answer has no
// way to say so: it is left out.
func (q *Queue) statuses(ctx context.Context, ids []string) (map[string]druid.TaskStatus, error) {
	found := make(map[string]druid.TaskStatus, len(ids))
	var stored []string
	for _, id := range ids {
		e, p, err := q.active(ctx, id)
		switch {
		case err != nil:
			return nil, err
		case e != nil:
			found[id] = druid.TaskStatus{ID: id, State: druid.Running, Duration: -1, Location: q.location(ctx, e, p), ErrorMsg: e.unreadable}
		default:
			stored = append(stored, id)
		}
	}
	if len(stored) == 0 {
		return found, nil
	}
	rows, err := q.store.TaskStatuses(ctx, stored)
	if err != nil {
		return nil, err
	}
	for i := range rows {
		if rows[i].Status.State != "" {
			found[rows[i].ID] = rows[i].Status
		}
	}
	return found, nil
}

// PayloadSize is how many bytes Payload has, or some more.
func (q *Queue) PayloadSize(ctx context.Context, id string) (int64, error) {
	size, err := q.store.PayloadSize(ctx, id)
	return size, notFound(id, err)
}

// Stored is the task's JSON as it was stored, with its passwords: for who made the task, and not to be shown.
func (q *Queue) Stored(ctx context.Context, id string) ([]byte, error) {
	row, err := q.whole(ctx, id)
	if err != nil {
		return nil, err
	}
	return row.Payload, nil
}

// Payload is the task's JSON with every default, and without passwords.
func (q *Queue) Payload(ctx context.Context, id string) ([]byte, error) {
	row, err := q.whole(ctx, id)
	if err != nil {
		return nil, err
	}
	if !jsontext.Sendable(row.Payload) {
		return nil, druid.RuntimeFailure("What the metadata hold of task[%s] cannot be read: its payload is no JSON", id)
	}
	return q.options.Places.Shown(row.Payload)
}

// Log reads the log of a task from byte offset on, or if that is negative its last -offset bytes: from where it runs, which it may for a
// while after its end was written, as one does that was shut down, or else the one stored. The error is fs.ErrNotExist if there is none.
func (q *Queue) Log(ctx context.Context, id string, offset int64) (io.ReadCloser, error) {
	e, _, err := q.active(ctx, id)
	if err == nil && e == nil {
		_, err = q.row(ctx, id)
	}
	if err != nil {
		return nil, err
	}
	stored := func() (io.ReadCloser, error) { return q.options.Logs.Log(ctx, id, offset) }
	live, ok := q.runner.(liveLogs)
	if !ok {
		return stored()
	}
	return firstThere(func() (io.ReadCloser, error) { return live.Log(ctx, id, offset) }, stored)
}

// Report reads the report of a task: as it is now while it runs, or else the one stored at its end. Until that is there, as the run of a
// task that was shut down goes on for a while, it is as it is now. The error is fs.ErrNotExist if there is none.
func (q *Queue) Report(ctx context.Context, id string) (io.ReadCloser, error) {
	e, _, err := q.active(ctx, id)
	if err != nil {
		return nil, err
	}
	live := func() (io.ReadCloser, error) { return q.runner.Report(ctx, id) }
	stored := func(succeeded bool) func() (io.ReadCloser, error) {
		return func() (io.ReadCloser, error) { return q.options.Logs.Report(ctx, id, succeeded) }
	}
	if e != nil && e.where == task.InProcess {
		return live() // one that is stored already is of a run that a crash has cut off
	}
	if e != nil {
		return firstThere(live, stored(false)) // a worker stores it before it says that the task has ended
	}
	row, err := q.row(ctx, id)
	if err != nil {
		return nil, err
	}
	return firstThere(stored(row.Status.State == druid.Success), live)
}

// firstThere is what the first of some places has. One that does not answer, or with an error, counts only if no other has anything.
func firstThere(places ...func() (io.ReadCloser, error)) (io.ReadCloser, error) {
	var none error
	for _, place := range places {
		found, err := place()
		_, fault := errors.AsType[*runner.Fault](err)
		switch {
		case !fault && !errors.Is(err, fs.ErrNotExist):
			return found, err
		case fault || none == nil:
			none = err
		}
	}
	return nil, none
}
