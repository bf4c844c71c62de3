package sink

import (
	"cmp"
	"fmt"
	"hash/maphash"
	"maps"
	"slices"

	"ovate/druid"
	"ovate/internal/ingest/row"
	"ovate/internal/spec"
)

// Limits say when something has to give. Zero means no limit.
type Limits struct {
	RowsInMemory    int
	BytesInMemory   int64
	RowsPerSegment  int   // a segment with so many rows is full
	RowsInTotal     int64 // all segments together
	ListsPerSegment int64 // values of lists: who writes a segment holds those of a column
}

// Chunks are the time chunks that rows are sorted into.
type Chunks interface {
	// Bucket is the chunk that t lies in. Chunks do not overlap.
	Bucket(t druid.Instant) druid.Interval
}

// Full says why Add stopped.
type Full uint8

// What Add may find.
const (
	NotFull     Full = iota
	MemoryFull       // rows in memory have to be written out as runs
	SegmentFull      // all open segments have to be finished
)

// Set is the indexes of a task, one per time chunk, filled in the order of the input.
type Set struct {
	schema *spec.DataSchema
	limits Limits
	seed   maphash.Seed // of this set alone: nobody can choose values whose hashes meet, and make each row be compared with all before
	salts  []uint64     // by listed dimension; the last one is for the time

	values     int // workers whose dictionaries are translated
	listed     []*Values
	discovered map[string]*Values
	sizes      sizes                      // of all of them
	indexes    map[druid.Instant]*Index   // each holds rows
	left       map[druid.Instant]leftover // by time chunk
	current    *Index                     // the one used last
	rows       int                        // in memory
	total      int64                      // in open segments
	columns    int                        // of all indexes
	cells      int64                      // that runs of all indexes would have: their rows times their dimensions
	found      int64                      // bytes of the columns of discovered dimensions
	chunks     Chunks
	query      *druid.Bucketer

	// The batch at hand.
	batch   *row.Batch
	time    []druid.Instant // truncated to the query granularity
	last    []lastDimension // by discovered dimension of the batch
	met     fields
	hashes  []uint64
	touched []*Index
	lists   []listColumn
	one     [1]int32
}

// leftover is what has left memory of an open segment: rows, and values of lists in them.
type leftover struct {
	rows  int
	lists int64
}

// lastDimension is what a discovered dimension of a batch is in the index that was used last.
type lastDimension struct {
	index     *Index
	dimension *Dimension
}

// NewSet returns an empty set that takes batches of the given number of workers.
func NewSet(schema *spec.DataSchema, chunks Chunks, limits Limits, workers int) *Set {
	s := &Set{
		schema:  schema,
		limits:  limits,
		seed:    maphash.MakeSeed(),
		values:  workers,
		indexes: make(map[druid.Instant]*Index),
		left:    make(map[druid.Instant]leftover),
		chunks:  chunks,
		query:   schema.Granularity.Query.Bucketer(),
	}
	for i := range len(schema.Dimensions.Dimensions) + 1 {
		s.salts = append(s.salts, maphash.Comparable(s.seed, i))
	}
	s.freshValues()
	return s
}

func (s *Set) freshValues() {
	s.listed = make([]*Values, len(s.schema.Dimensions.Dimensions))
	for i, d := range s.schema.Dimensions.Dimensions {
		if d.Type == spec.String {
			s.listed[i] = newValues(d.MultiValue, s.values)
		}
	}
	s.discovered = make(map[string]*Values)
	s.sizes = sizes{}
	for _, v := range s.listed {
		if v != nil {
			s.sizes.add(v)
		}
	}
}

// Fits tells whether so many bytes of new texts fit into memory beside what is there, also while a dictionary moves to a larger place, and when they are written; where
// nothing is they do.
func (s *Set) Fits(text int64) bool {
	return s.rows == 0 || s.limits.BytesInMemory <= 0 || s.bytes()+3*text <= s.limits.BytesInMemory
}

// Begin makes b, whose columns it changes, the batch that Add takes rows from.
func (s *Set) Begin(b *row.Batch) {
	s.batch = b
	if s.rows == 0 {
		s.freshValues() // nobody needs the old ones, but for what was taken out
	}
	s.time = slices.Grow(s.time[:0], b.N)[:b.N]
	var chunk druid.Interval
	for i, t := range b.Time[:b.N] {
		if !chunk.Contains(t) {
			chunk = s.chunks.Bucket(t)
		}
		// A week may begin before the month that it is cut to.
		s.time[i] = max(s.query.Truncate(t), chunk.Start)
	}
	s.translate()
	if s.schema.Granularity.Rollup {
		s.hash()
	}
}

func (s *Set) translate() {
	b := s.batch
	s.met.begin(len(b.Discovered), len(b.FieldSets))
	s.last = slices.Grow(s.last[:0], len(b.Discovered))[:len(b.Discovered)]
	clear(s.last)
	s.lists = s.lists[:0]
	for i := range b.Dimensions {
		if v := s.listed[i]; v != nil {
			v.translate(b.Worker, &b.Dimensions[i])
			s.sizes.add(v)
			s.addLists(v, &b.Dimensions[i], 0)
		}
	}
	for i := range b.Discovered {
		d := &b.Discovered[i]
		v := s.discovered[d.Name]
		if v == nil {
			v = newValues(spec.SortedArray, s.values)
			s.discovered[d.Name] = v
		}
		v.translate(b.Worker, &d.Column)
		s.sizes.add(v)
		s.addLists(v, &d.Column, d.From)
	}
}

func (s *Set) hash() {
	b := s.batch
	s.hashes = slices.Grow(s.hashes[:0], b.N)[:b.N]
	salt := s.salts[len(s.salts)-1]
	for i, t := range s.time {
		s.hashes[i] = mix(uint64(t) ^ salt)
	}
	for i := range b.Dimensions {
		addHash(s.hashes, &b.Dimensions[i], s.salts[i])
	}
	for i := range b.Discovered {
		d := &b.Discovered[i]
		addHash(s.hashes[d.From:], &d.Column, maphash.String(s.seed, d.Name))
	}
}

// Add takes the batch's rows from row from on, up to row to or until a limit is reached, and returns the row after the last
// one taken. After MemoryFull or SegmentFull the caller takes the indexes out before it goes on.
func (s *Set) Add(from, to int) (next int, full Full) {
	rollup := s.schema.Granularity.Rollup
	for next = from; next < to && full == NotFull; next++ {
		x := s.indexOf(s.batch.Time[next])
		grown := true
		if rollup {
			var g int32
			g, grown = x.group(s, s.batch, int32(next))
			if !grown {
				s.touch(x, int32(next))
				x.rowsFor = append(x.rowsFor, g)
			}
		} else {
			s.touch(x, int32(next))
		}
		if grown {
			s.rows++
			s.total++
			x.lists += s.listValues(next)
			full = s.full(x, rollup)
		}
	}
	for _, x := range s.touched {
		if rollup {
			for i, m := range x.Metrics {
				m.fold(&s.batch.Metrics[i], x.rows, x.rowsFor)
			}
		} else {
			x.appendRows(s, s.batch, x.rows)
		}
		x.rows, x.rowsFor = x.rows[:0], x.rowsFor[:0]
	}
	s.touched = s.touched[:0]
	if full == NotFull && (s.limits.BytesInMemory > 0 && (s.bytes() > s.limits.BytesInMemory || s.cells > s.limits.BytesInMemory) || s.sizes.full) {
		full = MemoryFull
	}
	return next, full
}

func (s *Set) touch(x *Index, r int32) {
	if len(x.rows) == 0 {
		s.touched = append(s.touched, x)
	}
	x.rows = append(x.rows, r)
}

func (s *Set) full(x *Index, rollup bool) Full {
	rows := x.SegmentRows()
	if !rollup {
		rows += len(x.rows)
	}
	switch l := s.limits; {
	case l.RowsPerSegment > 0 && rows >= l.RowsPerSegment, l.RowsInTotal > 0 && s.total >= l.RowsInTotal, l.ListsPerSegment > 0 && x.lists >= l.ListsPerSegment:
		return SegmentFull
	case l.RowsInMemory > 0 && s.rows >= l.RowsInMemory, l.BytesInMemory > 0 && s.bytesOfIndexes() > max(l.BytesInMemory, leastOfIndexes):
		return MemoryFull
	}
	return NotFull
}

func (s *Set) indexOf(t druid.Instant) *Index {
	if s.current != nil && s.current.Interval.Contains(t) {
		return s.current
	}
	chunk := s.chunks.Bucket(t)
	x := s.indexes[chunk.Start]
	if !chunk.Contains(t) || x != nil && x.Interval != chunk { // its rows would be where no query looks for them
		panic(fmt.Sprintf("a row of %s was given the time chunk %s beside %v", t, chunk, slices.Collect(maps.Keys(s.indexes))))
	}
	if x == nil {
		x = newIndex(chunk, s)
		s.columns += len(x.Dimensions) + len(x.Metrics)
		left := s.left[chunk.Start]
		x.RowsBefore, x.lists = left.rows, left.lists
		s.indexes[chunk.Start] = x
	}
	s.current = x
	return x
}

// End is a Take of the last rows, after which nothing comes: the values are those of the indexes alone.
func (s *Set) End() []*Index {
	taken := s.Take(true)
	s.listed, s.discovered, s.batch, s.lists = nil, nil, nil, nil
	return taken
}

// Take removes every index, in the order of their intervals. With segmentsEnd the segments end with them; without, later
// rows of an interval belong to the same segment.
func (s *Set) Take(segmentsEnd bool) []*Index {
	taken := slices.SortedFunc(maps.Values(s.indexes), func(a, b *Index) int { return cmp.Compare(a.Interval.Start, b.Interval.Start) })
	clear(s.indexes)
	clear(s.last)
	s.current, s.rows, s.columns, s.cells, s.found = nil, 0, 0, 0, 0
	if segmentsEnd {
		clear(s.left)
		s.total = 0
		return taken
	}
	for _, x := range taken {
		s.left[x.Interval.Start] = leftover{x.SegmentRows(), x.lists}
	}
	return taken
}
