package runnertest

import (
	"context"
	"encoding/json"
	"io"
	"os"

	"ovate/druid"
	"ovate/internal/task"
)

// Kit is what tasks need that write nothing but to a staging folder.
func Kit(staging string, location druid.TaskLocation) *task.Kit {
	return &task.Kit{Storage: storage{staging}, Logs: logs{io.Discard}, Location: location}
}

// storage has a staging folder and stores nothing.
type storage struct{ staging string }

func (s storage) Staging() string { return s.staging }
func (s storage) Push(context.Context, string, druid.DataSegment, string) (json.RawMessage, error) {
	return nil, os.ErrInvalid
}
func (s storage) Keeps(json.RawMessage) error                           { return os.ErrInvalid }
func (s storage) Delete(context.Context, json.RawMessage) error         { return os.ErrInvalid }
func (s storage) Exists(context.Context, json.RawMessage) (bool, error) { return false, os.ErrInvalid }

// logs forgets what it is told.
type logs struct{ io.Writer }

func (l logs) Append(string) (io.WriteCloser, error) { return l, nil }
func (l logs) PutReport(string, []byte) error        { return nil }
func (l logs) PrepareReport(string, []byte) error    { return nil }
func (l logs) AcceptReport(string) error             { return nil }
func (l logs) DropReport(string) error               { return nil }
func (l logs) Close() error                          { return nil }
