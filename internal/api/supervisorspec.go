package api

import (
	"encoding/json"

	"ovate/internal/task"
)

// submitSupervisor is POST supervisor.
func submitSupervisor(c *call) error {
	document, err := c.body()
	if err != nil {
		return err
	}
	if document == nil {
		return badRequest(`Request body is empty. It must be a supervisor spec: a JSON object with a "type".`)
	}
	var spec struct {
		Type string `json:"type"`
	}
	if err := json.Unmarshal(document, &spec); err != nil || spec.Type == "" {
		return badRequest(`Request body must be a supervisor spec: a JSON object whose "type" is a text.`)
	}
	return noSupervisors(spec.Type)
}

func noSupervisors(kind string) error {
	return badRequest("A supervisor spec of type [%s] cannot be run in this version, which has no supervisors. "+
		"Submit a batch task: its type is one of %s.", kind, list(task.Types()))
}
