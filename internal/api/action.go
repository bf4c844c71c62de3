package api

import (
	"cmp"
	"encoding/json"
	"errors"

	"ovate/druid"
	"ovate/internal/action"
	"ovate/internal/jsontext"
	"ovate/internal/lockbox"
	"ovate/internal/metadata"
	"ovate/internal/queue"
)

// performAction is POST action: a task performs an action, which it may do again if it has not heard of the answer. Of the task in the body
// only the id counts, as who it is is known from its submission. A surrogateAction is performed in the name of the task that it names.
func performAction(c *call) error {
	document, err := c.body()
	if err != nil {
		return err
	}
	id, request, err := readAction(document)
	if err != nil {
		return err
	}
	if request, err = c.perform(id, request); err != nil {
		return actionFailed(id, err)
	}
	answer, err := request.AppendAnswer([]byte(`{"result":`))
	if err != nil {
		return err
	}
	return c.json(append(answer, '}'))
}

// readAction reads the body of an action: for which task what is asked.
func readAction(document []byte) (taskID string, r action.Request, err error) {
	if document == nil {
		return "", nil, badRequest(`Request body is empty. It must be an object with a "task" and an "action".`)
	}
	var body struct {
		Task *struct {
			ID string `json:"id"`
		} `json:"task"`
		Action json.RawMessage `json:"action"`
	}
	switch err := jsontext.Unmarshal(document, &body); {
	case err != nil && jsonKind(document) == "an object":
		return "", nil, badRequest("Request body: %s.", err)
	case err != nil:
		return "", nil, badRequest(`Request body is %s. It must be an object with a "task" and an "action".`, jsonKind(document))
	case body.Task == nil || body.Task.ID == "":
		return "", nil, badRequest("Invalid value for field [task.id]: must not be null")
	case body.Action == nil:
		return "", nil, badRequest("Invalid value for field [action]: must not be null")
	}
	if err := druid.ValidateID("task ID", body.Task.ID); err != nil {
		return "", nil, badRequest("%s", problem(err))
	}
	r, surrogate, err := action.ReadOfDruid(body.Action)
	if err != nil {
		return "", nil, badRequest("%s", err)
	}
	return cmp.Or(surrogate, body.Task.ID), r, nil
}

// actionFailed words why an action was not performed. What would be no different another time is a 400, so that the task does not try
// again.
func actionFailed(taskID string, err error) error {
	var deliberate *druid.Error
	var uncovered *lockbox.Uncovered
	var revoked *lockbox.Revoked
	switch {
	case errors.Is(err, queue.ErrNotFound):
		return badRequest("Cannot find any task with id: [%s]. Only tasks that were submitted here can perform actions.", taskID)
	case errors.As(err, &deliberate):
		return simple(deliberate.HTTPStatus(), "%v", err)
	case errors.Is(err, lockbox.ErrInactive), errors.Is(err, metadata.ErrNotActive), errors.As(err, &uncovered), errors.As(err, &revoked):
		return badRequest("%v", err)
	}
	return err
}
