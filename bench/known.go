package main

import (
	"context"
	"fmt"
	"time"

	"ovate/druid"
)

// A page is left open for openWaves times openPause; in each so many tasks come.
const (
	openWaves    = 10
	openTogether = 500
	openPause    = time.Second
)

var (
	knownScrape    = figure{"100,000 active: scrape of /metrics, median", "ms", goal{atMost, 10}}
	knownScrapeP99 = figure{"100,000 active: scrape of /metrics, p99", "ms", goal{}}
	knownMemory    = figure{"100,000 active: anonymous memory", "MB", goal{}}
	knownOpen      = figure{"100,000 active, a page left open and 5,000 more: anonymous memory", "MB", goal{}}
	knownHeap      = figure{"100,000 active, a page left open and 5,000 more: heap of the browser's page", "MB", goal{atMost, 200}}
)

// known is what it costs to look at a server that knows many tasks.
var known = benchmark{
	name: "known", group: face,
	about:     "metrics, and a page left open, with 100,000 active tasks of 100 data sources",
	ovateOnly: true,
	fill:      &tasks{count: crowdSize, state: druid.Running, sources: 100},
	measure: func(ctx context.Context, r *trial) error {
		memory, err := r.anonymous()
		if err != nil {
			return err
		}
		r.record(knownMemory, megabytes(memory))
		if err := r.mustHold(ctx, metricsPath, "\ndruid_task_pending_count{", 100); err != nil {
			return err
		}
		scrape, err := r.cost(ctx, 200, metricsPath, packed)
		if err != nil {
			return err
		}
		r.record(knownScrape, scrape.median)
		r.record(knownScrapeP99, scrape.p99)
		return r.leaveOpen(ctx)
	},
}

// leaveOpen leaves the list of tasks open in a browser, if there is one, while tasks come. Where there is none a client follows the events of the page.
func (r *trial) leaveOpen(ctx context.Context) (err error) {
	tab, found, err := r.openTab(ctx)
	if err != nil {
		return err
	}
	if found {
		defer tab.close()
		err = tab.visit("http://" + r.address + tasksPath)
	} else {
		r.note(noBrowser)
		var page *audience
		if page, err = r.gather(ctx, eventsPath, 1); err == nil {
			defer page.leave()
		}
	}
	if err != nil {
		return err
	}
	for wave := range openWaves {
		if _, err := r.submitMore(ctx, load{count: openTogether}, wave*openTogether); err != nil {
			return err
		}
		if err := wait(ctx, openPause); err != nil {
			return err
		}
	}
	memory, err := r.anonymous()
	if err != nil {
		return err
	}
	r.record(knownOpen, megabytes(memory))
	if !found {
		return nil
	}
	if err := tab.until(fmt.Sprintf("!!document.querySelector(`input[value^=%q]`)", noopID("more", 0)[:len("noop_bench_more")])); err != nil {
		return fmt.Errorf("the page shows what has come: %w", err)
	}
	heap, err := tab.heap()
	if err != nil {
		return err
	}
	r.record(knownHeap, heap/1e6)
	return nil
}
