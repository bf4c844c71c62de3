// Package metadata is the seam between the engine and the database that holds Druid's metadata tables.
//
// Every implementation keeps Druid's own tables, columns and payload JSON, so that a Java Overlord on the same
// database can take over. What a store must do is fixed by the suite in metadatatest.
package metadata

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"ovate/druid"
	"ovate/internal/timeline"
)

// Errors that callers tell apart with errors.Is. Stores wrap them with the table and the key they are about.
var (
	// ErrNotFound: no row has the key that was asked for.
	ErrNotFound = errors.New("not found")
	// ErrExists: a row with the same unique key is already there; nothing was written.
	ErrExists = errors.New("already exists")
	// ErrChanged: the row is not what it was when it was read; nothing was written.
	ErrChanged = errors.New("changed meanwhile")
	// ErrNotActive: the task's row is gone or final. A finished task never changes again.
	ErrNotActive = errors.New("no active task")
	// ErrNoRecords: there is no table of records yet (Store.MakeRecords); nothing was written.
	ErrNoRecords = errors.New("there is no table of records")
	// ErrClosed: the store was closed.
	ErrClosed = errors.New("metadata store is closed")
)

// Store holds the metadata. Its methods may be called from many goroutines; reads see what was committed last.
type Store interface {
	Reader

	// Update runs fn in one transaction, which is serializable. When it returns nil every write of fn is on disk; when it returns an error
	// none is, unless the error wraps ErrOutcomeUnknown: then all are or none, and a read that begins afterwards finds out (see
	// Settle). Concurrent calls may share one commit: an error from fn takes back the writes of that fn alone, a
	// failed commit those of all who shared it, and each of them gets the error.
	//
	// The transactions of all calls, and those of other ovates on the same database, are serializable: what they come to is what some
	// order of them comes to, one after the other. So fn may decide by whatever it reads, by a row that is not there, too, and in each run
	// everything that it reads was there at one time. A store in which transactions run at once takes back one of two that cannot be put in
	// an order, and runs its fn again.
	//
	// fn runs in the caller's goroutine while other transactions wait, so it must do nothing slow and must not call
	// Update itself. It may run more than once, the earlier runs taken back, so it changes nothing but what it sets anew in each
	// run. If it panics its writes are taken back. After an error of tx that is none of those above, fn has to return it: the transaction
	// may be lost already. A ctx that ends before fn has begun cancels the call;
	// after that the outcome is waited for, because it could not be known otherwise.
	//
	// A fault of the store is a *TransientError, after which the same call may succeed, or a *PermanentError.
	Update(ctx context.Context, fn func(Tx) error) error

	// BeginTerm begins a term of leadership: that of which the election says that it has this epoch, or, where the epoch is 0 as the election
	// counts none, the next one. It waits for what transactions of other terms are about to commit; when it returns, no transaction of
	// another term commits any more (Tx.InTerm). It returns the epoch, or ErrTermOver if one with a greater epoch has begun. Whether
	// one that failed has begun the term is not known; it may be begun again.
	//
	// A store that several processes share keeps the epoch in a row of druid_config, and locks that row: it needs no table of its own.
	BeginTerm(ctx context.Context, epoch int64) (int64, error)

	// MakeRecords makes the table of records, unless it is there. A store that may make no tables returns an error that says so.
	MakeRecords(ctx context.Context) error

	// Identity is a word that tells this database from every other, from a copy of it, too, as far as a store can know, and stays the same for as
	// long as it is there. In doubt it is another word: whoever sees the same one takes files for its own.
	Identity() string

	// Close waits for running calls and releases the database. Later calls return ErrClosed.
	Close() error
}

// ReadCloser is a database that is only read. Calls after Close return ErrClosed.
type ReadCloser interface {
	Reader
	io.Closer
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
	// ActiveTasks calls fn for each task that is not final, oldest first, payload included. A row that is as it was inserted, with a Summary,
	// may come with that in place of the payload; a store that may not add to Druid's tables keeps none.
	// The row, its Payload and its Summary are valid during the call only; its strings may be kept.
	ActiveTasks(ctx context.Context, fn func(*TaskRow) error) error
	// ActiveTaskIDs returns the ids of the same tasks, in any order, for what they cost alone.
	ActiveTaskIDs(ctx context.Context) ([]string, error)
	// CompleteTasks calls fn for each final task that matches q, newest first, without Payload.
	// The row is valid during the call only; its strings may be kept. A slow fn holds nothing in the database.
	CompleteTasks(ctx context.Context, q TaskQuery, fn func(*TaskRow) error) error

	// TaskPage returns a page of the final tasks that match q. It costs what the page costs, and no more than to look at LookedAt tasks. Tasks of which nobody
	// knows when they were submitted, as the column holds no text, are on no page.
	TaskPage(ctx context.Context, q TaskPageQuery) (TaskPage, error)
	// CountTasks counts the final tasks that match q, whatever its After, up to its Max; below zero there is no limit. It reads an entry of an index for
	// each, or, in a store that may not add to Druid's tables, perhaps the rows of all final tasks.
	CountTasks(ctx context.Context, q TaskPageQuery) (int, error)

	// Locks returns every lock row, in the order of their ids.
	Locks(ctx context.Context) ([]LockRow, error)

	// DataSources returns the names of the data sources that have used segments, or unused ones, in their order.
	DataSources(ctx context.Context, used bool) ([]string, error)
	// UsedSegments returns the used segments of a data source that overlap any of the intervals (nil = all of them),
	// each once, in order of interval, version and partition number.
	UsedSegments(ctx context.Context, dataSource string, intervals []druid.Interval) ([]SegmentRow, error)
	// UsedChunks returns the time chunks of those segments, each once, in order of interval and version. What it costs depends on
	// the number of these chunks, not on that of the segments in them, nor on what else the data source has. A store that may not add to
	// Druid's tables cannot keep to that: their one index by time leads it to every used segment that ends after an interval begins.
	// It still hands on the chunks alone, so that no payload is read.
	UsedChunks(ctx context.Context, dataSource string, intervals []druid.Interval) ([]timeline.Chunk, error)
	// LastSegments returns of each of the chunks the segment with the highest partition number, among the used or the unused ones, unless there
	// is none.
	LastSegments(ctx context.Context, dataSource string, chunks []timeline.Chunk, used bool) (map[timeline.Chunk]SegmentRow, error)
	// CountSegments returns of each of the chunks how many used segments have a partition number below the one given.
	CountSegments(ctx context.Context, dataSource string, below map[timeline.Chunk]int) (map[timeline.Chunk]int, error)
	// UnusedSegments returns the unused segments that match q, the ones that end first before the others. Unreadable rows are left
	// out, and those whose id is another than their payload tells: they can neither be removed, as nobody knows their files, nor be used again.
	UnusedSegments(ctx context.Context, q UnusedQuery) ([]SegmentRow, error)
	// AllSegments calls fn for every segment there is, used or not, in no order that counts. The row is valid during the call only.
	AllSegments(ctx context.Context, fn func(*SegmentRow) error) error
	// SegmentsElsewhere calls fn for every segment, used or not, whose load spec does not name the folder that a push of the segment's id makes
	// (dataSource/start_end/version/partition, the times in UTC), by a path or a key of S3, or whose row may name another one besides, and perhaps for some others.
	// What it costs depends on the number of these alone; with Druid's own indexes the database has to look at every payload, and sends
	// only these. Each kill task asks once. The row is valid during the call only. One whose id is another than its payload tells is
	// unreadable here.
	SegmentsElsewhere(ctx context.Context, fn func(*SegmentRow) error) error
	// SegmentsByID returns the rows of those ids that exist, used or not, in the order of ids.
	SegmentsByID(ctx context.Context, dataSource string, ids []string) ([]SegmentRow, error)
	// PendingSegments returns the pending segments of a data source that overlap any of the intervals (nil = all of them), each once, in order
	// of interval, version and partition number.
	PendingSegments(ctx context.Context, dataSource string, intervals []druid.Interval) ([]PendingRow, error)

	// IdleAllocators returns under which names segment ids of a data source are reserved of which the table knows no active task (Tx.DeletePendingOfGroup),
	// each once, in their order. Ids without such a name are nobody's here.
	IdleAllocators(ctx context.Context, dataSource string) ([]string, error)
	// UpgradedPending returns those pending segments of an allocator that were made from others of its own (UpgradedFrom), in the same order.
	UpgradedPending(ctx context.Context, dataSource, allocator string) ([]PendingRow, error)
	// Upgrades returns which segments were appended while one of the tasks held a REPLACE lock over them; those of a task in the order in which
	// they were.
	Upgrades(ctx context.Context, taskIDs []string) ([]UpgradeRow, error)
	// UpgradeTasks returns the ids of the tasks that have such rows, active or not, in their order.
	UpgradeTasks(ctx context.Context) ([]string, error)
	// SegmentsUpgradedFrom returns the rows, used or not, that are copies of those ids under other versions, in order of interval, version
	// and partition number.
	SegmentsUpgradedFrom(ctx context.Context, dataSource string, ids []string) ([]SegmentRow, error)

	// PendingOfLineages returns the pending segments of a data source that were handed out for any of the lineages, the oldest first.
	PendingOfLineages(ctx context.Context, dataSource string, lineages []Lineage) ([]PendingRow, error)
	// CommitMetadata returns the bytes that were stored for a data source, which tell how far a stream was read, or ErrNotFound.
	CommitMetadata(ctx context.Context, dataSource string) ([]byte, error)

	// Supervisors returns the newest version of each supervisor, those that are terminated, too, in the order of their ids.
	Supervisors(ctx context.Context) ([]SupervisorRow, error)
	// SupervisorIDs returns the ids of all supervisors, those that are terminated, too, in their order.
	SupervisorIDs(ctx context.Context) ([]string, error)
	// SupervisorVersions calls fn for the versions of a supervisor, the newest first: for no more than most, below zero for all. The row is valid
	// during the call only. Few versions are in memory at a time, and outside of a transaction fn may take its time: it keeps no connection.
	SupervisorVersions(ctx context.Context, id string, most int, fn func(*SupervisorRow) error) error

	// PendingDataSources returns the names of the data sources that have pending segments, in their order.
	PendingDataSources(ctx context.Context) ([]string, error)

	// Audit calls fn for each audit entry that matches q, newest first. The row is valid during the call only.
	Audit(ctx context.Context, q AuditQuery, fn func(*AuditRow) error) error
	// Config returns the bytes stored under a name of druid_config, or ErrNotFound.
	Config(ctx context.Context, name string) ([]byte, error)

	// Record returns the record of a kind and id, or ErrNotFound.
	Record(ctx context.Context, kind, id string) (*Record, error)
	// Records returns the records that match, by the bytes of their ids.
	Records(ctx context.Context, q RecordQuery) ([]Record, error)
	// RecordKinds returns the kinds of the records that there are, in their order.
	RecordKinds(ctx context.Context) ([]string, error)
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

// ActiveAmong tells which of these tasks are active. Asked within a transaction the answer holds for it: where transactions run at once, and one ends a
// task meanwhile, the store takes back one of the two. What memory knows of a task does not hold for a transaction.
func ActiveAmong(ctx context.Context, r Reader, ids ...string) (map[string]bool, error) {
	ids = slices.Compact(slices.Sorted(slices.Values(ids))) // who asks for several requests has one for each
	rows, err := r.TaskStatuses(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("which of %d tasks are active: %w", len(ids), err)
	}
	active := make(map[string]bool, len(rows))
	for _, row := range rows {
		if row.Status.State == druid.Running {
			active[row.ID] = true
		}
	}
	return active, nil
}

// Tx is one transaction. It is valid only while the fn given to Update runs, and in that goroutine.
//
// What writes takes no ctx: it belongs to the Update, whose outcome is waited for whatever becomes of its ctx. So that nobody waits for ever
// for a database across a network, its store bounds how long each statement may take, and tells of more as of any other fault. A ctx given to
// what reads ends that reading, at the latest with the next row.
type Tx interface {
	Reader

	// InTerm makes the transaction one of the term of that epoch: it returns ErrTermOver unless this is the term that began last, and no
	// other term begins before the transaction has ended. Whoever writes for a leader calls it first (Term does).
	InTerm(epoch int64) error

	// InsertTasks adds tasks, or returns ErrExists, which names one that is there if there is one row. A row is active exactly if its status is RUNNING.
	InsertTasks(...*TaskRow) error
	// SetTaskStatus replaces the status of an active task; a final status ends it for good. A task that is
	// final already, or is not there, gives ErrNotActive: this is what keeps a finished task immutable.
	SetTaskStatus(druid.TaskStatus) error
	// SetTaskPayload replaces the payload of a task, active or not, by one that means the same; ErrNotFound if there is none.
	SetTaskPayload(id string, payload []byte) error
	// DeleteTasksBefore removes up to limit of the final tasks created before t, but for those to keep, the oldest first, and tells how
	// many it removed. The limit keeps one transaction short; call again until the answer is less.
	DeleteTasksBefore(t druid.Instant, keep []string, limit int) (int, error)

	// InsertLocks adds locks that tasks hold and returns the rows' ids, in the order of the locks, which no row of a committed transaction ever had.
	// The ids in the rows given do not count.
	InsertLocks(...LockRow) ([]int64, error)
	// ReplaceLocks puts other locks (the revoked ones, say) into those of these rows that are there, and tells how many there were.
	ReplaceLocks([]LockRow) (int, error)
	// DeleteLocks removes the rows of these ids and tells how many there were.
	DeleteLocks(ids []int64) (int, error)
	// DeleteLocksOfTask removes every lock row of the task and tells how many there were.
	DeleteLocksOfTask(taskID string) (int, error)

	// InsertSegments adds the rows whose segment ids are not in the table yet and returns those ids, in the order given.
	InsertSegments([]SegmentRow) (inserted []string, err error)
	// MarkUnused marks the used segments that lie within the interval and have one of the versions (nil = any) as unused
	// since now, and tells how many there were.
	MarkUnused(dataSource string, interval druid.Interval, versions []string, now druid.Instant) (int, error)
	// MarkChunksUnused marks the used segments of the chunks as unused since now and tells how many there were.
	MarkChunksUnused(dataSource string, chunks []timeline.Chunk, now druid.Instant) (int, error)
	// SetUsed marks those of these segments that are not so yet as used or unused since now, and tells how many there were.
	SetUsed(ids []string, used bool, now druid.Instant) (int, error)
	// SetPayloads replaces what is known of those of these segments that are there, used or not, but for their ids, and tells how many there were.
	SetPayloads([]druid.DataSegment) (int, error)
	// DeleteSegments removes the rows of those of these segments that are unused, and tells how many there were.
	DeleteSegments(ids []string) (int, error)

	// InsertPending adds the pending segments whose ID and Key are not taken, by one before them either, and returns those ids, in the order given.
	InsertPending([]PendingRow) (inserted []string, err error)
	// DeletePendingByID removes the pending segments of these ids and tells how many there were.
	DeletePendingByID(ids []string) (int, error)
	// DeletePendingOfGroup removes what an allocator left pending, unless a task of that is active, and tells how many there were.
	DeletePendingOfGroup(dataSource, allocator string) (int, error)
	// DeletePendingByCreated removes up to limit of the pending segments created within the interval, the oldest first, and tells how many
	// it removed. Those of an allocator of which a task is active stay.
	DeletePendingByCreated(dataSource string, created druid.Interval, limit int) (int, error)

	// InsertUpgrades adds the rows.
	InsertUpgrades([]UpgradeRow) error
	// DeleteUpgrades removes the rows of a task and tells how many there were.
	DeleteUpgrades(taskID string) (int, error)

	// SetCommitMetadata stores the bytes for a data source, replacing what was there. A caller that must not overwrite another's compares
	// CommitMetadata within the same transaction.
	SetCommitMetadata(dataSource string, payload []byte, now druid.Instant) error
	// DeleteCommitMetadata removes what is stored for a data source, and tells how many rows that was.
	DeleteCommitMetadata(dataSource string) (int, error)

	// InsertSupervisor adds a version of a supervisor, which is the newest from then on. The payload is stored byte for byte.
	InsertSupervisor(id string, payload []byte, now druid.Instant) error
	// SetSupervisorPayload replaces the payload of a version of a supervisor, by its ID, by one that means the same; ErrNotFound if there is none.
	SetSupervisorPayload(row SupervisorRow) error
	// DeleteSupervisorsBefore removes up to limit of the versions stored before t of supervisors that are terminated, and tells how many it
	// removed. The one that tells that a supervisor is terminated goes with the last of the others.
	DeleteSupervisorsBefore(t druid.Instant, limit int) (int, error)

	// InsertAudit adds entries to the audit history.
	InsertAudit(...AuditRow) error
	// DeleteAuditBefore removes up to limit of the entries created before t, the oldest first, and tells how many it removed.
	DeleteAuditBefore(t druid.Instant, limit int) (int, error)
	// SetConfig stores the bytes under a name of druid_config, replacing what was there.
	SetConfig(name string, payload []byte) error
	// SwapConfig is SetConfig if exactly the old bytes are there (nil: no row is), or else returns ErrChanged. It is the compare-and-swap with
	// which Druid's own services change what several of them may: with a lock on the row, so that of two that read the same one comes too late.
	SwapConfig(name string, old, payload []byte) error

	// PutRecord stores a record in place of the one of its kind and id, if there is one. It returns ErrNoRecords if the table is not there.
	PutRecord(Record) error
	// DeleteRecord removes the record of a kind and id, and tells how many that were.
	DeleteRecord(kind, id string) (int, error)
	// DeleteRecordsBefore removes up to limit of the records of a kind whose time is before t, and tells how many it removed.
	DeleteRecordsBefore(kind string, t druid.Instant, limit int) (int, error)
}
