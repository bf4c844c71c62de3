package action

import (
	"fmt"
	"slices"
	"strconv"

	"ovate/druid"
	"ovate/internal/jsontext"
)

// Nothing is the answer of an action of which nothing but its success is told: null.
type Nothing struct{}

// MarshalJSON writes null.
func (Nothing) MarshalJSON() ([]byte, error) { return []byte("null"), nil }

// UnmarshalJSON takes anything.
func (*Nothing) UnmarshalJSON([]byte) error { return nil }

// Lock is the lock that an action answers.
type Lock struct{ druid.TaskLock }

func (l *Lock) none() bool { return l == nil }

func (l *Lock) refuses() bool { return l != nil && l.Revoked }

// MarshalJSON writes a lock over a time chunk without its granularity, as Druid does where it stands by itself in an answer.
func (l Lock) MarshalJSON() ([]byte, error) { return appendLock(nil, &l.TaskLock), nil }

// Locks are those that an action answers.
type Locks []druid.TaskLock

func (l Locks) refuses() bool {
	return slices.ContainsFunc(l, func(l druid.TaskLock) bool { return l.Revoked })
}

// MarshalJSON writes each of them as a Lock.
func (l Locks) MarshalJSON() ([]byte, error) {
	if l == nil {
		return []byte("null"), nil
	}
	dst := []byte{'['}
	for i := range l {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendLock(dst, &l[i])
	}
	return append(dst, ']'), nil
}

// appendLock writes the granularity only if readers, who take a lock without one for that of a time chunk, would go wrong.
func appendLock(dst []byte, l *druid.TaskLock) []byte {
	if l.Granularity == druid.SegmentLock {
		return l.AppendJSON(dst)
	}
	return l.AppendUntypedJSON(dst)
}

// Allocation is a segment id with its shard spec.
type Allocation struct {
	ID        druid.SegmentID
	ShardSpec druid.ShardSpec
}

// allocated is an Allocation as it is written: Druid's SegmentIdWithShardSpec.
type allocated struct {
	DataSource string          `json:"dataSource"`
	Interval   druid.Interval  `json:"interval"`
	Version    string          `json:"version"`
	ShardSpec  druid.ShardSpec `json:"shardSpec"`
}

// MarshalJSON writes the id in its parts; the partition number is that of the shard spec.
func (a Allocation) MarshalJSON() ([]byte, error) {
	return appendJSON(nil, allocated{a.ID.DataSource, a.ID.Interval, a.ID.Version, a.ShardSpec})
}

// UnmarshalJSON takes what MarshalJSON writes.
func (a *Allocation) UnmarshalJSON(b []byte) error {
	var wire allocated
	if err := jsontext.Unmarshal(b, &wire); err != nil {
		return fmt.Errorf("segment id with shard spec: %w", err)
	}
	a.ID = druid.SegmentID{DataSource: wire.DataSource, Interval: wire.Interval, Version: wire.Version, PartitionNum: wire.ShardSpec.PartitionNum()}
	a.ShardSpec = wire.ShardSpec
	return nil
}

// PublishResult is what became of a publication.
type PublishResult struct {
	// Segments are the newly inserted ones.
	Segments Segments `json:"segments"`
	Success  bool     `json:"success"`
	// Retryable tells that another try may succeed where this one did not.
	Retryable bool `json:"retryable"`
	// ErrorMsg tells why there was no success: a lock was revoked.
	ErrorMsg string `json:"errorMsg"`
}

func (r PublishResult) refuses() bool { return !r.Success }

// MarshalJSON writes null where there is no message.
func (r PublishResult) MarshalJSON() ([]byte, error) {
	dst := r.Segments.appendJSON([]byte(`{"segments":`))
	dst = strconv.AppendBool(append(dst, `,"success":`...), r.Success)
	dst = strconv.AppendBool(append(dst, `,"retryable":`...), r.Retryable)
	dst = append(dst, `,"errorMsg":`...)
	if r.ErrorMsg == "" {
		dst = append(dst, "null"...)
	} else {
		dst = druid.AppendString(dst, r.ErrorMsg)
	}
	return append(dst, '}'), nil
}

// Segments are those that an action answers. None is an empty list.
type Segments []druid.DataSegment

// MarshalJSON writes a list.
func (s Segments) MarshalJSON() ([]byte, error) { return s.appendJSON(nil), nil }

// UnmarshalJSON takes a list. A segment that nobody could read has no load spec, and has none here.
func (s *Segments) UnmarshalJSON(b []byte) error {
	if err := jsontext.Unmarshal(b, (*[]druid.DataSegment)(s)); err != nil {
		return err
	}
	for i := range *s {
		if one := &(*s)[i]; string(one.LoadSpec) == "null" {
			one.LoadSpec = nil
		}
	}
	return nil
}

func (s Segments) appendJSON(dst []byte) []byte {
	dst = append(dst, '[')
	for i := range s {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = s[i].AppendJSON(dst)
	}
	return append(dst, ']')
}
