// Package action holds the verbs by which a task reads and changes metadata: locks, segment ids, publication. Each is a small struct of plain data
// with the name that it has in Druid. What one publishes, marks or removes is one transaction; locks and ids that it was given before it failed are
// given again, and allocations share transactions. A Client carries actions from a task to a Box, which performs them: within the process as they
// are, between processes as JSON.
package action

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"ovate/druid"
	"ovate/internal/gathering"
	"ovate/internal/lockbox"
	"ovate/internal/metadata"
)

// Action is one verb; R is what it answers. It is data alone, and its JSON has the fields that Druid's tasks send, so that a copy that
// came as JSON does the same. It may be performed again, whatever became of the time before, and changes nothing of its caller's.
type Action[R any] interface {
	// Type is the action's name on the wire.
	Type() string
	// Perform does it in the name of a task.
	Perform(ctx context.Context, box *Box, by Identity) (R, error)
}

// Identity is what actions know of the task in whose name they are performed.
type Identity struct {
	lockbox.Holder
	// Type is that of the task; empty if nobody knows it any more.
	Type string
	// Allocates tells whether the task may reserve segment ids. They are its allocator's, and go with the last task of that: its group's or, if it reads a
	// stream, those of the task and its replicas.
	Allocates bool
	Allocator string
	// Submitted is when the task was; druid.MinInstant if nobody can tell whether what was published came before or after.
	Submitted druid.Instant
	// Recovered tells that the task was submitted before the server started or took the lead, or to another program: perhaps by another clock.
	Recovered bool
}

// Options are what actions work on. Log, Watch, Storage, Published, Supervisors and Meter may be nil.
type Options struct {
	Store metadata.Store
	Locks *lockbox.Lockbox
	// Now tells the time, which never goes back.
	Now func() druid.Instant
	// Log is told of actions that have to be tried again.
	Log *slog.Logger
	// Watch is called before the end of a task is written, and what it returns once that has succeeded or failed. In between, the store
	// alone can tell whether the task has ended.
	Watch func(taskID string) (settled func(ended bool))
	// Storage, unless nil, tells why a segment cannot be published with its load spec.
	Storage Storage
	// Published is called after segments of a data source were published, or perhaps were. It must return quickly.
	Published func(dataSource string, intervals []druid.Interval)
	// Supervisors answer tasks that read streams; nil where there are none.
	Supervisors Supervisors
	// Meter hears of what actions come to.
	Meter Meter
}

// Storage is deep storage.
type Storage interface {
	// CheckPushed tells why the load spec of a segment is none that a push of that segment could have made.
	CheckPushed(segment *druid.DataSegment) error
	// CheckThere tells why a segment with such a load spec has no files: a *deepstorage.MissingError, or a fault.
	CheckThere(ctx context.Context, segment *druid.DataSegment) error
}

// Box is what actions work on: the store, the locks and the active tasks.
type Box struct {
	Options
	aborted     aborted
	allocations *gathering.Gathering[wish]
}

// NewBox makes a Box without tasks.
func NewBox(o Options) *Box {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Watch == nil {
		o.Watch = func(string) func(bool) { return func(bool) {} }
	}
	if o.Published == nil {
		o.Published = func(string, []druid.Interval) {}
	}
	if o.Supervisors == nil {
		o.Supervisors = nobody{}
	}
	if o.Meter == nil {
		o.Meter = unmetered{}
	}
	b := &Box{Options: o, aborted: aborted{allocators: map[allocator]map[string]bool{}}}
	b.allocations = gathering.New(func(ctx context.Context, wishes []*wish) error { return allocateTogether(ctx, b, wishes) })
	return b
}

// For returns a client that acts for the task, within this process.
func (b *Box) For(by Identity) Client { return direct{b, by} }

// direct carries actions to a box of the same process.
type direct struct {
	box *Box
	by  Identity
}

// Do performs an action. While the store has a fault that may pass, it tries again, with pauses, until ctx ends.
func (c direct) Do(ctx context.Context, r Request) error {
	for pauses := (metadata.Pauses{}); ; {
		err := c.box.Try(ctx, c.by, r)
		if !metadata.IsTransient(err) {
			return err
		}
		c.box.Log.Warn("the metadata store fails; trying again", "task", c.by.TaskID, "action", r.Type(), "error", err)
		if cause := pauses.Wait(ctx); cause != nil {
			return fmt.Errorf("%w: %w", cause, err)
		}
	}
}

// Try performs an action once, or again if the end of the task was about to be written and has failed: until then nobody knows whether
// the task may perform it.
func (b *Box) Try(ctx context.Context, by Identity, r Request) error {
	begun := time.Now()
	for {
		err := r.Perform(ctx, b, by)
		if !errors.Is(err, lockbox.ErrEnding) {
			b.Meter.Performed(by, r.Type(), time.Since(begun), err)
			return err
		}
		if cause := b.Locks.Settled(ctx, by.Holder); cause != nil {
			return fmt.Errorf("%w: %w", cause, err)
		}
	}
}
