package main

import (
	"context"
	"fmt"

	"ovate/druid"
)

const finishedTasks = 80_000

var (
	finishedList   = figure{"80,000 finished tasks: the whole list", "ms", goal{atMost, 150}}
	finishedNewest = figure{"80,000 finished tasks: the newest 100", "ms", goal{atMost, 2}}
	finishedMemory = figure{"80,000 finished tasks: resident memory after the lists", "MB", goal{atMost, 100}}
)

// finished lists tasks that have ended.
var finished = benchmark{
	name:  "finished",
	about: "lists with 80,000 finished tasks in the metadata",
	fresh: true,
	fill:  &tasks{count: finishedTasks, state: druid.Success, sources: 100},
	measure: func(ctx context.Context, r *trial) error {
		tasks, bytes, err := r.size(ctx, api+"/tasks")
		if err != nil {
			return err
		}
		if tasks != finishedTasks {
			return fmt.Errorf("the list holds %d tasks, not %d", tasks, finishedTasks)
		}
		r.note(fmt.Sprintf("the list of %d finished tasks has %.1f MB (%s)", tasks, megabytes(int64(bytes)), r.side))
		all, err := r.repeat(ctx, 7, api+"/tasks")
		if err != nil {
			return err
		}
		r.record(finishedList, all.at(0.5))
		const newest = api + "/tasks?state=complete&max=100"
		tasks, _, err = r.size(ctx, newest)
		if err != nil {
			return err
		}
		r.note(fmt.Sprintf("asked for the newest 100 of them, %s sends %d", r.side, tasks))
		hundred, err := r.repeat(ctx, 30, newest)
		if err != nil {
			return err
		}
		r.record(finishedNewest, hundred.at(0.5))
		rss, err := r.rss()
		if err != nil {
			return err
		}
		r.record(finishedMemory, megabytes(rss))
		return nil
	},
}
