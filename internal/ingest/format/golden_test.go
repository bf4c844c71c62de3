package format

import (
	"cmp"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"ovate/druid"
	"ovate/internal/ingest/row"
	"ovate/internal/ingest/source"
	"ovate/internal/spec"
)

// schemaJSON is the part of a spec that the tests here need, with the defaults that spec.Parse would fill in.
type schemaJSON struct {
	TimestampSpec struct {
		Column, Format string
		MissingValue   *druid.Instant
	}
	DimensionsSpec struct {
		Dimensions           []json.RawMessage
		DimensionExclusions  []string
		IncludeAllDimensions bool
	}
	MetricsSpec     []struct{ Type, Name, FieldName string }
	GranularitySpec struct {
		SegmentGranularity druid.Granularity
		Intervals          []druid.Interval
	}
}

func (s schemaJSON) schema(t *testing.T) *spec.DataSchema {
	t.Helper()
	schema := &spec.DataSchema{
		Timestamp: spec.TimestampSpec{
			Column:  cmp.Or(s.TimestampSpec.Column, "timestamp"),
			Format:  cmp.Or(s.TimestampSpec.Format, "auto"),
			Missing: s.TimestampSpec.MissingValue,
		},
		Granularity: spec.GranularitySpec{Segment: s.GranularitySpec.SegmentGranularity, Intervals: s.GranularitySpec.Intervals},
	}
	types := map[string]spec.ColumnType{"": spec.String, "string": spec.String, "long": spec.Long, "float": spec.Float, "double": spec.Double}
	d := &schema.Dimensions
	d.Exclusions = append([]string{schema.Timestamp.Column}, s.DimensionsSpec.DimensionExclusions...)
	d.IncludeAll = s.DimensionsSpec.IncludeAllDimensions
	for _, raw := range s.DimensionsSpec.Dimensions {
		var full struct{ Type, Name, MultiValueHandling string }
		if raw[0] == '"' {
			decode(t, raw, &full.Name)
		} else {
			decode(t, raw, &full)
		}
		d.Dimensions = append(d.Dimensions, spec.Dimension{
			Name: full.Name, Type: types[full.Type],
			MultiValue: spec.MultiValueHandling(cmp.Or(full.MultiValueHandling, string(spec.SortedArray))),
		})
	}
	for _, m := range s.MetricsSpec {
		a := spec.Aggregator{Name: m.Name, Field: m.FieldName, Type: spec.Long}
		switch m.Type {
		case "count":
			a.Aggregate = spec.Count
		case "longSum", "longMin", "longMax":
			a.Aggregate = spec.Sum
		case "doubleSum", "doubleMin", "doubleMax":
			a.Aggregate, a.Type = spec.Sum, spec.Double
		case "floatSum", "floatMin", "floatMax":
			a.Aggregate, a.Type = spec.Sum, spec.Float
		default:
			continue // aggregators that cannot be ingested here
		}
		if a.Aggregate == spec.Sum && a.Field == "" {
			continue // an expression
		}
		schema.Metrics = append(schema.Metrics, a)
		d.Exclusions = append(d.Exclusions, a.Name, a.Field)
	}
	return schema
}

type formatJSON struct {
	Type, Delimiter, ListDelimiter                          string
	Columns                                                 []string
	FindColumnsFromHeader, TryParseNumbers, KeepNullColumns bool
	SkipHeaderRows                                          int
}

func (f formatJSON) format() spec.InputFormat {
	if f.Type == "json" {
		return spec.JSONFormat{KeepNullColumns: f.KeepNullColumns}
	}
	text := spec.TextFormat{
		Quoted: f.Type == "csv", Delimiter: ",", ListDelimiter: f.ListDelimiter, Columns: f.Columns,
		Header: f.FindColumnsFromHeader, SkipHeaderRows: f.SkipHeaderRows, TryParseNumbers: f.TryParseNumbers,
	}
	if !text.Quoted {
		text.Delimiter = cmp.Or(f.Delimiter, "\t")
	}
	return text
}

func decode(t *testing.T, raw []byte, v any) {
	t.Helper()
	if err := json.Unmarshal(raw, v); err != nil {
		t.Fatalf("%s: %v", raw, err)
	}
}

// result is what a report says.
type result struct {
	RowStats struct{ Processed, ProcessedBytes, ProcessedWithError, ThrownAway, Unparseable int64 }
	Faults   []fault
}

type fault struct {
	Input     *string
	ErrorType string
	Details   []string
}

// ingest parses all inputs of a source and returns the rest of a report: the last faults that are saved, newest first.
func ingest(t *testing.T, src spec.InputSource, schema *spec.DataSchema, f spec.InputFormat, chunkBytes, saved int) result {
	t.Helper()
	var r result
	inputs, err := source.Open(t.Context(), src, source.Policy{AnyLocalFile: true}, nil)
	if err != nil {
		t.Fatal(err)
	}
	splitter, err := NewSplitter(f)
	if err != nil {
		t.Fatal(err)
	}
	splitter.ChunkBytes = chunkBytes
	var parsers [2]*Parser // they take turns, which must make no difference
	for i := range parsers {
		if parsers[i], err = NewParser(Config{Schema: schema, Format: f, KeepFaults: true, Worker: i, DictionaryBytes: 1 << 14}); err != nil {
			t.Fatal(err)
		}
	}
	var b row.Batch
	var parsed int64
	turn := 0
	for _, in := range inputs {
		err := splitter.Split(t.Context(), in, func(c Chunk) error {
			defer c.Release()
			turn++
			if err := parsers[turn%2].Parse(t.Context(), c, &b); err != nil {
				return err
			}
			if b.Begins {
				parsed = 0
			}
			parsed = b.Locate(parsed)
			check(t, &b)
			r.RowStats.Processed += int64(b.N)
			r.RowStats.ProcessedBytes += b.Bytes
			r.RowStats.ThrownAway += b.ThrownAway
			for _, f := range b.Faults {
				out := fault{&f.Input, "unparseable", f.Details}
				if f.NoInput {
					out.Input = nil
				}
				if f.Kind == row.ProcessedWithError {
					out.ErrorType = "processedWithError"
					r.RowStats.ProcessedWithError++
					r.RowStats.Processed--
				} else {
					r.RowStats.Unparseable++
				}
				r.Faults = append(r.Faults, out)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	r.Faults = r.Faults[max(0, len(r.Faults)-saved):]
	slices.Reverse(r.Faults)
	return r
}

// check holds a batch against what it promises.
func check(t *testing.T, b *row.Batch) {
	t.Helper()
	columns := append(slices.Clone(b.Dimensions), b.Metrics...)
	for i, d := range b.Discovered {
		if d.From < 0 || d.From+len(d.IDs) > b.N {
			t.Errorf("discovered column %d has %d rows from %d on in a batch of %d", i, len(d.IDs), d.From, b.N)
		}
		d.PadIDs(b.N)
		columns = append(columns, d.Column)
	}
	if len(b.Time) != b.N {
		t.Errorf("%d times in a batch of %d rows", len(b.Time), b.N)
	}
	for i, c := range columns {
		n := len(c.IDs) + len(c.Longs) + len(c.Floats) + len(c.Doubles)
		if n != b.N && n != 0 || c.Null != nil && len(c.Null) != n {
			t.Errorf("column %d has %d rows and %d null flags in a batch of %d", i, n, len(c.Null), b.N)
		}
		for _, id := range c.IDs {
			if id >= 0 {
				c.Dict.At(id)
			}
		}
		begin := int32(0)
		for _, end := range c.ListEnds {
			if end < begin+2 {
				t.Errorf("column %d has a list of %d", i, end-begin)
			}
			begin = end
		}
	}
}

// testdata/reports.json is what Druid reported of many kinds of broken rows.
func TestFaultsAsDruidReportsThem(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("testdata/reports.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		schemaJSON
		result
		Name        string
		InputFormat formatJSON
		Saved       int
		Input       string
	}
	decode(t, raw, &cases)
	for _, c := range cases {
		for _, chunkBytes := range []int{DefaultChunkBytes, 64} {
			got := ingest(t, spec.InlineSource{Data: c.Input}, c.schema(t), c.InputFormat.format(), chunkBytes, c.Saved)
			if diff := gocmp.Diff(c.result.Faults, got.Faults, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%s, chunks of %d: faults (-Druid +ours):\n%s", c.Name, chunkBytes, diff)
			}
			if diff := gocmp.Diff(c.RowStats, got.RowStats); diff != "" {
				t.Errorf("%s, chunks of %d: counts (-Druid +ours):\n%s", c.Name, chunkBytes, diff)
			}
		}
	}
}

// testdata/golden holds inputs that Druid ingested, with their specs and what it reported.
func TestGoldenInputs(t *testing.T) {
	t.Parallel()
	folders, err := filepath.Glob("testdata/golden/*")
	if err != nil || len(folders) == 0 {
		t.Fatal(folders, err)
	}
	for _, folder := range folders {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			t.Parallel()
			var task struct {
				Spec struct {
					DataSchema schemaJSON
					IOConfig   struct {
						InputSource struct{ Filter string }
						InputFormat formatJSON
					}
					TuningConfig struct{ MaxSavedParseExceptions int }
				}
			}
			decode(t, readFile(t, folder, "spec.json"), &task)
			absolute, err := filepath.Abs(filepath.Join(folder, "data"))
			if err != nil {
				t.Fatal(err)
			}
			raw := readFile(t, folder, "report.json")
			var want result
			decode(t, []byte(strings.ReplaceAll(string(raw), "${DATA}", absolute)), &want)
			io := task.Spec.IOConfig
			src := spec.LocalSource{BaseDir: filepath.Join(folder, "data"), Filter: io.InputSource.Filter}
			for _, chunkBytes := range []int{DefaultChunkBytes, 500} {
				got := ingest(t, src, task.Spec.DataSchema.schema(t), io.InputFormat.format(), chunkBytes, task.Spec.TuningConfig.MaxSavedParseExceptions)
				if diff := gocmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
					t.Errorf("chunks of %d (-Druid +ours):\n%s", chunkBytes, diff)
				}
			}
		})
	}
}

func readFile(t *testing.T, parts ...string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(parts...))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
