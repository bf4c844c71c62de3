package ui

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"ovate/druid"
	"ovate/internal/audit"
	"ovate/internal/queue"
)

// row is a task as lists show it.
type row struct{ druid.TaskStatusPlus }

// Is is the state of a task in a word: waiting, pending, running, success or failed.
func (t row) Is() string {
	switch {
	case t.State != druid.Running:
		return strings.ToLower(string(t.State))
	case t.Runner == druid.NoRunner:
		return "waiting"
	}
	return strings.ToLower(string(t.Runner))
}

// Active tells whether it has not ended.
func (t row) Active() bool { return t.State == druid.Running }

// pageOf is how many tasks a page of the list has.
const pageOf = 100

// states are those that a list may be asked for.
var states = [...]string{"waiting", "pending", "running", "success", "failed"}

// taskList is what the list shows: by the query, which is the whole of what was asked for.
type taskList struct {
	Filter queue.Filter
	States []string
	Rows   []row
	Query  string
	More   bool
	Counts queue.Counts
	Done   string
}

// listTasks is GET /tasks.
func listTasks(c *call) (*page, error) {
	q := c.r.URL.Query()
	list := &taskList{
		Filter: queue.Filter{State: q.Get("state"), DataSource: strings.TrimSpace(q.Get("datasource")), Type: strings.TrimSpace(q.Get("type")), Max: pageOf},
		States: states[:], Counts: c.Tasks.Counts(""), Done: done(q),
	}
	q.Del("done")
	list.Query = q.Encode()
	err := c.Tasks.List(c.r.Context(), list.Filter, func(t *druid.TaskStatusPlus) error {
		if len(list.Rows) < pageOf {
			list.Rows = append(list.Rows, row{*t})
		}
		return nil
	})
	return &page{Title: "Tasks", template: "tasks", Data: list}, err
}

// shutdownReason is what a task ends with that people end.
const shutdownReason = "Shutdown request from user"

// cancelTask is POST /tasks/{id}/cancel.
func cancelTask(c *call) (string, error) {
	id := c.r.PathValue("id")
	return to("tasks", id), c.Tasks.Shutdown(c.ctx(), id, shutdownReason)
}

// mostTogether is how many tasks a form changes at a time: as many as a page of the list has.
const mostTogether = pageOf

// changeTasks is POST /tasks: cancels the tasks that are marked, or runs them again.
func changeTasks(c *call) (string, error) {
	if err := c.r.ParseForm(); err != nil {
		return "", badForm(err)
	}
	ids := c.r.PostForm["id"]
	if len(ids) == 0 {
		return "", &problem{http.StatusBadRequest, "No task is marked.", "Go back, mark tasks in the first column, and choose again."}
	}
	if len(ids) > mostTogether {
		return "", &problem{http.StatusBadRequest, fmt.Sprintf("%d tasks are marked, but a form changes at most %d.", len(ids), mostTogether), "Mark fewer."}
	}
	change, word := c.cancel, "cancelled"
	switch action := c.r.PostForm.Get("action"); action {
	case "cancel":
	case "again":
		change, word = c.again, "submitted again"
	default:
		return "", unknownAction(action)
	}
	for i, id := range ids {
		if err := change(id); err != nil {
			return "", fmt.Errorf("%d of %d tasks were %s; %s was not: %w", i, len(ids), word, id, err)
		}
	}
	back, err := url.ParseQuery(c.r.PostForm.Get("back"))
	if err != nil {
		back = url.Values{}
	}
	back.Set("done", fmt.Sprintf("%d %s", len(ids), word))
	return "/tasks?" + back.Encode(), nil
}

func (c *call) cancel(id string) error { return c.Tasks.Shutdown(c.ctx(), id, shutdownReason) }

// again submits what a task was, as another one.
func (c *call) again(id string) error {
	stored, err := c.Tasks.Stored(c.ctx(), id)
	if err != nil {
		return err
	}
	_, err = c.take(renewed(stored))
	return err
}

// ctx is the request's context, with who sent it.
func (c *call) ctx() context.Context {
	return audit.WithCaller(c.r.Context(), audit.Caller{Author: "", Comment: "from the web page", IP: hostOf(c.r.RemoteAddr)})
}

func badForm(err error) error {
	return fmt.Errorf("the form cannot be read: %w", err)
}

func unknownAction(action string) error {
	return &problem{http.StatusBadRequest, fmt.Sprintf("There is no action %q.", action), "Go back, and use one of the buttons."}
}

// done is what the last form did, as the page tells it that the browser was sent to. Only words of our own are told.
func done(q url.Values) string {
	var n int
	text := q.Get("done")
	for _, word := range []string{"cancelled", "submitted again"} {
		if _, err := fmt.Sscanf(text, "%d "+word, &n); err == nil && text == fmt.Sprintf("%d %s", n, word) {
			if n == 1 {
				return "1 task was " + word + "."
			}
			return count(int64(n)) + " tasks were " + word + "."
		}
	}
	return ""
}
