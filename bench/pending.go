package main

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"ovate/bench/wire"
)

// few and many are the numbers of active tasks for which a real Druid's figures are known from before.
const (
	few  = 2_300
	many = 9_000
)

var (
	fsyncFigure      = figure{"the file system's own: append 4 kB and fsync, 1 client", "/s", goal{}}
	submitFigure     = figure{"durable submit, 8 clients, up to 2,300 pending", "/s", goal{atLeast, 5_000}}
	submitManyFigure = figure{"durable submit, 8 clients, 2,300 to 9,000 pending", "/s", goal{atLeast, 5_000}}
	statusFigure     = figure{"status of a task, 8 clients", "/s", goal{atLeast, 20_000}}
	listFigure       = figure{"list of 2,300 active tasks", "ms", goal{atMost, 5}}
	listManyFigure   = figure{"list of 9,000 active tasks", "ms", goal{atMost, 20}}
)

// pending fills the queue with tasks that wait for the two slots, which two tasks hold for an hour.
var pending = benchmark{
	name:  "pending",
	about: "submit and status with 8 clients, and lists, while 2,300 and 9,000 tasks are active",
	fresh: true,
	measure: func(ctx context.Context, r *trial) error {
		if err := r.occupy(ctx); err != nil {
			return err
		}
		if r.side == ours {
			rate, err := fsyncRate(ctx, r.folder)
			if err != nil {
				return err
			}
			r.record(fsyncFigure, rate)
		}
		if err := r.submitUpTo(ctx, 2, few, submitFigure); err != nil {
			return err
		}
		if err := r.statusRate(ctx, few); err != nil {
			return err
		}
		if err := r.list(ctx, few, listFigure); err != nil {
			return err
		}
		if err := r.submitUpTo(ctx, few, many, submitManyFigure); err != nil {
			return err
		}
		return r.list(ctx, many, listManyFigure)
	},
}

// occupy fills the two slots and returns when the tasks in them run.
func (t *target) occupy(ctx context.Context) error {
	c, err := wire.Dial(ctx, t.address)
	if err != nil {
		return err
	}
	defer c.Close()
	for i := range 2 {
		if _, err := t.submit(c, noopTask(noopID("slot", i), "bench", hour)); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	for {
		answer, err := ask(c, api+"/runningTasks")
		if err != nil {
			return err
		}
		if bytes.Count(answer, []byte(`"runnerStatusCode":"RUNNING"`)) == 2 && !bytes.Contains(answer, []byte(`"host":null`)) {
			return nil
		}
		if err := wait(ctx, pollSlow); err != nil {
			return fmt.Errorf("waiting for two tasks to run: %w", err)
		}
	}
}

// submitUpTo submits tasks until there are to, from being there already.
func (r *trial) submitUpTo(ctx context.Context, from, to int, f figure) error {
	l, err := load{clients: 8, count: to - from, request: func(i int) request {
		return request{"POST", api + "/task", noopTask(noopID("pend", from+i), "bench", hour)}
	}}.run(ctx, r.target)
	if err != nil {
		return err
	}
	r.record(f, l.rate())
	return nil
}

// statusRate asks for the status of one task after the other.
func (r *trial) statusRate(ctx context.Context, tasks int) error {
	paths := make([]string, tasks-2)
	for i := range paths {
		paths[i] = api + "/task/" + noopID("pend", 2+i) + "/status"
	}
	before := cpuTime()
	l, err := load{clients: 8, lasting: 3 * time.Second, request: func(i int) request {
		return request{"GET", paths[i*7919%len(paths)], nil} // a prime, to go here and there
	}}.run(ctx, r.target)
	if err != nil {
		return err
	}
	r.record(statusFigure, l.rate())
	if r.side == ours {
		r.note(fmt.Sprintf("status: the 8 clients, which are on the same cores, took %.2f cores for themselves", (cpuTime()-before).Seconds()/l.elapsed.Seconds()))
	}
	return nil
}

// list asks for all tasks, one request at a time.
func (r *trial) list(ctx context.Context, tasks int, f figure) error {
	n, size, err := r.size(ctx, api+"/tasks")
	if err != nil {
		return err
	}
	if n != tasks {
		return fmt.Errorf("the list holds %d tasks, not %d", n, tasks)
	}
	r.note(fmt.Sprintf("the list of %d active tasks has %d bytes (%s)", tasks, size, r.side))
	l, err := r.repeat(ctx, 30, api+"/tasks")
	if err != nil {
		return err
	}
	r.record(f, l.at(0.5))
	return nil
}
