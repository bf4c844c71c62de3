package api

import (
	"encoding/json"
	"slices"

	"ovate/druid"
	"ovate/internal/auth"
	"ovate/internal/jsontext"
	"ovate/internal/supervisor"
	"ovate/internal/task"
)

// This file is what who submits a task or a supervisor has to be allowed: to write to its data source, and, where input sources are kept, to read those.

// mayRunTask fails unless who has sent the request may have the task run.
func (c *call) mayRunTask(t *druid.Task, document []byte) error {
	if c.identity().MayAll() {
		return nothing(c)
	}
	if err := c.mustMay(auth.Write, auth.DataSource(t.DataSource)); err != nil || !c.InputSources {
		return err
	}
	types, err := inputSources(t.Type, document)
	if err != nil {
		return err
	}
	return c.mustReadExternal(types)
}

func (c *call) mustReadExternal(types []string) error {
	for _, t := range types {
		if err := c.mustMay(auth.Read, auth.External(t)); err != nil {
			return err
		}
	}
	return nil
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
	case c.InputSources && slices.Contains(streams, spec.Type):
		return c.mustReadExternal([]string{spec.Type})
	}
	return nil
}

// streams are the types of supervisors and input sources that streams are.
var streams = []string{"kafka", "kinesis", "rabbit"}

// inputSources are the types of the input sources of a task. It fails, as in Druid, for tasks that do not tell.
func inputSources(kind string, document []byte) (types []string, err error) {
	if slices.Contains([]string{"noop", "kill", "compact", "archive", "move", "restore"}, kind) {
		return nil, nil // they read segments
	}
	for _, stream := range streams {
		if kind == "index_"+stream {
			return []string{stream}, nil
		}
	}
	var of struct {
		Spec struct {
			IOConfig struct {
				InputSource json.RawMessage `json:"inputSource"`
			} `json:"ioConfig"`
		} `json:"spec"`
	}
	err = jsontext.Unmarshal(document, &of)
	if err == nil && of.Spec.IOConfig.InputSource != nil {
		types, err = typesOf(of.Spec.IOConfig.InputSource)
	}
	if err != nil || types == nil {
		return nil, badRequest("The input sources of a task of type [%s] are not known. As druid.auth.enableInputSourceSecurity is true, only those may submit it who may do everything.", kind)
	}
	return types, nil
}

// typesOf are the types of an input source, and of those that it combines.
func typesOf(source []byte) (types []string, err error) {
	var of struct {
		Type      string            `json:"type"`
		Delegates []json.RawMessage `json:"delegates"`
	}
	if err := jsontext.Unmarshal(source, &of); err != nil {
		return nil, err
	}
	if of.Type != "combining" {
		return []string{of.Type}, nil
	}
	for _, delegate := range of.Delegates {
		inner, err := typesOf(delegate)
		if err != nil {
			return nil, err
		}
		types = append(types, inner...)
	}
	return types, nil
}
