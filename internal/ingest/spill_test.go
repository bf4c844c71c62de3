package ingest

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ovate/druid"
	"ovate/internal/spec"
)

// TestSpillingChangesNothing ingests the goldens with memory for a few rows only.
func TestSpillingChangesNothing(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"02-multivalue", "03-numeric-auto-encoding", "12-week-los-angeles", "13-month-kolkata-qweek", "15-multi-block-columns",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := goldenSpec(t, name)
			s.Tuning.RowsInMemoryGiven, s.Tuning.MaxRowsInMemory = true, 23
			result, progress := runJob(t, s, 2)
			checkSegments(t, filepath.Join(goldens, name), s, result)
			checkCounters(t, filepath.Join(goldens, name), progress)
		})
	}
}

// everyColumn is a spec whose rows bring every kind of column, nulls and lists included.
func everyColumn(t *testing.T, rows int, rollup bool) *spec.Ingestion {
	t.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	var text strings.Builder
	text.WriteString("time,tag,l,f,d,v\n")
	for range rows {
		null := func(s string) string {
			if random.IntN(8) == 0 {
				return ""
			}
			return s
		}
		tag := string(rune('a' + random.IntN(5)))
		if random.IntN(3) == 0 {
			tag += "|" + string(rune('a'+random.IntN(5)))
		}
		fmt.Fprintf(&text, "2026-01-0%dT%02d:00:00Z,%s,%s,%s,%s,%s\n", 1+random.IntN(2), random.IntN(3), null(tag),
			null(fmt.Sprint(random.IntN(4)-2)), null(fmt.Sprint(random.IntN(3))), null(fmt.Sprint(random.IntN(2))), null(fmt.Sprint(random.IntN(100))))
	}
	s := &spec.Ingestion{
		Schema: spec.DataSchema{
			DataSource: "x",
			Timestamp:  spec.TimestampSpec{Column: "time", Format: "iso"},
			Dimensions: spec.DimensionsSpec{Dimensions: []spec.Dimension{
				{Name: "tag", Type: spec.String, MultiValue: spec.SortedArray, Bitmap: true},
				{Name: "l", Type: spec.Long}, {Name: "f", Type: spec.Float}, {Name: "d", Type: spec.Double},
			}},
			Granularity: spec.GranularitySpec{Segment: druid.Day, Query: druid.Hour, Rollup: rollup},
		},
		IO: spec.IOConfig{
			Source: spec.InlineSource{Data: text.String()},
			Format: spec.TextFormat{Quoted: true, Delimiter: ",", ListDelimiter: "|", Header: true},
		},
		Tuning: spec.Tuning{MaxRowsPerSegment: 5_000_000, MaxTotalRows: 20_000_000, MaxParseExceptions: 10},
	}
	for _, typ := range []spec.ColumnType{spec.Long, spec.Float, spec.Double} {
		for _, how := range []spec.Aggregate{spec.Sum, spec.Min, spec.Max} {
			s.Schema.Metrics = append(s.Schema.Metrics, spec.Aggregator{Name: fmt.Sprint("m", typ, how), Aggregate: how, Type: typ, Field: "v"})
		}
	}
	s.Schema.Metrics = append(s.Schema.Metrics, spec.Aggregator{Name: "n", Aggregate: spec.Count, Type: spec.Long})
	return s
}

// TestMergeOfManyRuns compares what comes out of many small runs with what comes out of memory, for every type of column.
func TestMergeOfManyRuns(t *testing.T) {
	t.Parallel()
	for _, rollup := range []bool{false, true} {
		t.Run(fmt.Sprintf("rollup=%v", rollup), func(t *testing.T) {
			t.Parallel()
			s := everyColumn(t, 3000, rollup)
			whole, _ := runJob(t, s, 2)
			s.Tuning.RowsInMemoryGiven, s.Tuning.MaxRowsInMemory = true, 57
			merged, _ := runJob(t, s, 2)
			if len(whole.Segments) != 2 || len(merged.Segments) != 2 {
				t.Fatalf("%d and %d segments, want 2", len(whole.Segments), len(merged.Segments))
			}
			for i := range whole.Segments {
				if d := cmp.Diff(strings.Split(rowsOf(t, whole.Segments[i]), "\n"), strings.Split(rowsOf(t, merged.Segments[i]), "\n")); d != "" {
					t.Errorf("segment %d (-in memory +merged):\n%s", i, d)
				}
			}
		})
	}
}

// TestMergeInSteps has more runs than are merged at a time, every one of a single row.
func TestMergeInSteps(t *testing.T) {
	t.Parallel()
	s := everyColumn(t, 2*maxRuns+100, true)
	whole, _ := runJob(t, s, 2)
	s.Tuning.RowsInMemoryGiven, s.Tuning.MaxRowsInMemory = true, 1
	merged, _ := runJob(t, s, 2)
	for i := range whole.Segments {
		if d := cmp.Diff(strings.Split(rowsOf(t, whole.Segments[i]), "\n"), strings.Split(rowsOf(t, merged.Segments[i]), "\n")); d != "" {
			t.Errorf("segment %d (-in memory +merged):\n%s", i, d)
		}
	}
	left, err := filepath.Glob(filepath.Join(filepath.Dir(merged.Segments[0].Dir), "run-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("%d runs are left (%v)", len(left), err)
	}
}

// TestRunsAreRemoved looks at what is left in staging: the finished segments.
func TestRunsAreRemoved(t *testing.T) {
	t.Parallel()
	s := everyColumn(t, 500, true)
	s.Tuning.RowsInMemoryGiven, s.Tuning.MaxRowsInMemory = true, 50
	result, _ := runJob(t, s, 2)
	entries, err := os.ReadDir(filepath.Dir(result.Segments[0].Dir))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !slices.ContainsFunc(result.Segments, func(b Built) bool { return filepath.Base(b.Dir) == e.Name() }) {
			t.Errorf("%s is left in staging", e.Name())
		}
	}
}

// TestSegmentsAreCutWhereDruidCutsThem: one full segment ends all that are open.
func TestSegmentsAreCutWhereDruidCutsThem(t *testing.T) {
	t.Parallel()
	s := everyColumn(t, 1000, false)
	s.Tuning.MaxRowsPerSegment = 100
	result, _ := runJob(t, s, 2)
	rows := int64(0)
	for i, b := range result.Segments {
		rows += b.Rows
		if b.Rows > 100 {
			t.Errorf("segment %d has %d rows", i, b.Rows)
		}
		if i > 0 && result.Segments[i-1].Interval == b.Interval && result.Segments[i-1].Partition+1 != b.Partition {
			t.Errorf("partition %d follows %d", b.Partition, result.Segments[i-1].Partition)
		}
	}
	if rows != 1000 {
		t.Errorf("%d rows in all segments, want 1000", rows)
	}
}
