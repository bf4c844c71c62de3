package client

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// Event is something that happened to a task.
type Event struct {
	// Name is came, runs, progress or ended, or reset: what happened before may be missing. Whoever keeps a list of tasks reads it then, and keeps it up to date
	// with what follows.
	Name       string `json:"-"`
	ID         string `json:"id"` // of the task
	Type       string `json:"type"`
	DataSource string `json:"dataSource"`
	State      string `json:"state"`
	Location   string `json:"location"`
	Duration   *int64 `json:"duration"` // milliseconds, once it has ended
	Error      string `json:"error"`
	// RowStats is how far a task is, of progress.
	RowStats json.RawMessage `json:"rowStats"`
}

// EventQuery says which events are meant; zero values mean all.
type EventQuery struct {
	DataSource, Task string
	Label            string // KEY=VALUE, or several with commas between them
}

// FollowEvents calls fn for each event, until ctx ends or fn returns an error. Where the connection breaks it connects again, and goes on behind the last event.
func (c *Client) FollowEvents(ctx context.Context, q EventQuery, fn func(Event) error) error {
	values := url.Values{}
	if q.DataSource != "" {
		values.Set("dataSource", q.DataSource)
	}
	if q.Task != "" {
		values.Set("task", q.Task)
	}
	if q.Label != "" {
		values.Set("label", q.Label)
	}
	path := own + "/events?" + values.Encode()
	return c.follow(ctx, path, func(name string, data []byte) error {
		event := Event{}
		if err := json.Unmarshal(data, &event); err != nil {
			return c.strange(http.MethodGet, path, fmt.Errorf("event %s: %w", name, err))
		}
		event.Name = name
		return fn(event)
	})
}

// follow calls fn for each of a server's events, until ctx ends or fn returns an error. Where the connection breaks it connects again, and goes on behind the last event.
func (c *Client) follow(ctx context.Context, path string, fn func(name string, data []byte) error) error {
	patient := *c
	patient.patience.limit = 0 // nothing may happen for a long time
	last := ""
	for {
		at := &patient
		if last != "" {
			at = patient.with("Last-Event-ID", last)
		}
		mine, err := at.readEvents(ctx, path, &last, fn)
		var refused *Error
		var unreachable *UnreachableError
		switch {
		case mine:
			return err
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case errors.As(err, &refused) && refused.Status >= http.StatusInternalServerError, errors.As(err, &unreachable), err == nil:
		default:
			return err
		}
		if err := sleep(ctx, time.Second); err != nil {
			return err
		}
	}
}

// readEvents reads one connection's events, and notes the id of the last. mine tells that the error is fn's.
func (c *Client) readEvents(ctx context.Context, path string, last *string, fn func(name string, data []byte) error) (mine bool, err error) {
	response, err := c.open(ctx, http.MethodGet, path, nil)
	if err != nil {
		return false, err
	}
	defer response.Body.Close()
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(nil, int(min(c.limits.value, 1<<20)))
	var name string
	var data []byte
	id := *last
	for lines.Scan() {
		field, value, _ := bytes.Cut(lines.Bytes(), []byte(": "))
		switch string(field) {
		case "event":
			name = string(value)
		case "id":
			id = string(value)
		case "data":
			if data != nil {
				data = append(data, '\n')
			}
			data = append(data, value...)
		case "":
			if name == "" {
				continue // the server is still there
			}
			if err := fn(name, data); err != nil {
				return true, err
			}
			*last, name, data = id, "", nil
		}
	}
	switch err := lines.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return false, c.strange(http.MethodGet, path, err)
	case err != nil && !errors.Is(err, io.ErrUnexpectedEOF):
		return false, c.unreachable(ctx, err)
	}
	return false, nil
}
