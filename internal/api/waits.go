package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"ovate/internal/action"
	"ovate/internal/share"
)

const (
	// waitsPerTask is how many requests of one task may wait at a time. A task asks for one lock after the other; the others are for
	// connections that broke without a word.
	waitsPerTask = 4
	// longestWait is how long a request waits. Druid's tasks give up a request after two minutes, and send it again.
	longestWait = 5 * time.Minute
)

// queueFor counts in a request of a task that waits for a lock: each has a connection, which nobody else can use meanwhile. Whoever is refused has got nothing and may come
// again.
func (c *call) queueFor(taskID string) (leave func(), err error) {
	most := c.MaxWaits()
	leave, err = c.waits.Enter(taskID, most, waitsPerTask)
	switch {
	case errors.Is(err, share.ErrOfOne):
		return nil, comeAgain("The lock is held by another task, and %d requests of task[%s] wait for locks already, which is as many as may.", waitsPerTask, taskID)
	case err != nil:
		return nil, comeAgain("The lock is held by another task, and %d requests wait for locks already, which is as many as may.", most)
	}
	return leave, nil
}

// perform performs an action in the name of a task, and returns the request that has the answer. Room to wait is needed only by what cannot
// be had at once.
func (c *call) perform(taskID string, r action.Request) (action.Request, error) {
	atOnce := action.AtOnce(r)
	if atOnce == nil {
		return r, c.Tasks.Perform(c.r.Context(), taskID, r)
	}
	if err := c.Tasks.Perform(c.r.Context(), taskID, atOnce); err != nil || !action.InVain(atOnce) {
		return atOnce, err
	}
	return r, c.wait(taskID, r)
}

// wait performs an action that waits: no longer than longestWait, whatever it asks for, nor than the server serves.
func (c *call) wait(taskID string, r action.Request) error {
	c.part.release() // nothing of the body is needed any more
	leave, err := c.queueFor(taskID)
	if err != nil {
		return err
	}
	defer leave()
	ctx, end := context.WithTimeoutCause(c.r.Context(), longestWait, comeAgain("Another task has held the lock for %v.", longestWait))
	defer end()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(c.Serving, func() { cancel(stopping()) })()
	err = c.Tasks.Perform(ctx, taskID, r)
	var ended *refusal
	if err != nil && errors.As(context.Cause(ctx), &ended) {
		return ended
	}
	return err
}

// comeAgain is 503, which makes clients of Druid send the request again: of all refusals they do so for 500 and 502 to 504 alone.
func comeAgain(why string, args ...any) error {
	return simple(http.StatusServiceUnavailable, why+" Send the request again in a few seconds.", args...)
}

func stopping() error { return comeAgain("This server stops.") }
