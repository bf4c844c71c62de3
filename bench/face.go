package main

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"ovate/bench/wire"
)

// face is the group of what people and programs see of ovate and a Druid does not have: the page, /api/v1, streams of events, users, metrics.
const face = "face"

const (
	tasksPath   = "/tasks"
	eventsPath  = "/events" // as the page is told of changes
	v1Tasks     = "/api/v1/tasks"
	v1Events    = "/api/v1/events"
	metricsPath = "/metrics"
	// unpacked and packed are what an answer looks like to a program and to a browser.
	unpacked = ""
	packed   = "Accept-Encoding: gzip"
)

// costs are a median and a 99th percentile, in milliseconds.
type costs struct{ median, p99 float64 }

// cost has a lone client ask for a path n times or as often as five seconds allow, after a few requests that do not count.
func (r *trial) cost(ctx context.Context, n int, path, header string) (costs, error) {
	ask := load{clients: 1, count: max(1, n/10), lasting: 5 * time.Second, header: header, request: func(int) request { return request{"GET", path, nil} }}
	if _, err := ask.run(ctx, r.target); err != nil {
		return costs{}, err
	}
	ask.count = n
	l, err := ask.run(ctx, r.target)
	if err != nil {
		return costs{}, err
	}
	return costs{l.at(0.5), l.at(0.99)}, nil
}

// mustHold asks for a path once, and fails unless a text is in the answer so many times.
func (r *trial) mustHold(ctx context.Context, path, text string, want int) error {
	c, err := wire.Dial(ctx, r.address)
	if err != nil {
		return err
	}
	defer c.Close()
	answer, err := ask(c, path)
	if err != nil {
		return err
	}
	if n := bytes.Count(answer, []byte(text)); n != want {
		return fmt.Errorf("GET %s: %q is there %d times, not %d", path, text, n, want)
	}
	return nil
}

// submitMore has 8 clients submit tasks that wait for a slot, each with an id of its own behind those that are there.
func (r *trial) submitMore(ctx context.Context, l load, first int) (*latencies, error) {
	l.clients = 8
	l.request = func(i int) request {
		return request{"POST", api + "/task", noopTask(noopID("more", first+i), "others_0", hour)}
	}
	return l.run(ctx, r.target)
}
