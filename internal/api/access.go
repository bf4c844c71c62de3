package api

import (
	"errors"
	"net/http"

	"ovate/internal/auth"
)

// need is what a request takes to be answered: it fails if who has sent the request may not have that. A route without one is refused to everybody.
type need func(c *call) error

// takes is a need of one resource, whatever the path says.
func takes(a auth.Action, of auth.Resource) need {
	return func(c *call) error { return c.mustMay(a, of) }
}

var (
	errUndecided = errors.New("an endpoint has answered without a decision whether it may")
	forbidden    = &refusal{status: http.StatusForbidden, contentType: contentJSON, body: auth.ForbiddenBody}
)

// needs of routes.
func stateRead() need   { return takes(auth.Read, auth.State()) }
func stateWrite() need  { return takes(auth.Write, auth.State()) }
func configRead() need  { return takes(auth.Read, auth.Config()) }
func configWrite() need { return takes(auth.Write, auth.Config()) }

// nothing is the need of what everybody may know.
func nothing(c *call) error {
	c.decided = true
	return nil
}

// filtered is the need of lists that are answered to everybody, with what each may see of them.
func filtered(c *call) error { return nothing(c) }

// byBody is the need of what the endpoint decides itself with mayWrite or mustMay, as that takes the body.
func byBody(*call) error { return nil }

// ofDataSource is the need of the data source that the path names first, by the verb.
func ofDataSource(c *call) error {
	return c.mustMay(auth.ActionOf(c.r.Method), auth.DataSource(c.params[0]))
}

// readAndWrite takes both, as in Druid.
func readAndWrite(c *call) error {
	if err := c.mustMay(auth.Read, auth.DataSource(c.params[0])); err != nil {
		return err
	}
	return ofDataSource(c)
}

// ofTask is the need of the data source of the task that the path names, by the verb. Of a task that there is not everybody may know.
func ofTask(c *call) error {
	if c.identity().MayAll() {
		return nothing(c)
	}
	id, err := c.taskID()
	if err != nil {
		return err
	}
	status, err := c.Tasks.Status(c.r.Context(), id)
	if err != nil {
		return err
	}
	return c.mustMay(auth.ActionOf(c.r.Method), auth.DataSource(status.DataSource))
}

// ofSupervisor is the need of the data source of the supervisor that the path names, by the verb.
func ofSupervisor(c *call) error {
	if c.identity().MayAll() {
		return nothing(c)
	}
	one, err := c.supervisor()
	if err != nil {
		return err
	}
	return c.mustMay(auth.ActionOf(c.r.Method), auth.DataSource(one.DataSource))
}

// identity is who has sent the request.
func (c *call) identity() auth.Identity { return auth.From(c.r.Context()) }

// mustMay fails unless who has sent the request may do something.
func (c *call) mustMay(a auth.Action, of auth.Resource) error {
	if !c.identity().May(a, of) {
		return forbidden
	}
	c.decided = true
	return nil
}

// may tells whether who has sent the request may do something to a data source of a list.
func (c *call) may(a auth.Action, dataSource string) bool {
	return c.identity().May(a, auth.DataSource(dataSource))
}
