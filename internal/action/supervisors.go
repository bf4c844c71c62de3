package action

import (
	"context"
	"encoding/json"

	"ovate/internal/metadata"
)

// Supervisors are what makes the tasks that read streams, and answers them. Who asks is active, and known from its submission.
type Supervisors interface {
	// Reset has the supervisor that a task is of read on from the place that it names, in the JSON of commit metadata; without one it forgets how far
	// the stream of the task's data source was read. It answers whether there is such a supervisor.
	Reset(ctx context.Context, by Identity, to json.RawMessage) (bool, error)
	// CheckPoint has a supervisor tell the tasks of a group how far each is to publish, as one of them, which asks, has read enough that began at this
	// place. It answers whether there is such a supervisor.
	CheckPoint(ctx context.Context, by Identity, id string, group int, from json.RawMessage) (bool, error)
	// Upgraded tells, once a task has replaced time chunks, of the ids under its version as which is to be seen what is being appended there: whoever
	// appends it shows it as these, too. It comes again when the publication is sent again, and must return quickly.
	Upgraded(ids []metadata.PendingRow)
}

// nobody is Supervisors where there are none.
type nobody struct{}

func (nobody) Reset(context.Context, Identity, json.RawMessage) (bool, error) { return false, nil }
func (nobody) CheckPoint(context.Context, Identity, string, int, json.RawMessage) (bool, error) {
	return false, nil
}
func (nobody) Upgraded([]metadata.PendingRow) {}

// ResetDataSourceMetadata asks a supervisor to read a stream from another place, which undoes what others have read. It answers whether there is such a
// supervisor: for a data source that is not the task's there is none. (Druid resets any, and that for a task that has ended, too.)
type ResetDataSourceMetadata struct {
	DataSource string          `json:"dataSource"`
	Reset      json.RawMessage `json:"resetMetadata,omitempty"`
}

// Type is resetDataSourceMetadata.
func (ResetDataSourceMetadata) Type() string { return "resetDataSourceMetadata" }

func (ResetDataSourceMetadata) check(given fields) error { return given.need("dataSource") }

// Perform asks.
func (a ResetDataSourceMetadata) Perform(ctx context.Context, box *Box, by Identity) (bool, error) {
	if a.DataSource != by.DataSource {
		return false, nil
	}
	to := a.Reset
	if string(to) == "null" {
		to = nil
	}
	return box.Supervisors.Reset(ctx, by, to)
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
func (a CheckPointDataSourceMetadata) Perform(ctx context.Context, box *Box, by Identity) (bool, error) {
	return box.Supervisors.CheckPoint(ctx, by, a.SupervisorID, a.TaskGroupID, a.CheckPoint)
}
