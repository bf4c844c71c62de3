// Package timeline tells which segments of a data source are visible: over every interval the newest version whose
// core partitions are all there hides the older ones, as in Druid's VersionedIntervalTimeline.
package timeline

import (
	"cmp"
	"slices"
	"sort"

	"ovate/druid"
)

// PartitionSet is the segments of one time chunk.
type PartitionSet struct {
	Chunk
	// Segments are by partition number. Those hidden by a newer partition of the same set are left out.
	Segments []druid.DataSegment
}

// Timeline is what is visible, in order of time. It does not change.
type Timeline struct {
	slices []Slice
	sets   map[Chunk]*PartitionSet
}

// New builds the timeline of segments, which must all be of one data source.
func New(segments []druid.DataSegment) *Timeline {
	sets, cover := coverOf(segments)
	return &Timeline{slices: cover.Slices, sets: sets}
}

func coverOf(segments []druid.DataSegment) (map[Chunk]*PartitionSet, *Cover) {
	sets := group(segments)
	chunks := make([]Chunk, 0, len(sets))
	for c := range sets {
		chunks = append(chunks, c)
	}
	return sets, NewCover(chunks, func(c Chunk) bool { return sets[c].complete() })
}

// Lookup returns the visible slices that overlap the interval. They are not cut to it.
func (t *Timeline) Lookup(i druid.Interval) []Slice {
	from := sort.Search(len(t.slices), func(n int) bool { return t.slices[n].Interval.End > i.Start })
	to := from
	for to < len(t.slices) && t.slices[to].Interval.Start < i.End {
		to++
	}
	return t.slices[from:to]
}

// Shown is a set that is visible somewhere.
type Shown struct {
	*PartitionSet
	Parts []druid.Interval // where it is, in order and apart
}

// Shown returns the sets that are visible within any of the intervals, each once, in order of when that begins. Their parts are cut
// to the intervals.
func (t *Timeline) Shown(intervals []druid.Interval) (shown []*Shown) {
	byChunk := map[Chunk]*Shown{}
	for _, i := range druid.CondenseIntervals(intervals) {
		for _, s := range t.Lookup(i) {
			set := byChunk[s.Chunk]
			if set == nil {
				set = &Shown{PartitionSet: t.sets[s.Chunk]}
				byChunk[s.Chunk] = set
				shown = append(shown, set)
			}
			set.Parts = append(set.Parts, druid.Interval{Start: max(s.Interval.Start, i.Start), End: min(s.Interval.End, i.End)})
		}
	}
	return shown
}

// Visible returns the segments that are visible somewhere within any of the intervals, each once, in order of time,
// version and partition.
func (t *Timeline) Visible(intervals []druid.Interval) []druid.DataSegment {
	var visible []druid.DataSegment
	for _, s := range t.Shown(intervals) {
		visible = append(visible, s.Segments...)
	}
	return visible
}

// Overshadowed returns those of the segments that can be seen nowhere because newer ones hide them, in their order: chunks of newer
// versions that are complete cover the whole interval, or a newer partition of the same chunk has taken the place. Segments
// that are not seen because others are missing are not among them.
func Overshadowed(segments []druid.DataSegment) []druid.DataSegment {
	_, cover := coverOf(segments)
	covered := make(map[Chunk]bool, len(cover.Hidden))
	for _, c := range cover.Hidden {
		covered[c] = true
	}
	members, overwrites := map[Chunk]map[rootRange]int{}, map[Chunk]bool{}
	for _, s := range segments {
		c := chunkOf(s)
		if members[c] == nil {
			members[c] = map[rootRange]int{}
		}
		members[c][rangeOf(s.ShardSpec)]++
		overwrites[c] = overwrites[c] || s.ShardSpec.Overwrites()
	}
	var hidden []druid.DataSegment
	for _, s := range segments {
		c := chunkOf(s)
		if covered[c] || overwrites[c] && rangeOf(s.ShardSpec).overwritten(members[c]) {
			hidden = append(hidden, s)
		}
	}
	return hidden
}

func chunkOf(s druid.DataSegment) Chunk { return Chunk{s.Interval, s.Version} }

// group gathers segments into sets.
func group(segments []druid.DataSegment) map[Chunk]*PartitionSet {
	sets := map[Chunk]*PartitionSet{}
	for _, s := range segments {
		c := chunkOf(s)
		if sets[c] == nil {
			sets[c] = &PartitionSet{Chunk: c}
		}
		sets[c].Segments = append(sets[c].Segments, s)
	}
	for _, set := range sets {
		slices.SortStableFunc(set.Segments, func(a, b druid.DataSegment) int {
			return cmp.Compare(a.ShardSpec.PartitionNum(), b.ShardSpec.PartitionNum())
		})
		set.Segments = withoutOverwritten(set.Segments)
	}
	return sets
}

// complete tells whether all core partitions are there, or overwritten: those numbered below the count that the
// segments give. Types that give none (linear, none, numbered of a set born by appends) are complete as they are.
func (c *PartitionSet) complete() bool {
	core := 0
	for _, s := range c.Segments {
		core = max(core, s.ShardSpec.CorePartitions())
	}
	if core > max(len(c.Segments), Roots) {
		return false // nor could anything overwrite that many
	}
	there := make([]bool, core)
	missing := core
	for _, s := range c.Segments {
		r := rangeOf(s.ShardSpec)
		for n := max(r.start, 0); n < min(r.end, core); n++ {
			if !there[n] {
				there[n] = true
				missing--
			}
		}
	}
	return missing == 0 && len(c.Segments) > 0
}
