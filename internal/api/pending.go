package api

import (
	"errors"
	"strconv"

	"ovate/druid"
)

// deletePendingSegments is DELETE pendingSegments/{dataSource}: it removes the ids that were handed out for segments
// and never used. With `interval` those that were handed out within it, which must end before the oldest active task of
// the data source was submitted; without, all that are older than that task.
func deletePendingSegments(c *call) error {
	q, err := c.query()
	if err != nil {
		return err
	}
	created, err := q.interval("interval")
	if err != nil {
		return err
	}
	deleted, err := c.Tasks.DeletePending(c.r.Context(), c.params[0], created)
	var deliberate *druid.Error
	if errors.As(err, &deliberate) { // here Druid answers the message alone
		return simple(deliberate.HTTPStatus(), "%s", deliberate.Message)
	}
	if err != nil {
		return err
	}
	return c.json(append(strconv.AppendInt([]byte(`{"numDeleted":`), int64(deleted), 10), '}'))
}
