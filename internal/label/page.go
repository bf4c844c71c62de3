package label

import (
	"context"
	"errors"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/queue"
)

// Labels finds tasks by their labels. Index is one.
type Labels interface {
	Labels(ctx context.Context, id string) (map[string]string, error)
	Page(ctx context.Context, label string, after *Place, most int) ([]Place, error)
}

// Finder lists tasks by their labels.
type Finder struct {
	Labels Labels
	// Status is that of a task, or queue.ErrNotFound.
	Status func(ctx context.Context, id string) (druid.TaskStatusPlus, error)
}

// ErrPlace is that a page is to begin at a place that is none of a list by labels.
var ErrPlace = errors.New("none of a page of tasks with a label")

// lookedAt is how many tasks that have the first label are looked at for one page.
const lookedAt = 1000

// Page is a page of the tasks that match and have all of the labels, of which there is at least one: an index finds those that have the first one, and the others are told by
// what is known of each.
func (f Finder) Page(ctx context.Context, q queue.PageQuery, labels []string) (page queue.Page, err error) {
	var after *Place
	if q.After != nil {
		created, err := druid.ParseInstant(q.After.Created)
		if err != nil {
			return page, ErrPlace
		}
		after = &Place{Created: created, ID: q.After.ID}
	}
	places, err := f.Labels.Page(ctx, labels[0], after, lookedAt)
	if err != nil {
		return page, err
	}
	for i, at := range places {
		if len(page.Tasks) == q.Max {
			break
		}
		if page.Next = nil; i+1 < len(places) || len(places) == lookedAt {
			page.Next = &metadata.TaskPlace{Created: at.Created.String(), ID: at.ID}
		}
		all, err := f.Labels.Labels(ctx, at.ID)
		if err != nil {
			return page, err
		}
		if !Has(all, labels) {
			continue
		}
		status, err := f.Status(ctx, at.ID)
		if errors.Is(err, queue.ErrNotFound) { // it was removed
			continue
		}
		if err != nil {
			return page, err
		}
		if q.Matches(&status) {
			page.Tasks = append(page.Tasks, status)
		}
	}
	return page, nil
}

// Count is how many of the newest tasks with the first label, most of them at most, match and have all of the labels, by their states.
func (f Finder) Count(ctx context.Context, q queue.PageQuery, labels []string, most int) (n queue.TaskCounts, err error) {
	q.After, q.Max = nil, lookedAt
	for range max(1, most/lookedAt) {
		page, err := f.Page(ctx, q, labels)
		if err != nil {
			return n, err
		}
		for i := range page.Tasks {
			n.Add(&page.Tasks[i])
		}
		if q.After = page.Next; q.After == nil {
			break
		}
	}
	return n, nil
}
