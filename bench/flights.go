package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"ovate/bench/wire"
)

// ingestion is one of the four specs that read the million flights.
type ingestion struct {
	spec    string // its file in specs
	about   string
	seconds float64 // the goal
}

var ingestions = []ingestion{
	{"csv", "CSV (93 MB), no rollup", 3},
	{"csv_rollup", "CSV, rollup", 1.4},
	{"json", "JSON (304 MB), no rollup", 2.8},
	{"json_rollup", "JSON, rollup", 1.6},
}

// wall is the figure that counts; the others stand beside it.
func (i ingestion) wall() figure {
	return figure{"1,010,328 flights, " + i.about, "s", goal{atMost, i.seconds}}
}
func (i ingestion) duration() figure {
	return figure{"… " + i.about + ": as the task tells it", "s", goal{}}
}
func (i ingestion) segments() figure {
	return figure{"… " + i.about + ": segments", "kB", goal{kind: noMoreThanJava}}
}
func (i ingestion) memory() figure {
	return figure{"… " + i.about + ": most resident memory", "MB", goal{}}
}

// flights runs each spec once a run, on a server that has done nothing before (ovate) or only such tasks (Java, where
// each task gets a new process). The files are in the system's cache. DuckDB does its part of the work in between.
var flights = benchmark{
	name:  "flights",
	about: "index_parallel of 1,010,328 rows: CSV and JSON, with and without rollup; and DuckDB beside it",
	measure: func(ctx context.Context, r *trial) error {
		dir, err := r.fetchFlights(ctx)
		if err != nil {
			return err
		}
		if err := readOnce(dir); err != nil {
			return err
		}
		for _, i := range ingestions {
			if err := r.ingest(ctx, i, dir); err != nil {
				return fmt.Errorf("%s: %w", i.spec, err)
			}
			if r.side == ours {
				if err := r.duckDB(ctx, i, dir); err != nil {
					return err
				}
			}
		}
		return nil
	},
}

// ingest runs one of the four specs and records its figures.
func (r *trial) ingest(ctx context.Context, i ingestion, dir string) (err error) {
	if r.side == ours { // a process of its own, as Java has for each task
		if _, err := r.restart(ctx); err != nil {
			return err
		}
	}
	dataSource := fmt.Sprintf("flights_%s_%d", i.spec, time.Now().UnixNano())
	spec, err := loadSpec(i.spec, dataSource, dir)
	if err != nil {
		return err
	}
	o, err := r.ingestAll(ctx, spec)
	if err != nil {
		return err
	}
	size, err := r.segmentBytes(dataSource)
	if err != nil {
		return err
	}
	r.record(i.wall(), o.wall.Seconds())
	r.record(i.duration(), o.task.Seconds())
	r.record(i.segments(), float64(size)/1000)
	if r.side == ours {
		peak, err := r.peakRSS()
		if err != nil {
			return err
		}
		r.record(i.memory(), megabytes(peak))
	}
	return nil
}

// ingestAll runs a spec, which must process every row.
func (r *trial) ingestAll(ctx context.Context, s spec) (outcome, error) {
	c, err := wire.Dial(ctx, r.address)
	if err != nil {
		return outcome{}, err
	}
	defer c.Close()
	o, err := r.runTask(ctx, c, s.text())
	if err != nil {
		return o, err
	}
	report, err := ask(c, api+"/task/"+o.id+"/reports")
	if err != nil {
		return o, err
	}
	var answer struct {
		IngestionStatsAndErrors struct {
			Payload struct {
				// A row whose NA stands where a number should be is processed with error, there as here.
				RowStats struct {
					BuildSegments struct{ Processed, ProcessedWithError int }
				}
			}
		}
	}
	if err := json.Unmarshal(report, &answer); err != nil {
		return o, fmt.Errorf("report %.1000s: %w", report, err)
	}
	stats := answer.IngestionStatsAndErrors.Payload.RowStats.BuildSegments
	if rows := stats.Processed + stats.ProcessedWithError; rows != flightsRows {
		return o, fmt.Errorf("%d rows were processed and not %d: %.2000s", rows, flightsRows, report)
	}
	return o, nil
}

// readOnce reads the files of a folder, so that they are in the system's cache.
func readOnce(dir string) error {
	for _, name := range []string{csvName, jsonName} {
		f, err := os.Open(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, f)
		f.Close()
		if err != nil {
			return err
		}
	}
	return nil
}
