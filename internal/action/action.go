// Package action holds the verbs by which a task changes metadata: locks, segment ids, publication. Each is a small
// struct with a Perform; all writes of one action are one transaction. Tasks of this process use them through a
// Client; decoded from JSON they serve tasks elsewhere just as well.
package action

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"ovate/druid"
	"ovate/internal/lockbox"
	"ovate/internal/metadata"
)

// Action is one verb; R is what it answers.
type Action[R any] interface {
	// Perform does it in the name of a task.
	Perform(ctx context.Context, box *Box, by Identity) (R, error)
}

// Identity is what actions know of the task in whose name they are performed.
type Identity struct {
	lockbox.Holder
	// Allocates tells whether the task may reserve segment ids. They are its group's, and go with the last task of the group.
	Allocates bool
}

// Client performs actions in the name of one task.
type Client struct {
	box *Box
	by  Identity
}

// Identity is that of the task the client acts for.
func (c Client) Identity() Identity { return c.by }

// Do performs an action with a client. While the store has a fault that may pass, it tries again, with pauses, until ctx ends: every
// action can be performed again, whatever became of the time before. It does so, too, when the end of the task was about to be written,
// which may have failed.
func Do[R any](ctx context.Context, c Client, a Action[R]) (R, error) {
	for pauses := (metadata.Pauses{}); ; {
		result, err := a.Perform(ctx, c.box, c.by)
		var cause error
		switch {
		case errors.Is(err, lockbox.ErrEnding):
			cause = c.box.Locks.Settled(ctx, c.by.Holder)
		case metadata.IsTransient(err):
			c.box.Log.Warn("the metadata store fails; trying again", "task", c.by.TaskID, "action", fmt.Sprintf("%T", a), "error", err)
			cause = pauses.Wait(ctx)
		default:
			return result, err
		}
		if cause != nil {
			return result, fmt.Errorf("%w: %w", cause, err)
		}
	}
}

// Options are what actions work on. Log, Watch and Published may be nil.
type Options struct {
	Store metadata.Store
	Locks *lockbox.Lockbox
	Now   func() druid.Instant
	// Log is told of actions that have to be tried again.
	Log *slog.Logger
	// Watch is called before the end of a task is written, and what it returns once that has succeeded or failed. In between, the store
	// alone can tell whether the task has ended.
	Watch func(taskID string) (settled func(ended bool))
	// Published is called after segments of a data source were published. It must return quickly.
	Published func(dataSource string, intervals []druid.Interval)
}

// Box is what actions work on: the store, the locks and the active tasks.
type Box struct {
	Options
	aborted aborted
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
	return &Box{Options: o, aborted: aborted{groups: map[group]map[string]bool{}}}
}

// For returns a client that acts for the task.
func (b *Box) For(by Identity) Client { return Client{box: b, by: by} }
