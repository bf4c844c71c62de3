package metadata

import (
	"strings"

	"ovate/druid"
)

// Every kind of row has a field Unreadable: why what is stored cannot be read, nil nearly always. Such a row is handed on with what its
// other columns tell, enough to name it, and stays in the store as it is. One must never stop the others from being read.

// TaskRow is a row of druid_tasks. One that is unreadable has the state RUNNING if it is active, and none otherwise; its error message
// says what is wrong.
type TaskRow struct {
	Unreadable error

	ID, GroupID, Type, DataSource string
	Created                       druid.Instant
	Status                        druid.TaskStatus
	// Payload is the task's JSON. Listings leave it nil.
	Payload []byte
	// Summary is what the program that inserts a task needs to know of the payload when it starts again, however large that is; nil if it
	// needs the payload. Only InsertTasks and ActiveTasks know of it.
	Summary []byte
	// MakesSegments tells that the task is there to make segments of its data source: InsertTasks refuses it where the store can hold none of them.
	MakesSegments bool
}

// TaskQuery selects final tasks. The zero value of each filter but Max selects everything.
type TaskQuery struct {
	DataSource, Type string
	// Created is the half-open span in which the task was submitted; nil means any time.
	Created *druid.Interval
	// Max is the most rows wanted, counted after the other filters; below zero there is no limit.
	Max int
}

// TaskPlace is where a task stands in a list of the newest first: by the column created_date, as it is stored, and by the id.
type TaskPlace struct{ Created, ID string }

// Before tells whether a task comes before another in a list of the newest first.
func (p TaskPlace) Before(other TaskPlace) bool {
	return p.Created > other.Created || p.Created == other.Created && p.ID > other.ID
}

// TaskPageQuery selects a page of final tasks. The zero value of each filter but Max selects everything.
type TaskPageQuery struct {
	DataSource, Type, GroupID string
	// State is SUCCESS or FAILED.
	State druid.TaskState
	// IDPart is a text that the id contains.
	IDPart string
	// Created is the half-open span in which the task was submitted.
	Created *druid.Interval
	// After is the task behind which the page begins; nil is the first page.
	After *TaskPlace
	// Max is the most rows of a page, of which there is at least one.
	Max int
}

// Matches tells whether a row passes the filters, but for those of its time and place.
func (q *TaskPageQuery) Matches(row *TaskRow) bool {
	return (q.DataSource == "" || q.DataSource == row.DataSource) && (q.Type == "" || q.Type == row.Type) &&
		(q.GroupID == "" || q.GroupID == row.GroupID) && (q.State == "" || q.State == row.Status.State) && strings.Contains(row.ID, q.IDPart)
}

// LookedAt is the most final tasks that are looked at for one page. Where an index finds those that match, no others are.
const LookedAt = 10_000

// TaskPage is a page of final tasks.
type TaskPage struct {
	// Rows are the newest first, without Payload.
	Rows []TaskRow
	// Next is the task behind which the next page begins; nil after the last page. A page may have fewer rows than were asked for, or none, and a next one
	// all the same: no more than LookedAt tasks were looked at for it.
	Next *TaskPlace
}

// LockRow is a row of druid_tasklocks: one lock as one task holds it.
type LockRow struct {
	Unreadable error // then Lock is empty

	ID     int64
	TaskID string
	Lock   druid.TaskLock
}

// SegmentRow is a row of druid_segments.
type SegmentRow struct {
	// Unreadable rows have what the id tells of the segment, and nothing else of it; Payload is what is stored of it, nil for all other rows.
	Unreadable error
	Payload    []byte

	Segment druid.DataSegment
	// Created is when the segment was published.
	Created druid.Instant
	Used    bool
	// UsedStatusLastUpdated is when Used last changed; at first it equals Created.
	UsedStatusLastUpdated druid.Instant
	// UpgradedFrom is the id of the appended segment that this row is a copy of under another version, or empty.
	UpgradedFrom string
}

// UnusedQuery selects unused segments.
type UnusedQuery struct {
	DataSource string
	// Interval must contain the whole segment.
	Interval druid.Interval
	// Versions are the versions wanted; nil means any, an empty list none.
	Versions []string
	// UpdatedUntil, if set, leaves out segments that became unused after it.
	UpdatedUntil *druid.Instant
	// Max is the most rows wanted; zero or less means no limit.
	Max int
}

// Among tells of texts whether they are among some; nil is all texts. It costs the same for a few and for many.
func Among(texts []string) func(text string) bool {
	if texts == nil {
		return func(string) bool { return true }
	}
	known := make(map[string]bool, len(texts))
	for _, text := range texts {
		known[text] = true
	}
	return func(text string) bool { return known[text] }
}

// StreamGroups are the groups of the tasks that read streams for a data source, which all of these have in common, as Druid names them.
func StreamGroups(dataSource string) [3]string {
	return [...]string{"index_kafka_" + dataSource, "index_kinesis_" + dataSource, "index_rabbit_" + dataSource}
}

// PendingRow is a row of druid_pendingSegments: a segment id that was handed out and is not published yet.
type PendingRow struct {
	Unreadable error // then ShardSpec has a partition number alone

	ID        druid.SegmentID
	ShardSpec druid.ShardSpec
	Created   druid.Instant
	// SequenceName and PreviousID tell which request the id answered; PreviousID is empty for the first of a sequence.
	SequenceName, PreviousID string
	// Key is the column sequence_name_prev_id_sha1, unique over the table: LineageKey or IntervalKey.
	Key string
	// UpgradedFrom is the id this one re-versions, or empty.
	UpgradedFrom string
	// Allocator names whose end removes the row, or is empty: a group of tasks or, of those that read a stream, replicas of one another, whose ids
	// are this name, an underscore and some letters.
	Allocator string
}

// Lineage tells requests for ids of segments apart: each of a sequence names the id before, and the first one none.
type Lineage struct{ Sequence, Previous string }

// UpgradeRow is a row of druid_upgradeSegments: a segment was appended while a task held a REPLACE lock over it. When the task publishes, a copy
// of the segment goes into the version of the lock.
type UpgradeRow struct {
	TaskID, SegmentID, LockVersion string
}

// AuditRow is a row of druid_audit.
type AuditRow struct {
	Unreadable error // of Created, which is 0 then, or of the payload, see CheckAudit

	Key, Type, Author, Comment string
	Created                    druid.Instant
	// Payload is the whole entry as JSON, in the shape that Druid's audit manager writes.
	Payload []byte
}

// AuditQuery selects audit entries. The zero value of each filter but Max selects everything.
type AuditQuery struct {
	Key, Type string
	// Created is half-open; nil means any time.
	Created *druid.Interval
	// Max is the most rows wanted; below zero there is no limit.
	Max int
}
