package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"

	"ovate/bench/wire"
	"ovate/druid"
)

const (
	manyFinished = 1_000_000
	aPage        = 100
	pageRequests = 500
)

var (
	pagesOverview = figure{"1,000,000 finished: the overview page", "ms", goal{}}
	pagesMemory   = figure{"1,000,000 finished: anonymous memory after the lists", "MB", goal{}}
)

// pages lists a million tasks that have ended, a hundred at a time, for programs and for people.
var pages = benchmark{
	name: "pages", group: face,
	about:     "pages of 100 of 1,000,000 finished tasks, of /api/v1 and for people",
	ovateOnly: true,
	fill:      &tasks{count: manyFinished, state: druid.Success, sources: 100, mixed: true},
	measure: func(ctx context.Context, r *trial) error {
		place, err := r.middle(ctx)
		if err != nil {
			return err
		}
		for _, s := range surfaces(place) {
			if err := r.surface(ctx, s); err != nil {
				return err
			}
		}
		overview, err := r.cost(ctx, pageRequests, "/", packed)
		if err != nil {
			return err
		}
		r.record(pagesOverview, overview.median)
		memory, err := r.anonymous()
		if err != nil {
			return err
		}
		r.record(pagesMemory, megabytes(memory))
		return nil
	},
}

// surface is where tasks are listed, and how.
type surface struct {
	name, path, header string
	row                string // is in an answer once a task
	cuts, rare         []cut
}

// cut is a part of the list: the query that asks for it, and how many tasks the page then has.
type cut struct {
	name  string
	query url.Values
	tasks int
}

// surfaces are both lists, for which the page in the middle begins behind a place.
func surfaces(p place) []surface {
	cuts := func(middle, source string, values url.Values) []cut {
		return []cut{
			{"first page", nil, aPage},
			{"page in the middle", values, aPage},
			{"of a data source", url.Values{source: {"others_7"}}, aPage},
			{"that failed", url.Values{"state": {"failed"}}, aPage},
			{"of a type", url.Values{"type": {"kill"}}, aPage},
		}
	}
	rare := func(source, id string) []cut {
		return []cut{
			{"of a data source, that failed", url.Values{source: {"others_7"}, "state": {"failed"}}, aPage},
			{"of which no id contains a text", url.Values{id: {"nowhere"}}, 0},
		}
	}
	return []surface{
		{"/api/v1/tasks", v1Tasks, unpacked, `"created":`, cuts("cursor", "dataSource", url.Values{"cursor": {p.cursor}}), rare("dataSource", "idPart")},
		{"/tasks", tasksPath, packed, `aria-label="Mark `, cuts("after", "datasource", url.Values{"after": {p.created + "," + p.id}}), rare("datasource", "id")},
	}
}

// surface measures what the pages of one surface cost. The percentile is that of the page which is the dearest.
func (r *trial) surface(ctx context.Context, s surface) error {
	worst := 0.0
	for _, c := range s.cuts {
		took, err := r.cut(ctx, s, c)
		if err != nil {
			return err
		}
		r.record(figure{fmt.Sprintf("1,000,000 finished, 100 by %s: %s", s.name, c.name), "ms", goal{atMost, 5}}, took.median)
		worst = max(worst, took.p99)
	}
	r.record(figure{fmt.Sprintf("1,000,000 finished, 100 by %s: p99 of the dearest of these", s.name), "ms", goal{atMost, 5}}, worst)
	for _, c := range s.rare {
		took, err := r.cut(ctx, s, c)
		if err != nil {
			return err
		}
		r.record(figure{fmt.Sprintf("1,000,000 finished, 100 by %s: %s", s.name, c.name), "ms", goal{atMost, 100}}, took.median)
	}
	return nil
}

func (r *trial) cut(ctx context.Context, s surface, c cut) (costs, error) {
	path := s.path + "?" + c.query.Encode()
	if err := r.mustHold(ctx, path, s.row, c.tasks); err != nil {
		return costs{}, err
	}
	return r.cost(ctx, pageRequests, path, s.header)
}

// place is where a page begins, as each surface tells it.
type place struct{ cursor, created, id string }

// middle walks to the middle of the list, as a program does.
func (r *trial) middle(ctx context.Context) (at place, err error) {
	c, err := wire.Dial(ctx, r.address)
	if err != nil {
		return at, err
	}
	defer c.Close()
	const together = 1000
	for range manyFinished / 2 / together {
		answer, err := ask(c, fmt.Sprintf("%s?limit=%d&cursor=%s", v1Tasks, together, at.cursor))
		if err != nil {
			return at, err
		}
		var page struct {
			Tasks []struct{ ID, Created string }
			Next  string
		}
		if err := json.Unmarshal(answer, &page); err != nil {
			return at, fmt.Errorf("a page of tasks: %w", err)
		}
		if len(page.Tasks) != together || page.Next == "" {
			return at, fmt.Errorf("a page has %d tasks, not %d, and the next one begins at %q", len(page.Tasks), together, page.Next)
		}
		last := page.Tasks[together-1]
		at = place{page.Next, last.Created, last.ID}
	}
	return at, nil
}
