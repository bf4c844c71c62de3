package api

import (
	"encoding/json"
	"slices"

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

// isSupervisor tells whether a document that is no known task is a supervisor spec: by its type, or by fields that only
// specs of streaming supervisors have.
func isSupervisor(kind string, fields map[string]json.RawMessage) bool {
	if slices.Contains([]string{"kafka", "kinesis", "rabbit", "autocompact", "scheduled_batch", "NoopSupervisorSpec"}, kind) {
		return true
	}
	if _, there := fields["suspended"]; there {
		return true
	}
	var spec, ioConfig map[string]json.RawMessage
	if json.Unmarshal(fields["spec"], &spec) != nil || spec == nil {
		spec = fields // the older form has no "spec" around its parts
	}
	if json.Unmarshal(spec["ioConfig"], &ioConfig) != nil {
		return false
	}
	for _, field := range []string{"topic", "topicPattern", "stream", "taskCount", "taskDuration", "replicas"} {
		if _, there := ioConfig[field]; there {
			return true
		}
	}
	return false
}
