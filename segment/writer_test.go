package segment

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ovate/druid"
)

// texts is a dictionary; an empty first entry may stand for null.
type texts []string

func (d texts) Len() int        { return len(d) }
func (d texts) At(i int) []byte { return []byte(d[i]) }

var day = druid.Interval{Start: 1_700_000_000_000, End: 1_700_086_400_000}

func create(t testing.TB, o Options) (*Writer, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "segment")
	if o.Interval.IsEmpty() {
		o.Interval = day
	}
	w, err := Create(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	return w, dir
}

// times writes a time column of n rows.
func times(t testing.TB, w *Writer, n int) {
	t.Helper()
	values := make([]int64, n)
	for i := range values {
		values[i] = int64(day.Start) + int64(i)
	}
	c := w.Long(TimeColumn)
	if err := c.Append(values, nil); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestIndexSpecIsRefused(t *testing.T) {
	t.Parallel()
	for want, spec := range map[string]IndexSpec{
		`indexSpec.dimensionCompression is "snappy"`:                     {DimensionCompression: "snappy"},
		`indexSpec.metricCompression is "LZ4"`:                           {MetricCompression: "LZ4"},
		`indexSpec.longEncoding is "delta" and can be longs or auto`:     {LongEncoding: "delta"},
		`indexSpec.dimensionCompression is none, which is for numbers o`: {DimensionCompression: "none"},
	} {
		_, err := Create(filepath.Join(t.TempDir(), "s"), Options{Spec: spec})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %s", spec, err, want)
		}
	}
}

func TestCreateWantsAnEmptyFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "precious"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := Create(dir, Options{}); err == nil || !strings.Contains(err.Error(), "precious") {
		t.Errorf("a folder that is not empty: %v", err)
	}
}

// The files of a finished segment are those that Java expects, and their sizes are what Finish returns.
func TestFinish(t *testing.T) {
	t.Parallel()
	w, dir := create(t, Options{})
	times(t, w, 3)
	s := w.String("s", StringOptions{Dictionary: texts{"", "a"}, HasNull: true, Bitmap: true})
	if err := s.AppendIDs([]int32{0, 1, 0}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	m := w.Double("m")
	if err := m.Append([]float64{1, 99, 2.5}, []bool{false, true, false}); err != nil {
		t.Fatal(err)
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	if err := w.NullColumn("nothing", 3); err != nil {
		t.Fatal(err)
	}
	size, err := w.Finish(Index{Dimensions: []string{"nothing", "s"}, Metrics: []string{"m"}, Metadata: Metadata{
		Aggregators:   []Aggregator{{Type: "doubleSum", Name: "m"}},
		TimestampSpec: TimestampSpec{Column: "ts", Format: "auto"}, QueryGranularity: druid.Hour, Ordering: []string{TimeColumn},
	}})
	if err != nil {
		t.Fatal(err)
	}
	var total int64
	var names []string
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		total += info.Size()
		names = append(names, e.Name())
	}
	if want := []string{"00000.smoosh", "factory.json", "meta.smoosh", "version.bin"}; !slices.Equal(names, want) {
		t.Errorf("files %v, want %v", names, want)
	}
	if size != total {
		t.Errorf("size %d, and the files have %d", size, total)
	}
	read, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	if read.Interval() != day {
		t.Errorf("interval %v", read.Interval())
	}
	want := `{"__time":"2023-11-14T22:13:20.000Z","nothing":null,"s":null,"m":1.0}
{"__time":"2023-11-14T22:13:20.001Z","nothing":null,"s":"a","m":null}
{"__time":"2023-11-14T22:13:20.002Z","nothing":null,"s":null,"m":2.5}
`
	sameRows(t, rowsOf(t, read), []byte(want))
}

func TestFinishRefuses(t *testing.T) {
	t.Parallel()
	long := func(t *testing.T, w *Writer, name string, rows int) {
		c := w.Long(name)
		if err := c.Append(slices.Repeat([]int64{int64(day.Start)}, rows), nil); err != nil {
			t.Fatal(err)
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name, want string
		index      Index
		write      func(*testing.T, *Writer)
	}{
		{"no time", "there is no column __time", Index{Metrics: []string{"m"}}, func(t *testing.T, w *Writer) { long(t, w, "m", 2) }},
		{"unlisted", "1 columns are listed and 2 were written", Index{}, func(t *testing.T, w *Writer) { long(t, w, TimeColumn, 2); long(t, w, "m", 2) }},
		{"unwritten", `column "m" is listed and was not written`, Index{Metrics: []string{"m"}}, func(t *testing.T, w *Writer) { long(t, w, TimeColumn, 2) }},
		{"short", `column "m" has 1 rows and __time has 2`, Index{Metrics: []string{"m"}}, func(t *testing.T, w *Writer) { long(t, w, TimeColumn, 2); long(t, w, "m", 1) }},
		{"open", `column "m" was not closed`, Index{Metrics: []string{"m"}}, func(t *testing.T, w *Writer) { long(t, w, TimeColumn, 2); w.Long("m") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w, dir := create(t, Options{})
			c.write(t, w)
			if _, err := w.Finish(c.index); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %s", err, c.want)
			}
			if err := w.Abort(); err != nil {
				t.Fatal(err)
			}
			if _, err := os.Stat(dir); !os.IsNotExist(err) {
				t.Errorf("the folder is still there: %v", err)
			}
		})
	}
}

// timesOf writes a column of times, each in a call of its own.
func timesOf(w *Writer, values ...int64) error {
	c := w.Long(TimeColumn)
	for i := range values {
		if err := c.Append(values[i:i+1], nil); err != nil {
			return err
		}
	}
	return c.Close()
}

func TestColumnsRefuse(t *testing.T) {
	t.Parallel()
	abc := StringOptions{Dictionary: texts{"a", "b", "c"}, Bitmap: true}
	lists := abc
	lists.MultiValue = true
	for _, c := range []struct {
		name, want string
		write      func(w *Writer) error
	}{
		{"twice", "is written twice", func(w *Writer) error { w.Long("x"); return w.Long("x").Close() }},
		{"comma", "comma", func(w *Writer) error { return w.Long("x,y").Close() }},
		{"flags", "2 values came with 1 null flags", func(w *Writer) error { return w.Long("x").Append([]int64{1, 2}, []bool{true}) }},
		{"null time", "is null in row 1", func(w *Writer) error {
			c := w.Long(TimeColumn)
			if err := c.Append([]int64{1, 2}, []bool{false, true}); err != nil {
				return err
			}
			return c.Close()
		}},
		{"early", "column \"__time\" holds 2023-11-14T22:13:19.999Z, which is outside of the segment's interval", func(w *Writer) error {
			return timesOf(w, int64(day.Start), int64(day.Start)-1, int64(day.Start))
		}},
		{"late", "column \"__time\" holds 2023-11-15T22:13:20.000Z, which is outside of the segment's interval", func(w *Writer) error {
			return timesOf(w, int64(day.Start), int64(day.End), int64(day.End)-1)
		}},
		{"id", "id 3 is not in the dictionary of 3", func(w *Writer) error { return w.String("x", abc).AppendIDs([]int32{0, 3}) }},
		{"negative id", "id -1 is not in the dictionary of 3", func(w *Writer) error { return w.String("x", abc).AppendIDs([]int32{-1}) }},
		{"order", "not Java's order", func(w *Writer) error {
			return w.String("x", StringOptions{Dictionary: texts{"\uff21", "\U00010000"}}).Close()
		}},
		{"repeated", "not Java's order", func(w *Writer) error { return w.String("x", StringOptions{Dictionary: texts{"a", "a"}}).Close() }},
		{"empty dictionary", "the dictionary is empty", func(w *Writer) error { return w.String("x", StringOptions{Dictionary: texts{}}).Close() }},
		{"single in lists", "its rows are lists", func(w *Writer) error { return w.String("x", lists).AppendIDs([]int32{0}) }},
		{"lists in single", "its rows are single values", func(w *Writer) error { return w.String("x", abc).AppendLists([]int32{1}, []int32{0}) }},
		{"ends", "list 1 ends at 0", func(w *Writer) error { return w.String("x", lists).AppendLists([]int32{1, 0}, []int32{0}) }},
		{"left over", "lists end at 1, and 2 ids came", func(w *Writer) error { return w.String("x", lists).AppendLists([]int32{1}, []int32{0, 1}) }},
		{"empty list", "row 1 is an empty list", func(w *Writer) error { return w.String("x", lists).AppendLists([]int32{1, 1}, []int32{0}) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w, _ := create(t, Options{})
			if err := c.write(w); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %s", err, c.want)
			}
		})
	}
}

// Columns may be written side by side, several segments at a time may share memory, and what is written does not
// depend on it.
func TestParallel(t *testing.T) {
	t.Parallel()
	var buffers Buffers
	const rows = 20_000
	write := func(o Options) []byte {
		w, dir := create(t, o)
		var columns sync.WaitGroup
		names := []string{"a", "b", "c", "d", "e", "f"}
		for i, name := range names {
			columns.Go(func() {
				c := w.Long(name)
				values := make([]int64, 1000)
				for n := 0; n < rows; n += len(values) {
					for k := range values {
						values[k] = int64((n+k)%(7+i) - 3)
					}
					if err := c.Append(values, nil); err != nil {
						t.Error(err)
					}
				}
				if err := c.Close(); err != nil {
					t.Error(err)
				}
			})
		}
		times(t, w, rows)
		columns.Wait()
		if _, err := w.Finish(Index{Metrics: names}); err != nil {
			t.Error(err)
			return nil
		}
		s, err := Open(dir)
		if err != nil {
			t.Error(err)
			return nil
		}
		defer s.Close()
		var files [][]byte
		for _, name := range names {
			files = append(files, s.files[name].data)
		}
		return bytes.Join(files, nil)
	}
	want := write(Options{})
	var segments sync.WaitGroup
	for range 3 {
		segments.Go(func() {
			if got := write(Options{Buffers: &buffers, MaxChunk: 100_000}); !bytes.Equal(got, want) {
				t.Error("columns differ")
			}
		})
	}
	segments.Wait()
}

func TestMetadataJSON(t *testing.T) {
	t.Parallel()
	missing := druid.Instant(0)
	const text = `{"container":{},"aggregators":[{"type":"longSum","name":"c","fieldName":"c"},{"type":"thetaSketch","name":"t","fieldName":"t","size":16384}],` +
		`"timestampSpec":{"column":"t\"s","format":"auto","missingValue":"1970-01-01T00:00:00.000Z"},"queryGranularity":"DAY","rollup":true,` +
		`"ordering":[{"columnName":"__time","order":"ascending"},{"columnName":"é","order":"ascending"}]}`
	want := Metadata{
		Aggregators: []Aggregator{
			{Type: "longSum", Name: "c"},
			{Type: "thetaSketch", Name: "t", JSON: []byte(`{"type":"thetaSketch","name":"t","fieldName":"t","size":16384}`)},
		},
		TimestampSpec:    TimestampSpec{Column: `t"s`, Format: "auto", MissingValue: &missing},
		QueryGranularity: druid.Day,
		Rollup:           true,
		Ordering:         []string{TimeColumn, "é"},
	}
	if got := want.AppendJSON(nil); string(got) != text {
		t.Errorf("wrote %s", got)
	}
	var got Metadata
	if err := got.UnmarshalJSON([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b druid.Granularity) bool { return a == b })); diff != "" {
		t.Error(diff)
	}
}

// Druid fails to look up an empty bitmap once it has read another one, so that no filter may meet one.
func TestEntriesOccur(t *testing.T) {
	t.Parallel()
	w, _ := create(t, Options{})
	c := w.String("s", StringOptions{Dictionary: texts{"a", "b", "c"}, Bitmap: true})
	must(t, c.AppendIDs([]int32{0, 2, 0}))
	if err := c.Close(); err == nil || !strings.Contains(err.Error(), `column "s": entry 1 of the dictionary is in no row`) {
		t.Errorf("an entry without rows: %v", err)
	}
	c = w.String("unfiltered", StringOptions{Dictionary: texts{"a", "b", "c"}})
	must(t, c.AppendIDs([]int32{0, 2, 0}))
	must(t, c.Close())
	must(t, w.Abort())
}
