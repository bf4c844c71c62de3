package api

import (
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
	payload, err := c.Tasks.Payload(c.r.Context(), id)
	if err != nil {
		return err
	}
	body := druid.AppendString(append(make([]byte, 0, len(payload)+len(id)+32), `{"task":`...), id)
	body = append(append(body, `,"payload":`...), payload...)
	return c.json(append(body, '}'))
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
