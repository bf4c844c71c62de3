package queue

import (
	"context"

	"ovate/druid"
	"ovate/internal/metadata"
)

const (
	// mostPassed is how many tasks that may not be seen are passed over for a page before it ends all the same.
	mostPassed = 10_000
	// fillBy is how many tasks are asked for at a time where a page is not full at once.
	fillBy = 1_000
)

// Seen is a page of those of the tasks that match whose data source may be seen. It tells nothing of the others, so that nobody finds out by filters which there are: what is
// passed over is made up for by what follows, and there is a next page only where there is another task that may be seen, or where mostPassed were passed over. Even then none of
// these is named by the place behind which the next page begins: the page has all of the same instant besides, and the next one begins behind these.
// Without sees all may be seen.
func Seen(ctx context.Context, ask func(context.Context, PageQuery) (Page, error), query PageQuery, sees func(dataSource string) bool) (page Page, err error) {
	if sees == nil {
		return ask(ctx, query)
	}
	most := query.Max
	query.Max++ // to tell whether there is another one
	for passed := 0; passed < mostPassed; query.Max = max(query.Max, fillBy) {
		found, err := ask(ctx, query)
		if err != nil {
			return Page{}, err
		}
		for i := range found.Tasks {
			switch t := &found.Tasks[i]; {
			case !sees(t.DataSource):
				passed++
			case len(page.Tasks) == most:
				page.Next = lastOf(page.Tasks)
				return page, nil
			default:
				page.Tasks = append(page.Tasks, *t)
			}
		}
		query.After = found.Next
		if found.Next == nil {
			return page, nil
		}
		if len(found.Tasks) < query.Max { // no more were looked at for it
			break
		}
	}
	if len(page.Tasks) == most {
		page.Next = lastOf(page.Tasks)
		return page, nil
	}
	return rounded(ctx, ask, query, page, sees)
}

// lastOf is the place of the last of some tasks.
func lastOf(tasks []druid.TaskStatusPlus) *metadata.TaskPlace {
	last := &tasks[len(tasks)-1]
	place := placeOf(last.Created, last.ID)
	return &place
}

// rounded is a page that ends at a place which may be that of a task that may not be seen, with all that may be seen of the same instant.
func rounded(ctx context.Context, ask func(context.Context, PageQuery) (Page, error), query PageQuery, page Page, sees func(dataSource string) bool) (Page, error) {
	page.Next = &metadata.TaskPlace{Created: query.After.Created} // behind all of its instant, as no id is less than none
	at, err := druid.ParseInstant(query.After.Created)
	if err != nil || query.Created != nil && !query.Created.Contains(at) {
		return page, nil
	}
	query.Created = &druid.Interval{Start: at, End: at + 1}
	for query.After != nil {
		found, err := ask(ctx, query)
		if err != nil {
			return Page{}, err
		}
		for _, t := range found.Tasks {
			if sees(t.DataSource) {
				page.Tasks = append(page.Tasks, t)
			}
		}
		query.After = found.Next
	}
	return page, nil
}
