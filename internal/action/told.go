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
