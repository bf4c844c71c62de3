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
)

// Submit hands in a task, given as its JSON, and returns its id. When it returns, the task is on the server's disk. The error is a *SupervisorError
// if it was the spec of a supervisor, which is on the disk then.
func (c *Client) Submit(ctx context.Context, task []byte) (id string, err error) {
	var answer struct {
		Task    string `json:"task"`
		ID      string `json:"id"`
		Warning string `json:"warning"`
	}
	err = c.call(ctx, http.MethodPost, api+"/task", task, &answer)
	if err == nil && answer.Task == "" && answer.ID != "" {
		return "", &SupervisorError{ID: answer.ID, Warning: answer.Warning}
	}
	return answer.Task, c.unless(answer.Task != "", err, http.MethodPost, api+"/task", "it names no task")
}

// Task returns the task as the server understood it, with all defaults filled in.
func (c *Client) Task(ctx context.Context, id string) (json.RawMessage, error) {
	var answer struct {
		Payload json.RawMessage `json:"payload"`
	}
	text, err := c.read(ctx, http.MethodGet, taskPath(id, ""), nil, c.limits.document)
	if err == nil {
		err = c.decode(http.MethodGet, taskPath(id, ""), text, &answer)
	}
	return answer.Payload, c.unless(len(answer.Payload) > 0 && answer.Payload[0] == '{', err, http.MethodGet, taskPath(id, ""), "it has no payload of a task")
}

// Status tells how a task stands.
func (c *Client) Status(ctx context.Context, id string) (druid.TaskStatusPlus, error) {
	var answer struct {
		Status druid.TaskStatusPlus `json:"status"`
	}
	err := c.call(ctx, http.MethodGet, taskPath(id, "/status"), nil, &answer)
	return answer.Status, c.unless(answer.Status.ID == id, err, http.MethodGet, taskPath(id, "/status"), "it is no status of task "+id)
}

// Statuses tells how several tasks stand. Ids that the server does not know are missing in the answer.
func (c *Client) Statuses(ctx context.Context, ids ...string) (map[string]druid.TaskStatus, error) {
	body, err := json.Marshal(ids)
	if err != nil {
		return nil, err
	}
	var statuses map[string]druid.TaskStatus
	err = c.call(ctx, http.MethodPost, api+"/taskStatus", body, &statuses)
	return statuses, c.unless(statuses != nil, err, http.MethodPost, api+"/taskStatus", "it has no statuses")
}

// Filter narrows a list of tasks. Zero values do not.
type Filter struct {
	State      string // waiting, pending, running or complete; or success or failed, which are complete
	DataSource string
	Type       string
	Created    *druid.Interval // when the task was submitted
	MaxDone    int             // at most so many complete tasks, the newest
}

// Tasks lists tasks: complete ones first, the newest at the top, then active ones, the oldest at the top.
func (c *Client) Tasks(ctx context.Context, filter Filter) ([]druid.TaskStatusPlus, error) {
	list := []druid.TaskStatusPlus{}
	err := c.eachTask(ctx, filter, c.limits.list, func(t *druid.TaskStatusPlus) error {
		list = append(list, *t)
		return nil
	})
	return list, err
}

// EachTask calls fn for each of Tasks, however many there are. An error of fn ends it.
func (c *Client) EachTask(ctx context.Context, filter Filter, fn func(*druid.TaskStatusPlus) error) error {
	return c.eachTask(ctx, filter, 0, fn)
}

func (c *Client) eachTask(ctx context.Context, filter Filter, most int64, fn func(*druid.TaskStatusPlus) error) error {
	outcome := druid.TaskState(strings.ToUpper(filter.State))
	if outcome != druid.Success && outcome != druid.Failed {
		return c.listed(ctx, filter, most, fn)
	}
	left := filter.MaxDone // Druid's list is of all that are complete
	filter.State, filter.MaxDone = "complete", 0
	err := c.listed(ctx, filter, most, func(t *druid.TaskStatusPlus) error {
		if t.State != outcome {
			return nil
		}
		if err := fn(t); err != nil {
			return err
		}
		if left--; left == 0 {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

// errEnough ends a list of which no more is wanted.
var errEnough = errors.New("no more tasks are wanted")

// listed is eachTask for states that Druid's list knows.
func (c *Client) listed(ctx context.Context, filter Filter, most int64, fn func(*druid.TaskStatusPlus) error) error {
	path := filter.path()
	return each(ctx, c, path, most, func(t *druid.TaskStatusPlus) error {
		if t.ID == "" {
			return c.strange(http.MethodGet, path, errors.New("it lists what is no task"))
		}
		return fn(t)
	})
}

// path is where the tasks are listed.
func (f *Filter) path() string {
	query := url.Values{}
	set := func(name, value string) {
		if value != "" {
			query.Set(name, value)
		}
	}
	set("state", f.State)
	set("datasource", f.DataSource)
	set("type", f.Type)
	if f.Created != nil {
		set("createdTimeInterval", strings.ReplaceAll(f.Created.String(), "/", "_"))
	}
	if f.MaxDone > 0 {
		set("max", strconv.Itoa(f.MaxDone))
	}
	if len(query) == 0 {
		return api + "/tasks"
	}
	return api + "/tasks?" + query.Encode()
}

// Shutdown ends a task that is not complete, and does nothing to one that is.
func (c *Client) Shutdown(ctx context.Context, id string) error {
	var answer struct {
		Task string `json:"task"`
	}
	err := c.call(ctx, http.MethodPost, taskPath(id, "/shutdown"), nil, &answer)
	return c.unless(answer.Task != "", err, http.MethodPost, taskPath(id, "/shutdown"), "it names no task")
}

// ShutdownAll ends all tasks of a data source. Java's Overlord answers 404, whatever tasks there are.
func (c *Client) ShutdownAll(ctx context.Context, dataSource string) error {
	var answer struct {
		DataSource string `json:"dataSource"`
	}
	path := api + "/datasources/" + url.PathEscape(dataSource) + "/shutdownAllTasks"
	err := c.call(ctx, http.MethodPost, path, nil, &answer)
	var refused *Error
	if errors.As(err, &refused) && refused.Status == http.StatusNotFound && refused.Message == "" {
		refused.Message = "no task of data source " + dataSource + " is active"
	}
	return c.unless(answer.DataSource != "", err, http.MethodPost, path, "it names no data source")
}

// DeletePendingSegments forgets segment ids of a data source that were handed out and are not needed any more, and
// returns how many. The server spares those that active tasks may still use.
func (c *Client) DeletePendingSegments(ctx context.Context, dataSource string) (int, error) {
	var answer struct {
		NumDeleted *int `json:"numDeleted"`
	}
	path := api + "/pendingSegments/" + url.PathEscape(dataSource)
	err := c.call(ctx, http.MethodDelete, path, nil, &answer)
	if err := c.unless(answer.NumDeleted != nil, err, http.MethodDelete, path, "it has no numDeleted"); err != nil {
		return 0, err
	}
	return *answer.NumDeleted, nil
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
