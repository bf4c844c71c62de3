package format

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ovate/druid"
	"ovate/internal/ingest/row"
	"ovate/internal/spec"
)

// FuzzParse looks for data that no format survives, or of which the rows depend on where it is cut.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"{\"t\":1,\"s\":[\"a\",null],\"l\":\"x\"}\n{\"t\":\"2\",\"d\":\"1,5\"}", "t,s,l\n1,\"a\"\"b\",3\r\n2,a|b,0x1\n", "1\t2\t3\n\n", "{a:1,/**/'b':.5,}\n",
	} {
		f.Add([]byte(s), uint8(10))
	}
	schema := &spec.DataSchema{
		Timestamp: spec.TimestampSpec{Column: "t", Format: "auto"},
		Dimensions: spec.DimensionsSpec{IncludeAll: true, Exclusions: []string{"no"}, Dimensions: []spec.Dimension{
			{Name: "s", MultiValue: spec.SortedSet}, {Name: "l", Type: spec.Long}, {Name: "f", Type: spec.Float}, {Name: "d", Type: spec.Double},
		}},
		Metrics: []spec.Aggregator{
			{Name: "n", Aggregate: spec.Count}, {Name: "m", Aggregate: spec.Sum, Type: spec.Long, Field: "l"},
			{Name: "x", Aggregate: spec.Max, Type: spec.Double, Field: "d"}, {Name: "u", Aggregate: spec.Max, Type: spec.Float, Field: "__time"},
		},
		Granularity: spec.GranularitySpec{Segment: druid.Day, Intervals: []druid.Interval{{Start: 0, End: 1}, {Start: 1e12, End: 2e12}}},
	}
	relaxed := spec.JSONFormat{Features: map[string]bool{}, KeepNullColumns: true}
	for feature := range (&relaxer{}).relaxations() {
		relaxed.Features[feature] = true
	}
	formats := []spec.InputFormat{
		spec.JSONFormat{}, relaxed,
		spec.TextFormat{Quoted: true, Delimiter: ",", ListDelimiter: "|", Columns: []string{"t", "s", "l", "f", "d"}},
		spec.TextFormat{Delimiter: "||", ListDelimiter: "a", Columns: []string{"t", "s", "l", "f", "other"}, TryParseNumbers: true},
	}
	f.Fuzz(func(t *testing.T, data []byte, cut uint8) {
		for _, format := range formats {
			var together, apart row.Batch
			file := &File{}
			if text, ok := format.(spec.TextFormat); ok {
				file.Columns = text.Columns
			}
			p := newTestParser(t, schema, format, true)
			if err := p.Parse(t.Context(), Chunk{Data: append([]byte(nil), data...), File: file, First: true}, &together); err != nil {
				t.Fatal(err)
			}
			check(t, &together)
			want := batchText(&together)

			at := int(cut)
			for at < len(data) && data[at] != '\n' {
				at++
			}
			if at+1 >= len(data) || together.Discovered != nil {
				continue
			}
			var got []string
			for _, part := range [][]byte{data[:at+1], data[at+1:]} {
				if err := p.Parse(t.Context(), Chunk{Data: append([]byte(nil), part...), File: file}, &apart); err != nil {
					t.Fatal(err)
				}
				got = append(got, batchText(&apart)...)
			}
			if diff := cmp.Diff(want, got); diff != "" && diff != cmp.Diff([]string{}, []string(nil)) {
				t.Errorf("%T: %q in one piece and cut after %d (-one +two):\n%s", format, data, at, diff)
			}
		}
	})
}

func TestIntervals(t *testing.T) {
	t.Parallel()
	hour := druid.Instant(3_600_000)
	for _, c := range []struct {
		granularity druid.Granularity
		given       []druid.Interval
		at          druid.Instant
		want        bool
	}{
		{druid.Day, nil, 5, true},
		{druid.Day, []druid.Interval{{Start: 5 * hour, End: 6 * hour}}, 0, true}, // the day of the interval
		{druid.Day, []druid.Interval{{Start: 5 * hour, End: 6 * hour}}, 24 * hour, false},
		{druid.Day, []druid.Interval{{Start: 5 * hour, End: 6 * hour}, {Start: 30 * hour, End: 31 * hour}}, 47 * hour, true},
		{druid.Hour, []druid.Interval{{Start: 5 * hour, End: 6 * hour}}, 5*hour - 1, false},
		{druid.Hour, []druid.Interval{{Start: 5 * hour, End: 6 * hour}}, 6*hour - 1, true},
		{druid.Hour, []druid.Interval{{Start: 5 * hour, End: 6 * hour}}, 6 * hour, false},
		{druid.All, []druid.Interval{{Start: 5 * hour, End: 6 * hour}}, 0, false}, // one segment, as long as the interval
		{druid.All, []druid.Interval{{Start: 5 * hour, End: 6 * hour}}, 5 * hour, true},
		{druid.None, []druid.Interval{{Start: 5, End: 6}}, 5, true},
		{druid.None, []druid.Interval{{Start: 5, End: 6}}, 6, false},
	} {
		x := newIntervals(&spec.GranularitySpec{Segment: c.granularity, Intervals: c.given})
		for range 2 { // the second time out of what it remembers
			if got := x.admit(c.at); got != c.want {
				t.Errorf("%v of %v in %v: %v", c.granularity, c.at, c.given, got)
			}
		}
	}
}

func TestUnusableFormats(t *testing.T) {
	t.Parallel()
	schema := &spec.DataSchema{Timestamp: spec.TimestampSpec{Format: "bogus"}}
	if _, err := NewParser(Config{Schema: schema, Format: spec.JSONFormat{}}); err == nil {
		t.Error("a pattern that does not exist is taken")
	}
	if _, err := NewParser(Config{Schema: &spec.DataSchema{}, Format: spec.TextFormat{}}); err == nil {
		t.Error("an empty delimiter is taken")
	}
	if _, err := NewParser(Config{Schema: &spec.DataSchema{}}); err == nil {
		t.Error("no format is taken")
	}
}

// The dictionaries of all columns share what memory there is. Small ones stay as they are.
func TestDictionariesShareMemory(t *testing.T) {
	t.Parallel()
	const columns = 20
	schema := &spec.DataSchema{Timestamp: spec.TimestampSpec{Column: "t", Format: "millis"}}
	for i := range columns {
		schema.Dimensions.Dimensions = append(schema.Dimensions.Dimensions, spec.Dimension{Name: fmt.Sprint("c", i)})
	}
	p, err := NewParser(Config{Schema: schema, Format: spec.JSONFormat{}, DictionaryBytes: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	var b row.Batch
	for batch := range 30 {
		var data []byte
		for i := range 100 {
			data = fmt.Appendf(data, `{"t":0,"c0":"always %d"`, i)
			for k := 1; k < columns; k++ {
				data = fmt.Appendf(data, `,"c%d":"batch %d, row %d"`, k, batch, i)
			}
			data = append(data, "}\n"...)
		}
		if err := p.Parse(t.Context(), Chunk{Data: data}, &b); err != nil {
			t.Fatal(err)
		}
		total := int64(0)
		for d := range p.layout.dictionaries {
			total += d.Bytes()
		}
		if total > 1<<20+columns*16<<10 {
			t.Errorf("batch %d leaves dictionaries of %d bytes", batch, total)
		}
	}
	if small, large := b.Dimensions[0].Dict.Epoch, b.Dimensions[1].Dict.Epoch; small != 0 || large == 0 {
		t.Errorf("the small one began %d times afresh, a large one %d times", small, large)
	}
}

// A dictionary that has grown too large starts afresh with the next batch, and only then.
func TestDictionariesStartAfresh(t *testing.T) {
	t.Parallel()
	schema := &spec.DataSchema{
		Timestamp:  spec.TimestampSpec{Column: "t", Format: "millis"},
		Dimensions: spec.DimensionsSpec{IncludeAll: true, Dimensions: []spec.Dimension{{Name: "a"}}},
	}
	p, err := NewParser(Config{Schema: schema, Format: spec.JSONFormat{}, DictionaryBytes: 4 << 10})
	if err != nil {
		t.Fatal(err)
	}
	var data []byte
	for i := range 1000 {
		data = fmt.Appendf(data, "{\"t\":0,\"a\":\"value %d\",\"b\":\"other %d\"}\n", i, i)
	}
	var b row.Batch
	var epochs []int
	for range 3 {
		if err := p.Parse(t.Context(), Chunk{Data: data}, &b); err != nil {
			t.Fatal(err)
		}
		a, other := b.Dimensions[0].Dict, b.Discovered[0].Dict
		if a.Len() != 1001 || string(a.At(1000)) != "value 999" || string(other.At(1000)) != "other 999" {
			t.Errorf("%d entries, the last %q and %q", a.Len(), a.At(1000), other.At(1000))
		}
		epochs = append(epochs, a.Epoch, other.Epoch)
	}
	if diff := cmp.Diff([]int{0, 0, 1, 1, 2, 2}, epochs); diff != "" {
		t.Error(diff)
	}
}

// TestHidden: what must not be shown of an input stands in no fault, not even in half where a row is cut short.
func TestHidden(t *testing.T) {
	t.Parallel()
	schema := &spec.DataSchema{Timestamp: spec.TimestampSpec{Column: "t", Format: "auto"}, Dimensions: spec.DimensionsSpec{Dimensions: []spec.Dimension{{Name: "n", Type: spec.Long}}}}
	file := &File{Hide: func(s string) string { return strings.ReplaceAll(s, "SECRET", "***") }}
	var b row.Batch
	for name, data := range map[string]string{
		"no JSON": "Basic SECRET\n", "time": `{"t":"SECRET"}` + "\n", "cut": `{"t":"no","x":"` + strings.Repeat("y", 80) + `SECRET"}` + "\n",
		"value":               `{"t":"2024-01-01","n":"SECRET"}` + "\n",
		"end of what is kept": "SECRET" + strings.Repeat("y", maxInputBytes-9) + "SECRET\n", "end of a row": `{"t":"2024-01-01","n":"SECRET ` + strings.Repeat("y", maxInputBytes-32) + `SECRET"}` + "\n",
		"end of a value":         `{"t":"2024-01-01","n":"SECRET ` + strings.Repeat("y", maxInputBytes-len("Could not convert value [SECRET SEC")) + `SECRET"}` + "\n",
		"end of a time":          `{"t":"SECRET ` + strings.Repeat("y", maxInputBytes-len("Timestamp[SECRET SEC")) + `SECRET"}` + "\n",
		"nothing but":            strings.Repeat("SECRET", maxInputBytes/4) + "\n",
		"nothing but in a value": `{"t":"2024-01-01","n":"` + strings.Repeat("SECRET", maxInputBytes/4) + `"}` + "\n",
	} {
		p, err := NewParser(Config{Schema: schema, Format: spec.JSONFormat{}, KeepFaults: true})
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Parse(t.Context(), Chunk{File: file, Data: []byte(data)}, &b); err != nil {
			t.Fatal(err)
		}
		if len(b.Faults) != 1 {
			t.Fatalf("%s: %d faults", name, len(b.Faults))
		}
		if f := b.Faults[0]; strings.Contains(f.Input+strings.Join(f.Details, ""), "SEC") || !strings.Contains(f.Input, "***") {
			t.Errorf("%s: %.200v", name, f)
		}
	}
}
