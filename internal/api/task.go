package api

import (
	"net/http"

	"ovate/druid"
)

// taskID is the id in the path, refused unless some task could have it.
func (c *call) taskID() (string, error) {
	id := c.params[0]
	if err := druid.ValidateID("taskId", id); err != nil {
		return "", badRequest("%s", problem(err))
	}
	return id, nil
}

// taskPayload is GET task/{id}: the task as it is stored, with every default.
func taskPayload(c *call) error {
	id, err := c.taskID()
	if err != nil {
		return err
	}
	size, err := c.Tasks.PayloadSize(c.r.Context(), id)
	if err != nil {
		return err
	}
	if err := c.part.answer(c.r.Context(), payloadCost*size); err != nil {
		return err
	}
	payload, err := c.Tasks.Payload(c.r.Context(), id)
	if err != nil {
		return err
	}
	c.begin(http.StatusOK, contentJSON)
	c.send(append(druid.AppendString([]byte(`{"task":`), id), `,"payload":`...))
	c.send(payload)
	c.send([]byte{'}'})
	return nil
}

// taskStatus is GET task/{id}/status.
func taskStatus(c *call) error {
	id, err := c.taskID()
	if err != nil {
		return err
	}
	status, err := c.Tasks.Status(c.r.Context(), id)
	if err != nil {
		return err
	}
	body := druid.AppendString([]byte(`{"task":`), id)
	body = status.AppendJSON(append(body, `,"status":`...))
	return c.json(append(body, '}'))
}

// taskSegments is GET task/{id}/segments, which Druid keeps for old clients only.
func taskSegments(c *call) error {
	id, err := c.taskID()
	if err != nil {
		return err
	}
	if _, err := c.Tasks.Status(c.r.Context(), id); err != nil {
		return err
	}
	return simple(404, "Segment IDs committed by a task action are not persisted anymore. "+
		"Use the metric 'segment/added/bytes' to identify the segments created by a task.")
}
