// Package assignment knows what tasks that read a stream are to do, as specs say it, and makes and reads their JSON, as far as both are the same for whatever
// stream. A kind of streams brings its Notation, and what stands in an ioConfig.
package assignment

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"

	"ovate/druid"
	"ovate/internal/spec"
	"ovate/internal/supervisor"
	"ovate/internal/supervisor/document"
	"ovate/internal/supervisor/form"
	"ovate/internal/supervisor/plan"
)

// Assignment is what a spec has tasks do with records.
type Assignment struct {
	// DataSource is what they write to.
	DataSource string

	dataSchema, inputFormat, context json.RawMessage
	tuning                           document.Value
	schemaForm, tuningForm           any
}

// ReadSchema reads of a spec which columns the data has, and how records are read.
func (a *Assignment) ReadSchema(parts document.Value) {
	schema, format := parts.Field("dataSchema"), parts.Field("ioConfig").Field("inputFormat")
	a.dataSchema, a.inputFormat = schema.Raw(), format.Raw()
	a.DataSource, _ = schema.Field("dataSource").Text()
	a.schemaForm = form.Schema(schema)
	switch {
	case !format.Missing():
		form.CheckFormat(format)
	case schema.Field("parser").Missing():
		format.Refuse(`is missing: it must be an object with a type, such as {"type":"json"}`)
	}
}

// ReadTuning reads a tuningConfig, which may be missing, of a type.
func (a *Assignment) ReadTuning(v document.Value, typ string) {
	if v.Object() {
		v.Field("type").MustBe(typ)
	}
	a.tuning, a.tuningForm = v, form.Tuning(v)
}

// ReadContext reads that of the tasks, which may be missing.
func (a *Assignment) ReadContext(v document.Value) {
	if v.Object() {
		a.context = v.Raw()
	}
}

// CheckContext refuses, of a spec that is submitted, a context that its tasks cannot have. The error is a *document.Error.
func (a *Assignment) CheckContext() error {
	all := new(druid.Context)
	if err := all.UnmarshalJSON(a.context); err != nil {
		return &document.Error{Field: "context", Problem: err.Error()}
	}
	if fault := spec.ContextFault(all); fault != "" {
		return &document.Error{Field: "context", Problem: fault}
	}
	return nil
}

// Current tells whether a task does with records what the spec says: whether its dataSchema and its tuningConfig mean the same. Whether it reads what it should is
// told by Read.
func (a *Assignment) Current(task []byte) bool {
	root, err := document.Parse(task, "a task")
	if err != nil {
		return false
	}
	return reflect.DeepEqual(form.Schema(root.Field("dataSchema")), a.schemaForm) && reflect.DeepEqual(form.Tuning(root.Field("tuningConfig")), a.tuningForm)
}

// Sequence is the name that tasks of a type have in common which read the same: that of those which there are, or a new one. It is the same for the same
// beginning, so that segments of a task that was lost are not allocated again for the one that reads the same in its place. The error is a *document.Error.
func (a *Assignment) Sequence(taskType string, c plan.Create, n Notation) (string, error) {
	if c.Sequence != "" {
		return c.Sequence, nil
	}
	said, err := json.Marshal([]any{a.schemaForm, a.tuningForm})
	if err != nil {
		return "", fmt.Errorf("naming a sequence: %w", err)
	}
	names, err := sorted(c.Start, n)
	if err != nil {
		return "", err
	}
	for _, name := range names {
		said = fmt.Appendf(said, "+%s(%s)", name, c.Start[name])
	}
	for _, t := range []*druid.Instant{c.Earliest, c.Latest} {
		if said = append(said, '/'); t != nil {
			said = t.AppendTo(said)
		}
	}
	return supervisor.SequenceName(taskType, a.DataSource, said), nil
}

// sorted are the partitions of some offsets, in their order.
func sorted(offsets plan.Offsets, n Notation) (names []string, err error) {
	for name := range offsets {
		if _, err := n.Partition(name); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	slices.SortFunc(names, n.Compare)
	return names, nil
}
