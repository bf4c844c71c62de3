package action

import (
	"context"
	"slices"

	"ovate/druid"
	"ovate/internal/chunk"
	"ovate/internal/metadata"
	"ovate/internal/timeline"
)

// extent is how far the numbers of an interval's segments go, published ones and those handed out.
type extent struct {
	interval druid.Interval
	slices   []chunk.Slice  // what is visible in it
	chunk    *chunk.Summary // the one of this interval that is visible somewhere; nil if there is nothing at all
	core     int            // core partitions of the published segments: appended ones never wait for each other
	closed   bool           // no id can follow
	highest  *druid.SegmentID
	partial  *PartialShardSpec             // of what is to be numbered; those that overwrite others have numbers of their own
	made     map[asked]metadata.PendingRow // the oldest answer to each request
	shown    map[string]bool               // whether queries would see a segment of a version, as far as it was asked
}

// asked is what two requests have in common that get the same id: the sequence, and the id before or the interval.
type asked struct {
	sequence string
	previous string
	interval druid.Interval
	lineage  bool
}

// readExtent reads what is in the interval. It is nil if other chunks are visible there and none of this very interval: a new
// one would hide them. (Druid also gives up where newer chunks hide parts of the one to be extended.)
func readExtent(ctx context.Context, r metadata.Reader, dataSource string, interval druid.Interval, partial *PartialShardSpec) (*extent, error) {
	visible, err := chunk.Slices(ctx, r, dataSource, interval)
	if err != nil {
		return nil, err
	}
	e := &extent{interval: interval, slices: visible, partial: partial, made: map[asked]metadata.PendingRow{}, shown: map[string]bool{}}
	for _, s := range visible {
		if s.Chunk.Interval == interval {
			e.chunk = s.Chunk
		}
	}
	switch {
	case e.chunk != nil && partial.overwrites():
		if err := e.overwritten(ctx, r, dataSource); err != nil {
			return nil, err
		}
	case e.chunk != nil:
		e.published(e.chunk)
	case len(visible) > 0:
		return nil, nil
	}
	pending, err := r.PendingSegments(ctx, dataSource, interval)
	if err != nil {
		return nil, err
	}
	for _, p := range pending {
		if p.ShardSpec.Overwrites() == partial.overwrites() && (e.chunk == nil || p.ID.Version == e.chunk.Version) {
			e.add(p)
		}
	}
	return e, nil
}

// shows tells whether rows of that time can be seen in the interval's segments: nothing newer hides them.
func (e *extent) shows(rows druid.Interval) bool {
	return !slices.ContainsFunc(e.slices, func(s chunk.Slice) bool { return s.Interval.Overlaps(rows) && s.Chunk != e.chunk })
}

// lastRoot is the last number that a segment takes from those that are appended. Partitions that overwrite others have numbers of their own,
// from 32768; what is appended comes after those that they have overwritten, as it would be hidden by them, too. (Druid gives such numbers out
// again.) It is not known if nobody can tell which ones a segment has overwritten.
func lastRoot(s druid.ShardSpec) (last int, known bool) {
	if !s.Overwrites() {
		return s.PartitionNum(), true
	}
	end := timeline.EndOfRoots(s)
	return end - 1, end <= timeline.Roots
}

// published notes the segments of the chunk.
func (e *extent) published(c *chunk.Summary) {
	segments := c.Segments
	if segments == nil {
		segments = []druid.DataSegment{c.Last}
	}
	for _, s := range segments {
		id := s.ID()
		last, known := lastRoot(s.ShardSpec)
		if id.PartitionNum = last; known {
			e.consider(id)
		} else {
			e.closed = true
		}
		if !s.ShardSpec.Overwrites() {
			e.core = s.ShardSpec.CorePartitions()
		}
		if s.ShardSpec.Type() == "single" && e.core == 0 {
			e.closed = true // from before sets of `single` partitions had a known size
		}
	}
}

// add notes a pending segment.
func (e *extent) add(p metadata.PendingRow) {
	e.consider(p.ID)
	if p.Unreadable != nil {
		return // the id is taken, by whom is not known
	}
	for _, r := range []asked{
		{sequence: p.SequenceName, previous: p.PreviousID, lineage: true},
		{sequence: p.SequenceName, interval: p.ID.Interval},
	} {
		if _, there := e.made[r]; !there {
			e.made[r] = p
		}
	}
}

func (e *extent) consider(id druid.SegmentID) {
	h := e.highest
	if h == nil || id.Version > h.Version || id.Version == h.Version && id.PartitionNum > h.PartitionNum {
		e.highest = &id
	}
}

// next is the id after the highest one there is, or nil if the interval cannot be extended.
func (e *extent) next(dataSource, lockVersion string) *Allocation {
	if e.closed || e.highest != nil && (e.highest.Interval != e.interval || e.highest.PartitionNum >= maxPartition) {
		return nil
	}
	id := druid.SegmentID{DataSource: dataSource, Interval: e.interval, Version: lockVersion, PartitionNum: e.partial.first()}
	switch {
	case e.highest != nil:
		id.Version, id.PartitionNum = e.highest.Version, e.highest.PartitionNum+1
	case e.chunk != nil:
		id.Version = e.chunk.Version
	}
	return &Allocation{ID: id, ShardSpec: e.partial.complete(id.PartitionNum, e.core)}
}
