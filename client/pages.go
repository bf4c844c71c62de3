package client

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"ovate/druid"
)

// What follows asks ovate's own surface, which an Overlord in Java does not have (IsNotFound).

// Task is a task in pages.
type Task struct {
	ID         string        `json:"id"`
	GroupID    string        `json:"groupId"`
	Type       string        `json:"type"`
	DataSource string        `json:"dataSource"`
	Created    druid.Instant `json:"created"`
	State      string        `json:"state"`    // WAITING, PENDING, RUNNING, SUCCESS or FAILED; UNKNOWN of one that has ended and cannot be read
	Duration   *int64        `json:"duration"` // milliseconds; nil while it is active
	Location   string        `json:"location"` // HOST:PORT of where it runs or ran, if that is known
	Error      string        `json:"error"`
	// Labels are those that whoever submitted it gave it.
	Labels map[string]string `json:"labels"`
}

// TaskFilter selects tasks. Zero values select all.
type TaskFilter struct {
	DataSource string
	Type       string
	GroupID    string
	State      string          // WAITING, PENDING, RUNNING, SUCCESS, FAILED, or COMPLETE for both of these
	IDPart     string          // a text that the id contains
	Created    *druid.Interval // when the task was submitted
	Label      string          // KEY=VALUE, or several with commas between them
}

// fields are what the filter names.
func (f *TaskFilter) fields() map[string]string {
	all := map[string]string{"dataSource": f.DataSource, "type": f.Type, "groupId": f.GroupID, "state": f.State, "idPart": f.IDPart, "label": f.Label}
	if f.Created != nil {
		all["created"] = strings.ReplaceAll(f.Created.String(), "/", "_")
	}
	for name, value := range all {
		if value == "" {
			delete(all, name)
		}
	}
	return all
}

// Page is a page of tasks, the newest first. It may have fewer than were asked for, or none, and a next one all the same.
type Page struct {
	Tasks  []Task  `json:"tasks"`
	Next   string  `json:"next"`   // the cursor of the next page; empty on the last one
	Counts *Counts `json:"counts"` // nil unless they were asked for
}

// Counts is how many tasks pass a filter, by their state; of those that have ended, a million of a state at most.
type Counts struct {
	Waiting int `json:"waiting"`
	Pending int `json:"pending"`
	Running int `json:"running"`
	Success int `json:"success"`
	Failed  int `json:"failed"`
}

// PageQuery says which page is meant.
type PageQuery struct {
	TaskFilter
	Cursor string // the Next of the page before; empty is the first page
	Limit  int    // the most tasks; 0 leaves that to the server
	Counts bool
}

// Page asks for a page of tasks, active and ended ones together.
func (c *Client) Page(ctx context.Context, q PageQuery) (*Page, error) {
	values := url.Values{}
	for name, value := range q.fields() {
		values.Set(name, value)
	}
	if q.Cursor != "" {
		values.Set("cursor", q.Cursor)
	}
	if q.Limit > 0 {
		values.Set("limit", strconv.Itoa(q.Limit))
	}
	if q.Counts {
		values.Set("counts", "true")
	}
	path := own + "/tasks"
	if len(values) > 0 {
		path += "?" + values.Encode()
	}
	page := new(Page)
	err := c.call(ctx, http.MethodGet, path, nil, page)
	return page, c.unless(page.Tasks != nil, err, http.MethodGet, path, "it has no tasks")
}

// EachPaged calls fn for each task that passes a filter, page by page, the newest first. An error of fn ends it.
func (c *Client) EachPaged(ctx context.Context, f TaskFilter, fn func(*Task) error) error {
	for q := (PageQuery{TaskFilter: f, Limit: 1000}); ; {
		page, err := c.Page(ctx, q)
		if err != nil {
			return err
		}
		for i := range page.Tasks {
			if err := fn(&page.Tasks[i]); err != nil {
				return err
			}
		}
		if page.Next == "" {
			return nil
		}
		if page.Next == q.Cursor {
			return c.strange(http.MethodGet, own+"/tasks", errors.New("the page after it is the same"))
		}
		q.Cursor = page.Next
	}
}

// OneTask is a task as pages have it.
func (c *Client) OneTask(ctx context.Context, id string) (*Task, error) {
	path := own + "/tasks/" + url.PathEscape(id)
	task := new(Task)
	err := c.call(ctx, http.MethodGet, path, nil, task)
	return task, c.unless(task.ID == id, err, http.MethodGet, path, "it is no task "+id)
}

// OpenAPI is the description of all that the server serves, as OpenAPI 3.1.
func (c *Client) OpenAPI(ctx context.Context) ([]byte, error) {
	return c.read(ctx, http.MethodGet, own+"/openapi.json", nil, c.limits.document)
}
