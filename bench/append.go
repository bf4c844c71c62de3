package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"ovate/bench/wire"
)

// appendSizes are the segments that a time chunk has already when another one is appended.
var appendSizes = []int{10, 1_500, 10_000}

func appendFigure(n int) figure {
	return figure{fmt.Sprintf("append a row to a time chunk of %d segments, median", n), "ms", goal{}}
}

var (
	appendRatio = figure{"the same to 10,000 segments, over that to 10", "×", goal{atMost, 1.5}}
	oneRowEach  = figure{"append 10,000 segments of a row each in one task", "s", goal{}}
	manyChunks  = figure{"replace 10,000 time chunks of a row each in one task", "s", goal{}}
	manyAppends = figure{"append to 10,000 time chunks in one task", "s", goal{}}
)

// appends shows that an append costs the same however many segments there are, and that many small segments do not take long.
var appends = benchmark{
	name:      "append",
	about:     "a row appended to time chunks of 10, 1,500 and 10,000 segments; 10,000 time chunks in one task (ovate alone)",
	ovateOnly: true,
	measure: func(ctx context.Context, r *trial) error {
		c, err := wire.Dial(ctx, r.address)
		if err != nil {
			return err
		}
		defer c.Close()
		run := func(dataSource string, rows, perSegment int, hourly, appending bool) (time.Duration, error) {
			o, err := r.runTask(ctx, c, rowsTask(dataSource, rows, perSegment, hourly, appending))
			return o.wall, err
		}
		costs := map[int]float64{}
		for _, n := range appendSizes {
			dataSource := fmt.Sprintf("append_%d_%d", n, time.Now().UnixNano())
			made, err := run(dataSource, n, 1, false, true)
			if err != nil {
				return err
			}
			if n == 10_000 {
				r.record(oneRowEach, made.Seconds())
			}
			var walls []time.Duration
			for range 20 {
				wall, err := run(dataSource, 1, 1, false, true)
				if err != nil {
					return err
				}
				walls = append(walls, wall)
			}
			slices.Sort(walls)
			costs[n] = milliseconds(walls[len(walls)/2])
			r.record(appendFigure(n), costs[n])
		}
		r.record(appendRatio, costs[10_000]/costs[10])
		dataSource := fmt.Sprintf("chunks_%d", time.Now().UnixNano())
		for _, step := range []struct {
			figure    figure
			appending bool
		}{{manyChunks, false}, {manyAppends, true}} {
			took, err := run(dataSource, 10_000, 5_000_000, true, step.appending)
			if err != nil {
				return err
			}
			r.record(step.figure, took.Seconds())
		}
		return nil
	},
}

// rowsTask ingests so many rows: all of one day, or one for each hour from then on.
func rowsTask(dataSource string, rows, perSegment int, hourly, appending bool) []byte {
	first := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	var data strings.Builder
	data.WriteString(`time,n\n`)
	granularity := "DAY"
	for i := range rows {
		at := first
		if hourly {
			granularity, at = "HOUR", first.Add(time.Duration(i)*time.Hour)
		}
		fmt.Fprintf(&data, `%s,%d\n`, at.Format(time.RFC3339), i)
	}
	return fmt.Appendf(nil, `{"type":"index_parallel","spec":{"dataSchema":{"dataSource":"%s","timestampSpec":{"column":"time","format":"iso"},`+
		`"dimensionsSpec":{"dimensions":["n"]},"metricsSpec":[],"granularitySpec":{"segmentGranularity":"%s","queryGranularity":"NONE","rollup":false}},`+
		`"ioConfig":{"type":"index_parallel","appendToExisting":%v,"inputSource":{"type":"inline","data":"%s"},`+
		`"inputFormat":{"type":"csv","findColumnsFromHeader":true}},`+
		`"tuningConfig":{"type":"index_parallel","partitionsSpec":{"type":"dynamic","maxRowsPerSegment":%d}}}}`,
		dataSource, granularity, appending, data.String(), perSegment)
}
