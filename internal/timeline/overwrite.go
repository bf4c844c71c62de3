package timeline

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"ovate/druid"
	"ovate/internal/jsontext"
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
	var wire overwriting
	if jsontext.Unmarshal(s.AppendJSON(nil), &wire) != nil || wire.End <= wire.Start {
		return own
	}
	return rootRange{start: wire.Start, end: wire.End, minor: wire.Minor, size: max(wire.Size, 1)}
}

// overwriting is the JSON of a shard spec that overwrites others.
type overwriting struct {
	Start int `json:"startRootPartitionId"`
	End   int `json:"endRootPartitionId"`
	Minor int `json:"minorVersion"`
	Size  int `json:"atomicUpdateGroupSize"`
}

// CheckRange tells which field of a shard spec that overwrites others is none that Druid reads, or lets nobody see the segment.
func CheckRange(s druid.ShardSpec) error {
	if !s.Overwrites() {
		return nil
	}
	var wire overwriting
	if err := jsontext.Unmarshal(s.AppendJSON(nil), &wire); err != nil {
		return err
	}
	for _, field := range []struct {
		name               string
		value, least, most int
	}{
		{"partitionId", s.PartitionNum(), Roots, 2*Roots - 1},
		{"startRootPartitionId", wire.Start, 0, Roots - 2},
		{"endRootPartitionId", wire.End, wire.Start + 1, Roots - 1},
		{"minorVersion", wire.Minor, 1, math.MaxInt16},
		{"atomicUpdateGroupSize", wire.Size, 1, Roots - 1},
	} {
		if field.value < field.least || field.value > field.most {
			return fmt.Errorf("field [%s] is %d, but must be from %d to %d", field.name, field.value, field.least, field.most)
		}
	}
	return nil
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

// CheckOverwrite tells why segments cannot stand for others that were locked one by one: those of an interval must be whole update groups
// over the same range of root partitions, without a gap in it, and of higher minor versions. Intervals in which nothing is overwritten are not
// looked at.
func CheckOverwrite(segments, overwritten []druid.DataSegment) error {
	made, old := rangesByInterval(segments), rangesByInterval(overwritten)
	for interval, before := range old {
		after := made[interval]
		if after == nil {
			return fmt.Errorf("segments of [%s] are to be overwritten, and none of that interval is to take their place", interval)
		}
		from, err := checkWhole(before)
		if err != nil {
			return fmt.Errorf("the segments of [%s] that are to be overwritten: %w", interval, err)
		}
		to, err := checkWhole(after)
		if err != nil {
			return fmt.Errorf("the segments of [%s]: %w", interval, err)
		}
		if from.start != to.start || from.end != to.end {
			return fmt.Errorf("the segments of [%s] stand for the root partitions from %d until before %d, but those that are to be overwritten for %d until before %d",
				interval, to.start, to.end, from.start, from.end)
		}
		if to.oldest <= from.newest {
			return fmt.Errorf("a segment of [%s] has the minor version %d, but it must be above %d, which one has that is to be overwritten", interval, to.oldest, from.newest)
		}
	}
	return nil
}

// CheckWhole tells why segments cannot be overwritten together under locks over each of them: those of an interval must be whole update groups,
// without a gap between the ranges of root partitions for which they stand.
func CheckWhole(segments []druid.DataSegment) error {
	for interval, ranges := range rangesByInterval(segments) {
		if _, err := checkWhole(ranges); err != nil {
			return fmt.Errorf("the segments of [%s] cannot be overwritten one by one: %w", interval, err)
		}
	}
	return nil
}

func rangesByInterval(segments []druid.DataSegment) map[druid.Interval][]rootRange {
	by := map[druid.Interval][]rootRange{}
	for i := range segments {
		by[segments[i].Interval] = append(by[segments[i].Interval], rangeOf(segments[i].ShardSpec))
	}
	return by
}

// whole is a range of root partitions without a gap, and between which minor versions the segments are that stand for them.
type whole struct {
	start, end     int
	oldest, newest int
}

// checkWhole is what ranges are together, if there is no gap between them and every update group is complete.
func checkWhole(ranges []rootRange) (whole, error) {
	members := map[rootRange]int{}
	for _, r := range ranges {
		members[r]++
	}
	slices.SortFunc(ranges, func(a, b rootRange) int { return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.end, b.end)) })
	all := whole{ranges[0].start, ranges[0].end, ranges[0].minor, ranges[0].minor}
	for i, r := range ranges {
		if members[r] != r.size {
			return all, fmt.Errorf("of those that stand for the root partitions from %d until before %d there are %d, but %d count together", r.start, r.end, members[r], r.size)
		}
		if i > 0 && r != ranges[i-1] && r.start != all.end {
			return all, fmt.Errorf("there is one for the root partitions from %d until before %d after those until before %d", r.start, r.end, all.end)
		}
		all.end, all.oldest, all.newest = r.end, min(all.oldest, r.minor), max(all.newest, r.minor)
	}
	return all, nil
}
