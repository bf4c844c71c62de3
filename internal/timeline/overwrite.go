package timeline

import (
	"encoding/json"

	"ovate/druid"
)

// Roots is the number of the first partition that overwrites others (NumberedOverwriteShardSpec); those below are root partitions.
const Roots = 32768

// rootRange is the range of root partitions, [start, end), that a segment stands for, and its minor version.
// All segments of an atomic update group have the same one; the group counts once it has size members.
type rootRange struct {
	start, end, minor, size int
}

// rangeOf reads the range of a segment. Any other type stands for itself alone.
func rangeOf(s druid.ShardSpec) rootRange {
	n := s.PartitionNum()
	own := rootRange{start: n, end: n + 1, size: 1}
	if !s.Overwrites() {
		return own
	}
	var wire struct {
		Start int `json:"startRootPartitionId"`
		End   int `json:"endRootPartitionId"`
		Minor int `json:"minorVersion"`
		Size  int `json:"atomicUpdateGroupSize"`
	}
	if json.Unmarshal(s.AppendJSON(nil), &wire) != nil || wire.End <= wire.Start {
		return own
	}
	return rootRange{start: wire.Start, end: wire.End, minor: wire.Minor, size: max(wire.Size, 1)}
}

// EndOfRoots is the number behind the last root partition that a segment stands for: numbers from there on are not hidden by it. It is
// beyond all of them if the segment overwrites others and does not say which.
func EndOfRoots(s druid.ShardSpec) int { return rangeOf(s).end }

// withoutOverwritten leaves out the segments of one chunk that a complete update group of a higher minor version
// covers, and the groups that are not complete themselves.
func withoutOverwritten(segments []druid.DataSegment) []druid.DataSegment {
	members := map[rootRange]int{}
	overwritten := false
	for _, s := range segments {
		r := rangeOf(s.ShardSpec)
		members[r]++
		overwritten = overwritten || s.ShardSpec.Overwrites()
	}
	if !overwritten {
		return segments
	}
	var visible []druid.DataSegment
	for _, s := range segments {
		r := rangeOf(s.ShardSpec)
		if members[r] >= r.size && !r.overwritten(members) {
			visible = append(visible, s)
		}
	}
	return visible
}

// overwritten tells whether a complete update group of a higher minor version covers the range.
func (r rootRange) overwritten(members map[rootRange]int) bool {
	for other, n := range members {
		if n >= other.size && other.minor > r.minor && other.start <= r.start && r.end <= other.end {
			return true
		}
	}
	return false
}
