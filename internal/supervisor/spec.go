package supervisor

import (
	"encoding/json"
	"slices"
)

// IsSpec tells whether a document that is no known task is the spec of a supervisor: by its type, or by fields that only
// specs of streaming supervisors have.
func IsSpec(kind string, fields map[string]json.RawMessage) bool {
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
