package main

import (
	"context"
	"fmt"

	"ovate/druid"
)

const growthOwn = 100 // tasks of the data source that is asked about

// growthFigures are what one request costs a lone client, beside so many tasks of other data sources.
func growthFigures(others int) (status, submit, list figure) {
	name := func(what string) figure {
		return figure{fmt.Sprintf("beside %d tasks of other data sources: %s", others, what), "ms", goal{}}
	}
	return name("status"), name("submit"), name("list of a data source with 100 tasks")
}

var growthFigure = figure{"the dearest of these three requests beside 100,000 tasks, over the same beside 100", "×", goal{atMost, 1.5}}

// growth shows that a request does not cost more for what it does not touch. Each run compares two servers.
var growth = benchmark{
	name:      "growth",
	about:     "status, submit and list by data source beside 100 and beside 100,000 tasks of other data sources",
	ovateOnly: true,
	fill:      &tasks{count: 100_000, state: druid.Running, sources: 100},
	measure: func(ctx context.Context, r *trial) error {
		small, err := r.startOvate(ctx, &tasks{count: 100, state: druid.Running, sources: 100})
		if err != nil {
			return err
		}
		defer small.stop() //nolint:errcheck // It is killed, and its folder goes with the lab's.
		alone, err := (&trial{r.lab, small}).requestCosts(ctx, 100)
		if err != nil {
			return err
		}
		crowded, err := r.requestCosts(ctx, 100_000)
		if err != nil {
			return err
		}
		worst := 0.0
		for i := range alone {
			worst = max(worst, crowded[i]/alone[i])
		}
		r.record(growthFigure, worst)
		return nil
	},
}

// requestCosts are the medians of status, submit and list in milliseconds.
func (r *trial) requestCosts(ctx context.Context, others int) (costs [3]float64, err error) {
	status, submit, list := growthFigures(others)
	one := func(i int, f figure, n int, make func(int) request) {
		if err != nil {
			return
		}
		var l *latencies
		if l, err = (load{clients: 1, count: n, request: make}).run(ctx, r.target); err == nil {
			costs[i] = l.at(0.5)
			r.record(f, costs[i])
		}
	}
	one(1, submit, growthOwn, func(i int) request {
		return request{"POST", api + "/task", noopTask(noopID("ours", i), "ours", hour)}
	})
	one(0, status, 5_000, func(i int) request {
		return request{"GET", api + "/task/" + noopID("ours", i%growthOwn) + "/status", nil}
	})
	one(2, list, 1_000, func(int) request { return request{"GET", api + "/tasks?datasource=ours", nil} })
	return costs, err
}
