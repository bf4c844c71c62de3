package druid

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
