package druid

import (
	"fmt"

	"ovate/internal/jsontext"
)

// TaskStatusPlus is the status of a task as the API tells it. Empty texts are written as null.
type TaskStatusPlus struct {
	ID, GroupID, Type string
	Created           Instant
	QueueInserted     Instant // the epoch unless the runner told
	State             TaskState
	Runner            RunnerState
	Duration          int64 // milliseconds, -1 until known
	Location          TaskLocation
	DataSource        string
	ErrorMsg          string
}

// AppendJSON appends the twelve keys in Druid's order; the state appears twice, as statusCode and as status.
func (s *TaskStatusPlus) AppendJSON(dst []byte) []byte {
	dst = appendStringField(dst, `{"id":`, s.ID)
	dst = appendNullableField(dst, `,"groupId":`, s.GroupID)
	dst = appendNullableField(dst, `,"type":`, s.Type)
	dst = s.Created.AppendTo(append(dst, `,"createdTime":"`...))
	dst = s.QueueInserted.AppendTo(append(dst, `","queueInsertionTime":"`...))
	dst = appendNullableField(dst, `","statusCode":`, string(s.State))
	dst = appendNullableField(dst, `,"status":`, string(s.State))
	dst = appendNullableField(dst, `,"runnerStatusCode":`, string(s.Runner))
	dst = appendIntField(dst, `,"duration":`, s.Duration)
	dst = s.Location.AppendJSON(append(dst, `,"location":`...))
	dst = appendNullableField(dst, `,"dataSource":`, s.DataSource)
	dst = appendNullableField(dst, `,"errorMsg":`, s.ErrorMsg)
	return append(dst, '}')
}

// MarshalJSON writes what AppendJSON writes.
func (s TaskStatusPlus) MarshalJSON() ([]byte, error) { return s.AppendJSON(nil), nil }

// UnmarshalJSON takes what AppendJSON writes; statusCode counts, status does when it is absent.
func (s *TaskStatusPlus) UnmarshalJSON(b []byte) error {
	wire := struct {
		ID            string        `json:"id"`
		GroupID       string        `json:"groupId"`
		Type          string        `json:"type"`
		Created       Instant       `json:"createdTime"`
		QueueInserted Instant       `json:"queueInsertionTime"`
		StatusCode    TaskState     `json:"statusCode"`
		Status        TaskState     `json:"status"`
		Runner        RunnerState   `json:"runnerStatusCode"`
		Duration      int64         `json:"duration"`
		Location      *TaskLocation `json:"location"`
		DataSource    string        `json:"dataSource"`
		ErrorMsg      string        `json:"errorMsg"`
	}{Duration: -1}
	if err := jsontext.Unmarshal(b, &wire); err != nil {
		return fmt.Errorf("task status: %w", err)
	}
	*s = TaskStatusPlus{
		ID: wire.ID, GroupID: wire.GroupID, Type: wire.Type,
		Created: wire.Created, QueueInserted: wire.QueueInserted,
		State: wire.StatusCode, Runner: wire.Runner, Duration: wire.Duration,
		Location: UnknownLocation, DataSource: wire.DataSource, ErrorMsg: wire.ErrorMsg,
	}
	if s.State == "" {
		s.State = wire.Status
	}
	if wire.Location != nil {
		s.Location = *wire.Location
	}
	return nil
}
