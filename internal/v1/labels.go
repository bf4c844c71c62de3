package v1

import (
	"context"
	"errors"

	"ovate/druid"
	"ovate/internal/label"
	"ovate/internal/queue"
)

// labels are those that the filter names.
func (f *Filter) labels(within string) ([]string, error) {
	labels, err := label.Parse(f.Label)
	if err != nil {
		return nil, badRequest("%s [label] %s.", within, err)
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

// finder lists tasks by their labels.
func (c *call) finder() label.Finder { return label.Finder{Labels: c.Labels, Status: c.Tasks.Status} }

// labelPage is Tasks.Page of the tasks that have all of the labels.
func (c *call) labelPage(ctx context.Context, q queue.PageQuery, labels []string) (queue.Page, error) {
	page, err := c.finder().Page(ctx, q, labels)
	if errors.Is(err, label.ErrPlace) {
		err = badRequest("Query parameter [cursor] is %v.", err)
	}
	return page, err
}

// countedByLabel is how many of the newest tasks with a label are looked at to count them.
const countedByLabel = 10_000

// count is how many tasks match and have some labels.
func (c *call) count(q queue.PageQuery, labels []string) (queue.TaskCounts, error) {
	if len(labels) == 0 {
		return c.Tasks.Count(c.r.Context(), q)
	}
	return c.finder().Count(c.r.Context(), q, labels, countedByLabel)
}
