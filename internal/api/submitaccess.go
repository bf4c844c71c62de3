package api

import (
	"encoding/json"
	"errors"

	"ovate/druid"
	"ovate/internal/auth"
	"ovate/internal/jsontext"
	"ovate/internal/supervisor"
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
	id, dataSource, err := c.Supervisors.Target(c.r.Context(), document)
	if err != nil {
		return c.supervisorFailure(err)
	}
	if err := c.mustMay(auth.Write, auth.DataSource(dataSource)); err != nil {
		return err
	}
	if before, err := c.Supervisors.Get(id); err == nil {
		if err := c.mustMay(auth.Write, auth.DataSource(before.DataSource)); err != nil {
			return err
		}
	}
	var spec struct {
		Type string          `json:"type"`
		Task json.RawMessage `json:"task"`
	}
	if err := jsontext.Unmarshal(document, &spec); err != nil {
		return badRequest("%s", err)
	}
	switch {
	case spec.Type == supervisor.ScheduledTask:
		t, err := c.Places.Decode(spec.Task, c.Tasks.Now(), func(task.Task) error { return nil })
		if err != nil {
			return badRequest("task: %s", problem(err))
		}
		return c.mayRunTask(t.Header(), spec.Task)
	case c.Inputs.Kept && auth.IsStream(spec.Type):
		return c.mustMay(auth.Read, auth.External(spec.Type))
	}
	return nil
}
