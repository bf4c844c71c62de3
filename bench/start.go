package main

import (
	"context"
	"time"
)

var (
	startFigure = figure{"start to first answer", "ms", goal{atMost, 100}}
	idleFigure  = figure{"resident memory, idle for 5 s", "MB", goal{atMost, 40}}
)

// start takes the time from the start of a process until GET /status/health answers 200, asked for over new connections
// (every 0.2 ms here, every 20 ms there). The metadata exist already and are empty; files are in the system's cache.
var start = benchmark{
	name:  "start",
	about: "from the start of the process to the first answer, and the memory it then takes",
	measure: func(ctx context.Context, r *trial) error {
		times := 10
		if r.side == java {
			times = 1
		}
		for range times {
			took, err := r.restart(ctx)
			if err != nil {
				return err
			}
			r.record(startFigure, milliseconds(took))
		}
		if err := wait(ctx, 5*time.Second); err != nil {
			return err
		}
		rss, err := r.rss()
		if err != nil {
			return err
		}
		r.record(idleFigure, megabytes(rss))
		return r.ready(ctx)
	},
}

// megabytes are millions of bytes.
func megabytes(n int64) float64 { return float64(n) / 1e6 }
