package druid

import (
	"encoding/json"
	"fmt"
)

// Task is what all kinds of tasks have in common. Absent fields of a decoded one are empty.
type Task struct {
	Type       string   `json:"type"`
	ID         string   `json:"id"`
	GroupID    string   `json:"groupId"`
	DataSource string   `json:"dataSource"`
	Resource   Resource `json:"resource"`
	Context    Context  `json:"context"`
}

// Resource is what a task asks of a worker.
type Resource struct {
	AvailabilityGroup string `json:"availabilityGroup"`
	RequiredCapacity  int    `json:"requiredCapacity"` // worker slots
}

// AppendJSON appends the resource in Druid's order.
func (r Resource) AppendJSON(dst []byte) []byte {
	dst = appendStringField(dst, `{"availabilityGroup":`, r.AvailabilityGroup)
	dst = appendIntField(dst, `,"requiredCapacity":`, int64(r.RequiredCapacity))
	return append(dst, '}')
}

// DecodeTask reads the header of a task of any kind and fills in what Druid fills in when it builds one: the group
// is the id, the availability group too, and one slot is required. Type and id stay empty if they are absent.
func DecodeTask(payload []byte) (Task, error) {
	var t Task
	if err := json.Unmarshal(payload, &t); err != nil {
		return Task{}, fmt.Errorf("task: %w", err)
	}
	t.Complete()
	return t, nil
}

// Complete fills in the fields that depend on the id, where they are empty.
func (t *Task) Complete() {
	if t.GroupID == "" {
		t.GroupID = t.ID
	}
	if t.Resource.AvailabilityGroup == "" {
		t.Resource.AvailabilityGroup = t.ID
	}
	if t.Resource.RequiredCapacity == 0 {
		t.Resource.RequiredCapacity = 1
	}
}
