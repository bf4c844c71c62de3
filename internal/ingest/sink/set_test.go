package sink

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"ovate/druid"
	"ovate/internal/ingest/row"
	"ovate/internal/spec"
)

// plainRow is a row as a test thinks of it.
type plainRow struct {
	time  int64
	tags  []string // "\x00" stands for null
	n     *int64
	value *float64
}

func schema(rollup bool) *spec.DataSchema {
	return &spec.DataSchema{
		Dimensions: spec.DimensionsSpec{Dimensions: []spec.Dimension{
			{Name: "tags", Type: spec.String, MultiValue: spec.Array, Bitmap: true},
			{Name: "n", Type: spec.Long},
		}},
		Metrics: []spec.Aggregator{
			{Name: "count", Aggregate: spec.Count, Type: spec.Long},
			{Name: "sum", Aggregate: spec.Sum, Type: spec.Double, Field: "v"},
			{Name: "max", Aggregate: spec.Max, Type: spec.Double, Field: "v"},
		},
		Granularity: spec.GranularitySpec{Segment: druid.Day, Query: druid.Hour, Rollup: rollup},
	}
}

// batchOf makes a batch of rows, as a parser would.
func batchOf(rows []plainRow, dict *row.Dictionary, worker int) *row.Batch {
	b := &row.Batch{
		Worker:     worker,
		N:          len(rows),
		Dimensions: []row.Column{{Type: spec.String}, {Type: spec.Long, Null: make([]bool, len(rows))}},
		Metrics:    []row.Column{{}, {Type: spec.Double, Null: make([]bool, len(rows))}, {Type: spec.Double, Null: make([]bool, len(rows))}},
	}
	id := func(s string) int32 {
		if s == "\x00" {
			return 0
		}
		return dict.ID([]byte(s))
	}
	tags, n := &b.Dimensions[0], &b.Dimensions[1]
	for i, r := range rows {
		b.Time = append(b.Time, druid.Instant(r.time))
		switch len(r.tags) {
		case 0:
			tags.IDs = append(tags.IDs, 0)
		case 1:
			tags.IDs = append(tags.IDs, id(r.tags[0]))
		default:
			for _, s := range r.tags {
				tags.ListIDs = append(tags.ListIDs, id(s))
			}
			tags.ListEnds = append(tags.ListEnds, int32(len(tags.ListIDs)))
			tags.IDs = append(tags.IDs, int32(-len(tags.ListEnds)))
		}
		v := int64(0)
		if n.Null[i] = r.n == nil; !n.Null[i] {
			v = *r.n
		}
		n.Longs = append(n.Longs, v)
		for _, m := range b.Metrics[1:] {
			m.Null[i] = r.value == nil
		}
		d := float64(0)
		if r.value != nil {
			d = *r.value
		}
		b.Metrics[1].Doubles = append(b.Metrics[1].Doubles, d)
		b.Metrics[2].Doubles = append(b.Metrics[2].Doubles, d)
	}
	tags.Dict = dict.View()
	return b
}

// dump is the rows of a sorted index, a line each.
func dump(s *Sorted) []string {
	times := s.GatherTime(nil, 0, s.Rows())
	ends, ids := s.Column(0).Lists(nil, nil, 0, s.Rows(), math.MaxInt)
	var n, count, sum, most Numbers
	s.GatherDimension(&n, 1, 0, s.Rows())
	s.GatherMetric(&count, 0, 0, s.Rows())
	s.GatherMetric(&sum, 1, 0, s.Rows())
	s.GatherMetric(&most, 2, 0, s.Rows())
	var lines []string
	start := int32(0)
	for i := range times {
		var tags []string
		for _, id := range ids[start:ends[i]] {
			if id == 0 && s.Strings[0].HasNull {
				tags = append(tags, "\x00")
			} else {
				tags = append(tags, string(s.Strings[0].At(int(id))))
			}
		}
		start = ends[i]
		lines = append(lines, line(times[i], tags, number(n.Longs, n.Null, i), count.Longs[i],
			number(sum.Doubles, sum.Null, i), number(most.Doubles, most.Null, i)))
	}
	return lines
}

func number[T int64 | float64](values []T, null []bool, i int) *T {
	if null != nil && null[i] {
		return nil
	}
	return &values[i]
}

func line(t int64, tags []string, n *int64, count int64, sum, most *float64) string {
	show := func(v any) string { return fmt.Sprintf("%v", v) }
	text := fmt.Sprintf("%d %q", t, tags)
	if n == nil {
		text += " null"
	} else {
		text += " " + show(*n)
	}
	text += " " + show(count)
	for _, d := range []*float64{sum, most} {
		if d == nil {
			text += " null"
		} else {
			text += " " + show(*d)
		}
	}
	return text
}

// expected is what the rows should become, computed plainly.
func expected(rows []plainRow, rollup bool) []string {
	type group struct {
		plainRow
		count     int64
		sum, most *float64
	}
	var groups []*group
	for _, r := range rows {
		r.time = r.time / 3_600_000 * 3_600_000
		if len(r.tags) == 0 {
			r.tags = []string{"\x00"}
		}
		var g *group
		if rollup {
			for _, have := range groups {
				if compareRows(have.plainRow, r) == 0 {
					g = have
				}
			}
		}
		if g == nil {
			g = &group{plainRow: r}
			groups = append(groups, g)
		}
		g.count++
		if r.value != nil {
			if g.sum == nil {
				s, m := *r.value, *r.value
				g.sum, g.most = &s, &m
			} else {
				*g.sum += *r.value
				*g.most = max(*g.most, *r.value)
			}
		}
	}
	slices.SortStableFunc(groups, func(a, b *group) int { return compareRows(a.plainRow, b.plainRow) })
	var lines []string
	for _, g := range groups {
		lines = append(lines, line(g.time, g.tags, g.n, g.count, g.sum, g.most))
	}
	return lines
}

func compareRows(a, b plainRow) int {
	if c := cmp.Compare(a.time, b.time); c != 0 {
		return c
	}
	if c := slices.CompareFunc(a.tags, b.tags, nullFirst); c != 0 {
		return c
	}
	switch {
	case a.n == nil && b.n == nil:
		return 0
	case a.n == nil:
		return -1
	case b.n == nil:
		return 1
	}
	return cmp.Compare(*a.n, *b.n)
}

func nullFirst(a, b string) int {
	switch {
	case a == b:
		return 0
	case a == "\x00":
		return -1
	case b == "\x00":
		return 1
	}
	return cmp.Compare(a, b)
}

func rowsOfOneDay() *rapid.Generator[plainRow] {
	return rapid.Custom(func(t *rapid.T) plainRow {
		return plainRow{
			time:  rapid.Int64Range(0, 86_399_999).Draw(t, "time") % 10_000_000,
			tags:  rapid.SliceOfN(rapid.SampledFrom([]string{"\x00", "", "a", "b", "ab", "a b c d e f g h", "a b c d e f g i"}), 0, 3).Draw(t, "tags"),
			n:     rapid.Ptr(rapid.OneOf(rapid.Int64Range(-3, 3), rapid.Int64()), true).Draw(t, "n"),
			value: rapid.Ptr(rapid.Float64Range(-100, 100), true).Draw(t, "value"),
		}
	})
}

// TestRowsComeOutSortedAndGrouped compares a set with a plain implementation, whatever the batches rows come in.
func TestRowsComeOutSortedAndGrouped(t *testing.T) {
	t.Parallel()
	for _, rollup := range []bool{false, true} {
		t.Run(fmt.Sprintf("rollup=%v", rollup), func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) {
				rows := rapid.SliceOfN(rowsOfOneDay(), 1, 60).Draw(t, "rows")
				workers := rapid.IntRange(1, 3).Draw(t, "workers")
				set := NewSet(schema(rollup), druid.Day.Bucketer(), Limits{}, workers)
				dicts := make([]*row.Dictionary, workers)
				for i := range dicts {
					dicts[i] = row.NewDictionary()
				}
				for rest, k := rows, 0; len(rest) > 0; k++ {
					n := rapid.IntRange(1, len(rest)).Draw(t, "batch")
					b := batchOf(rest[:n], dicts[k%workers], k%workers)
					set.Begin(b)
					if next, full := set.Add(0, b.N); next != b.N || full != NotFull {
						t.Fatalf("Add took %d of %d rows and found %v", next, b.N, full)
					}
					rest = rest[n:]
				}
				indexes := set.Take(true)
				if len(indexes) != 1 {
					t.Fatalf("%d indexes", len(indexes))
				}
				Rank(indexes, func(f func()) { f() })
				sorted, err := indexes[0].Sort(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				got, want := dump(sorted), expected(rows, rollup)
				if !slices.Equal(got, want) {
					t.Fatalf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
				}
			})
		})
	}
}

// TestLimits tells after which row Add stops.
func TestLimits(t *testing.T) {
	t.Parallel()
	const day = 86_400_000
	f := func(name string, limits Limits, times []int64, wantNext int, wantFull Full) {
		t.Helper()
		rows := make([]plainRow, len(times))
		for i := range times {
			rows[i].time = times[i]
		}
		set := NewSet(schema(false), druid.Day.Bucketer(), limits, 1)
		b := batchOf(rows, row.NewDictionary(), 0)
		set.Begin(b)
		if next, full := set.Add(0, b.N); next != wantNext || full != wantFull {
			t.Errorf("%s: stopped before row %d with %v, want %d with %v", name, next, full, wantNext, wantFull)
		}
	}
	times := []int64{0, day, 1, 2, day, 3, 4}
	f("none", Limits{}, times, 7, NotFull)
	f("rows in memory", Limits{RowsInMemory: 3}, times, 3, MemoryFull)
	f("rows of one segment", Limits{RowsPerSegment: 3}, times, 4, SegmentFull)
	f("rows in total", Limits{RowsInTotal: 5}, times, 5, SegmentFull)
	f("a full segment before full memory", Limits{RowsInMemory: 4, RowsPerSegment: 3}, times, 4, SegmentFull)
	f("bytes", Limits{BytesInMemory: 1}, times, 7, MemoryFull)
	days := make([]int64, 10_000)
	for i := range days {
		days[i] = int64(i) * day
	}
	f("time chunks", Limits{BytesInMemory: 1}, days, leastOfIndexes/(bytesPerIndex+5*bytesPerColumn)+1, MemoryFull)
	f("time chunks that fit", Limits{BytesInMemory: 1 << 30}, days, len(days), NotFull)
}

// Rows that are spread over many time chunks take memory for their indexes, which leaves with them.
func TestChunksTakeMemory(t *testing.T) {
	t.Parallel()
	s := NewSet(schema(false), druid.Day.Bucketer(), Limits{BytesInMemory: 64 << 10}, 1)
	dict := row.NewDictionary()
	taken := 0
	for day := range int64(1000) {
		s.Begin(batchOf([]plainRow{{time: day * 86_400_000, tags: []string{"a"}}}, dict, 0))
		if _, full := s.Add(0, 1); full == MemoryFull {
			taken += len(s.Take(false))
		}
		if n := len(s.indexes); n > 100 {
			t.Fatalf("%d indexes are in memory", n)
		}
	}
	if taken += len(s.Take(false)); taken != 1000 {
		t.Errorf("%d indexes came, want 1000", taken)
	}
	s.Begin(batchOf([]plainRow{{time: 0}}, dict, 0))
	s.Add(0, 1)
	if x := s.Take(true); len(x) != 1 || x[0].SegmentRows() != 2 {
		t.Errorf("the segment does not know of the row that has left memory")
	}
}

// Lists come out as the dimension's multiValueHandling asks for: a set without repeats, and one that has a single value left is
// that value.
func TestListsAreArranged(t *testing.T) {
	t.Parallel()
	for handling, want := range map[spec.MultiValueHandling]string{
		spec.Array:       `[b a b null a] [x x] y null`,
		spec.SortedArray: `[null a a b b] [x x] y null`,
		spec.SortedSet:   `[null a b] x y null`,
	} {
		dict := row.NewDictionary()
		var c row.Column
		for _, list := range [][]string{{"b", "a", "b", "", "a"}, {"x", "x"}, {"y"}, {""}} {
			var ids []int32
			for _, s := range list {
				if ids = append(ids, 0); s != "" {
					ids[len(ids)-1] = dict.ID([]byte(s))
				}
			}
			if len(ids) == 1 {
				c.IDs = append(c.IDs, ids[0])
			} else {
				c.AppendList(ids)
			}
		}
		c.Dict = dict.View()
		v := newValues(handling, 1)
		v.translate(0, &c)
		name := func(id int32) string {
			if id == 0 {
				return "null"
			}
			return string(v.at(id))
		}
		var got []string
		for _, code := range c.IDs {
			if code >= 0 {
				got = append(got, name(code))
				continue
			}
			var items []string
			for _, id := range v.lists.at(code) {
				items = append(items, name(id))
			}
			got = append(got, "["+strings.Join(items, " ")+"]")
		}
		if got := strings.Join(got, " "); got != want {
			t.Errorf("%v: %s, want %s", handling, got, want)
		}
	}
}

// rowsOfNoChunk gives all rows one chunk, also those outside of it.
type rowsOfNoChunk struct{}

func (rowsOfNoChunk) Bucket(druid.Instant) druid.Interval { return druid.Interval{Start: 0, End: 10} }

// A row is never taken into a time chunk that it does not lie in.
func TestRowsOutsideOfTheirChunk(t *testing.T) {
	t.Parallel()
	s := NewSet(schema(false), rowsOfNoChunk{}, Limits{}, 1)
	s.Begin(batchOf([]plainRow{{time: 5}, {time: 11}}, row.NewDictionary(), 0))
	defer func() {
		if problem := fmt.Sprint(recover()); !strings.Contains(problem, "a row of 1970-01-01T00:00:00.011Z was given the time chunk") {
			t.Errorf("it ends with %v", problem)
		}
	}()
	s.Add(0, 2)
}

// TestHashesAreSecret shows that each set hashes times and values in its own way: whoever writes a file cannot choose values whose hashes
// meet, so that each row would be compared with all before it.
func TestHashesAreSecret(t *testing.T) {
	t.Parallel()
	dict, n := row.NewDictionary(), int64(7)
	rows := []plainRow{{time: 1}, {time: 1, n: &n}, {time: 1, tags: []string{"a"}}}
	hashes := func() []uint64 {
		s := NewSet(schema(true), druid.Day.Bucketer(), Limits{}, 1)
		s.Begin(batchOf(rows, dict, 0))
		return []uint64{s.hashes[0], s.hashes[1] - s.hashes[0], s.hashes[2] - s.hashes[0]}
	}
	a, b := hashes(), hashes()
	for i, what := range []string{"a time", "a number", "a text"} {
		if a[i] == b[i] {
			t.Errorf("%s has the same hash %x in two sets", what, a[i])
		}
	}
}
