package export

import (
	"bytes"
	"errors"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ovate/druid"
	"ovate/segment"
)

type dictionary []any // texts in order, nil first

func (d dictionary) Len() int { return len(d) }

func (d dictionary) At(i int) []byte {
	if d[i] == nil {
		return nil
	}
	return []byte(d[i].(string))
}

// build writes a segment of n rows, a second apart, whose other columns fill adds.
func build(t *testing.T, n int, index segment.Index, fill func(*segment.Writer) error) *segment.Segment {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "index")
	w, err := segment.Create(dir, segment.Options{Interval: druid.Interval{Start: 0, End: 86_400_000}})
	if err != nil {
		t.Fatal(err)
	}
	times := make([]int64, n)
	for i := range times {
		times[i] = int64(i) * 1000
	}
	c := w.Long(timeColumn)
	if err := errors.Join(c.Append(times, nil), c.Close(), fill(w)); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Finish(index); err != nil {
		t.Fatal(err)
	}
	s, err := segment.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func stringColumn(w *segment.Writer, name string, d dictionary, ids ...int32) error {
	c := w.String(name, segment.StringOptions{Dictionary: d, HasNull: d[0] == nil})
	return errors.Join(c.AppendIDs(ids), c.Close())
}

func numberColumn[T segment.Number](c *segment.NumberWriter[T], null []bool, values ...T) error {
	return errors.Join(c.Append(values, null), c.Close())
}

// twoSegments differ in their columns. What is hard to tell apart, or to quote, is in them.
func twoSegments(t *testing.T) []*segment.Segment {
	first := build(t, 4, segment.Index{Dimensions: []string{"text", "list", "kind", "void"}, Metrics: []string{"d", "f", "l"}}, func(w *segment.Writer) error {
		lists := w.String("list", segment.StringOptions{Dictionary: dictionary{nil, "", `a,"b`, "c"}, HasNull: true, MultiValue: true})
		return errors.Join(
			stringColumn(w, "text", dictionary{nil, "", "a, \"b\"\r\nc", "null"}, 0, 1, 2, 3),
			lists.AppendLists([]int32{0, 1, 4, 6}, []int32{2, 3, 2, 1, 3, 0}), lists.Close(),
			numberColumn(w.Long("kind"), nil, 1, 2, 3, 4),
			w.NullColumn("void", 4),
			numberColumn(w.Double("d"), []bool{false, true, false, false}, 0.1, 0, -1e300, 12345678.9),
			numberColumn(w.Float("f"), nil, 0.1, -2, 4096, 0),
			numberColumn(w.Long("l"), []bool{true, false, false, false}, 0, math.MaxInt64, math.MinInt64, 7),
		)
	})
	second := build(t, 3, segment.Index{Dimensions: []string{"new", "text", "kind", "list"}, Metrics: []string{"f"}}, func(w *segment.Writer) error {
		return errors.Join(
			stringColumn(w, "new", dictionary{"Grüße 🙂", `back\slash`}, 0, 1, 0),
			stringColumn(w, "text", dictionary{" blank ", "'x'"}, 0, 1, 1),
			stringColumn(w, "kind", dictionary{"one"}, 0, 0, 0),
			stringColumn(w, "list", dictionary{"c"}, 0, 0, 0),
			numberColumn(w.Double("f"), nil, 0.1, 0.2, 0.3),
		)
	})
	return []*segment.Segment{first, second}
}

// columnsOf are those of all segments together.
func columnsOf(segments []*segment.Segment) *Columns {
	var all Columns
	for _, s := range segments {
		all.Add(s)
	}
	return &all
}

// write writes segments in a format, their rows times over.
func write(t *testing.T, format string, times int, segments []*segment.Segment) []byte {
	t.Helper()
	var out bytes.Buffer
	columns := columnsOf(segments).List()
	w, err := NewWriter(format, &out, columns)
	if err != nil {
		t.Fatal(err)
	}
	if p, is := w.(*parquet); is {
		p.most = 1000
	}
	for range times {
		for _, s := range segments {
			rows, err := NewRows(s, columns)
			if err != nil {
				t.Fatal(err)
			}
			for {
				batch, err := rows.Next(s.Rows())
				if errors.Is(err, io.EOF) {
					break
				}
				if err := errors.Join(err, w.Write(batch)); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestTexts(t *testing.T) {
	t.Parallel()
	segments := twoSegments(t)
	want := `{"__time":"1970-01-01T00:00:00.000Z","text":null,"list":null,"kind":"1","void":null,"d":0.1,"f":0.10000000149011612,"l":null,"new":null}
{"__time":"1970-01-01T00:00:01.000Z","text":"","list":["a,\"b"],"kind":"2","void":null,"d":null,"f":-2.0,"l":9223372036854775807,"new":null}
{"__time":"1970-01-01T00:00:02.000Z","text":"a, \"b\"\r\nc","list":["c","a,\"b",""],"kind":"3","void":null,"d":-1.0E300,"f":4096.0,"l":-9223372036854775808,"new":null}
{"__time":"1970-01-01T00:00:03.000Z","text":"null","list":["c",null],"kind":"4","void":null,"d":1.23456789E7,"f":0.0,"l":7,"new":null}
{"__time":"1970-01-01T00:00:00.000Z","text":" blank ","list":["c"],"kind":"one","void":null,"d":null,"f":0.1,"l":null,"new":"Grüße \uD83D\uDE42"}
{"__time":"1970-01-01T00:00:01.000Z","text":"'x'","list":["c"],"kind":"one","void":null,"d":null,"f":0.2,"l":null,"new":"back\\slash"}
{"__time":"1970-01-01T00:00:02.000Z","text":"'x'","list":["c"],"kind":"one","void":null,"d":null,"f":0.3,"l":null,"new":"Grüße \uD83D\uDE42"}
`
	if diff := cmp.Diff(want, string(write(t, "json", 1, segments))); diff != "" {
		t.Error(diff)
	}
	want = "__time,text,list,kind,void,d,f,l,new\n" +
		"1970-01-01T00:00:00.000Z,,,1,,0.1,0.10000000149011612,,\n" +
		"1970-01-01T00:00:01.000Z,\"\",\"[\"\"a,\\\"\"b\"\"]\",2,,,-2.0,9223372036854775807,\n"
	if got := string(write(t, "csv", 1, segments)); !strings.HasPrefix(got, want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := columnsOf(segments).Mixed; !cmp.Equal(got, []string{"kind"}) {
		t.Errorf("mixed: %v", got)
	}
}

// duck runs Python with DuckDB on files in a folder and returns what it prints. Where there is none, the test is skipped.
func duck(t *testing.T, dir, program string) string {
	t.Helper()
	if err := exec.CommandContext(t.Context(), "python3", "-c", "import duckdb").Run(); err != nil {
		t.Skip("needs python3 with duckdb (pip install duckdb)")
	}
	cmd := exec.CommandContext(t.Context(), "python3", "-c", program)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return string(out)
}

// DuckDB reads the same values from all three formats, over several row groups.
func TestDuckDBReadsTheSame(t *testing.T) {
	t.Parallel()
	segments, dir := twoSegments(t), t.TempDir()
	const times = 300 // 2100 rows
	for _, format := range Formats {
		if err := os.WriteFile(filepath.Join(dir, "x."+format), write(t, format, times, segments), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got := duck(t, dir, `
import duckdb, json
types = "{__time: 'TIMESTAMP', text: 'VARCHAR', list: 'VARCHAR[]', kind: 'VARCHAR', void: 'VARCHAR', d: 'DOUBLE', f: 'DOUBLE', l: 'BIGINT', new: 'VARCHAR'}"
rows = {}
columns = "epoch_ms(__time), text, list, kind, void, d, f, l, new"
from_csv = columns.replace("list", "from_json(list, '[\"VARCHAR\"]')")
duckdb.sql("set timezone='UTC'")
for name, what, source in [
    ("parquet", columns, "'x.parquet'"),
    ("json", columns, f"read_json('x.json', columns={types})"),
    ("csv", from_csv, f"read_csv('x.csv', header=true, allow_quoted_nulls=false, columns={types.replace('VARCHAR[]', 'VARCHAR')})"),
]:
    rows[name] = duckdb.sql(f"select {what} from {source}").fetchall()
for name in rows:
    assert rows[name] == rows["parquet"], (name, [p for p in zip(rows[name], rows["parquet"]) if p[0] != p[1]][:2])
    assert rows[name] == rows[name][:7] * 300
print(len(rows["parquet"]))
for row in rows["parquet"][:7]: print(json.dumps(row, ensure_ascii=False))
print(duckdb.sql("select string_agg(column_name || ' ' || column_type, ', ') from (describe from 'x.parquet')").fetchall()[0][0])
print(duckdb.sql("select count(distinct row_group_id) from parquet_metadata('x.parquet')").fetchall()[0][0])
`)
	want := `2100
[0, null, null, "1", null, 0.1, 0.10000000149011612, null, null]
[1000, "", ["a,\"b"], "2", null, null, -2.0, 9223372036854775807, null]
[2000, "a, \"b\"\r\nc", ["c", "a,\"b", ""], "3", null, -1e+300, 4096.0, -9223372036854775808, null]
[3000, "null", ["c", null], "4", null, 12345678.9, 0.0, 7, null]
[0, " blank ", ["c"], "one", null, null, 0.1, null, "Grüße 🙂"]
[1000, "'x'", ["c"], "one", null, null, 0.2, null, "back\\slash"]
[2000, "'x'", ["c"], "one", null, null, 0.3, null, "Grüße 🙂"]
__time TIMESTAMP WITH TIME ZONE, text VARCHAR, list VARCHAR[], kind VARCHAR, void VARCHAR, d DOUBLE, f DOUBLE, l BIGINT, new VARCHAR
3
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
