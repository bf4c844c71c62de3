package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"ovate/bench/wire"
)

var (
	noopFigure     = figure{"noop task, submit to SUCCESS, median", "ms", goal{atMost, 5}}
	noopTailFigure = figure{"noop task, submit to SUCCESS, p99", "ms", goal{}}
)

// noop runs one task after the other, each for a millisecond, and sees their end as runTask does.
var noop = benchmark{
	name:  "noop",
	about: "a task that runs 1 ms, from before its submission until its status says SUCCESS",
	measure: func(ctx context.Context, r *trial) error {
		c, err := wire.Dial(ctx, r.address)
		if err != nil {
			return err
		}
		defer c.Close()
		times := 500
		if r.side == java {
			times = 3
		}
		l := &latencies{}
		for i := range times {
			o, err := r.runTask(ctx, c, noopTask(noopID("once", i+int(time.Now().Unix())), "bench", 1))
			if err != nil {
				return fmt.Errorf("task %d: %w", i+1, err)
			}
			l.sorted = append(l.sorted, o.wall)
		}
		slices.Sort(l.sorted)
		r.record(noopFigure, l.at(0.5))
		if r.side == ours {
			r.record(noopTailFigure, l.at(0.99))
		}
		return nil
	},
}
