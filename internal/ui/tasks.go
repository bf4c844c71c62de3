package ui

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"ovate/druid"
	"ovate/internal/audit"
	"ovate/internal/auth"
	"ovate/internal/front"
	"ovate/internal/intake"
	"ovate/internal/label"
	"ovate/internal/metadata"
	"ovate/internal/queue"
	"ovate/internal/submission"
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
var states = [...]string{"waiting", "pending", "running", "success", "failed"}

// taskList is what the list shows: by the query of its URL, which is the whole of what was asked for.
type taskList struct {
	State, DataSource, Type, Text string
	Label                         string // KEY=VALUE, or several with commas between them
	Group, Created                string // Created is an interval
	States                        []string
	Rows                          []row
	Query                         string // without what the last form did
	First, Next                   string // paths of the first page, unless this is it, and of the next one, unless this is the last
	All                           string // path of this page with all tasks marked; empty if they are
	Marked                        bool
	Done                          string
	Waiting                       []waiting                // submissions that are no tasks yet, on the first page of all tasks
	Never                         []*submission.Submission // those that have failed and are none, there and on that of tasks that failed
}

// listTasks is GET /tasks: state, datasource, type, id (a part of it), label, group and created (an interval) filter, after=TIME,ID is where the page begins,
// and mark=all has all of its tasks marked.
func listTasks(c *call) (*page, error) {
	q := c.r.URL.Query()
	given := func(name string) string { return strings.TrimSpace(q.Get(name)) }
	list := &taskList{State: given("state"), DataSource: given("datasource"), Type: given("type"), Text: given("id"), Label: given("label"), Group: given("group"), Created: given("created"), States: states[:], Done: done(q)}
	if list.State != "" && !slices.Contains(states[:], list.State) {
		return nil, &problem{http.StatusBadRequest, fmt.Sprintf("There is no state %q.", list.State), "It is one of " + strings.Join(states[:], ", ") + "."}
	}
	query := queue.PageQuery{State: strings.ToUpper(list.State), DataSource: list.DataSource, Type: list.Type, IDPart: list.Text, GroupID: list.Group, Max: pageOf}
	if list.Created != "" {
		created, err := intervalOf(list.Created)
		if err != nil {
			return nil, err
		}
		query.Created = &created
	}
	if created, id, there := strings.Cut(q.Get("after"), ","); there {
		query.After = &metadata.TaskPlace{Created: created, ID: id}
	}
	labels, err := label.Parse(list.Label)
	if err != nil {
		return nil, &problem{http.StatusBadRequest, "The label " + err.Error() + ".", "Write it as team=data."}
	}
	found, err := c.labelled(query, labels)
	if errors.Is(err, label.ErrPlace) {
		err = &problem{http.StatusBadRequest, "The page begins at what is " + err.Error() + ".", "Go to the newest tasks."}
	}
	if err != nil {
		return nil, err
	}
	list.Rows = c.visible(found.Tasks)
	all, failed := query == (queue.PageQuery{Max: pageOf}) && labels == nil, query == (queue.PageQuery{State: "FAILED", Max: pageOf}) && labels == nil
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
	list.Marked = q.Get("mark") == "all"
	q.Del("done")
	q.Del("mark")
	for name := range q {
		if q.Get(name) == "" {
			q.Del(name)
		}
	}
	list.Query = q.Encode()
	if !list.Marked {
		list.All = "/tasks?" + strings.TrimPrefix(list.Query+"&mark=all", "&")
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

// changeTasks is POST /tasks: cancels the tasks that are marked, or runs them again.
func changeTasks(c *call) (string, error) {
	if err := c.readForm(); err != nil {
		return "", err
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
	for _, id := range ids {
		if err := c.mustTask(auth.Write, id); err != nil {
			return "", err
		}
	}
	var not []string
	for _, id := range ids {
		err := change(id)
		if why := (*intake.Invalid)(nil); errors.As(err, &why) {
			not = append(not, why.Error()+".")
		} else if err != nil {
			return "", err
		}
	}
	if len(not) > 0 {
		return "", &problem{http.StatusBadRequest, fmt.Sprintf("%d of %d marked tasks were %s. %s", len(ids)-len(not), len(ids), word, strings.Join(not, " ")), "Go back, and mark others."}
	}
	back, err := url.ParseQuery(c.r.PostForm.Get("back"))
	if err != nil {
		back = url.Values{}
	}
	back.Set("done", fmt.Sprintf("%d %s", len(ids), word))
	return "/tasks?" + back.Encode(), nil
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
	return c.Tasks.Shutdown(c.ctx(), id, shutdownReason)
}

// again submits what a task was, as another one.
func (c *call) again(id string) error {
	in := &intake.Intake{Tasks: c.Tasks, Places: c.Places, MayRead: c.MayRead, MayRun: c.mustRun}
	_, err := in.Retry(c.ctx(), id, front.Proxied(c.r))
	if refused := (*intake.RefusedError)(nil); errors.As(err, &refused) {
		return &problem{http.StatusForbidden, refused.Error(), ""}
	}
	return err
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
