package remote

import (
	"errors"
	"fmt"

	"ovate/druid"
	"ovate/internal/jsontext"
	"ovate/internal/smile"
)

// counter is a place in the history of a worker's changes. The hash is the worker's own and tells its histories apart.
type counter struct {
	Counter int64 `json:"counter"`
	Hash    int64 `json:"hash"`
}

// snapshot is a worker's answer: all that there is, or what changed since a counter.
type snapshot struct {
	Reset    bool     `json:"resetCounter"` // the worker cannot tell what changed: ask for all
	Cause    string   `json:"resetCause"`
	Counter  *counter `json:"counter"`
	Requests []item   `json:"requests"`
}

// item is one change.
type item struct {
	Type         string        `json:"type"`
	Disabled     bool          `json:"disabled"`         // of "metadata"
	Announcement *announcement `json:"taskAnnouncement"` // of "taskUpdate"
	TaskID       string        `json:"taskId"`           // of "taskRemoval"
}

// The types of items.
const (
	metadataItem = "metadata"
	updateItem   = "taskUpdate"
	removalItem  = "taskRemoval"
)

// announcement is what a worker says of a task.
type announcement struct {
	ID         string             `json:"id"`
	Type       string             `json:"type"`
	Status     druid.TaskStatus   `json:"taskStatus"` // without its location
	Resource   druid.Resource     `json:"taskResource"`
	Location   druid.TaskLocation `json:"taskLocation"`
	DataSource string             `json:"taskDataSource"`
}

// maxAnswer is the most bytes that a worker's answer may have, as JSON.
const maxAnswer = 64 << 20

// decodeSnapshot reads a worker's answer, in either of the forms that workers write.
func decodeSnapshot(body []byte) (*snapshot, error) {
	if len(body) > 0 && body[0] == ':' {
		var err error
		body, err = smile.Decode(body, func(size int) error {
			if size > maxAnswer {
				return fmt.Errorf("an answer of more than %d bytes", maxAnswer)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	var s snapshot
	if err := jsontext.Unmarshal(body, &s); err != nil {
		return nil, fmt.Errorf("%w in %.200q", err, body)
	}
	if s.Reset {
		return &s, nil
	}
	if s.Counter == nil {
		return nil, errors.New("counter is missing")
	}
	for i := range s.Requests {
		if err := s.Requests[i].check(); err != nil {
			return nil, fmt.Errorf("requests[%d]: %w", i, err)
		}
	}
	return &s, nil
}

// check refuses what cannot be understood, as a task might be lost with it, and fills in what may be missing.
func (i *item) check() error {
	switch i.Type {
	case metadataItem:
	case removalItem:
		if i.TaskID == "" {
			return errors.New("taskId is missing")
		}
	case updateItem:
		a := i.Announcement
		if a == nil || a.ID == "" {
			return errors.New("taskAnnouncement.id is missing")
		}
		switch a.Status.State {
		case druid.Running, druid.Success, druid.Failed:
		default:
			return fmt.Errorf("task[%s]: taskStatus.status is %q", a.ID, a.Status.State)
		}
		a.Status.ErrorMsg = druid.TruncateErrorMsg(a.Status.ErrorMsg)
		a.Resource.RequiredCapacity = max(a.Resource.RequiredCapacity, 1)
		if a.Location.Host == "" {
			a.Location = druid.UnknownLocation
		}
	default:
		return fmt.Errorf("type is %q", i.Type)
	}
	return nil
}
