package main

import (
	"context"
	"fmt"

	"ovate/druid"
)

const crowdSize = 100_000

var (
	crowdStart       = figure{"100,000 active: start to first answer, all of them known", "ms", goal{atMost, 300}}
	crowdSubmit      = figure{"100,000 active: submit, 8 clients, median", "ms", goal{}}
	crowdSubmitP99   = figure{"100,000 active: submit, 8 clients, p99", "ms", goal{atMost, 50}}
	crowdRate        = figure{"100,000 active: submit, 8 clients", "/s", goal{}}
	crowdStatus      = figure{"100,000 active: status, 8 clients, median", "ms", goal{}}
	crowdStatusP99   = figure{"100,000 active: status, 8 clients, p99", "ms", goal{atMost, 50}}
	crowdShutdown    = figure{"100,000 active: shutdown, 8 clients, median", "ms", goal{}}
	crowdShutdownP99 = figure{"100,000 active: shutdown, 8 clients, p99", "ms", goal{atMost, 50}}
	crowdList        = figure{"100,000 active: the whole list", "MB/s", goal{atLeast, 200}}
	crowdMemory      = figure{"100,000 active: resident memory before the lists", "MB", goal{}}
	crowdMemoryPeak  = figure{"100,000 active: most resident memory ever", "MB", goal{}}
)

// crowd is about 100,000 active tasks. A real Druid gets slower with each of them and would take far too long to get there.
var crowd = benchmark{
	name:      "crowd",
	about:     "submit, status, shutdown and list with 100,000 active tasks (ovate alone: Java would take far too long to get there)",
	ovateOnly: true,
	fill:      &tasks{count: crowdSize, state: druid.Running, sources: 1},
	measure: func(ctx context.Context, r *trial) error {
		r.record(crowdStart, milliseconds(r.took))
		const n = 5_000
		submit, err := load{clients: 8, count: n, request: func(i int) request {
			return request{"POST", api + "/task", noopTask(noopID("more", i), "others_0", hour)}
		}}.run(ctx, r.target)
		if err != nil {
			return err
		}
		r.record(crowdSubmit, submit.at(0.5))
		r.record(crowdSubmitP99, submit.at(0.99))
		r.record(crowdRate, submit.rate())
		status, err := load{clients: 8, count: 10 * n, request: func(i int) request {
			return request{"GET", api + "/task/" + noopID("fill", i*7919%crowdSize) + "/status", nil}
		}}.run(ctx, r.target)
		if err != nil {
			return err
		}
		r.record(crowdStatus, status.at(0.5))
		r.record(crowdStatusP99, status.at(0.99))
		if err := r.crowdLists(ctx); err != nil {
			return err
		}
		shutdown, err := load{clients: 8, count: n, request: func(i int) request {
			return request{"POST", api + "/task/" + noopID("fill", i*7919%crowdSize) + "/shutdown", nil}
		}}.run(ctx, r.target)
		if err != nil {
			return err
		}
		r.record(crowdShutdown, shutdown.at(0.5))
		r.record(crowdShutdownP99, shutdown.at(0.99))
		return nil
	},
}

// crowdLists reads the whole list again and again.
func (r *trial) crowdLists(ctx context.Context) error {
	rss, err := r.rss()
	if err != nil {
		return err
	}
	r.record(crowdMemory, megabytes(rss))
	_, bytes, err := r.size(ctx, api+"/tasks")
	if err != nil {
		return err
	}
	l, err := r.repeat(ctx, 10, api+"/tasks")
	if err != nil {
		return err
	}
	r.record(crowdList, megabytes(int64(bytes))/(l.at(0.5)/1000))
	r.note(fmt.Sprintf("the list of all active tasks in the crowd has %.1f MB", megabytes(int64(bytes))))
	if rss, err = r.peakRSS(); err != nil {
		return err
	}
	r.record(crowdMemoryPeak, megabytes(rss))
	return nil
}
