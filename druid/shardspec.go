package druid

import (
	"fmt"
	"math"

	"ovate/internal/jsontext"
)

// ShardSpec says which part of its interval a segment holds. Numbered ones are understood fully; every other type
// is carried as its JSON text, of which only what the Overlord needs is read. It is comparable; the zero value is
// Numbered(0, 0).
type ShardSpec struct {
	typ       string // empty: numbered
	partition int
	core      int
	text      string // JSON of types other than numbered
}

const (
	numberedType  = "numbered"
	tombstoneType = "tombstone"
	overwriteType = "numbered_overwrite"
)

// Numbered is partition partitionNum of a set of which the first partitions ones (the core partitions) appear
// together.
func Numbered(partitionNum, partitions int) ShardSpec {
	return ShardSpec{partition: partitionNum, core: partitions}
}

// Tombstone is the shard spec of a segment that only hides what it overshadows.
func Tombstone() ShardSpec {
	return ShardSpec{typ: tombstoneType, text: `{"type":"tombstone","partitionNum":0,"partitions":0}`}
}

// Type is the type's name in JSON: numbered, hashed, single, range, linear, ...
func (s ShardSpec) Type() string {
	if s.typ == "" {
		return numberedType
	}
	return s.typ
}

// IsTombstone tells whether the segment holds no rows but hides those below it.
func (s ShardSpec) IsTombstone() bool { return s.typ == tombstoneType }

// Overwrites tells whether the segment, written under a segment lock, stands for a range of the partitions before it, without
// a new version.
func (s ShardSpec) Overwrites() bool { return s.typ == overwriteType }

// PartitionNum is the number that ends the segment's id.
func (s ShardSpec) PartitionNum() int { return s.partition }

// CorePartitions is how many partitions must be there before any of them may be queried; 0 if none has to wait.
func (s ShardSpec) CorePartitions() int { return s.core }

// WithCorePartitions returns s with another number of core partitions. Only numbered ones can be changed; others
// are returned as they are.
func (s ShardSpec) WithCorePartitions(n int) ShardSpec {
	if s.Type() == numberedType {
		s.core = n
	}
	return s
}

// AppendJSON appends the shard spec, the type first.
func (s ShardSpec) AppendJSON(dst []byte) []byte {
	if s.text != "" {
		return append(dst, s.text...)
	}
	dst = appendIntField(dst, `{"type":"numbered","partitionNum":`, int64(s.partition))
	dst = appendIntField(dst, `,"partitions":`, int64(s.core))
	return append(dst, '}')
}

// MarshalJSON writes what AppendJSON writes.
func (s ShardSpec) MarshalJSON() ([]byte, error) { return s.AppendJSON(nil), nil }

// UnmarshalJSON takes a shard spec of any type.
func (s *ShardSpec) UnmarshalJSON(b []byte) error {
	var wire struct {
		Type              string `json:"type"`
		PartitionNum      int    `json:"partitionNum"`
		PartitionID       int    `json:"partitionId"`       // numbered_overwrite
		Partitions        int    `json:"partitions"`        // numbered, hashed, tombstone
		NumCorePartitions int    `json:"numCorePartitions"` // single, range
	}
	if err := jsontext.Unmarshal(b, &wire); err != nil {
		return fmt.Errorf("shard spec: %w", err)
	}
	for _, field := range []struct {
		name  string
		value int
	}{{"partitionNum", wire.PartitionNum}, {"partitionId", wire.PartitionID}} {
		if field.value < 0 || field.value > math.MaxInt32 {
			return fmt.Errorf("shard spec: field [%s] is %d, but must be a number from 0 to %d", field.name, field.value, math.MaxInt32)
		}
	}
	switch wire.Type {
	case "":
		return fmt.Errorf("shard spec: type is missing")
	case numberedType:
		*s = Numbered(wire.PartitionNum, wire.Partitions)
		return nil
	}
	text, err := AppendNormalized(nil, b)
	if err != nil {
		return fmt.Errorf("shard spec: %w", err)
	}
	*s = ShardSpec{typ: wire.Type, partition: wire.PartitionNum + wire.PartitionID, text: string(text)}
	switch wire.Type {
	case "hashed", tombstoneType:
		s.core = wire.Partitions
	case "single", "range":
		s.core = wire.NumCorePartitions
	}
	return nil
}
