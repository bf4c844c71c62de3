package sink

import (
	"context"
	"slices"

	"ovate/internal/spec"
)

// Sorted is an index in segment order: by time, then by dimension. Its columns are read by Gather… and Column in that order.
type Sorted struct {
	*Index
	Strings []Codes // by dimension; empty for numbers
	rows    []int32 // segment order → row of the index
	places  []int32 // row of the index → segment order, if a dimension is scattered
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
	if x.mostlyAbsent() {
		keys.rest = newRowLists(n)
	}
	scattered := false
	kept := x.Dimensions[:0]
	for _, d := range x.Dimensions {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		var c Codes
		switch {
		case d.Type != spec.String:
			numberPart(keys, part, &d.numbers, d.Type)
		default:
			if c = d.used(n); d.Discovered && !x.keepEmpty && c.onlyNull() {
				continue
			}
			scattered = scattered || d.scattered(n)
			if d.Discovered && keys.rest != nil {
				place, _ := c.places(&d.sparse, n)
				keys.rest.add(&d.sparse, place)
			} else {
				keys.add(part, c.part(part, &d.sparse))
			}
		}
		kept, s.Strings = append(kept, d), append(s.Strings, c)
	}
	x.Dimensions = kept
	s.rows = keys.order(n)
	if scattered {
		s.places = make([]int32, n)
		for place, r := range s.rows {
			s.places[r] = int32(place)
		}
	}
	return s, nil
}

// mostlyAbsent tells whether rows lack most of the dimensions that were discovered.
func (x *Index) mostlyAbsent() bool {
	columns, held := 0, 0
	for _, d := range x.Dimensions {
		if d.Discovered {
			columns++
			held += len(d.codes)
		}
	}
	return columns > 0 && held < columns*len(x.time)/8
}

// scattered tells whether so few of n rows have a value that they are looked up one by one.
func (d *Dimension) scattered(n int) bool { return d.Discovered && len(d.codes) < n/8 }

// used finds the dictionary entries that a dimension holds in n rows.
func (d *Dimension) used(n int) Codes {
	ranks := d.values.ranks
	c := Codes{values: d.values, local: make([]int32, len(ranks))}
	entry := func(id int32) {
		if c.local[id] == 0 {
			c.local[id] = 1
			c.Used = append(c.Used, id)
		}
	}
	if len(d.codes) < n {
		entry(0)
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
func (c *Codes) part(part []uint64, codes *sparse) (most uint64) {
	if len(codes.codes) < len(part) {
		clear(part) // the place of null is 0
	}
	if c.Multi {
		place, last := c.places(codes, len(part))
		codes.each(func(row int, codes []int32) {
			for i, code := range codes {
				part[row+i] = uint64(place(code))
			}
		})
		return uint64(last)
	}
	codes.each(func(row int, codes []int32) {
		into := part[row:]
		for i, code := range codes {
			into[i] = uint64(c.local[code])
		}
	})
	return uint64(max(0, len(c.Used)-1))
}

// places numbers the codes of n rows in their order, from 0 to last. Null, if there is one, is the first.
func (c *Codes) places(codes *sparse, n int) (place func(code int32) int32, last int) {
	if !c.Multi {
		return func(code int32) int32 { return c.local[code] }, len(c.Used) - 1
	}
	distinct := slices.Clone(codes.codes)
	if len(distinct) < n {
		distinct = append(distinct, 0)
	}
	slices.Sort(distinct)
	distinct = slices.Compact(distinct)
	slices.SortFunc(distinct, c.compare)
	numbers := make(map[int32]int32, len(distinct))
	for i, code := range distinct {
		numbers[code] = int32(i)
	}
	return func(code int32) int32 { return numbers[code] }, len(distinct) - 1
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
