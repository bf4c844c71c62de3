package chat

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"ovate/druid"
	"ovate/internal/clock"
	"ovate/internal/request"
)

// Client asks tasks, and asks again where that may help: a question may come to a task twice. Many may use it at once.
type Client struct {
	// HTTP must not have a timeout, nor follow redirects.
	HTTP *http.Client
	// Where tells where a task runs, right before it is asked. An error ends the question: the task has ended, say, or whoever asks does not lead
	// any more.
	Where func(ctx context.Context, id string) (druid.TaskLocation, error)
	// Timeout is how long an answer may take. Retries is how often a question is asked again.
	Timeout time.Duration
	Retries int
	// Turns, unless nil, is shared by clients: no more of their questions are under way at a time than it has room for. Waiting for a turn does not count
	// against Timeout.
	Turns chan struct{}
}

// The pauses between two tries, which are Druid's.
const (
	firstPause   = 2 * time.Second
	longestPause = 10 * time.Second
)

// maxAnswer is the most bytes that an answer may have.
const maxAnswer = 16 << 20

// Answer is what a task has answered.
type Answer struct {
	// Code is 200, or 202 if the task has only begun with what it is to do.
	Code int
	Body []byte
}

// Ask asks a task, and again if it does not listen, does not answer in time, or has a fault of its own. The error wraps an *Absent if it has not heard
// the question, at once if its place is not known, and a *request.StatusError if it says no.
func (c *Client) Ask(ctx context.Context, id string, q Question) (*Answer, error) {
	pause := firstPause
	for try := 0; ; try++ {
		at, err := c.Where(ctx, id)
		if err != nil {
			return nil, fmt.Errorf("where task[%s] is: %w", id, err)
		}
		answer, err := c.try(ctx, at, id, q)
		if err == nil || try >= c.Retries || !mayPass(err) {
			return answer, err
		}
		if !clock.Pause(ctx, pause) {
			return nil, fmt.Errorf("%w: %w", context.Cause(ctx), err)
		}
		pause = min(2*pause, longestPause)
	}
}

// try asks once.
func (c *Client) try(ctx context.Context, at druid.TaskLocation, id string, q Question) (*Answer, error) {
	if c.Turns != nil {
		select {
		case c.Turns <- struct{}{}:
			defer func() { <-c.Turns }()
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	resp, err := Open(ctx, c.HTTP, at, id, q)
	if err != nil {
		return nil, err
	}
	body, err := request.Body(resp, maxAnswer)
	if _, long := errors.AsType[*request.TooLong](err); long {
		err = &tooLong{id, q.Path}
	}
	if err != nil {
		return nil, err
	}
	return &Answer{resp.StatusCode, body}, nil
}

// tooLong is why an answer is not taken.
type tooLong struct{ id, path string }

func (e *tooLong) Error() string {
	return fmt.Sprintf("the answer of task[%s] to %s has more than %d bytes", e.id, e.path, maxAnswer)
}

// mayPass tells whether another try may succeed.
func mayPass(err error) bool {
	if _, long := errors.AsType[*tooLong](err); long || errors.Is(err, errNowhere) {
		return false
	}
	_, absent := errors.AsType[*Absent](err)
	status, answered := errors.AsType[*request.StatusError](err)
	return absent || !answered || status.Code >= http.StatusInternalServerError
}
