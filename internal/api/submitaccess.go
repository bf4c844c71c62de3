package api

import (
	"errors"

	"ovate/druid"
	"ovate/internal/auth"
	"ovate/internal/task"
)

// This file is what who submits a task or a supervisor has to be allowed: to write to its data source, and, where input sources are kept, to read those.

// mayRunTask fails unless who has sent the request may have the task run.
func (c *call) mayRunTask(t *druid.Task, document []byte) error {
	err := c.identity().MayRun(t.Type, t.DataSource, document, c.Inputs)
	if _, denied := errors.AsType[*auth.Denied](err); denied {
		return forbidden
	}
	if err != nil {
		return badRequest("%s", err)
	}
	return nothing(c)
}

// mayRun fails unless who has sent the request may have a supervisor run by a spec, and have it take the place of the one of that id.
func (c *call) mayRun(document []byte) error {
	if c.identity().MayAll() {
		return nothing(c)
	}
	target, err := c.Supervisors.Target(c.r.Context(), document)
	if err != nil {
		return c.supervisorFailure(err)
	}
	if err := c.mustMay(auth.Write, auth.DataSource(target.DataSource)); err != nil {
		return err
	}
	if before, err := c.Supervisors.Get(target.ID); err == nil {
		if err := c.mustMay(auth.Write, auth.DataSource(before.DataSource)); err != nil {
			return err
		}
	}
	switch {
	case target.Task != nil:
		t, err := c.Places.Decode(target.Task, c.Tasks.Now(), func(task.Task) error { return nil })
		if err != nil {
			return badRequest("task: %s", problem(err))
		}
		return c.mayRunTask(t.Header(), target.Task)
	case c.Inputs.Kept && target.Stream != "":
		return c.mustMay(auth.Read, auth.External(target.Stream))
	}
	return nil
}
