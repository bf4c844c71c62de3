package intake

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"

	"ovate/druid"
	"ovate/internal/room"
	"ovate/internal/task"
)

const (
	// mostAgain is how many bytes of tasks an Intake submits again, unless it is one task.
	mostAgain = 256 << 20
	// againCost is about how many copies of a task that takes.
	againCost = 8
)

// Retry submits what is stored of a task that has ended once more, under a new id, and returns that. The context of the new one tells which it came of. The error is
// queue.ErrNotFound, an *Invalid if the task has not ended, is part of another one or reads a stream, or one of Submit.
func (i *Intake) Retry(ctx context.Context, id string) (string, error) {
	status, err := i.Tasks.Status(ctx, id)
	if err != nil {
		return "", err
	}
	cannot := func(why string) (string, error) {
		return "", &Invalid{[]Fault{{"", fmt.Sprintf("task[%s] %s", id, why)}}}
	}
	switch kind := task.KindOf(status.Type); {
	case status.State != druid.Success && status.State != druid.Failed:
		return cannot("has not ended")
	case kind.ReadsStream():
		return cannot("reads a stream: its supervisor submits another one")
	case kind.Part:
		return cannot(fmt.Sprintf("is part of task[%s]: submit that again", status.GroupID))
	}
	size, err := i.Tasks.PayloadSize(ctx, id)
	if err != nil {
		return "", err
	}
	if i.again.Add(size) > mostAgain && size < i.again.Load() {
		return "", druid.CapacityExceeded("One request submits no more than %d MiB of tasks again: send another one for task[%s] and those behind", mostAgain>>20, id)
	}
	memory := room.From(ctx).Beside()
	defer memory.Release()
	if err := memory.Bytes(ctx, againCost*size); err != nil {
		return "", err
	}
	stored, err := i.Tasks.Stored(ctx, id)
	if err != nil {
		return "", err
	}
	again, err := fieldsOf(stored)
	if err != nil {
		return cannot("cannot be read: what is stored of it is no JSON object")
	}
	for name, own := range map[string]string{"id": id, "groupId": id} {
		if string(again.fields[name]) == string(druid.AppendString(nil, own)) {
			delete(again.fields, name)
		}
	}
	var resource map[string]json.RawMessage
	if json.Unmarshal(again.fields["resource"], &resource) == nil && string(resource["availabilityGroup"]) == string(druid.AppendString(nil, id)) {
		delete(again.fields, "resource") // it was completed with the id
		if slots := resource["requiredCapacity"]; slots != nil && string(slots) != "1" {
			return cannot("takes " + string(slots) + " slots, under a name that is its own: submit it with another id")
		}
	}
	again.dropOwn()
	if err := again.setContext(keyRetryOf, id); err != nil {
		return cannot("cannot be read: its context is no object")
	}
	next, _, err := i.Submit(ctx, again.json(), "")
	return next, err
}

// dropOwn takes out of the context what says how the task was handed in.
func (f fields) dropOwn() {
	var context map[string]json.RawMessage
	if json.Unmarshal(f.fields["context"], &context) == nil {
		maps.DeleteFunc(context, func(key string, _ json.RawMessage) bool { return IsOwn(key) })
		f.fields["context"] = fields{context}.json()
	}
}
