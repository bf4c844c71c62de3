package v1

import (
	"context"
	"errors"
	"net/http"

	"ovate/druid"
	"ovate/internal/auth"
	"ovate/internal/queue"
	"ovate/internal/upload"
)

// need fails if who has sent a request may not have it answered.
type need func(c *call) error

// takes is a need of one resource, whatever the path says.
func takes(a auth.Action, of auth.Resource) need {
	return func(c *call) error { return c.must(a, of) }
}

// filtered is the need of what is answered to everybody, with what each may see of it.
func filtered(*call) error { return nil }

// decidedLater is the need of what the endpoint decides itself, as that takes the body, or the task.
func decidedLater(*call) error { return nil }

// writesSome is the need of what takes the right to write to a data source that only the body, or what is stored, tells: who may write to none is refused
// before either is read.
func writesSome(c *call) error { return c.mustSome(auth.Write) }

// readsSome is writesSome for what is only read.
func readsSome(c *call) error { return c.mustSome(auth.Read) }

func (c *call) mustSome(a auth.Action) error {
	if c.identity().MaySome(a, auth.TypeDataSource) {
		return nil
	}
	upload.Discard(c.w, c.r) // so that the client gets to read why
	return refuse(http.StatusForbidden, "You may not %s any data source.", verb(a))
}

// ofDataSource is the need of the data source that the path names, by the verb.
func ofDataSource(c *call) error {
	return c.must(auth.ActionOf(c.r.Method), auth.DataSource(c.r.PathValue("dataSource")))
}

// identity is who has sent the request.
func (c *call) identity() auth.Identity { return auth.From(c.r.Context()) }

// must fails unless who has sent the request may do something.
func (c *call) must(a auth.Action, of auth.Resource) error {
	if c.identity().May(a, of) {
		return nil
	}
	return c.denied(a, of)
}

// denied tells that who has sent the request may not do something.
func (c *call) denied(a auth.Action, of auth.Resource) error {
	return refuse(http.StatusForbidden, "You may not %s %s [%s].", verb(a), of.Type, of.Name)
}

// may tells whether who has sent the request may do something to a data source of a list.
func (c *call) may(a auth.Action, dataSource string) bool {
	return c.identity().May(a, auth.DataSource(dataSource))
}

// mayRun fails unless who has sent the request may have a task run: write to its data sources and, where input sources are kept, read those.
func (c *call) mayRun(t *druid.Task, document []byte) error {
	err := c.identity().MayRun(t.Type, t.DataSource, document, c.Inputs)
	if denied, is := errors.AsType[*auth.Denied](err); is {
		return c.denied(denied.Action, denied.Resource)
	}
	if err != nil {
		return refuse(http.StatusForbidden, "%s", err)
	}
	return nil
}

// mayChange fails unless who has sent the request may write to the data source of a task.
func (c *call) mayChange(id string) error {
	if c.identity().MayAll() {
		return nil
	}
	status, err := c.Tasks.Status(c.r.Context(), id)
	if err != nil {
		return err
	}
	return c.mustTask(auth.Write, &status)
}

// mustTask fails unless who has sent the request may do something to a task. What data source it has is not told.
func (c *call) mustTask(a auth.Action, t *druid.TaskStatusPlus) error {
	if c.may(a, t.DataSource) {
		return nil
	}
	return refuse(http.StatusForbidden, "You may not %s task [%s].", verb(a), t.ID)
}

func verb(a auth.Action) string {
	if a == auth.Write {
		return "write to"
	}
	return "read"
}

// page is a page of the tasks that match, have some labels, and that who has sent the request may read.
func (c *call) page(q queue.PageQuery, labels []string) (queue.Page, error) {
	find := c.Tasks.Page
	if len(labels) > 0 {
		find = func(ctx context.Context, q queue.PageQuery) (queue.Page, error) { return c.labelPage(ctx, q, labels) }
	}
	return queue.Seen(c.r.Context(), find, q, c.identity().Reads())
}
