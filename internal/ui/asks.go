package ui

import (
	"context"
	"encoding/json"
	"io"

	"ovate/druid"
	"ovate/internal/audit"
	"ovate/internal/datasource"
	"ovate/internal/intake"
	"ovate/internal/inventory"
	"ovate/internal/lockbox"
	"ovate/internal/queue"
	"ovate/internal/runner"
	"ovate/internal/supervisor"
	"ovate/segment"
)

// Tasks is what pages ask of the queue of tasks.
type Tasks interface {
	Followed
	intake.Tasks
	Shutdown(ctx context.Context, id, reason string) error
	Why(ctx context.Context, id string) (*queue.Wait, error)
	TaskLocks(id string) []druid.TaskLock
	Page(ctx context.Context, q queue.PageQuery) (queue.Page, error)
	Counts(dataSource string) queue.Counts
	PayloadSize(ctx context.Context, id string) (int64, error)
	Payload(ctx context.Context, id string) ([]byte, error)
	Log(ctx context.Context, id string, offset int64) (io.ReadCloser, error)
	Report(ctx context.Context, id string) (io.ReadCloser, error)
	Workers() []runner.Worker
	Capacity() runner.Capacity
}

// Locks is what pages ask of the lockbox.
type Locks interface {
	DataSources() []string
	Held(dataSource string, most int) []lockbox.Held
}

// Supervisors are those that are stored and were not terminated.
type Supervisors interface {
	All() []*supervisor.Supervisor
	Get(id string) (*supervisor.Supervisor, error)
	History(ctx context.Context, id string, most int, may func(dataSource string) bool, fn func(supervisor.Version) error) error
	Submit(ctx context.Context, spec []byte, unlessSame bool) (*supervisor.Supervisor, error)
	Suspend(ctx context.Context, id string, suspended bool) (*supervisor.Supervisor, error)
	Terminate(ctx context.Context, id string) error
	ResetOffsets(ctx context.Context, id string, to json.RawMessage) error
	RunNow(ctx context.Context, id string) (task string, err error)
	By(ctx context.Context, id string) (string, error)
}

// Segments changes which segments are used.
type Segments interface {
	MarkUsed(ctx context.Context, dataSource string, f datasource.Filter) (int, error)
	MarkUnused(ctx context.Context, dataSource string, f datasource.Filter, describe func(changed int) audit.Entry) (int, error)
}

// WorkerRule lets workers take tasks, or not.
type WorkerRule interface {
	Enable(ctx context.Context, host string) error
	Disable(ctx context.Context, host string) error
}

// Inventory is what pages ask about what is stored.
type Inventory interface {
	DataSources(ctx context.Context, rows bool, fn func(*inventory.DataSource) error) error
	UnusedDataSources(ctx context.Context) ([]string, error)
	Incomplete(ctx context.Context, dataSource string) ([]druid.DataSegment, error)
	Segments(ctx context.Context, q inventory.Query, fn func(*inventory.Segment) error) error
	Unused(ctx context.Context, dataSource string, within druid.Interval, most int) ([]druid.DataSegment, error)
	Segment(ctx context.Context, dataSource, id string) (*inventory.Detail, error)
	Open(ctx context.Context, s *druid.DataSegment, fetch bool, fn func(*segment.Segment) error) error
}
