package sink

import (
	"context"
	"slices"

	"ovate/internal/spec"
)

// Sorted is an index in segment order: by time, then by dimension. Its columns are read by Gather… in that order.
type Sorted struct {
	*Index
	Strings []Codes // by dimension; empty for numbers
	rows    []int32 // segment order → row of the index
}

// Codes says how the codes of a string dimension of an index become entries of a segment's dictionary.
type Codes struct {
	// Used are the dictionary entries that occur, in Java's order, null first.
	Used    []int32
	HasNull bool
	// Multi tells whether a row holds a list.
	Multi bool

	values *Values
	local  []int32 // dictionary entry → place in Used; only what is in Used is set
}

// Len is the number of entries of the segment's dictionary.
func (c *Codes) Len() int { return len(c.Used) }

// onlyNull tells whether no row has a value, not even in a list.
func (c *Codes) onlyNull() bool { return c.HasNull && len(c.Used) == 1 }

// At is entry i of the segment's dictionary.
func (c *Codes) At(i int) []byte { return c.values.at(c.Used[i]) }

// Rank prepares the values that the indexes hold for Sort, which may then run for several indexes at a time.
func Rank(indexes []*Index, each func(func())) {
	seen := make(map[*Values]bool)
	for _, x := range indexes {
		for _, d := range x.Dimensions {
			if d.values != nil && !seen[d.values] {
				seen[d.values] = true
				each(d.values.rank)
			}
		}
	}
}

// Sort brings an index whose values are ranked into segment order, unless ctx ends.
func (x *Index) Sort(ctx context.Context) (*Sorted, error) {
	n := x.Rows()
	s := &Sorted{Index: x}
	keys := &sortKeys{}
	part := make([]uint64, n)
	keys.add(part, timePart(part, x.time))
	kept := x.Dimensions[:0]
	for _, d := range x.Dimensions {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		var c Codes
		if d.Type == spec.String {
			if c = d.used(); d.Discovered && !x.keepEmpty && c.onlyNull() {
				continue
			}
			keys.add(part, c.part(part, d.codes))
		} else {
			numberPart(keys, part, &d.numbers, d.Type)
		}
		kept, s.Strings = append(kept, d), append(s.Strings, c)
	}
	x.Dimensions = kept
	s.rows = keys.order(n)
	return s, nil
}

// used finds the dictionary entries that a dimension's rows hold.
func (d *Dimension) used() Codes {
	ranks := d.values.ranks
	c := Codes{values: d.values, local: make([]int32, len(ranks))}
	entry := func(id int32) {
		if c.local[id] == 0 {
			c.local[id] = 1
			c.Used = append(c.Used, id)
		}
	}
	for _, code := range d.codes {
		if code >= 0 {
			entry(code)
			continue
		}
		c.Multi = true
		for _, id := range d.values.lists.at(code) {
			entry(id)
		}
	}
	slices.SortFunc(c.Used, func(a, b int32) int { return int(ranks[a]) - int(ranks[b]) })
	for i, id := range c.Used {
		c.local[id] = int32(i)
	}
	c.HasNull = len(c.Used) > 0 && c.Used[0] == 0
	return c
}

// part fills in the sort key of every row's code.
func (c *Codes) part(part []uint64, codes []int32) (most uint64) {
	if !c.Multi {
		for i, code := range codes {
			part[i] = uint64(c.local[code])
		}
		return uint64(max(0, len(c.Used)-1))
	}
	distinct := slices.Clone(codes)
	slices.Sort(distinct)
	distinct = slices.Compact(distinct)
	slices.SortFunc(distinct, c.compare)
	place := make(map[int32]uint64, len(distinct))
	for i, code := range distinct {
		place[code] = uint64(i)
	}
	for i, code := range codes {
		part[i] = place[code]
	}
	return uint64(len(distinct) - 1)
}

// compare orders codes as lists of entries: entry by entry, then the shorter first. Null alone is the list of null.
func (c *Codes) compare(a, b int32) int {
	var oneA, oneB [1]int32
	listA, listB := c.entries(a, &oneA), c.entries(b, &oneB)
	for i := range min(len(listA), len(listB)) {
		if d := c.local[listA[i]] - c.local[listB[i]]; d != 0 {
			return int(d)
		}
	}
	return len(listA) - len(listB)
}

func (c *Codes) entries(code int32, one *[1]int32) []int32 {
	if code < 0 {
		return c.values.lists.at(code)
	}
	one[0] = code
	return one[:]
}

// GatherTime appends the times of rows [from, to) of the segment order, in milliseconds.
func (s *Sorted) GatherTime(dst []int64, from, to int) []int64 {
	for _, r := range s.rows[from:to] {
		dst = append(dst, int64(s.time[r]))
	}
	return dst
}

// GatherIDs appends the dictionary entries of rows [from, to) of a single-valued string dimension.
func (s *Sorted) GatherIDs(dst []int32, dimension, from, to int) []int32 {
	codes, local := s.Dimensions[dimension].codes, s.Strings[dimension].local
	dst = slices.Grow(dst, to-from)
	for _, r := range s.rows[from:to] {
		dst = append(dst, local[codes[r]])
	}
	return dst
}

// GatherLists appends the same of a multi-valued dimension: row by row the end of its list within ids. A row that lacks a
// discovered dimension has an empty list there, one whose listed dimension is null a list of null; both read as null.
func (s *Sorted) GatherLists(ends, ids []int32, dimension, from, to int) ([]int32, []int32) {
	c, codes := &s.Strings[dimension], s.Dimensions[dimension].codes
	var one [1]int32
	absent := s.Dimensions[dimension].Discovered
	for _, r := range s.rows[from:to] {
		if code := codes[r]; code != 0 || !absent {
			for _, id := range c.entries(code, &one) {
				ids = append(ids, c.local[id])
			}
		}
		ends = append(ends, int32(len(ids)))
	}
	return ends, ids
}

// Numbers are rows of a numeric column; one of the slices is in use. Null is nil if no row of the column is null.
type Numbers struct {
	Longs   []int64
	Floats  []float32
	Doubles []float64
	Null    []bool
}

// gather fills n with rows [from, to) of the numeric column of a dimension or metric.
func (s *Sorted) gather(n *Numbers, column *numbers, t spec.ColumnType, from, to int) {
	rows := s.rows[from:to]
	switch t {
	case spec.Long:
		n.Longs = permute(n.Longs[:0], column.longs, rows)
	case spec.Float:
		n.Floats = permute(n.Floats[:0], column.floats, rows)
	default:
		n.Doubles = permute(n.Doubles[:0], column.doubles, rows)
	}
	if n.Null = n.Null[:0]; column.null != nil {
		n.Null = permute(n.Null, column.null, rows)
	} else {
		n.Null = nil
	}
}

// GatherDimension fills n with rows [from, to) of a numeric dimension.
func (s *Sorted) GatherDimension(n *Numbers, dimension, from, to int) {
	d := s.Dimensions[dimension]
	s.gather(n, &d.numbers, d.Type, from, to)
}

// GatherMetric fills n with rows [from, to) of a metric.
func (s *Sorted) GatherMetric(n *Numbers, metric, from, to int) {
	m := s.Metrics[metric]
	s.gather(n, &m.numbers, m.Type, from, to)
}
