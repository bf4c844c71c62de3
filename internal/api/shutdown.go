package api

import (
	"net/http"

	"ovate/internal/queue"
)

// The error message that a task ends with when a client ends it.
const shutdownReason = queue.ShutdownReason

// shutdownTask is POST task/{id}/shutdown. The task has failed, and its slot is free, when the answer comes.
// For a task that is over already it is 200 as well, and nothing happens.
func shutdownTask(c *call) error {
	id, err := c.taskID()
	if err != nil {
		return err
	}
	if err := c.Tasks.Shutdown(c.r.Context(), id, shutdownReason); err != nil {
		return err
	}
	return c.pair("task", id)
}

// shutdownAllTasks is POST datasources/{dataSource}/shutdownAllTasks. A data source without active tasks is an empty 404.
func shutdownAllTasks(c *call) error {
	dataSource := c.params[0]
	ended, err := c.Tasks.ShutdownAll(c.r.Context(), dataSource, shutdownReason)
	if err != nil {
		return err
	}
	if len(ended) == 0 {
		return empty(http.StatusNotFound)
	}
	return c.pair("dataSource", dataSource)
}
