package main

import (
	"context"
	"fmt"
	"slices"

	"ovate/druid"
)

const views = 10

var (
	paintFigure = figure{"first view of the overview: first contentful paint, median of 10", "ms", goal{atMost, 300}}
	paintBytes  = figure{"first view of the overview: transferred", "kB", goal{atMost, 60}}
)

// paint looks at a server that has run tasks and runs some, with a browser that was never there.
var paint = benchmark{
	name: "paint", group: face,
	about:     "the first view of the overview in Chromium, if there is one",
	ovateOnly: true,
	fill:      &tasks{count: 10_000, state: druid.Success, sources: 100, mixed: true, active: 100},
	measure: func(ctx context.Context, r *trial) error {
		var paints, sizes []float64
		for range views {
			v, found, err := r.firstView(ctx)
			if err != nil {
				return err
			}
			if !found {
				r.note(noBrowser)
				return nil
			}
			paints, sizes = append(paints, v.paint), append(sizes, v.bytes)
		}
		slices.Sort(paints)
		r.record(paintFigure, (paints[(views-1)/2]+paints[views/2])/2)
		r.record(paintBytes, slices.Max(sizes)/1000)
		return nil
	},
}

// view is what a browser tells of a page: when something of it could be seen, in milliseconds, and what was sent of it and what it is made of.
type view struct{ paint, bytes float64 }

// painted is when the page was first seen, whether that is over or yet to come.
const painted = `new Promise(done => new PerformanceObserver(list => {
	for (const e of list.getEntries()) if (e.name === "first-contentful-paint") done(e.startTime);
}).observe({type: "paint", buffered: true}))`

// transferred is the page's own bytes and those of what it loads, with headers.
const transferred = `[...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")].reduce((sum, e) => sum + e.transferSize, 0)`

// firstView opens the overview in a browser whose profile is empty. found is false if there is no browser.
func (r *trial) firstView(ctx context.Context) (v view, found bool, err error) {
	tab, found, err := r.openTab(ctx)
	if err != nil || !found {
		return v, found, err
	}
	defer tab.close()
	if err := tab.visit("http://" + r.address + "/"); err != nil {
		return v, true, err
	}
	if v.paint, err = tab.number(painted); err != nil {
		return v, true, fmt.Errorf("first contentful paint: %w", err)
	}
	if v.bytes, err = tab.number(transferred); err != nil {
		return v, true, fmt.Errorf("bytes of a first view: %w", err)
	}
	return v, true, nil
}
