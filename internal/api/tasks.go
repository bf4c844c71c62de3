package api

import (
	"context"
	"io"

	"ovate/druid"
	"ovate/internal/action"
	"ovate/internal/queue"
	"ovate/internal/task"
)

// Tasks is what the API asks of the queue of tasks. A method about one task returns queue.ErrNotFound when there is none
// with that id; a *druid.Error says by itself how the client is to be answered.
type Tasks interface {
	// Now is the time that goes into the ids of tasks.
	Now() druid.Instant
	// Add makes a task durable and queues it.
	Add(ctx context.Context, t task.Task) error
	// Shutdown ends a task as FAILED with the reason; a task that is over stays as it is.
	Shutdown(ctx context.Context, id, reason string) error
	// ShutdownAll is Shutdown for every active task of a data source and returns their ids.
	ShutdownAll(ctx context.Context, dataSource, reason string) ([]string, error)

	// Perform performs an action in the name of a task, and leaves the answer in the request.
	Perform(ctx context.Context, id string, r action.Request) error

	Status(ctx context.Context, id string) (druid.TaskStatusPlus, error)
	// Statuses calls fn for each of the ids that is known.
	Statuses(ctx context.Context, ids []string, fn func(druid.TaskStatus) error) error
	// List calls fn for each task that matches: complete ones first, newest first; then active ones, oldest first.
	List(ctx context.Context, f queue.Filter, fn func(*druid.TaskStatusPlus) error) error
	// PayloadSize returns how much memory Payload is about to take, in bytes.
	PayloadSize(ctx context.Context, id string) (int64, error)
	// Payload returns the task's JSON with all defaults.
	Payload(ctx context.Context, id string) ([]byte, error)

	// DeletePending removes the pending segments of a data source that were created within the interval, or with nil all
	// those that no active task can have asked for, and tells how many there were. It refuses an interval that reaches
	// into the time of an active task.
	DeletePending(ctx context.Context, dataSource string, created *druid.Interval) (int, error)

	// Log returns the task's log from offset on, or its last -offset bytes; fs.ErrNotExist when there is none.
	Log(ctx context.Context, id string, offset int64) (io.ReadCloser, error)
	// Report returns the task's report as JSON; fs.ErrNotExist when there is none. One that memory holds as a whole, of at most some 8 MiB,
	// has a method Len.
	Report(ctx context.Context, id string) (io.ReadCloser, error)
}
