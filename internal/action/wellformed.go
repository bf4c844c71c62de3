package action

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/timeline"
)

const (
	// maxPartition is the highest number of a partition: Druid reads it as an int, and the next one must be one, too.
	maxPartition = math.MaxInt32 - 1
	// maxPartialCores is how many core partitions a time chunk may have that is published in parts. Nobody publishes more of them one
	// request after the other, and without the last one none is seen.
	maxPartialCores = 1 << 15
)

// shardSpecTypes are those of segments that Druid reads; others stand for partitions that are still being made.
var shardSpecTypes = [...]string{"none", "linear", "numbered", "numbered_overwrite", "hashed", "single", "range", "tombstone"}

// checkSegments refuses segments that no query could see as what they are, and such as contradict each other, whatever is stored. The
// error names the field.
func checkSegments(segments []druid.DataSegment) error {
	first, members := map[druid.SegmentID]int{}, map[timeline.Chunk]int{}
	for i := range segments {
		members[chunkOf(&segments[i])]++
	}
	for i := range segments {
		s := &segments[i]
		if s.Interval.IsEmpty() {
			return druid.InvalidInput("field [segments[%d].interval] is [%s], which is empty, but must be a span of time", i, s.Interval)
		}
		if typ := s.ShardSpec.Type(); !slices.Contains(shardSpecTypes[:], typ) {
			return druid.InvalidInput("field [segments[%d].shardSpec.type] is [%s], but must be one of %q", i, typ, shardSpecTypes)
		}
		if n := s.ShardSpec.PartitionNum(); n < 0 || n > maxPartition {
			return druid.InvalidInput("field [segments[%d].shardSpec.partitionNum] is %d, but must be from 0 to %d", i, n, maxPartition)
		}
		if err := timeline.CheckRange(s.ShardSpec); err != nil {
			return druid.InvalidInput("field [segments[%d].shardSpec]: %v", i, err)
		}
		if err := checkCoreCount(i, s, members[chunkOf(s)]); err != nil {
			return err
		}
		if before, twice := first[s.ID()]; twice {
			return druid.InvalidInput("field [segments[%d]] has the id of [segments[%d]], %s, but each segment must be there once", i, before, s.ID())
		}
		first[s.ID()] = i
	}
	return checkChunks(members)
}

// checkCoreCount refuses a number of core partitions that cannot be reached. A segment with a number behind them has been appended; then
// they are looked up in the store.
func checkCoreCount(i int, s *druid.DataSegment, members int) error {
	field, cores := "partitions", s.ShardSpec.CorePartitions()
	if typ := s.ShardSpec.Type(); typ == "single" || typ == "range" {
		field = "numCorePartitions"
		if typ == "single" && cores == -1 {
			return nil // from before they were counted
		}
	}
	switch {
	case cores < 0 || cores > maxPartition:
		return druid.InvalidInput("field [segments[%d].shardSpec.%s] is %d, but must be from 0 to %d", i, field, cores, maxPartition)
	case s.ShardSpec.PartitionNum() < cores && cores > max(members, maxPartialCores):
		return druid.InvalidInput("field [segments[%d].shardSpec.%s] is %d, but the request has %d of the time chunk, and queries "+
			"see none before there are that many", i, field, cores, members)
	}
	return nil
}

// checkChunks refuses time chunks of one version that overlap: each of them would hide parts of the other, or all.
func checkChunks(members map[timeline.Chunk]int) error {
	chunks := make([]timeline.Chunk, 0, len(members))
	for c := range members {
		chunks = append(chunks, c)
	}
	slices.SortFunc(chunks, func(a, b timeline.Chunk) int {
		return cmp.Or(cmp.Compare(a.Version, b.Version), cmp.Compare(a.Interval.Start, b.Interval.Start), cmp.Compare(a.Interval.End, b.Interval.End))
	})
	for i := 1; i < len(chunks); i++ {
		if a, b := chunks[i-1], chunks[i]; a.Version == b.Version && a.Interval.Overlaps(b.Interval) {
			return druid.InvalidInput("field [segments.interval]: there would be segments of version[%s] over [%s] and over [%s], which overlap, but "+
				"those of one version must have the same interval or intervals that are apart", a.Version, a.Interval, b.Interval)
		}
	}
	return nil
}

// mustFit refuses segments of a data source that overlap used ones of their version but are no partitions of the same interval.
func mustFit(ctx context.Context, r metadata.Reader, dataSource string, segments []druid.DataSegment) error {
	if len(segments) == 0 {
		return nil
	}
	chunks, versions := map[timeline.Chunk]int{}, map[string]bool{}
	intervals := make([]druid.Interval, len(segments))
	for i := range segments {
		chunks[chunkOf(&segments[i])]++
		versions[segments[i].Version] = true
		intervals[i] = segments[i].Interval
	}
	there, err := r.UsedChunks(ctx, dataSource, druid.CondenseIntervals(intervals))
	if err != nil {
		return fmt.Errorf("the time chunks of data source[%s]: %w", dataSource, err)
	}
	for _, c := range there {
		if versions[c.Version] {
			chunks[c]++
		}
	}
	return checkChunks(chunks)
}

func chunkOf(s *druid.DataSegment) timeline.Chunk {
	return timeline.Chunk{Interval: s.Interval, Version: s.Version}
}
