package action

import (
	"context"
	"maps"
	"slices"
	"sort"

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
}

// asked is what two requests have in common that get the same id: the sequence, and the id before or the interval.
type asked struct {
	sequence string
	previous string
	interval druid.Interval
	lineage  bool
}

// readExtents reads what is in the intervals of what is wished for, and where that is. There is none where other chunks are visible and none of this very interval: a new
// one would hide them. (Druid also gives up where newer chunks hide parts of the one to be extended.)
func readExtents(ctx context.Context, r metadata.Reader, dataSource string, all []*wish) (extents map[druid.Interval]*extent, where placed[*extent], err error) {
	partials := make(map[druid.Interval]*PartialShardSpec, len(all))
	for _, w := range all {
		partials[w.interval] = w.Partial
	}
	intervals := slices.Collect(maps.Keys(partials))
	visible, err := chunk.Slices(ctx, r, dataSource, intervals...)
	if err != nil {
		return nil, where, err
	}
	extents = make(map[druid.Interval]*extent, len(partials))
	for interval, partial := range partials {
		e := &extent{interval: interval, slices: seenIn(visible, interval), partial: partial, made: map[asked]metadata.PendingRow{}}
		for _, s := range e.slices {
			if s.Chunk.Interval == interval {
				e.chunk = s.Chunk
			}
		}
		switch {
		case e.chunk != nil && partial.overwrites():
			if err := e.overwritten(ctx, r, dataSource); err != nil {
				return nil, where, err
			}
		case e.chunk != nil:
			e.published(e.chunk)
		case len(e.slices) > 0:
			continue
		}
		extents[interval] = e
	}
	if len(extents) == 0 {
		return nil, where, nil
	}
	pending, err := r.PendingSegments(ctx, dataSource, slices.Collect(maps.Keys(extents)))
	if err != nil {
		return nil, where, err
	}
	where = place(slices.Collect(maps.Values(extents)), func(e *extent) druid.Interval { return e.interval })
	for _, p := range pending {
		addPending(where, p)
	}
	return extents, where, nil
}

// addPending notes a pending segment wherever it counts.
func addPending(extents placed[*extent], p metadata.PendingRow) {
	for e := range extents.overlapping(p.ID.Interval) {
		if p.ShardSpec.Overwrites() == e.partial.overwrites() && (e.chunk == nil || p.ID.Version == e.chunk.Version) {
			e.add(p)
		}
	}
}

// seenIn are those slices, which are in order and apart, that overlap an interval.
func seenIn(visible []chunk.Slice, interval druid.Interval) []chunk.Slice {
	from := sort.Search(len(visible), func(i int) bool { return visible[i].Interval.End > interval.Start })
	to := from
	for to < len(visible) && visible[to].Interval.Start < interval.End {
		to++
	}
	return visible[from:to]
}

// has tells whether a request was answered before.
func (e *extent) has(a SegmentAllocate) bool {
	_, there := e.made[a.asked(e.interval)]
	return there
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
