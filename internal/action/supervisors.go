package action

import (
	"context"
	"encoding/json"
)

// Supervisors are what makes the tasks that read streams, and answers them.
type Supervisors interface {
	// Reset has the supervisor of a data source read on from the place that a task names, in the JSON of commit metadata; without one it forgets how
	// far the stream was read. It answers whether there is such a supervisor.
	Reset(ctx context.Context, dataSource string, to json.RawMessage) (bool, error)
	// CheckPoint has a supervisor tell the tasks of a group how far each is to publish, as one of them has read enough that began at this place. It
	// answers whether there is such a supervisor.
	CheckPoint(ctx context.Context, id string, group int, from json.RawMessage) (bool, error)
}

// nobody is Supervisors where there are none.
type nobody struct{}

func (nobody) Reset(context.Context, string, json.RawMessage) (bool, error) { return false, nil }
func (nobody) CheckPoint(context.Context, string, int, json.RawMessage) (bool, error) {
	return false, nil
}

// ResetDataSourceMetadata asks a supervisor to read a stream from another place. It answers whether there is such a supervisor.
type ResetDataSourceMetadata struct {
	DataSource string          `json:"dataSource"`
	Reset      json.RawMessage `json:"resetMetadata,omitempty"`
}

// Type is resetDataSourceMetadata.
func (ResetDataSourceMetadata) Type() string { return "resetDataSourceMetadata" }

func (ResetDataSourceMetadata) check(given fields) error { return given.need("dataSource") }

// Perform asks.
func (a ResetDataSourceMetadata) Perform(ctx context.Context, box *Box, _ Identity) (bool, error) {
	to := a.Reset
	if string(to) == "null" {
		to = nil
	}
	return box.Supervisors.Reset(ctx, a.DataSource, to)
}

// CheckPointDataSourceMetadata asks a supervisor where the tasks of a group may publish. It answers whether there is such a supervisor.
type CheckPointDataSourceMetadata struct {
	SupervisorID string          `json:"supervisorId"`
	TaskGroupID  int             `json:"taskGroupId"`
	CheckPoint   json.RawMessage `json:"checkpointMetadata"`
}

// Type is checkPointDataSourceMetadata.
func (CheckPointDataSourceMetadata) Type() string { return "checkPointDataSourceMetadata" }

func (CheckPointDataSourceMetadata) check(given fields) error {
	return given.need("supervisorId", "taskGroupId", "checkpointMetadata")
}

// Perform asks.
func (a CheckPointDataSourceMetadata) Perform(ctx context.Context, box *Box, _ Identity) (bool, error) {
	return box.Supervisors.CheckPoint(ctx, a.SupervisorID, a.TaskGroupID, a.CheckPoint)
}
