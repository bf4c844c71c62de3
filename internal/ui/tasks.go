package ui

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"ovate/druid"
	"ovate/internal/audit"
	"ovate/internal/auth"
	"ovate/internal/intake"
	"ovate/internal/metadata"
	"ovate/internal/queue"
	"ovate/internal/submission"
	"ovate/internal/task"
)

// row is a task as lists show it: not one with the other in it, as templates look up fields of such in a way that costs much.
type row druid.TaskStatusPlus

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
var states = [...]string{"waiting", "pending", "running", "success", "failed", "complete"}

// taskList is what the list shows: by the query of its URL, which is the whole of what was asked for.
type taskList struct {
	taskFilter
	States      []string
	Rows        []row
	Query       string // without what the last form did
	First, Next string // paths of the first page, unless this is it, and of the next one, unless this is the last
	All         string // path of this page with all tasks marked; empty if they are
	Marked      bool
	Done        string
	Same        string // path of this page
	Filtered    bool
	Every       *every                   // all that match, if something is to be done with them
	Waiting     []waiting                // submissions that are no tasks yet, on the first page of all tasks
	Never       []*submission.Submission // those that have failed and are none, there and on that of tasks that failed
}

// with is the path of this page with one thing more.
func (l *taskList) with(more string) string {
	return "/tasks?" + strings.TrimPrefix(l.Query+"&"+more, "&")
}

// CancelAll and RunAll are the paths of this page with what would be done with all tasks that match.
func (l *taskList) CancelAll() string { return l.with("every=cancel") }
func (l *taskList) RunAll() string    { return l.with("every=again") }

// listTasks is GET /tasks: state, datasource, type, id (a part of it), label, group and created (an interval) filter, after=TIME,ID is where the page begins,
// mark=all has all of its tasks marked, and every=cancel, or again, tells what that would do to all that match.
func listTasks(c *call) (*page, error) {
	q := c.r.URL.Query()
	list := &taskList{taskFilter: filterOf(q), States: states[:], Done: done(q)}
	query, labels, err := list.query()
	if err != nil {
		return nil, err
	}
	if created, id, there := strings.Cut(q.Get("after"), ","); there {
		query.After = &metadata.TaskPlace{Created: created, ID: id}
	}
	found, err := c.labelled(query, labels)
	if err != nil {
		return nil, placeProblem(err)
	}
	list.Rows = c.visible(found.Tasks)
	list.Filtered = list.taskFilter != taskFilter{}
	all, failed := !list.Filtered && query.After == nil, list.taskFilter == taskFilter{State: "failed"} && query.After == nil
	if all {
		if list.Waiting, err = c.waiting(); err != nil {
			return nil, err
		}
	}
	if all || failed {
		if list.Never, err = c.never(7 * 24 * time.Hour); err != nil {
			return nil, err
		}
	}
	if action := q.Get("every"); action == "cancel" || action == "again" {
		if list.Every, err = c.every(list.taskFilter, action); err != nil {
			return nil, err
		}
	}
	list.Marked = q.Get("mark") == "all"
	q.Del("done")
	q.Del("mark")
	q.Del("every")
	for name := range q {
		if q.Get(name) == "" {
			q.Del(name)
		}
	}
	list.Query = q.Encode()
	list.Same = strings.TrimSuffix("/tasks?"+list.Query, "?")
	if !list.Marked {
		list.All = list.with("mark=all")
	}
	if query.After != nil {
		q.Del("after")
		list.First = "/tasks?" + q.Encode()
	}
	if found.Next != nil {
		q.Set("after", found.Next.Created+","+found.Next.ID)
		list.Next = "/tasks?" + q.Encode()
	}
	return &page{Title: "Tasks", template: "tasks", Data: list}, nil
}

// shutdownReason is what a task ends with that people end.
const shutdownReason = queue.ShutdownReason

// cancelTask is POST /tasks/{id}/cancel.
func cancelTask(c *call) (string, error) {
	id := c.r.PathValue("id")
	return to("tasks", id), c.cancel(id)
}

// mostTogether is how many tasks a form changes at a time: as many as a page of the list has.
const mostTogether = pageOf

// changeTasks is POST /tasks: cancels the tasks that are marked, or runs them again, or all that match what the form came from.
func changeTasks(c *call) (string, error) {
	if err := c.readForm(); err != nil {
		return "", err
	}
	form := c.r.PostForm
	back, err := url.ParseQuery(form.Get("back"))
	if err != nil {
		back = url.Values{}
	}
	change, word := c.cancel, "cancelled"
	switch action := form.Get("action"); action {
	case "cancel":
	case "again":
		in := c.intake()
		change, word = func(id string) error { return c.again(in, id) }, "submitted again"
	default:
		return "", unknownAction(action)
	}
	ids, err := c.meant(back)
	if err != nil {
		return "", err
	}
	not, err := together(ids, change)
	if err != nil {
		return "", err
	}
	if len(not) > 0 {
		return "", &problem{http.StatusBadRequest, fmt.Sprintf("%d of %d tasks were %s. %s", len(ids)-len(not), len(ids), word, cut(strings.Join(not, " "), 2000)), "Go back, and choose others."}
	}
	back.Set("done", fmt.Sprintf("%d %s", len(ids), word))
	return "/tasks?" + back.Encode(), nil
}

// meant are the tasks that a form is about: all that match, with every=true, or those that are marked.
func (c *call) meant(back url.Values) ([]string, error) {
	if c.r.PostForm.Get("every") == "true" {
		found, err := c.every(filterOf(back), c.r.PostForm.Get("action"))
		if err != nil {
			return nil, placeProblem(err)
		}
		return found.IDs, nil
	}
	ids := c.r.PostForm["id"]
	if len(ids) == 0 {
		return nil, &problem{http.StatusBadRequest, "No task is marked.", "Go back, mark tasks in the first column, and choose again."}
	}
	if len(ids) > mostTogether {
		return nil, &problem{http.StatusBadRequest, fmt.Sprintf("%d tasks are marked, but a form changes at most %d.", len(ids), mostTogether), "Mark fewer, or change all that match a filter."}
	}
	for _, id := range ids {
		if err := c.mustTask(auth.Write, id); err != nil {
			return nil, err
		}
	}
	return ids, nil
}

// changedAtOnce is how many tasks are on their way to the store together, to share commits.
const changedAtOnce = 64

// together changes tasks, and tells why some cannot be.
func together(ids []string, change func(id string) error) (not []string, err error) {
	errs := make([]error, len(ids))
	var changes errgroup.Group
	changes.SetLimit(changedAtOnce)
	for i, id := range ids {
		changes.Go(func() error {
			errs[i] = change(id)
			return nil
		})
	}
	_ = changes.Wait() // each error is that of a task
	for _, err := range errs {
		var why *intake.Invalid
		var told *problem
		switch {
		case errors.As(err, &why):
			not = append(not, why.Error()+".")
		case errors.As(err, &told) && told.status == http.StatusNotFound && len(ids) > 1: // another one may have been changed
			not = append(not, told.What+".")
		case err != nil:
			return nil, err
		}
	}
	return not, nil
}

// cancel ends a task, or has what waits to be one not submitted, or not once more.
func (c *call) cancel(id string) error {
	s, err := c.submission(id)
	if err != nil {
		return err
	}
	if s != nil && s.State == submission.Waiting {
		return c.Submissions.Cancel(c.ctx(), id, shutdownReason)
	}
	return named(id, c.Tasks.Shutdown(c.ctx(), id, shutdownReason))
}

// intake takes tasks in that are submitted again.
func (c *call) intake() *intake.Intake {
	mayRead := func(t task.Task) error { return c.Admit(t, c.r) }
	return &intake.Intake{Tasks: c.Tasks, Places: c.Places, MayRead: mayRead, MayRun: c.mustRun}
}

// again submits what a task was, as another one.
func (c *call) again(in *intake.Intake, id string) error {
	_, err := in.Retry(c.ctx(), id)
	if refused := (*intake.RefusedError)(nil); errors.As(err, &refused) {
		return &problem{http.StatusForbidden, refused.Error(), ""}
	}
	return named(id, err)
}

// ctx is the request's context, with who sent it.
func (c *call) ctx() context.Context {
	caller := auth.Caller(c.r)
	caller.Comment = "from the web page"
	return audit.WithCaller(c.r.Context(), caller)
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
