package ingest

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ovate/internal/spec"
)

// newNames is rows each of which brings five names that no row had before.
func newNames(rows int) string {
	var text strings.Builder
	for i := range rows {
		fmt.Fprintf(&text, `{"t":%d`, 1_700_000_000_000+i)
		for k := range 5 {
			fmt.Fprintf(&text, `,"n%d":"v%d"`, i*5+k, i)
		}
		text.WriteString("}\n")
	}
	return text.String()
}

// TestNewColumnsCostLinear counts what is allocated for four times as many rows with four times as many columns: it is to be four times as much, where
// a cost that is squared is sixteen times as much. It does not run beside other tests, whose memory would be counted.
func TestNewColumnsCostLinear(t *testing.T) {
	for name, change := range map[string]func(s *spec.Ingestion, rows int){
		"in memory": func(*spec.Ingestion, int) {},
		"rollup":    func(s *spec.Ingestion, _ int) { s.Schema.Granularity.Rollup = true },
		"merged":    func(s *spec.Ingestion, rows int) { s.Tuning.MaxRowsInMemory, s.Tuning.RowsInMemoryGiven = rows/4, true },
	} {
		var bytes []uint64
		for _, rows := range []int{200, 800} {
			s := inlineSpec(t, `{}`, `{"type": "json"}`, newNames(rows))
			change(s, rows)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			result, _ := runJob(t, s, 1)
			runtime.ReadMemStats(&after)
			if n := len(result.Segments[0].Dimensions); n != 5*rows {
				t.Fatalf("%s: %d columns, want %d", name, n, 5*rows)
			}
			bytes = append(bytes, (after.TotalAlloc-before.TotalAlloc)>>10)
		}
		t.Logf("%s: %d kB for 1000 and 4000 columns", name, bytes)
		if bytes[1] > 8*bytes[0] { // under the race detector what is pooled may be made anew
			t.Errorf("%s: four times as many columns take %d kB instead of %d", name, bytes[1], bytes[0])
		}
	}
}

// TestScatteredColumns: where columns have values in few rows, memory for a few rows changes nothing in the result. Where rows lack the
// columns, only the order of rows with the same time may be another: that of the columns is another in each run.
func TestScatteredColumns(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		format        string
		null          bool // rows have all columns, most of them null
		rollup, order bool
	}{
		"null":            {`{"type": "json", "keepNullColumns": true}`, true, false, true},
		"null, rolled up": {`{"type": "json", "keepNullColumns": true}`, true, true, true},
		"absent":          {`{"type": "json"}`, false, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data := scattered(test.null)
			var want []string
			for _, rowsInMemory := range []int{1000, 60} {
				s := inlineSpec(t, `{}`, test.format, data)
				s.Schema.Granularity.Rollup = test.rollup
				s.Tuning.MaxRowsInMemory, s.Tuning.RowsInMemoryGiven = rowsInMemory, true
				result, _ := runJob(t, s, 2)
				got := strings.SplitAfter(rowsOf(t, result.Segments[0]), "\n")
				if !test.order {
					slices.Sort(got)
				}
				if want == nil {
					want = got
				}
				if d := cmp.Diff(want, got); d != "" {
					t.Errorf("(-in memory +merged):\n%s", d)
				}
			}
		})
	}
}

// scattered is rows of a hundred columns, of which each row has a value in two or three.
func scattered(null bool) string {
	random := rand.New(rand.NewPCG(1, 2))
	var text strings.Builder
	for i := range 500 {
		fmt.Fprintf(&text, `{"t":%d`, random.IntN(20))
		for k := range 100 {
			if i == 0 || random.IntN(40) == 0 {
				fmt.Fprintf(&text, `,"c%02d":%s`, k, []string{`"x"`, `"y"`, `["x","y"]`, `1`}[random.IntN(4)])
			} else if null {
				fmt.Fprintf(&text, `,"c%02d":null`, k)
			}
		}
		text.WriteString("}\n")
	}
	return text.String()
}
