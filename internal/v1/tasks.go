package v1

import (
	"context"
	"encoding/base64"
	"io"
	"net/http"
	"slices"
	"strings"

	"ovate/druid"
	"ovate/internal/auth"
	"ovate/internal/intake"
	"ovate/internal/metadata"
	"ovate/internal/queue"
)

// Tasks is what is asked of the queue of tasks. A method about one task returns queue.ErrNotFound when there is none with that id.
type Tasks interface {
	intake.Tasks
	// Page is a page of the tasks that match, the newest first, and Count how many match.
	Page(ctx context.Context, q queue.PageQuery) (queue.Page, error)
	Count(ctx context.Context, q queue.PageQuery) (queue.TaskCounts, error)
	// Statuses calls fn for each of the ids that is known.
	Statuses(ctx context.Context, ids []string, fn func(druid.TaskStatus) error) error
	// Shutdown ends a task as FAILED with the reason; a task that is over stays as it is.
	Shutdown(ctx context.Context, id, reason string) error
	// Report is the report of a task as JSON; fs.ErrNotExist when there is none.
	Report(ctx context.Context, id string) (io.ReadCloser, error)
	// Log is the log of a task from a byte on; fs.ErrNotExist when there is none.
	Log(ctx context.Context, id string, offset int64) (io.ReadCloser, error)
	// Follow begins to follow the tasks of a data source, or of all if it is empty.
	Follow(dataSource string, types ...string) *queue.Follower
}

// Task is a task in answers.
type Task struct {
	ID         string        `json:"id"`
	GroupID    string        `json:"groupId"`
	Type       string        `json:"type"`
	DataSource string        `json:"dataSource"`
	Created    druid.Instant `json:"created"`
	// State is WAITING, PENDING, RUNNING, SUCCESS or FAILED; UNKNOWN of one that has ended and cannot be read.
	State string `json:"state"`
	// Duration is how long it ran, in milliseconds; absent while it is active.
	Duration *int64 `json:"duration,omitempty"`
	// Location is HOST:PORT of where it runs or ran, if that is known.
	Location string            `json:"location,omitempty"`
	Error    string            `json:"error,omitempty"`
	Labels   map[string]string `json:"labels,omitempty"`
}

func taskOf(s *druid.TaskStatusPlus) Task {
	t := Task{ID: s.ID, GroupID: s.GroupID, Type: s.Type, DataSource: s.DataSource, Created: s.Created, State: stateOf(s), Location: s.Location.Address(), Error: s.ErrorMsg}
	if s.State != druid.Running {
		t.Duration = &s.Duration
	}
	return t
}

func stateOf(s *druid.TaskStatusPlus) string {
	switch s.State {
	case druid.Running:
		return string(s.Runner)
	case "":
		return "UNKNOWN"
	}
	return string(s.State)
}

// Counts is how many tasks match, by their state.
type Counts struct {
	Waiting int `json:"waiting"`
	Pending int `json:"pending"`
	Running int `json:"running"`
	Success int `json:"success"`
	Failed  int `json:"failed"`
}

// taskPage is the answer of listTasks.
type taskPage struct {
	Tasks  []Task  `json:"tasks"`
	Next   string  `json:"next,omitempty"`
	Counts *Counts `json:"counts,omitempty"`
}

// Limits of a page.
const (
	usualPage = 100
	mostPage  = 1000
)

// Filter selects tasks. The zero value of each field selects all.
type Filter struct {
	DataSource string `json:"dataSource"`
	Type       string `json:"type"`
	GroupID    string `json:"groupId"`
	State      string `json:"state"`
	IDPart     string `json:"idPart"`
	Created    string `json:"created"` // an ISO-8601 interval
	Label      string `json:"label"`   // KEY=VALUE, or several with commas between them
}

// states are those that a filter may name.
var states = []string{string(druid.Waiting), string(druid.Pending), string(druid.RunnerRunning), string(druid.Success), string(druid.Failed), queue.Complete}

// query is the filter for the queue. Its errors begin with what the fields are called within.
func (f *Filter) query(within string) (queue.PageQuery, error) {
	q := queue.PageQuery{DataSource: f.DataSource, Type: f.Type, GroupID: f.GroupID, State: strings.ToUpper(f.State), IDPart: f.IDPart, Max: usualPage}
	if q.State != "" && !slices.Contains(states, q.State) {
		return q, badRequest("%s [state] is [%s], but must be one of %s.", within, f.State, strings.Join(states, ", "))
	}
	if f.Created != "" {
		created, err := druid.ParseInterval(strings.ReplaceAll(f.Created, "_", "/"))
		if err != nil {
			return q, badRequest("%s [created]: %v. Give start and end, such as 2016-06-27/2016-06-28.", within, err)
		}
		q.Created = &created
	}
	return q, nil
}

// listTasks is GET tasks: a page of the tasks that pass all of the filters given, the newest first, active and ended ones together. A page may have fewer tasks than the
// limit, or none, and a next one all the same; the last one has none.
//
//	dataSource, type, groupId, state   exactly this text; the state in any case
//	idPart                             a text that the id contains
//	created                            submitted within this ISO-8601 interval
//	label                              KEY=VALUE, or several with commas between them, all of which a task has to have
//	limit                              the most tasks of the page, 100 unless given, 1000 at most; who may not see all may get more, of one instant
//	cursor                             the next of the page before
//	counts                             true counts the tasks that pass the filters, by their state
func listTasks(c *call) error {
	q := c.query
	filter := Filter{DataSource: q["dataSource"], Type: q["type"], GroupID: q["groupId"], State: q["state"], IDPart: q["idPart"], Created: q["created"], Label: q["label"]}
	asked, err := filter.query("Query parameter")
	if err != nil {
		return err
	}
	if asked.Max, err = q.count("limit", usualPage, mostPage); err != nil {
		return err
	}
	if asked.After, err = placeOf(q["cursor"]); err != nil {
		return err
	}
	counted, err := q.flag("counts")
	if err != nil {
		return err
	}
	if err := c.mayList(asked.DataSource, counted); err != nil {
		return err
	}
	labels, err := filter.labels("Query parameter")
	if err != nil {
		return err
	}
	page, err := c.page(asked, labels)
	if err != nil {
		return err
	}
	answer := taskPage{Tasks: make([]Task, len(page.Tasks)), Next: cursorOf(page.Next)}
	for i := range page.Tasks {
		if answer.Tasks[i], err = c.labelled(&page.Tasks[i]); err != nil {
			return err
		}
	}
	if counted {
		counts, err := c.count(asked, labels)
		if err != nil {
			return err
		}
		answer.Counts = new(Counts(counts))
	}
	return c.json(http.StatusOK, &answer)
}

// mayList fails unless who has sent the request may read the data source that is named. Where none is, each sees what is his, but all are counted.
func (c *call) mayList(dataSource string, counted bool) error {
	switch {
	case dataSource != "":
		return c.must(auth.Read, auth.DataSource(dataSource))
	case counted:
		return c.must(auth.Read, auth.State())
	}
	return nil
}

// cursorOf is a place as clients hand it back.
func cursorOf(place *metadata.TaskPlace) string {
	if place == nil {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString([]byte(place.Created + " " + place.ID))
}

func placeOf(cursor string) (*metadata.TaskPlace, error) {
	if cursor == "" {
		return nil, nil
	}
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	created, id, both := strings.Cut(string(text), " ")
	if err != nil || !both {
		return nil, badRequest("Query parameter [cursor] is [%s], but must be the next of a page.", cursor)
	}
	return &metadata.TaskPlace{Created: created, ID: id}, nil
}

// oneTask is GET tasks/{id}.
func oneTask(c *call) error {
	status, err := c.Tasks.Status(c.r.Context(), c.r.PathValue("id"))
	if err != nil {
		return err
	}
	if err := c.mustTask(auth.Read, &status); err != nil {
		return err
	}
	task, err := c.labelled(&status)
	if err != nil {
		return err
	}
	return c.json(http.StatusOK, task)
}
