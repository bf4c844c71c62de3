package intake

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"

	"ovate/druid"
)

// KeyLabels is the context key of ours under which a task has its labels: an object of texts. Druid and its workers carry it along and do not look at it.
const KeyLabels = "ovateLabels"

// Bounds of labels: how many a task may have, and how they are written.
const mostLabels = 32

var (
	labelKey   = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._/-]{0,61}[A-Za-z0-9])?$`)
	labelValue = regexp.MustCompile(`^[A-Za-z0-9._:@+/-]{0,63}$`)
)

// LabelFault tells what is wrong with a label; empty if nothing is.
func LabelFault(key, value string) string {
	switch {
	case !labelKey.MatchString(key):
		return fmt.Sprintf("the key [%.80s] must be 1 to 63 letters, digits, '.', '_', '-' or '/' of ASCII, and begin and end with a letter or digit", key)
	case !labelValue.MatchString(value):
		return fmt.Sprintf("the value [%.80s] must be at most 63 letters, digits or '.', '_', '-', '/', ':', '@', '+' of ASCII", value)
	}
	return ""
}

// labelFaults are what is wrong with the labels in a context.
func labelFaults(c *druid.Context) (faults []Fault) {
	value, has := c.Get(KeyLabels)
	if !has || string(value) == "null" {
		return nil
	}
	const at = "/context/" + KeyLabels
	var labels map[string]string
	if json.Unmarshal(value, &labels) != nil {
		return []Fault{{at, "must be an object whose values are texts"}}
	}
	if len(labels) > mostLabels {
		return []Fault{{at, fmt.Sprintf("must have at most %d labels, but has %d", mostLabels, len(labels))}}
	}
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		if fault := LabelFault(key, labels[key]); fault != "" {
			faults = append(faults, Fault{at, fault})
		}
	}
	return faults
}

// Labels are those that a task's JSON has; none where they cannot be read.
func Labels(document []byte) map[string]string {
	var task struct {
		Context struct {
			Labels map[string]string `json:"ovateLabels"`
		} `json:"context"`
	}
	if json.Unmarshal(document, &task) != nil {
		return nil
	}
	return task.Context.Labels
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
