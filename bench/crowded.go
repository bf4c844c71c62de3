package main

import (
	"context"
	"fmt"

	"ovate/bench/wire"
	"ovate/druid"
)

const (
	clusterActive   = 5_000
	clusterFinished = 50_000
	clusterListed   = 100_000
)

var (
	clusterFirst  = figure{"PostgreSQL: from the lead to the first task of a worker, 5,000 active and a new one", "ms", goal{timesJava, 10}}
	clusterMemory = figure{"PostgreSQL: resident memory, 5,000 active and 50,000 finished, after the lists", "MB", goal{timesJava, 10}}
	clusterSelect = figure{"PostgreSQL's own: SELECT of the 95,000 finished ones, 1 client", "ms", goal{}}
	clusterList   = figure{"PostgreSQL: the list of 100,000 tasks, 5,000 of them active", "ms", goal{timesJava, 10}}
)

// crowded is about an Overlord with many tasks: those that are active were there before it led.
func (r *trial) crowded(ctx context.Context, in inCluster) error {
	c, err := wire.Dial(ctx, r.address)
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := r.submit(c, noopTask("new", "new", hour)); err != nil {
		return err
	}
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	first, err := in.worker.first(waiting)
	if err != nil {
		return err
	}
	r.record(clusterFirst, max(1, milliseconds(first.Sub(in.leads)))) // the lead is seen to a millisecond
	if _, err := r.listOf(ctx, clusterActive+clusterFinished+1); err != nil {
		return err
	}
	rss, err := r.rss()
	if err != nil {
		return err
	}
	r.record(clusterMemory, megabytes(rss))
	more := &tasks{first: clusterActive + clusterFinished, count: clusterListed - 1, state: druid.Success, sources: 100}
	if err := more.fillPostgreSQL(ctx, in.database); err != nil {
		return err
	}
	l, err := r.listOf(ctx, clusterListed)
	if err != nil {
		return err
	}
	r.record(clusterList, l.at(0.5))
	if r.side != ours {
		return nil
	}
	took, err := selectTime(ctx, in.database)
	if err != nil {
		return err
	}
	r.record(clusterSelect, milliseconds(took))
	return nil
}

// listOf asks for the list of all tasks, of which there are so many, a few times.
func (r *trial) listOf(ctx context.Context, want int) (*latencies, error) {
	n, size, err := r.size(ctx, api+"/tasks")
	if err != nil {
		return nil, err
	}
	if n != want {
		return nil, fmt.Errorf("the list holds %d tasks, not %d", n, want)
	}
	r.note(fmt.Sprintf("PostgreSQL: the list of %d tasks has %.1f MB (%s)", want, megabytes(int64(size)), r.side))
	return r.repeat(ctx, 5, api+"/tasks")
}
