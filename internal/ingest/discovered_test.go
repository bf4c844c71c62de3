package ingest

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ovate/internal/spec"
	"ovate/segment"
)

// inlineSpec is the spec of an index task that reads data, given the JSON of its dimensionsSpec and inputFormat.
func inlineSpec(t *testing.T, dimensions, format, data string) *spec.Ingestion {
	t.Helper()
	text, err := json.Marshal(data)
	if err != nil {
		t.Fatal(err)
	}
	s, err := spec.Parse("index", fmt.Appendf(nil, `{
		"dataSchema": {"dataSource": "x", "timestampSpec": {"column": "t"}, "dimensionsSpec": %s, "granularitySpec": {"rollup": false}},
		"ioConfig": {"type": "index", "inputSource": {"type": "inline", "data": %s}, "inputFormat": %s}}`, dimensions, text, format))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestDiscoveredDimensions holds the dimensions that are found in data against those that Druid 33 found, segment by segment.
func TestDiscoveredDimensions(t *testing.T) {
	t.Parallel()
	const (
		csv  = `{"type": "csv", "columns": ["t", "a", "b", "c", "d"]}`
		lack = `{"t":"2024-01-01","b":null,"c":1}
			{"t":"2024-01-01","a":1,"b":2}
			{"t":"2024-01-02","c":1,"a":[]}
			{"t":"2024-01-02","a":1,"c":2,"b":[null,null]}`
	)
	for _, test := range []struct {
		name, dimensions, format, data string
		want                           []string // the dimensions of each segment
	}{
		{"empty cells are fields, and columns without a value are left out", `{}`, csv,
			"2024-01-01,,x,,1\n2024-01-01,y,x,z,1\n2024-01-02,,,1,1\n2024-01-02,1,,,\n2024-01-03,,,,",
			[]string{"a,b,c,d", "a,c,d", ""}},
		{"cells that are missing, too", `{}`, csv, "2024-01-01,,x\n2024-01-01,y,x,z,1", []string{"a,b,c,d"}},
		{"in the order of the first row that has them", `{}`, `{"type": "json"}`,
			`{"t":"2024-01-01","b":1}` + "\n" + `{"t":"2024-01-02","a":"x","b":1}`, []string{"b", "a,b"}},
		{"a null is no field", `{}`, `{"type": "json"}`, lack, []string{"c,a,b", "c,a"}},
		{"unless null columns are kept", `{}`, `{"type": "json", "keepNullColumns": true}`, lack, []string{"b,c,a", "c,a"}},
		{"all dimensions, also those without a value", `{"includeAllDimensions": true}`, `{"type": "json"}`, lack, []string{"c,a,b", "c,a,b"}},
		{"all dimensions, nulls kept", `{"includeAllDimensions": true}`, `{"type": "json", "keepNullColumns": true}`, lack, []string{"b,c,a", "c,a,b"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := inlineSpec(t, test.dimensions, test.format, test.data)
			for _, rollup := range []bool{false, true} {
				s.Schema.Granularity.Rollup = rollup
				result, _ := runJob(t, s, 2)
				got := make([]string, len(result.Segments))
				for i, b := range result.Segments {
					got[i] = strings.Join(b.Dimensions, ",")
				}
				if d := cmp.Diff(test.want, got); d != "" {
					t.Errorf("rollup %v (-want +got):\n%s", rollup, d)
				}
			}
		})
	}
}

// String dimensions without any value are left out on demand, listed and spilled ones too, and no numbers, as with Druid's
// storeEmptyColumns.
func TestEmptyColumnsLeftOut(t *testing.T) {
	t.Parallel()
	for dimensions, want := range map[string]string{
		`{"dimensions": ["a", "gone", {"type": "long", "name": "lgone"}]}`: "a,lgone",
		`{"includeAllDimensions": true}`:                                   "a",
	} {
		for _, rows := range []int{1, 1000} {
			s := inlineSpec(t, dimensions, `{"type": "json", "keepNullColumns": true}`, `{"t":1,"a":"x","other":null}`+"\n"+`{"t":2,"a":"y"}`)
			s.Tuning.MaxRowsInMemory, s.Tuning.RowsInMemoryGiven = rows, true
			result, err := Run(t.Context(), Job{
				Spec: s, Staging: t.TempDir(), Workers: 2, MemoryBudget: 1 << 30, Log: slog.New(slog.DiscardHandler), Progress: &Progress{}, OmitEmpty: true,
			})
			if err != nil {
				t.Fatal(err)
			}
			opened, err := segment.Open(result.Segments[0].Dir)
			if err != nil {
				t.Fatal(err)
			}
			defer opened.Close()
			if got, held := strings.Join(result.Segments[0].Dimensions, ","), strings.Join(opened.Dimensions(), ","); got != want || held != want {
				t.Errorf("%s, %d rows in memory: dimensions %s, in the segment %s, want %s", dimensions, rows, got, held, want)
			}
		}
	}
}

// TestListsOfNulls shows that a dimension in which even lists hold nothing but null is a column of nulls.
func TestListsOfNulls(t *testing.T) {
	t.Parallel()
	s := inlineSpec(t, `{"dimensions": ["a", {"type": "string", "name": "b", "multiValueHandling": "ARRAY"}]}`, `{"type": "json"}`,
		`{"t":"2024-01-01","a":"x","b":[null,null]}`+"\n"+`{"t":"2024-01-01","a":"y","b":null}`)
	result, _ := runJob(t, s, 1)
	const want = `{"__time":"2024-01-01T00:00:00.000Z","a":"x","b":null}` + "\n" + `{"__time":"2024-01-01T00:00:00.000Z","a":"y","b":null}` + "\n"
	if d := cmp.Diff(want, rowsOf(t, result.Segments[0])); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
