package action

import (
	"context"
	"encoding/json"
)

// UpdateStatus tells the Overlord how a task has ended. It answers nothing and changes nothing, as in a Druid whose tasks run on workers: these
// tell the same themselves.
type UpdateStatus struct {
	Status     string          `json:"status,omitempty"`
	StatusFull json.RawMessage `json:"statusFull,omitempty"`
}

// Type is updateStatus.
func (UpdateStatus) Type() string { return "updateStatus" }

// Perform does nothing.
func (UpdateStatus) Perform(context.Context, *Box, Identity) (Nothing, error) { return Nothing{}, nil }

// UpdateLocation tells the Overlord where a task runs. It answers nothing and changes nothing, as UpdateStatus.
type UpdateLocation struct {
	Location     json.RawMessage `json:"location,omitempty"`
	TaskLocation json.RawMessage `json:"taskLocation,omitempty"` // what Druid 33 sends
}

// Type is updateLocation.
func (UpdateLocation) Type() string { return "updateLocation" }

// Perform does nothing.
func (UpdateLocation) Perform(context.Context, *Box, Identity) (Nothing, error) {
	return Nothing{}, nil
}

// ResetDataSourceMetadata asks a supervisor to read a stream from another place. It answers whether there is such a supervisor: here there are none.
type ResetDataSourceMetadata struct {
	DataSource string          `json:"dataSource"`
	Reset      json.RawMessage `json:"resetMetadata,omitempty"`
}

// Type is resetDataSourceMetadata.
func (ResetDataSourceMetadata) Type() string { return "resetDataSourceMetadata" }

func (ResetDataSourceMetadata) check(given fields) error { return given.need("dataSource") }

// Perform answers false.
func (ResetDataSourceMetadata) Perform(context.Context, *Box, Identity) (bool, error) {
	return false, nil
}

// CheckPointDataSourceMetadata asks a supervisor where the tasks of a group may publish. It answers whether there is such a supervisor: here there
// are none.
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

// Perform answers false.
func (CheckPointDataSourceMetadata) Perform(context.Context, *Box, Identity) (bool, error) {
	return false, nil
}
