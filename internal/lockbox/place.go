package lockbox

import (
	"cmp"
	"fmt"

	"ovate/druid"
)

// place is what a lock is over: a time chunk, or one segment of it.
type place struct {
	interval  druid.Interval
	partition int // the segment's, or wholeChunk
}

// wholeChunk stands for all the partitions that there are and that may come.
const wholeChunk = -1

func placeOf(l *druid.TaskLock) place {
	if l.Granularity == druid.SegmentLock {
		return place{l.Interval, l.PartitionID}
	}
	return place{l.Interval, wholeChunk}
}

// isSegment tells whether it is a segment, and no time chunk.
func (a place) isSegment() bool { return a.partition != wholeChunk }

// String is for errors.
func (a place) String() string {
	if a.isSegment() {
		return fmt.Sprintf("partition %d of [%s]", a.partition, a.interval)
	}
	return fmt.Sprintf("[%s]", a.interval)
}

// meets tells whether locks over both places may be in each other's way. Segments are apart if they are different partitions of the same
// interval, of whatever version; those of different intervals are not.
func (a place) meets(b place) bool {
	apart := a.partition != b.partition && a.isSegment() && b.isSegment() && a.interval == b.interval
	return !apart && a.interval.Overlaps(b.interval)
}

// compare orders places by time; a time chunk stands before its segments.
func (a place) compare(b place) int {
	return cmp.Or(druid.CompareIntervals(a.interval, b.interval), cmp.Compare(a.partition, b.partition))
}

// Covers tells whether a lock lets its task publish a segment, or take it away: it is over the segment, and not of a version before it.
// APPEND locks over time chunks are of a version before all.
func Covers(l *druid.TaskLock, segment druid.SegmentID) bool {
	at := placeOf(l)
	return l.DataSource == segment.DataSource && l.Interval.Encloses(segment.Interval) &&
		(!at.isSegment() || at.partition == segment.PartitionNum) &&
		(l.Version >= segment.Version || l.Type == druid.Append && !at.isSegment())
}
