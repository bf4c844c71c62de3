package intake

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"ovate/druid"
	"ovate/internal/supervisor"
	"ovate/internal/task"
)

// fields are those of a task's JSON, each as it came.
type fields struct{ fields map[string]json.RawMessage }

func fieldsOf(document []byte) (fields, error) {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(document, &all); err != nil || all == nil {
		return fields{}, &Invalid{[]Fault{{"", `must be a task: a JSON object with a "type"`}}}
	}
	return fields{all}, nil
}

// set gives a field a text.
func (f fields) set(name, text string) { f.fields[name] = druid.AppendString(nil, text) }

// setContext gives a key of the context a text.
func (f fields) setContext(key, text string) error {
	return f.setContextJSON(key, druid.AppendString(nil, text))
}

// setContextJSON gives a key of the context a value.
func (f fields) setContextJSON(key string, value json.RawMessage) error {
	context := map[string]json.RawMessage{}
	if given := f.fields["context"]; given != nil {
		if err := json.Unmarshal(given, &context); err != nil {
			return &Invalid{[]Fault{{"/context", "must be an object"}}}
		}
		if context == nil {
			context = map[string]json.RawMessage{}
		}
	}
	context[key] = value
	f.fields["context"] = fields{context}.json()
	return nil
}

// json writes the fields, in the order of their names.
func (f fields) json() []byte {
	text := []byte{'{'}
	for i, name := range slices.Sorted(maps.Keys(f.fields)) {
		if i > 0 {
			text = append(text, ',')
		}
		text = append(druid.AppendString(text, name), ':')
		text = append(text, f.fields[name]...)
	}
	return append(text, '}')
}

// kindFault refuses what is no task, or none that can run here; nil if it is one.
func kindFault(document []byte, places task.Places) error {
	all, err := fieldsOf(document)
	if err != nil {
		return err
	}
	fault := func(format string, args ...any) error {
		return &Invalid{[]Fault{{"/type", fmt.Sprintf(format, args...)}}}
	}
	var kind string
	switch err := json.Unmarshal(all.fields["type"], &kind); {
	case err != nil || kind == "":
		return fault("must be a text, one of [%s]", strings.Join(task.Types(), ", "))
	case slices.Contains(task.Types(), kind):
		return nil
	case supervisor.Known(kind), supervisor.IsSpec(kind, all.fields):
		return fault("is that of a supervisor, and no task's: submit it to POST /druid/indexer/v1/supervisor")
	case places.Workers:
		return nil // workers may know more types
	case slices.Contains(task.DruidTypes(), kind):
		return fault("is a type of Druid's that cannot be run in this version: it must be one of [%s]", strings.Join(task.Types(), ", "))
	}
	return fault("is not known: it must be one of [%s]", strings.Join(task.Types(), ", "))
}
