package detect

import (
	"context"
	"maps"
	"slices"

	"ovate/internal/detect/timeformat"
	"ovate/internal/moment"
	"ovate/internal/table"
)

// scan is what is known of all rows.
type scan struct {
	columns []*column // in the order in which they come
	index   map[string]*column
	partsOf map[string][]string // keys of what nested objects became, by column
	rows    int64               // that are rows; those that are none are faults
	twice   int64               // rows with an object that has a key twice
	faults  faults
	layout  layout
	join    func(*join) (*column, error) // counts what comes of joining columns, in another pass

	sums map[*table.Input]*sumRow

	semicolons bool // part the fields of a file, as they do where commas are decimal ones
}

// sumRow is a last row that seems to be the sum of the others.
type sumRow struct {
	line int64
	text string
	left bool // it does not fit, and is left out
}

// newCounter returns what a worker counts with.
func newCounter(o Options) (*counter, error) {
	reader, err := moment.NewReader(o.TimeZone)
	if err != nil {
		return nil, err
	}
	for letters, zone := range o.Zones {
		if err := reader.Name(letters, zone); err != nil {
			return nil, err
		}
	}
	given, err := timeformat.New(o.TimeFormat, o.TimeZone)
	return &counter{reader: reader, given: given, nulls: o.Nulls, zoned: o.TimeZone != ""}, err
}

// readAll reads all rows once. Where nested objects have so many keys that they cannot be columns, it does so again and leaves them whole.
func readAll(ctx context.Context, in *table.Table, o Options) (*scan, error) {
	all := layout{whole: map[string]bool{}}
	for {
		s, err := countAll(ctx, in, o, all)
		if err != nil {
			return nil, err
		}
		if !all.widen(s.partsOf) {
			s.join = func(j *join) (*column, error) { return countJoined(ctx, in, o, s, j) }
			return s, nil
		}
	}
}

// rowCounter counts some of the rows and what is in their columns.
type rowCounter struct {
	*counter
	*leaves[*column]
	in     *table.Table
	add    func(c *column, kind table.Kind, raw []byte)
	rows   int64
	double int64 // with an object that has a key twice
	faults faults
}

func newRowCounter(in *table.Table, o Options, how *layout) (*rowCounter, error) {
	c, err := newCounter(o)
	if err != nil {
		return nil, err
	}
	columns := newLeaves(how, func(key string) (*column, bool) { // any may come
		c := newColumn(key)
		if columnName(key) == o.TimeColumn {
			c.score++
		}
		return c, true
	})
	return &rowCounter{counter: c, leaves: columns, in: in, add: c.add}, nil
}

// read implements worker.
func (w *rowCounter) read(b *table.Batch) error {
	w.batch, w.input = b.Seq+1, b.Input.Label
	for b.Next() {
		w.line = b.Line
		w.rows++
		w.each(b.Cells, w.in, w.add)
		if w.twice != "" {
			w.double++
		}
		if len(w.roots) > mostRoots {
			return w.tooMany(b)
		}
	}
	for _, f := range b.Faults {
		w.faults.addLine(w.batch, f)
	}
	return nil
}

// countAll reads all rows once and counts what is in their columns.
func countAll(ctx context.Context, in *table.Table, o Options, how layout) (*scan, error) {
	all, err := pass(ctx, in, &o, "checking", func(int) (*rowCounter, error) { return newRowCounter(in, o, &how) })
	if err != nil {
		return nil, err
	}
	s := &scan{index: map[string]*column{}, layout: how, partsOf: map[string][]string{}, sums: map[*table.Input]*sumRow{}}
	for _, f := range in.Inputs {
		if line, text := f.Sum(); line > 0 {
			s.sums[f] = &sumRow{line, text, false}
		}
	}
	s.semicolons = slices.ContainsFunc(in.Inputs, func(f *table.Input) bool { return f.Dialect.Delimiter == ";" })
	for _, w := range all {
		s.rows += w.rows
		s.twice += w.double
		s.faults.merge(&w.faults)
		for _, root := range w.roots {
			s.merge(root.of)
		}
		for _, part := range w.parts {
			s.merge(part.of)
		}
	}
	s.order(in)
	return s, nil
}

// order lists the columns as the table has them, each with what its objects became behind it.
func (s *scan) order(in *table.Table) {
	for _, key := range slices.Sorted(maps.Keys(s.index)) {
		if root := rootOf(key); root != key {
			s.partsOf[root] = append(s.partsOf[root], key)
		}
	}
	names := in.Columns()
	for _, i := range in.InOrder() {
		c := s.index[names[i]]
		if c == nil {
			c = newColumn(names[i])
			s.index[c.key] = c
		}
		s.columns = append(s.columns, c)
		for _, key := range s.partsOf[c.key] {
			s.columns = append(s.columns, s.index[key])
		}
	}
}

// readAgain returns what takes rows apart for a worker that reads them again: only columns that were counted may come. of says what one is for.
func readAgain[V any](s *scan, of func(key string) V) *leaves[V] {
	return newLeaves(&s.layout, func(key string) (V, bool) { return of(key), s.index[key] != nil })
}

func (s *scan) merge(c *column) {
	if all := s.index[c.key]; all != nil {
		all.merge(c)
	} else {
		s.index[c.key] = c
	}
}
