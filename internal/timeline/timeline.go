// Package timeline tells which segments of a data source are visible: over every interval the newest version whose
// core partitions are all there hides the older ones, as in Druid's VersionedIntervalTimeline.
package timeline

import (
	"cmp"
	"container/heap"
	"slices"
	"sort"

	"ovate/druid"
)

// Chunk is the segments of one interval and version: they appear, and are hidden, together.
type Chunk struct {
	Interval druid.Interval
	Version  string
	// Segments are by partition number. Those hidden by a newer partition of the same chunk are left out.
	Segments []druid.DataSegment
}

// Slice is a span of time over which one chunk is the visible one. It lies within the chunk's interval.
type Slice struct {
	Interval druid.Interval
	Chunk    *Chunk
}

// Timeline is what is visible, in order of time. It does not change.
type Timeline struct{ slices []Slice }

// New builds the timeline of segments, which must all be of one data source.
// Where chunks of the same version overlap, which Druid never makes, the longer interval wins, then the earlier.
func New(segments []druid.DataSegment) *Timeline {
	var chunks []*Chunk
	for _, c := range group(segments) {
		if c.complete() {
			chunks = append(chunks, c)
		}
	}
	return &Timeline{slices: sweep(chunks)}
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

// Visible returns the segments that are visible somewhere within any of the intervals, each once, in order of time,
// version and partition.
func (t *Timeline) Visible(intervals []druid.Interval) []druid.DataSegment {
	var visible []druid.DataSegment
	seen := map[*Chunk]bool{}
	for _, i := range druid.CondenseIntervals(intervals) {
		for _, s := range t.Lookup(i) {
			if !seen[s.Chunk] {
				seen[s.Chunk] = true
				visible = append(visible, s.Chunk.Segments...)
			}
		}
	}
	return visible
}

// Overshadowed returns those of the segments that can be seen nowhere because newer ones hide them, in their order: chunks of newer
// versions that are complete cover the whole interval, or a newer partition of the same chunk has taken the place. Segments
// that are not seen because others are missing are not among them.
func Overshadowed(segments []druid.DataSegment) []druid.DataSegment {
	type key struct {
		interval druid.Interval
		version  string
	}
	visible := New(segments)
	members := map[key]map[rootRange]int{}
	covered, overwrites := map[key]bool{}, map[key]bool{}
	for _, s := range segments {
		k := key{s.Interval, s.Version}
		if members[k] == nil {
			members[k] = map[rootRange]int{}
			covered[k] = visible.covers(s.Interval, s.Version)
		}
		members[k][rangeOf(s.ShardSpec)]++
		overwrites[k] = overwrites[k] || s.ShardSpec.Type() == overwriteType
	}
	var hidden []druid.DataSegment
	for _, s := range segments {
		k := key{s.Interval, s.Version}
		if covered[k] || overwrites[k] && rangeOf(s.ShardSpec).overwritten(members[k]) {
			hidden = append(hidden, s)
		}
	}
	return hidden
}

// covers tells whether visible chunks of newer versions fill the interval.
func (t *Timeline) covers(i druid.Interval, version string) bool {
	at := i.Start
	for _, s := range t.Lookup(i) {
		if s.Interval.Start > at || s.Chunk.Version <= version {
			return false
		}
		at = s.Interval.End
	}
	return at >= i.End
}

// group gathers segments into chunks, by interval and version.
func group(segments []druid.DataSegment) []*Chunk {
	type key struct {
		interval druid.Interval
		version  string
	}
	byKey := map[key]*Chunk{}
	var chunks []*Chunk
	for _, s := range segments {
		k := key{s.Interval, s.Version}
		c := byKey[k]
		if c == nil {
			c = &Chunk{Interval: s.Interval, Version: s.Version}
			byKey[k] = c
			chunks = append(chunks, c)
		}
		c.Segments = append(c.Segments, s)
	}
	for _, c := range chunks {
		slices.SortStableFunc(c.Segments, func(a, b druid.DataSegment) int {
			return cmp.Compare(a.ShardSpec.PartitionNum(), b.ShardSpec.PartitionNum())
		})
		c.Segments = withoutOverwritten(c.Segments)
	}
	return chunks
}

// complete tells whether all core partitions are there, or overwritten: those numbered below the count that the
// segments give. Types that give none (linear, none, numbered of a set born by appends) are complete as they are.
func (c *Chunk) complete() bool {
	core := 0
	for _, s := range c.Segments {
		core = max(core, s.ShardSpec.CorePartitions())
	}
	if core > max(len(c.Segments), overwriteStart) {
		return false // nor could anything overwrite that many
	}
	there := make([]bool, core)
	missing := core
	for _, s := range c.Segments {
		r := rangeOf(s.ShardSpec)
		for n := r.start; n < min(r.end, core); n++ {
			if !there[n] {
				there[n] = true
				missing--
			}
		}
	}
	return missing == 0 && len(c.Segments) > 0
}

// better orders chunks that are at the same time: the first is the visible one.
func better(a, b *Chunk) bool {
	if a.Version != b.Version {
		return a.Version > b.Version
	}
	long, short := a.Interval.End-a.Interval.Start, b.Interval.End-b.Interval.Start
	if long != short {
		return long > short
	}
	return a.Interval.Start < b.Interval.Start
}

// sweep walks through time, keeping the chunks at hand in a heap with the visible one on top.
func sweep(chunks []*Chunk) []Slice {
	slices.SortFunc(chunks, func(a, b *Chunk) int { return cmp.Compare(a.Interval.Start, b.Interval.Start) })
	var out []Slice
	var open chunkHeap
	next := 0
	for next < len(chunks) || len(open) > 0 {
		if len(open) == 0 {
			heap.Push(&open, chunks[next])
			next++
		}
		top := open[0]
		from := top.Interval.Start
		if len(out) > 0 {
			from = max(from, out[len(out)-1].Interval.End)
		}
		if top.Interval.End <= from {
			heap.Pop(&open)
			continue
		}
		// The top stays visible until a better chunk begins or it ends.
		until := top.Interval.End
		for next < len(chunks) && chunks[next].Interval.Start < until {
			c := chunks[next]
			next++
			heap.Push(&open, c)
			if better(c, top) {
				until = c.Interval.Start
			}
		}
		if until > from {
			out = append(out, Slice{Interval: druid.Interval{Start: from, End: until}, Chunk: top})
		}
	}
	return out
}

type chunkHeap []*Chunk

func (h chunkHeap) Len() int           { return len(h) }
func (h chunkHeap) Less(i, j int) bool { return better(h[i], h[j]) }
func (h chunkHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *chunkHeap) Push(c any)        { *h = append(*h, c.(*Chunk)) }
func (h *chunkHeap) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}
