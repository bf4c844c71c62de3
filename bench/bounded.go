package main

import (
	"context"
	"fmt"
)

// bound is the maxBytesInMemory of a task whose rows need ten times as much.
const bound = 32 << 20

var (
	boundedFigure = figure{"1,010,328 flights, CSV, no rollup, maxBytesInMemory 32 MiB", "s", goal{}}
	boundedMemory = figure{"… maxBytesInMemory 32 MiB: most resident memory", "MB", goal{}}
)

// bounded ingests the flights with little memory: the rows are written in runs, which are then merged.
var bounded = benchmark{
	name:      "bounded",
	about:     "the flights with maxBytesInMemory 32 MiB: time and memory",
	ovateOnly: true,
	measure: func(ctx context.Context, r *trial) error {
		dir, err := r.fetchFlights(ctx)
		if err != nil {
			return err
		}
		if err := readOnce(dir); err != nil {
			return err
		}
		spec, err := loadSpec("csv", "bounded", dir)
		if err != nil {
			return err
		}
		spec.set(bound, "spec", "tuningConfig", "maxBytesInMemory")
		o, err := r.ingestAll(ctx, spec)
		if err != nil {
			return err
		}
		size, err := r.segmentBytes("bounded")
		if err != nil {
			return err
		}
		peak, err := r.peakRSS()
		if err != nil {
			return err
		}
		r.record(boundedFigure, o.wall.Seconds())
		r.record(boundedMemory, megabytes(peak))
		r.note(fmt.Sprintf("with maxBytesInMemory 32 MiB the segments have %.2f MB", megabytes(size)))
		return nil
	},
}
