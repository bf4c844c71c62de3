package druid

import (
	"fmt"
	"math"

	"ovate/internal/jsontext"
)

// LockType says what other locks may hold the same time.
type LockType string

// The lock types. Append and Replace are those of concurrent append and replace.
const (
	Exclusive LockType = "EXCLUSIVE"
	Shared    LockType = "SHARED"
	Append    LockType = "APPEND"
	Replace   LockType = "REPLACE"
)

// The values of TaskLock.Granularity.
const (
	TimeChunkLock = "timeChunk"
	SegmentLock   = "segment"
)

// TaskLock is a lock on an interval of a data source, held by a group of tasks.
type TaskLock struct {
	Granularity string // TimeChunkLock or SegmentLock
	Type        LockType
	GroupID     string
	DataSource  string
	Interval    Interval
	Version     string
	PartitionID int // of a segment lock
	Priority    int
	// NoPriority tells that the lock has none of its own, as in old rows: it counts as that of the task.
	NoPriority bool
	Revoked    bool
}

// WithPriority is the lock with a priority, if it has none.
func (l TaskLock) WithPriority(priority int) TaskLock {
	if l.NoPriority {
		l.Priority, l.NoPriority = priority, false
	}
	return l
}

// AppendJSON appends the lock as it stands in lock_payload: granularity first, partitionId for segment locks alone.
func (l *TaskLock) AppendJSON(dst []byte) []byte {
	granularity := l.Granularity
	if granularity == "" {
		granularity = TimeChunkLock
	}
	dst = appendStringField(dst, `{"granularity":`, granularity)
	return l.appendFields(append(dst, ','))
}

// AppendUntypedJSON appends the lock without its granularity, which is how Druid writes a lock that is the result
// of a task action.
func (l *TaskLock) AppendUntypedJSON(dst []byte) []byte {
	return l.appendFields(append(dst, '{'))
}

func (l *TaskLock) appendFields(dst []byte) []byte {
	dst = appendStringField(dst, `"type":`, string(l.Type))
	dst = appendStringField(dst, `,"groupId":`, l.GroupID)
	dst = appendStringField(dst, `,"dataSource":`, l.DataSource)
	dst = l.Interval.AppendTo(append(dst, `,"interval":"`...))
	dst = appendStringField(dst, `","version":`, l.Version)
	if l.Granularity == SegmentLock {
		dst = appendIntField(dst, `,"partitionId":`, int64(l.PartitionID))
	}
	if l.NoPriority {
		dst = append(dst, `,"priority":null`...)
	} else {
		dst = appendIntField(dst, `,"priority":`, int64(l.Priority))
	}
	if l.Revoked {
		return append(dst, `,"revoked":true}`...)
	}
	return append(dst, `,"revoked":false}`...)
}

// MarshalJSON writes what AppendJSON writes.
func (l TaskLock) MarshalJSON() ([]byte, error) { return l.AppendJSON(nil), nil }

// UnmarshalJSON takes a lock with or without its granularity, type and priority: absent, they are a time chunk's,
// EXCLUSIVE and that of the task.
func (l *TaskLock) UnmarshalJSON(b []byte) error {
	wire := struct {
		Granularity string   `json:"granularity"`
		Type        LockType `json:"type"`
		GroupID     string   `json:"groupId"`
		DataSource  string   `json:"dataSource"`
		Interval    Interval `json:"interval"`
		Version     string   `json:"version"`
		PartitionID int      `json:"partitionId"`
		Priority    *int     `json:"priority"`
		Revoked     bool     `json:"revoked"`
	}{Granularity: TimeChunkLock, Type: Exclusive}
	if err := jsontext.Unmarshal(b, &wire); err != nil {
		return fmt.Errorf("task lock: %w", err)
	}
	if wire.Granularity != TimeChunkLock && wire.Granularity != SegmentLock {
		return fmt.Errorf("task lock: granularity %q is neither timeChunk nor segment", wire.Granularity)
	}
	if wire.Interval == (Interval{}) {
		return fmt.Errorf("task lock of group %q: interval is missing", wire.GroupID)
	}
	switch wire.Type {
	case Exclusive, Shared, Append, Replace:
	default:
		return fmt.Errorf("task lock: type %q is not one of EXCLUSIVE, SHARED, APPEND, REPLACE", wire.Type)
	}
	if wire.PartitionID < 0 || wire.PartitionID > math.MaxInt32 {
		return fmt.Errorf("task lock: partitionId %d is not from 0 to %d", wire.PartitionID, math.MaxInt32)
	}
	*l = TaskLock{
		Granularity: wire.Granularity, Type: wire.Type, GroupID: wire.GroupID, DataSource: wire.DataSource, Interval: wire.Interval,
		Version: wire.Version, NoPriority: wire.Priority == nil, Revoked: wire.Revoked,
	}
	if wire.Priority != nil {
		l.Priority = *wire.Priority
	}
	if l.Granularity == SegmentLock {
		l.PartitionID = wire.PartitionID
	}
	return nil
}
