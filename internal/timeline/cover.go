package timeline

import (
	"cmp"
	"iter"
	"slices"
	"strings"

	"ovate/druid"
)

// Chunk is a time chunk: what segments of one interval and version have in common. They appear, and are hidden, together.
type Chunk struct {
	Interval druid.Interval
	Version  string
}

// SortChunks puts chunks in order of interval and version.
func SortChunks(chunks iter.Seq[Chunk]) []Chunk {
	sorted := slices.AppendSeq([]Chunk{}, chunks)
	slices.SortFunc(sorted, func(a, b Chunk) int {
		return cmp.Or(druid.CompareIntervals(a.Interval, b.Interval), strings.Compare(a.Version, b.Version))
	})
	return sorted
}

// Slice is a span of time over which one chunk is the visible one. It lies within the chunk's interval.
type Slice struct {
	Interval druid.Interval
	Chunk    Chunk
}

// Cover is what chunks do to each other: at each instant the newest of those that are complete is seen, and what is older is hidden.
type Cover struct {
	// Slices are what is seen, in order of time.
	Slices []Slice
	// Hidden are the chunks that newer ones hide everywhere, complete or not.
	Hidden []Chunk
}

// NewCover finds out about the chunks, each given once and all of one data source. What complete tells of a chunk counts, and it is asked
// only of those that are not hidden, newest first: it may read of the metadata.
// Where chunks of the same version overlap, which Druid never makes, the longer interval is seen, then the earlier, but the other is
// not taken for hidden. It takes n log n steps for n chunks, and as many more as there are slices.
func NewCover(chunks []Chunk, complete func(Chunk) bool) *Cover {
	chunks = slices.SortedFunc(slices.Values(chunks), newestFirst)
	taken := newTaken(chunks)
	cover := &Cover{}
	for from, to := 0, 0; from < len(chunks); from = to {
		for to < len(chunks) && chunks[to].Version == chunks[from].Version {
			to++
		}
		open := chunks[from:from:to]
		for _, c := range chunks[from:to] {
			if taken.encloses(c.Interval) {
				cover.Hidden = append(cover.Hidden, c)
			} else {
				open = append(open, c)
			}
		}
		for _, c := range open {
			if !complete(c) {
				continue
			}
			for _, seen := range taken.add(c.Interval) {
				cover.Slices = append(cover.Slices, Slice{seen, c})
			}
		}
	}
	slices.SortFunc(cover.Slices, func(a, b Slice) int { return cmp.Compare(a.Interval.Start, b.Interval.Start) })
	return cover
}

// newestFirst orders chunks such that each is seen where none before it is.
func newestFirst(a, b Chunk) int {
	return cmp.Or(
		strings.Compare(b.Version, a.Version),
		cmp.Compare(b.Interval.End-b.Interval.Start, a.Interval.End-a.Interval.Start),
		cmp.Compare(a.Interval.Start, b.Interval.Start),
	)
}

// taken is the time that is covered so far. The bounds cut time into spans, each of which is covered as a whole or not at all.
type taken struct {
	bounds []druid.Instant // where chunks begin and end, in order
	// next leads to the first span from i on that is not covered, span i being that from bound i to the next one. It is i itself if that
	// one is not; else it may take several steps.
	next []int
}

func newTaken(chunks []Chunk) *taken {
	bounds := make([]druid.Instant, 0, 2*len(chunks))
	for _, c := range chunks {
		bounds = append(bounds, c.Interval.Start, c.Interval.End)
	}
	slices.Sort(bounds)
	t := &taken{bounds: slices.Compact(bounds)}
	t.next = make([]int, len(t.bounds))
	for i := range t.next {
		t.next[i] = i
	}
	return t
}

// at is the span that begins at a bound.
func (t *taken) at(bound druid.Instant) int {
	i, _ := slices.BinarySearch(t.bounds, bound)
	return i
}

// free is the first span from i on that is not covered, or the last bound. It shortens the way there for those who come next.
func (t *taken) free(i int) int {
	for t.next[i] != i {
		t.next[i] = t.next[t.next[i]]
		i = t.next[i]
	}
	return i
}

// encloses tells whether all of the interval is covered.
func (t *taken) encloses(i druid.Interval) bool {
	return !i.IsEmpty() && t.free(t.at(i.Start)) >= t.at(i.End)
}

// add covers the interval, and returns those parts of it that were not before.
func (t *taken) add(i druid.Interval) (parts []druid.Interval) {
	end := t.at(i.End)
	for from := t.free(t.at(i.Start)); from < end; {
		to := from
		for to < end && t.next[to] == to {
			t.next[to] = to + 1
			to++
		}
		parts = append(parts, druid.Interval{Start: t.bounds[from], End: t.bounds[to]})
		from = t.free(to)
	}
	return parts
}
