package main

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"ovate/bench/wire"
)

const (
	// rateTime is how long each kind of request is sent.
	rateTime = 3 * time.Second
	// perChunk is how many segment ids are asked for in a time chunk, before the next one.
	perChunk = 20
)

var (
	clusterSubmit   = figure{"PostgreSQL: durable submit, 8 clients", "/s", goal{timesJava, 10}}
	clusterAllocate = figure{"PostgreSQL: segmentAllocate, 8 clients, 1 data source", "/s", goal{timesJava, 10}}
	clusterMany     = figure{"PostgreSQL: segmentAllocate, 8 clients, 100 data sources", "/s", goal{timesJava, 10}}
	clusterLock     = figure{"PostgreSQL: a lock over another hour, 8 clients, 100 data sources", "/s", goal{timesJava, 10}}
	clusterInsert   = figure{"PostgreSQL's own: INSERT of a row like a task's, 8 clients", "/s", goal{}}
)

// rates is how often a second the Overlord does what has to be on the disk. Tasks of a hundred data sources run, and act; those that are submitted wait
// for their slots.
func (r *trial) rates(ctx context.Context, in inCluster) error {
	if err := r.holders(ctx); err != nil {
		return err
	}
	for _, step := range steps() {
		l, err := load{clients: 8, lasting: rateTime, request: step.request, holds: step.holds}.run(ctx, r.target)
		if err != nil {
			return err
		}
		r.record(step.figure, l.rate())
	}
	if r.side != ours {
		return nil
	}
	rate, err := insertRate(ctx, in.database, 8)
	if err != nil {
		return err
	}
	r.record(clusterInsert, rate)
	return nil
}

// step is one kind of request.
type step struct {
	figure  figure
	holds   string // each answer
	request func(i int) request
}

func steps() []step {
	return []step{
		{clusterAllocate, `"version"`, func(i int) request { return allocation(i, 1, 2001) }},
		{clusterMany, `"version"`, func(i int) request { return allocation(i, slots, 2020) }},
		{clusterLock, `"version"`, lockOf},
		{clusterSubmit, `"task"`, func(i int) request {
			return request{"POST", api + "/task", noopTask(noopID("pend", i), holderSource(i%slots), hour)}
		}},
	}
}

func holderID(i int) string     { return fmt.Sprintf("holder_%02d", i) }
func holderSource(i int) string { return fmt.Sprintf("others_%d", i) }

func holder(i int) []byte { return noopTask(holderID(i), holderSource(i), hour) }

// holders submits the tasks that act, and returns once all of them run.
func (r *trial) holders(ctx context.Context) error {
	c, err := wire.Dial(ctx, r.address)
	if err != nil {
		return err
	}
	defer c.Close()
	for i := range slots {
		if _, err := r.submit(c, holder(i)); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		answer, err := ask(c, api+"/runningTasks")
		if err != nil {
			return err
		}
		if bytes.Count(answer, []byte(`"runnerStatusCode":"RUNNING"`)) == slots {
			return nil
		}
		if err := wait(ctx, pollSlow); err != nil {
			return fmt.Errorf("waiting for %d tasks to run: %w", slots, err)
		}
	}
}

// act is an action of the i-th holder.
func act(i int, action []byte) request {
	return request{"POST", api + "/action", fmt.Appendf(nil, `{"task":%s,"action":%s}`, holder(i), action)}
}

// instant is the beginning of an hour, from a year on.
func instant(year, hours int) time.Time {
	return time.Date(year, 1, 1, hours, 0, 0, 0, time.UTC)
}

// isoInstant is how Druid writes instants.
const isoInstant = "2006-01-02T15:04:05.000Z"

// allocation asks for the id of a segment in the name of one of so many holders, for a sequence that has none yet.
func allocation(i, holders, year int) request {
	by, n := i%holders, i/holders
	return act(by, fmt.Appendf(nil, `{"type":"segmentAllocate","dataSource":"%s","timestamp":"%s","queryGranularity":"NONE","preferredSegmentGranularity":"HOUR",`+
		`"sequenceName":"s%d_%d_%d","previousSegmentId":null,"skipSegmentLineageCheck":true}`,
		holderSource(by), instant(year, n/perChunk).Format(isoInstant), year, by, n%perChunk))
}

// lockOf takes a lock over an hour that nobody has.
func lockOf(i int) request {
	return act(i%slots, fmt.Appendf(nil, `{"type":"lockTryAcquire","lockType":"EXCLUSIVE","interval":"%s/%s"}`,
		instant(2040, i/slots).Format(isoInstant), instant(2040, i/slots+1).Format(isoInstant)))
}
