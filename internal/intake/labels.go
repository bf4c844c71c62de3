package intake

import (
	"encoding/json"
	"maps"
	"slices"

	"ovate/druid"
	"ovate/internal/label"
)

// labelFaults are what is wrong with the labels in a context.
func labelFaults(c *druid.Context) (faults []Fault) {
	value, has := c.Get(label.Key)
	if !has || string(value) == "null" {
		return nil
	}
	const at = "/context/" + label.Key
	var labels map[string]string
	if json.Unmarshal(value, &labels) != nil {
		return []Fault{{at, "must be an object whose values are texts"}}
	}
	for _, fault := range label.Faults(labels) {
		faults = append(faults, Fault{at, fault})
	}
	return faults
}

// With is the JSON of a task with another id, unless that is empty, and with values in its context. The error is an *Invalid.
func With(document []byte, id string, context map[string]any) ([]byte, error) {
	task, err := fieldsOf(document)
	if err != nil {
		return nil, err
	}
	if id != "" {
		task.set("id", id)
	}
	for _, key := range slices.Sorted(maps.Keys(context)) {
		value, err := json.Marshal(context[key])
		if err != nil {
			return nil, err
		}
		if err := task.setContextJSON(key, value); err != nil {
			return nil, err
		}
	}
	return task.json(), nil
}
