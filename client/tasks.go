package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"ovate/druid"
	"ovate/internal/uri"
)

// Submit hands in a task, given as its JSON, and returns its id. When it returns, the task is on the server's disk.
func (c *Client) Submit(ctx context.Context, task []byte) (id string, err error) {
	var answer struct {
		Task string `json:"task"`
	}
	err = c.call(ctx, http.MethodPost, api+"/task", task, &answer)
	return answer.Task, err
}

// Task returns the task as the server understood it, with all defaults filled in.
func (c *Client) Task(ctx context.Context, id string) (json.RawMessage, error) {
	var answer struct {
		Payload json.RawMessage `json:"payload"`
	}
	err := c.call(ctx, http.MethodGet, taskPath(id, ""), nil, &answer)
	return answer.Payload, err
}

// Status tells how a task stands.
func (c *Client) Status(ctx context.Context, id string) (druid.TaskStatusPlus, error) {
	var answer struct {
		Status druid.TaskStatusPlus `json:"status"`
	}
	err := c.call(ctx, http.MethodGet, taskPath(id, "/status"), nil, &answer)
	if err == nil && answer.Status.ID != id {
		err = fmt.Errorf("what answers at %s is not Druid: its answer is no status of task %s", uri.Redact(c.URL()), id)
	}
	return answer.Status, err
}

// Statuses tells how several tasks stand. Ids that the server does not know are missing in the answer.
func (c *Client) Statuses(ctx context.Context, ids ...string) (map[string]druid.TaskStatus, error) {
	body, err := json.Marshal(ids)
	if err != nil {
		return nil, err
	}
	var statuses map[string]druid.TaskStatus
	err = c.call(ctx, http.MethodPost, api+"/taskStatus", body, &statuses)
	return statuses, err
}

// Filter narrows a list of tasks. Zero values do not.
type Filter struct {
	State      string // waiting, pending, running or complete
	DataSource string
	Type       string
	Created    *druid.Interval // when the task was submitted
	MaxDone    int             // at most so many complete tasks, the newest
}

// Tasks lists tasks: complete ones first, the newest at the top, then active ones, the oldest at the top.
func (c *Client) Tasks(ctx context.Context, filter Filter) ([]druid.TaskStatusPlus, error) {
	query := url.Values{}
	set := func(name, value string) {
		if value != "" {
			query.Set(name, value)
		}
	}
	set("state", filter.State)
	set("datasource", filter.DataSource)
	set("type", filter.Type)
	if filter.Created != nil {
		set("createdTimeInterval", strings.ReplaceAll(filter.Created.String(), "/", "_"))
	}
	if filter.MaxDone > 0 {
		set("max", strconv.Itoa(filter.MaxDone))
	}
	path := api + "/tasks"
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	var tasks []druid.TaskStatusPlus
	err := c.call(ctx, http.MethodGet, path, nil, &tasks)
	return tasks, err
}

// Shutdown ends a task that is not complete, and does nothing to one that is.
func (c *Client) Shutdown(ctx context.Context, id string) error {
	return c.call(ctx, http.MethodPost, taskPath(id, "/shutdown"), nil, nil)
}

// ShutdownAll ends all tasks of a data source. Java's Overlord answers 404, whatever tasks there are.
func (c *Client) ShutdownAll(ctx context.Context, dataSource string) error {
	err := c.call(ctx, http.MethodPost, api+"/datasources/"+url.PathEscape(dataSource)+"/shutdownAllTasks", nil, nil)
	var refused *Error
	if errors.As(err, &refused) && refused.Status == http.StatusNotFound && refused.Message == "" {
		refused.Message = "no task of data source " + dataSource + " is active"
	}
	return err
}

// DeletePendingSegments forgets segment ids of a data source that were handed out and are not needed any more, and
// returns how many. The server spares those that active tasks may still use.
func (c *Client) DeletePendingSegments(ctx context.Context, dataSource string) (int, error) {
	var answer struct {
		NumDeleted int `json:"numDeleted"`
	}
	err := c.call(ctx, http.MethodDelete, api+"/pendingSegments/"+url.PathEscape(dataSource), nil, &answer)
	return answer.NumDeleted, err
}

// Wait returns when a task is complete. It asks often at first, as many tasks take milliseconds, then twice a second.
func (c *Client) Wait(ctx context.Context, id string) (druid.TaskStatusPlus, error) {
	for pause := 2 * time.Millisecond; ; pause = min(2*pause, 500*time.Millisecond) {
		status, err := c.Status(ctx, id)
		if err != nil || status.State != druid.Running {
			return status, err
		}
		if err := sleep(ctx, pause); err != nil {
			return status, fmt.Errorf("waiting for task %s: %w", id, err)
		}
	}
}

// sleep waits, or returns why it must not wait any longer.
func sleep(ctx context.Context, pause time.Duration) error {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}

// taskPath is the path of something of a task. Ids hold anything but '/', so they are escaped.
func taskPath(id, what string) string { return api + "/task/" + url.PathEscape(id) + what }
