package queue

import (
	"context"
	"slices"

	"ovate/druid"
	"ovate/internal/metadata"
)

// Seen is a page of those of the tasks that match whose data source may be seen. No other task is named by it, not even by the place behind which the next page begins: where
// that is one of such a task, the page has all of the same instant besides, and the next one begins behind these. Without sees all may be seen.
func Seen(ctx context.Context, ask func(context.Context, PageQuery) (Page, error), query PageQuery, sees func(dataSource string) bool) (Page, error) {
	found, err := ask(ctx, query)
	if err != nil || sees == nil {
		return found, err
	}
	page := Page{Tasks: seen(found.Tasks, sees), Next: found.Next}
	if found.Next == nil || slices.ContainsFunc(page.Tasks, func(t druid.TaskStatusPlus) bool { return t.ID == found.Next.ID }) {
		return page, nil
	}
	page.Next = &metadata.TaskPlace{Created: found.Next.Created} // behind all of its instant, as no id is less than none
	at, err := druid.ParseInstant(found.Next.Created)
	if err != nil || query.Created != nil && !query.Created.Contains(at) {
		return page, nil
	}
	query.Created = &druid.Interval{Start: at, End: at + 1}
	for query.After = found.Next; query.After != nil; query.After = found.Next {
		if found, err = ask(ctx, query); err != nil {
			return Page{}, err
		}
		page.Tasks = append(page.Tasks, seen(found.Tasks, sees)...)
	}
	return page, nil
}

func seen(tasks []druid.TaskStatusPlus, sees func(dataSource string) bool) []druid.TaskStatusPlus {
	return slices.DeleteFunc(slices.Clone(tasks), func(t druid.TaskStatusPlus) bool { return !sees(t.DataSource) })
}
