// Package metadata is the seam between the engine and the database that holds Druid's metadata tables.
//
// Every implementation keeps Druid's own tables, columns and payload JSON, so that a Java Overlord on the same
// database can take over. What a store must do is fixed by the suite in metadatatest.
package metadata

import (
	"context"
	"errors"
	"fmt"

	"ovate/druid"
	"ovate/internal/timeline"
)

// Errors that callers tell apart with errors.Is. Stores wrap them with the table and the key they are about.
var (
	// ErrNotFound: no row has the key that was asked for.
	ErrNotFound = errors.New("not found")
	// ErrExists: a row with the same unique key is already there; nothing was written.
	ErrExists = errors.New("already exists")
	// ErrNotActive: the task's row is gone or final. A finished task never changes again.
	ErrNotActive = errors.New("no active task")
	// ErrClosed: the store was closed.
	ErrClosed = errors.New("metadata store is closed")
)

// Store holds the metadata. Its methods may be called from many goroutines; reads see what was committed last.
type Store interface {
	Reader

	// Update runs fn in one transaction. When it returns nil every write of fn is on disk; when it returns an error
	// none is, unless the error wraps ErrOutcomeUnknown: then all are or none, and a read that begins afterwards finds out (see
	// Settle). Concurrent calls may share one commit: an error from fn takes back the writes of that fn alone, a
	// failed commit those of all who shared it, and each of them gets the error.
	//
	// fn runs in the caller's goroutine while other transactions wait, so it must do nothing slow and must not call
	// Update itself. It may run more than once, the earlier runs taken back, so it changes nothing but what it sets anew in each
	// run. If it panics its writes are taken back. A ctx that ends before fn has begun cancels the call;
	// after that the outcome is waited for, because it could not be known otherwise.
	//
	// A fault of the store is a *TransientError, after which the same call may succeed, or a *PermanentError.
	Update(ctx context.Context, fn func(Tx) error) error

	// Close waits for running calls and releases the database. Later calls return ErrClosed.
	Close() error
}

// Reader is what can be read outside and inside of a transaction. Inside, it sees the transaction's own writes.
// An error from a callback ends the reading and is returned as it is. A row that cannot be decoded is handed on as Unreadable.
type Reader interface {
	// Task returns the whole row of one task, or ErrNotFound. Whoever needs no payload, which may be of megabytes, asks TaskStatus.
	Task(ctx context.Context, id string) (*TaskRow, error)
	// PayloadSize returns how many bytes the payload of one task has, without reading it, or ErrNotFound.
	PayloadSize(ctx context.Context, id string) (int64, error)
	// TaskStatuses returns the rows, without Payload, of those of these tasks that exist, in the order of ids.
	TaskStatuses(ctx context.Context, ids []string) ([]TaskRow, error)
	// ActiveTasks calls fn for each task that is not final, oldest first, payload included.
	// The row and its Payload are valid during the call only; its strings may be kept.
	ActiveTasks(ctx context.Context, fn func(*TaskRow) error) error
	// CompleteTasks calls fn for each final task that matches q, newest first, without Payload.
	// The row is valid during the call only; its strings may be kept. A slow fn holds nothing in the database.
	CompleteTasks(ctx context.Context, q TaskQuery, fn func(*TaskRow) error) error

	// Locks returns every lock row, in the order of their ids.
	Locks(ctx context.Context) ([]LockRow, error)

	// DataSources returns the names of the data sources that have used segments, or unused ones, in their order.
	DataSources(ctx context.Context, used bool) ([]string, error)
	// UsedSegments returns the used segments of a data source that overlap any of the intervals (nil = all of them),
	// each once, in order of interval, version and partition number.
	UsedSegments(ctx context.Context, dataSource string, intervals []druid.Interval) ([]SegmentRow, error)
	// UsedChunks returns the time chunks of those segments, each once, in order of interval and version. What it costs depends on
	// the number of these chunks, not on that of the segments in them, nor on what else the data source has.
	UsedChunks(ctx context.Context, dataSource string, intervals []druid.Interval) ([]timeline.Chunk, error)
	// LastSegment returns the segment of a chunk with the highest partition number, among the used or the unused ones; nil if there is none.
	LastSegment(ctx context.Context, dataSource string, chunk timeline.Chunk, used bool) (*SegmentRow, error)
	// CountSegments returns how many used segments of a chunk have a partition number below the one given.
	CountSegments(ctx context.Context, dataSource string, chunk timeline.Chunk, below int) (int, error)
	// UnusedSegments returns the unused segments that match q, the ones that end first before the others. Unreadable rows are left
	// out: they can neither be removed, as nobody knows their files, nor be used again.
	UnusedSegments(ctx context.Context, q UnusedQuery) ([]SegmentRow, error)
	// AllSegments calls fn for every segment there is, used or not, in no order that counts. The row is valid during the call only.
	AllSegments(ctx context.Context, fn func(*SegmentRow) error) error
	// SegmentsElsewhere calls fn for every segment, used or not, whose load spec does not name the folder that a push of the segment's id makes
	// (dataSource/start_end/version/partition, the times in UTC), and perhaps for some whose does. What it costs depends on the number
	// of these alone. The row is valid during the call only.
	SegmentsElsewhere(ctx context.Context, fn func(*SegmentRow) error) error
	// SegmentsByID returns the rows of those ids that exist, used or not, in the order of ids.
	SegmentsByID(ctx context.Context, dataSource string, ids []string) ([]SegmentRow, error)
	// PendingSegments returns the pending segments of a data source that overlap the interval, in order of interval,
	// version and partition number.
	PendingSegments(ctx context.Context, dataSource string, interval druid.Interval) ([]PendingRow, error)

	// PendingDataSources returns the names of the data sources that have pending segments, in their order.
	PendingDataSources(ctx context.Context) ([]string, error)

	// Audit calls fn for each audit entry that matches q, newest first. The row is valid during the call only.
	Audit(ctx context.Context, q AuditQuery, fn func(*AuditRow) error) error
	// Config returns the bytes stored under a name of druid_config, or ErrNotFound.
	Config(ctx context.Context, name string) ([]byte, error)
}

// TaskStatus reads the row of one task, without its payload, or ErrNotFound.
func TaskStatus(ctx context.Context, r Reader, id string) (*TaskRow, error) {
	rows, err := r.TaskStatuses(ctx, []string{id})
	if err == nil && len(rows) == 0 {
		err = fmt.Errorf("task %s: %w", id, ErrNotFound)
	}
	if err != nil {
		return nil, err
	}
	return &rows[0], nil
}

// Tx is one transaction. It is valid only while the fn given to Update runs.
type Tx interface {
	Reader

	// InsertTask adds a task, or returns ErrExists. The row is active exactly if its status is RUNNING.
	InsertTask(*TaskRow) error
	// SetTaskStatus replaces the status of an active task; a final status ends it for good. A task that is
	// final already, or is not there, gives ErrNotActive: this is what keeps a finished task immutable.
	SetTaskStatus(druid.TaskStatus) error
	// DeleteTasksBefore removes up to limit of the final tasks created before t, but for those to keep, the oldest first, and tells how
	// many it removed. The limit keeps one transaction short; call again until the answer is less.
	DeleteTasksBefore(t druid.Instant, keep []string, limit int) (int, error)

	// InsertLock adds a lock that a task holds and returns the row's id.
	InsertLock(taskID string, lock druid.TaskLock) (int64, error)
	// ReplaceLock puts another lock (the revoked one, say) into the row, or returns ErrNotFound.
	ReplaceLock(id int64, lock druid.TaskLock) error
	// DeleteLock removes one row, or returns ErrNotFound.
	DeleteLock(id int64) error
	// DeleteLocks removes every lock row of the task and tells how many there were.
	DeleteLocks(taskID string) (int, error)

	// InsertSegments adds the rows whose segment ids are not in the table yet and returns those ids, in the order given.
	InsertSegments([]SegmentRow) (inserted []string, err error)
	// MarkUnused marks the used segments that lie within the interval and have one of the versions (nil = any) as unused
	// since now, and tells how many there were.
	MarkUnused(dataSource string, interval druid.Interval, versions []string, now druid.Instant) (int, error)
	// MarkChunkUnused marks the used segments of a chunk as unused since now and tells how many there were.
	MarkChunkUnused(dataSource string, chunk timeline.Chunk, now druid.Instant) (int, error)
	// SetUsed marks those of these segments that are not so yet as used or unused since now, and tells how many there were.
	SetUsed(ids []string, used bool, now druid.Instant) (int, error)
	// DeleteSegments removes the rows of those of these segments that are unused, and tells how many there were.
	DeleteSegments(ids []string) (int, error)

	// InsertPending adds a pending segment, or returns ErrExists if its ID or its Key is taken.
	InsertPending(PendingRow) error
	// DeletePendingByID removes the pending segments of these ids and tells how many there were.
	DeletePendingByID(ids []string) (int, error)
	// DeletePendingOfGroup removes what a task group left pending (its name is the allocator), unless a task of the group is active, and
	// tells how many there were.
	DeletePendingOfGroup(dataSource, group string) (int, error)
	// DeletePendingByCreated removes up to limit of the pending segments created within the interval, the oldest first, and tells how many
	// it removed. Those of a group (its name is the allocator) of which a task is active stay.
	DeletePendingByCreated(dataSource string, created druid.Interval, limit int) (int, error)

	// InsertAudit adds an entry to the audit history.
	InsertAudit(AuditRow) error
	// DeleteAuditBefore removes up to limit of the entries created before t, the oldest first, and tells how many it removed.
	DeleteAuditBefore(t druid.Instant, limit int) (int, error)
	// SetConfig stores the bytes under a name of druid_config, replacing what was there. A caller that must not
	// overwrite another's change compares Config within the same transaction.
	SetConfig(name string, payload []byte) error
}
