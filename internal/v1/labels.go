package v1

import (
	"context"
	"errors"

	"ovate/druid"
	"ovate/internal/label"
	"ovate/internal/metadata"
	"ovate/internal/queue"
)

// Labels finds tasks by their labels.
type Labels interface {
	Labels(ctx context.Context, id string) (map[string]string, error)
	Page(ctx context.Context, label string, after *label.Place, most int) ([]label.Place, error)
}

// labels are those that the filter names.
func (f *Filter) labels(within string) ([]string, error) {
	labels, err := label.Parse(f.Label)
	if err != nil {
		return nil, badRequest("%s [label]: %s.", within, err)
	}
	return labels, nil
}

// labelled is a task with its labels.
func (c *call) labelled(s *druid.TaskStatusPlus) (Task, error) {
	t := taskOf(s)
	var err error
	t.Labels, err = c.Labels.Labels(c.r.Context(), s.ID)
	return t, err
}

// found is a page of tasks, whoever may see them.
func (c *call) found(q queue.PageQuery, labels []string) (queue.Page, error) {
	if len(labels) == 0 {
		return c.Tasks.Page(c.r.Context(), q)
	}
	return c.labelPage(c.r.Context(), q, labels)
}

// lookedAt is how many tasks that have the first label are looked at for one page.
const lookedAt = 1000

// labelPage is Tasks.Page of the tasks that have all of the labels: an index finds those that have the first one, and the others are told by what is known of each.
func (c *call) labelPage(ctx context.Context, q queue.PageQuery, labels []string) (page queue.Page, err error) {
	var after *label.Place
	if q.After != nil {
		created, err := druid.ParseInstant(q.After.Created)
		if err != nil {
			return page, badRequest("Query parameter [cursor] is none of a page of tasks with a label.")
		}
		after = &label.Place{Created: created, ID: q.After.ID}
	}
	places, err := c.Labels.Page(ctx, labels[0], after, lookedAt)
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
		all, err := c.Labels.Labels(ctx, at.ID)
		if err != nil {
			return page, err
		}
		if !label.Has(all, labels) {
			continue
		}
		status, err := c.Tasks.Status(ctx, at.ID)
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
