package supervisor

import (
	"context"
	"encoding/json"
	"log/slog"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/queue"
	"ovate/internal/stream"
	"ovate/internal/task"
)

// Supervising is a supervisor that runs: package supervisortest fixes how. All but Start may be called from any goroutines at any time, before its
// Start and after its Stop, too.
type Supervising interface {
	// Start begins, and returns at once. It is called once, or never.
	Start()
	// Stop ends it. When it returns nothing of it is at work any more. If finish is set its tasks are told to publish what they have, and to end:
	// another spec holds from now on, or none. As long as that cannot be done Stop tries until ctx ends. Without finish the tasks stay as they
	// are, for whoever leads next. It may be called more than once, and without a Start.
	Stop(ctx context.Context, finish bool)
	State() State
	// Status is the members of its status that others do not have, as JSON without braces, such as "activeTasks":[]; it may be empty.
	Status(ctx context.Context) ([]byte, error)
}

// Streaming is a supervisor whose tasks read a stream.
type Streaming interface {
	Supervising
	// Reset has it read on from the places given, in the JSON of commit metadata; nil: as if it had read nothing. Nil means that it will.
	Reset(ctx context.Context, to json.RawMessage) error
	// CheckPoint has it tell the tasks of a group how far each is to publish, as one of them has read enough that began at this place.
	CheckPoint(ctx context.Context, group int, from json.RawMessage) error
	// Handoff has the tasks of groups end early. Groups that there are not do not matter.
	Handoff(ctx context.Context, groups []int) error
	// Upgraded tells of ids as which is to be seen what is being appended. It must return quickly.
	Upgraded(ids []metadata.PendingRow)
	// Stats and ParseErrors are what its tasks tell, as JSON: an object by task group, and a list.
	Stats(ctx context.Context) ([]byte, error)
	ParseErrors(ctx context.Context) ([]byte, error)
}

// Prompt is a supervisor that can be told to have something run at once.
type Prompt interface {
	Supervising
	// RunNow has run once what is run when it is due, whether it is or not, and returns the id of its task.
	RunNow(ctx context.Context) (task string, err error)
	// Next are the next times, n at most, when it is due; none while it is suspended.
	Next(n int) []druid.Instant
}

// Lagging is a supervisor that knows how far its tasks are behind.
type Lagging interface {
	Supervising
	// Lag is that of the partitions of which it is known, none of them below 0; nil where records cannot be counted.
	Lag() stream.Lag
}

// Tasks are the tasks that supervisors lead: the queue.
type Tasks interface {
	Add(ctx context.Context, t task.Task) error
	// Shutdown ends a task, and Succeed ends one whose work is done by another.
	Shutdown(ctx context.Context, id, reason string) error
	Succeed(ctx context.Context, id, reason string) error
	Status(ctx context.Context, id string) (druid.TaskStatusPlus, error)
	// Stored is a task's JSON, with its secrets.
	Stored(ctx context.Context, id string) ([]byte, error)
	// Active are the active tasks of a data source and type.
	Active(ctx context.Context, dataSource, typ string) ([]druid.TaskStatusPlus, error)
	// Follow tells of the tasks of a data source that are of these types as they change.
	Follow(dataSource string, types ...string) *queue.Follower
}

// Host is what supervisors work with. All of it ends with the term of leadership.
type Host struct {
	Tasks Tasks
	// Store refuses writes once the term is over.
	Store metadata.Store
	// Now is the time by which things are put in order, and never goes back. Wall is that of the machine's clock, by which schedules go, and
	// the times that others tell: workers, and records.
	Now, Wall func() druid.Instant
	Log       *slog.Logger
	// Meter is never nil where a Manager has a supervisor run.
	Meter Meter
	// Rescale has the supervisor go on with another number of tasks, by a spec that says so, in another life: once that is stored this one is stopped,
	// and its tasks publish and end. It returns at once; failed is called if it does not come to that.
	Rescale func(taskCount int, failed func(error))

	rescaleOne func(one *member, taskCount int, failed func(error)) // of which a member's Rescale is made; nil: it has none
}
