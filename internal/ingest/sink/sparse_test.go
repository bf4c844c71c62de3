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

// TestSparse compares a sparse column with a plain one, and shows that nulls between its values take nothing.
func TestSparse(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var s sparse
		var plain []int32
		for range rapid.IntRange(0, 8).Draw(t, "puts") {
			plain = append(plain, make([]int32, rapid.SampledFrom([]int{0, 1, 3, filled, filled + 1, 40}).Draw(t, "gap"))...)
			codes := rapid.SliceOfN(rapid.Int32Range(-2, 2), 0, 12).Draw(t, "codes")
			s.put(len(plain), codes)
			plain = append(plain, codes...)
		}
		if got := s.dense(len(plain)); !slices.Equal(got, plain) {
			t.Fatalf("dense is %v, want %v", got, plain)
		}
		values := 0
		for row, want := range append(plain, 0, 0) {
			if got := s.at(int32(row)); got != want {
				t.Fatalf("row %d is %d, want %d, of %v", row, got, want, plain)
			}
			if want != 0 {
				values++
			}
		}
		if len(s.codes) > (1+filled)*values || len(s.spans) > values {
			t.Errorf("%d codes in %d spans for %d values", len(s.codes), len(s.spans), values)
		}
	})
}

// found is a row in which some columns have a value. All else of it does not matter.
type found struct {
	time   int64
	fields map[string]string
}

// foundBatch makes a batch of rows, as a parser would.
func foundBatch(rows []found, dicts map[string]*row.Dictionary) *row.Batch {
	b := &row.Batch{N: len(rows), Metrics: []row.Column{{}}}
	columns := map[string]int{}
	for i, r := range rows {
		b.Time = append(b.Time, druid.Instant(r.time))
		var set []int32
		for _, name := range names(r.fields) {
			k, known := columns[name]
			if !known {
				k = len(b.Discovered)
				columns[name] = k
				b.Discover(name, i)
				if dicts[name] == nil {
					dicts[name] = row.NewDictionary()
				}
			}
			d := &b.Discovered[k]
			d.PadIDs(i - d.From)
			switch value := r.fields[name]; {
			case value == "":
				d.AppendNull()
			case strings.Contains(value, ","):
				var list []int32
				for part := range strings.SplitSeq(value, ",") {
					list = append(list, dicts[name].ID([]byte(part)))
				}
				d.AppendList(list)
			default:
				d.IDs = append(d.IDs, dicts[name].ID([]byte(value)))
			}
			set = append(set, int32(k))
		}
		b.Fields, b.FieldSets = append(b.Fields, int32(i)), append(b.FieldSets, set)
	}
	for i := range b.Discovered {
		b.Discovered[i].Dict = dicts[b.Discovered[i].Name].View()
	}
	return b
}

func names(fields map[string]string) []string {
	var list []string
	for name := range fields {
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}

// TestFoundColumns compares what becomes of rows with columns of their own with a plain implementation: whether columns have a value in all
// rows, in few or in one, in whatever batches the rows come.
func TestFoundColumns(t *testing.T) {
	t.Parallel()
	for _, rollup := range []bool{false, true} {
		t.Run(fmt.Sprintf("rollup=%v", rollup), func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) { checkFound(t, rollup) })
		})
	}
}

func checkFound(t *rapid.T, rollup bool) {
	rows := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) found {
		r := found{rapid.Int64Range(0, 3).Draw(t, "time"), map[string]string{}}
		for _, n := range rapid.SliceOfN(rapid.IntRange(0, 60), 0, 3).Draw(t, "columns") {
			r.fields[fmt.Sprintf("c%02d", n)] = rapid.SampledFrom([]string{"", "a", "b", "b,c", "a,b"}).Draw(t, "value")
		}
		if rapid.Bool().Draw(t, "common") {
			r.fields["all"] = "x"
		}
		return r
	}), 1, 60).Draw(t, "rows")
	set := NewSet(&spec.DataSchema{
		Metrics:     []spec.Aggregator{{Name: "count", Aggregate: spec.Count, Type: spec.Long}},
		Granularity: spec.GranularitySpec{Segment: druid.Day, Query: druid.None, Rollup: rollup},
	}, druid.Day.Bucketer(), Limits{}, 1)
	dicts := map[string]*row.Dictionary{}
	for rest := rows; len(rest) > 0; {
		n := rapid.IntRange(1, len(rest)).Draw(t, "batch")
		b := foundBatch(rest[:n], dicts)
		set.Begin(b)
		if next, full := set.Add(0, b.N); next != b.N || full != NotFull {
			t.Fatalf("Add took %d of %d rows and found %v", next, b.N, full)
		}
		rest = rest[n:]
	}
	indexes := set.Take(true)
	Rank(indexes, func(f func()) { f() })
	sorted, err := indexes[0].Sort(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var order []string
	for _, d := range sorted.Dimensions {
		order = append(order, d.Name)
	}
	got, want := foundRows(sorted), plainFound(rows, order, rollup)
	if !slices.Equal(got, want) {
		t.Fatalf("columns %v\ngot\n%s\nwant\n%s", order, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// foundRows is the rows of an index, a line each.
func foundRows(s *Sorted) []string {
	lines := make([]string, s.Rows())
	for i, t := range s.GatherTime(nil, 0, s.Rows()) {
		lines[i] = fmt.Sprint(t)
	}
	for k := range s.Dimensions {
		c, column := &s.Strings[k], s.Column(k)
		var ends, ids []int32
		for from := 0; from < s.Rows(); from += 7 {
			if to := min(from+7, s.Rows()); c.Multi {
				ends, ids = column.Lists(ends, ids, from, to, math.MaxInt)
			} else {
				ids = column.IDs(ids, from, to)
			}
		}
		start := int32(0)
		for i := range lines {
			end := int32(i) + 1
			if c.Multi {
				end = ends[i]
			}
			var texts []string
			for _, id := range ids[start:end] {
				texts = append(texts, string(c.At(int(id))))
			}
			lines[i] += fmt.Sprintf(" %s", strings.Join(texts, ","))
			start = end
		}
	}
	var count Numbers
	s.GatherMetric(&count, 0, 0, s.Rows())
	for i := range lines {
		lines[i] += fmt.Sprint(" ", count.Longs[i])
	}
	return lines
}

// plainFound is what the rows should become, given the order of the columns.
func plainFound(rows []found, order []string, rollup bool) []string {
	compare := func(a, b found) int {
		c := cmp.Compare(a.time, b.time)
		for _, name := range order {
			c = cmp.Or(c, slices.Compare(strings.Split(a.fields[name], ","), strings.Split(b.fields[name], ",")))
		}
		return c
	}
	rows = slices.Clone(rows)
	slices.SortStableFunc(rows, compare)
	var lines []string
	for i := 0; i < len(rows); {
		n := 1
		for rollup && i+n < len(rows) && compare(rows[i], rows[i+n]) == 0 {
			n++
		}
		line := fmt.Sprint(rows[i].time)
		for _, name := range order {
			line += " " + rows[i].fields[name]
		}
		lines = append(lines, fmt.Sprint(line, " ", n))
		i += n
	}
	return lines
}
