package ui

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"ovate/druid"
	"ovate/internal/auth"
	"ovate/internal/label"
	"ovate/internal/queue"
	"ovate/internal/upload"
)

// need fails if who has sent a request may not have it answered. Every page has one: what has none cannot be registered.
type need func(c *call) error

// takes is a need of one resource, whatever the path says.
func takes(a auth.Action, of auth.Resource) need {
	return func(c *call) error { return c.must(a, of) }
}

// filtered is the need of what is shown to everybody, with what each may see of it.
func filtered(*call) error { return nil }

// decidedLater is the need of what the page decides itself, as that takes the form.
func decidedLater(*call) error { return nil }

// writesSome is the need of what takes the right to write to a data source that only the form tells: who may write to none is refused before it is read.
func writesSome(c *call) error {
	if c.identity().MaySome(auth.Write, auth.TypeDataSource) {
		return nil
	}
	upload.Discard(c.w, c.r) // so that the browser gets to read why
	return &problem{http.StatusForbidden, "You may not write to any data source.", c.askForRole()}
}

// ofDataSource is the need of the data source that the path names, by the verb.
func ofDataSource(c *call) error {
	return c.must(auth.ActionOf(c.r.Method), auth.DataSource(c.r.PathValue("name")))
}

// ofTask is the need of the data source of the task that the path names.
func ofTask(c *call) error { return c.mustTask(auth.ActionOf(c.r.Method), c.r.PathValue("id")) }

// ofSupervisor is the need of the data source of the supervisor that the path names.
func ofSupervisor(c *call) error {
	if c.identity().MayAll() {
		return nil
	}
	s, err := c.supervisor()
	if err != nil {
		return err
	}
	if a := auth.ActionOf(c.r.Method); !c.identity().May(a, auth.DataSource(s.DataSource)) {
		return c.denied(a, "supervisor", s.ID)
	}
	return nil
}

// identity is who has sent the request.
func (c *call) identity() auth.Identity { return auth.From(c.r.Context()) }

// sees tells whether who has sent the request may read a data source of a list.
func (c *call) sees(dataSource string) bool {
	return c.identity().May(auth.Read, auth.DataSource(dataSource))
}

// must fails unless who has sent the request may do something.
func (c *call) must(a auth.Action, of auth.Resource) error {
	if c.identity().May(a, of) {
		return nil
	}
	return c.denied(a, of.Type, of.Name)
}

// denied tells that who has sent the request may not do something.
func (c *call) denied(a auth.Action, kind, name string) error {
	verb := "read"
	if a == auth.Write {
		verb = "write to"
	}
	return &problem{http.StatusForbidden, fmt.Sprintf("You may not %s %s [%s].", verb, kind, name), c.askForRole()}
}

func (c *call) askForRole() string {
	if !auth.IsKnown(c.identity().Name) {
		return "You have not said who you are. Log in, or ask whoever keeps the users of this server what permits it."
	}
	return fmt.Sprintf("You are %s. Ask whoever keeps the users of this server for a role that permits it.", c.identity().Name)
}

// mustTask fails unless who has sent the request may do something to the data source of a task, or of what is to be one.
func (c *call) mustTask(a auth.Action, id string) error {
	if c.identity().MayAll() {
		return nil
	}
	status, err := c.Tasks.Status(c.r.Context(), id)
	if errors.Is(err, queue.ErrNotFound) {
		if s, failed := c.submission(id); s != nil || failed != nil {
			if err = failed; err == nil {
				status.DataSource = s.DataSource
			}
		}
	}
	if err != nil {
		return named(id, err)
	}
	if !c.identity().May(a, auth.DataSource(status.DataSource)) {
		return c.denied(a, "task", id) // what data source it has is not told
	}
	return nil
}

// mustRun fails unless who has sent the request may have a task run: write to its data sources and, where input sources are kept, read those.
func (c *call) mustRun(t *druid.Task, document []byte) error {
	return c.told(c.identity().MayRun(t.Type, t.DataSource, document, c.Inputs))
}

// told is an error of what an identity may not do, for its page.
func (c *call) told(err error) error {
	if denied, is := errors.AsType[*auth.Denied](err); is {
		return c.denied(denied.Action, denied.Resource.Type, denied.Resource.Name)
	}
	if err != nil {
		return &problem{http.StatusForbidden, err.Error(), ""}
	}
	return nil
}

// page is a page of the tasks that match and that who has sent the request may read.
func (c *call) page(q queue.PageQuery) (queue.Page, error) {
	return queue.Seen(c.r.Context(), c.Tasks.Page, q, c.identity().Reads())
}

// labelled is a page of the tasks that match, have all of some labels, and that who has sent the request may read.
func (c *call) labelled(q queue.PageQuery, labels []string) (queue.Page, error) {
	if len(labels) == 0 || c.Labels == nil {
		return c.page(q)
	}
	find := func(ctx context.Context, q queue.PageQuery) (queue.Page, error) {
		return label.Finder{Labels: c.Labels, Status: c.Tasks.Status}.Page(ctx, q, labels)
	}
	return queue.Seen(c.r.Context(), find, q, c.identity().Reads())
}

// visible are those of some tasks that who has sent the request may read.
func (c *call) visible(tasks []druid.TaskStatusPlus) (rows []row) {
	for _, t := range tasks {
		if c.sees(t.DataSource) {
			rows = append(rows, row(t))
		}
	}
	return rows
}
