package api

import (
	"encoding/json"
	"net/http"

	"ovate/druid"
)

// maxIDs is how many tasks one call may ask for.
const maxIDs = 100_000

// taskStatuses is POST taskStatus: of a list of ids, the statuses of those that are known, as an object by id.
// It is the busiest call inside a Druid cluster: workers and running tasks poll it.
func taskStatuses(c *call) error {
	document, err := c.body()
	if err != nil {
		return err
	}
	ids, err := taskIDs(document)
	if err != nil {
		return err
	}
	if len(ids) == 0 {
		return bare(http.StatusBadRequest, contentJSON, "No Task IDs provided.")
	}
	if len(ids) > maxIDs {
		return simple(http.StatusRequestEntityTooLarge, "Request body has %d task ids, but one call may have at most %d: ask in several.", len(ids), maxIDs)
	}
	return c.stream("{", "}", func(s *stream) error {
		return c.Tasks.Statuses(c.r.Context(), ids, func(status druid.TaskStatus) error {
			entry := append(druid.AppendString(s.Next(), status.ID), ':')
			s.Put(status.AppendJSON(entry))
			return nil
		})
	})
}

// taskIDs reads an array of ids, each once, in the order given. Numbers and booleans pass as the text they are written
// as, like in Druid; no task has such an id as a rule, so they are unknown rather than wrong.
func taskIDs(document []byte) ([]string, error) {
	if document == nil || string(document) == "null" {
		return nil, nil
	}
	var elements []json.RawMessage
	if err := json.Unmarshal(document, &elements); err != nil {
		return nil, badRequest("Request body is %s. It must be an array of task ids.", jsonKind(document))
	}
	ids := make([]string, 0, len(elements))
	seen := make(map[string]bool, len(elements))
	for i, element := range elements {
		id := string(element)
		switch element[0] {
		case '"':
			if err := json.Unmarshal(element, &id); err != nil {
				return nil, badRequest("Task id at position %d is not a text: %v.", i, err)
			}
		case '{', '[', 'n':
			return nil, badRequest("Task id at position %d is %s. It must be a text.", i, jsonKind(element))
		}
		if !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	return ids, nil
}
