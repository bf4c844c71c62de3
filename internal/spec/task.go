package spec

import (
	"encoding/json"
	"errors"

	"ovate/druid"
)

// Document is the JSON of a task, read once. Each kind asks it for what it takes; whatever else is there is ignored, as
// Druid ignores it.
type Document struct{ root value }

// Read reads a task of any kind. The error is an *Error.
func Read(raw []byte) (*Document, error) {
	tree, err := decodeTree(raw)
	if err != nil {
		return nil, &Error{Path: whole, Problem: "is no valid JSON: " + err.Error()}
	}
	if tree.kind != object {
		return nil, &Error{Path: whole, Problem: "must be an object, but is " + value{node: tree}.shown()}
	}
	return &Document{value{node: tree}}, nil
}

// Header reads what all kinds of tasks have in common. What is absent is empty.
func (d *Document) Header() (druid.Task, error) {
	r := &reader{}
	id := d.root.field("id")
	h := druid.Task{Type: r.text(d.root.field("type"), ""), ID: r.limited(id, maxID)}
	var invalid *druid.Error
	if !id.missing() && r.err == nil && errors.As(druid.ValidateID("task ID", h.ID), &invalid) {
		r.refuseAsDruid(id, "%s", invalid.Message)
	}
	if context := d.root.field("context"); r.object(context) {
		if err := h.Context.UnmarshalJSON(context.appendRaw(nil)); err != nil {
			r.refuse(context, "%v", err)
		}
		if _, err := h.Context.Int("priority", 0); err != nil {
			r.refuse(context.field("priority"), "must be a whole number, but is %s", context.field("priority").shown())
		}
	}
	return h, r.failure()
}

// Group reads the group of a task, which only some kinds may choose.
func (d *Document) Group() (string, error) {
	r := &reader{}
	return r.limited(d.root.field("groupId"), maxID), r.failure()
}

// Resource reads what a task asks of a worker. One that asks for nothing is told apart by a capacity of 0.
func (d *Document) Resource() (druid.Resource, error) {
	r := &reader{}
	v := d.root.field("resource")
	if !r.object(v) {
		return druid.Resource{}, r.failure()
	}
	group, slots := v.field("availabilityGroup"), v.field("requiredCapacity")
	if group.missing() {
		r.refuse(group, "is missing: it is the name of the tasks that should not share a worker with this one, usually the task's id")
	}
	resource := druid.Resource{AvailabilityGroup: r.limited(group, maxID), RequiredCapacity: r.int(slots, 0)}
	r.atLeast(slots, 1, resource.RequiredCapacity)
	return resource, r.failure()
}

// Ingestion reads the spec of an index or index_parallel task.
func (d *Document) Ingestion(typ string) (*Ingestion, error) { return parse(typ, d.root.field("spec")) }

// Spec is the JSON of the spec as it was given, passwords included.
func (d *Document) Spec() json.RawMessage { return d.root.field("spec").appendRaw(nil) }

// Proxied tells whether a stored task was submitted through a proxy. A task that says so of itself may be right.
func (d *Document) Proxied() bool {
	r := &reader{}
	return r.boolean(d.root.field("proxied"), false)
}

// Noop is what a noop task is asked to do.
type Noop struct {
	DataSource string // empty: none was given
	RunTime    int64  // milliseconds, 0 unless given
}

// Noop reads the fields of a noop task.
func (d *Document) Noop() (Noop, error) {
	r := &reader{}
	n := Noop{DataSource: r.limited(d.root.field("dataSource"), MaxDataSource), RunTime: r.long(d.root.field("runTime"), 0)}
	r.long(d.root.field("isReadyTime"), 0) // has had no effect since Druid 31
	return n, r.failure()
}
