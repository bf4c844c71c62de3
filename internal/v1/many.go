package v1

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"golang.org/x/sync/errgroup"

	"ovate/druid"
	"ovate/internal/auth"
	"ovate/internal/queue"
)

// selection is which tasks are meant: those of the ids, or those that pass the filter.
type selection struct {
	IDs    []string `json:"ids"`
	Filter *Filter  `json:"filter"`
	// All has to be true where the filter names nothing.
	All    bool   `json:"all"`
	DryRun bool   `json:"dryRun"`
	Reason string `json:"reason"`
}

const (
	// mostSelected is the most tasks that one request changes.
	mostSelected = 10_000
	// changedAtOnce is how many changes of one request are on their way to the store together, to share commits.
	changedAtOnce = 64
)

// outcome is what became of a task.
type outcome struct {
	ID string `json:"id"`
	// New is the id of the task that was submitted for it.
	New   string `json:"newId,omitempty"`
	Error string `json:"error,omitempty"`
}

// outcomes is the answer to a change of many tasks.
type outcomes struct {
	DryRun  bool      `json:"dryRun"`
	Matched int       `json:"matched"` // by this request
	Done    int       `json:"done"`
	Failed  int       `json:"failed"`
	Tasks   []outcome `json:"tasks"`
	// More tells that more tasks match than one request changes: send it again.
	More bool `json:"more"`
}

// cancelTasks is POST tasks/cancel: it ends those of the tasks that are active. With dryRun it only tells which.
func cancelTasks(c *call) error {
	chosen, err := c.selection()
	if err != nil {
		return err
	}
	reason := cmp.Or(chosen.Reason, "Cancelled by user")
	return c.change(chosen, []string{string(druid.Pending), string(druid.Waiting), string(druid.RunnerRunning)}, func(ctx context.Context, id string) (string, error) {
		if err := c.Submissions.CancelTask(ctx, id); err != nil {
			return "", err
		}
		return "", c.Tasks.Shutdown(ctx, id, reason)
	})
}

// retryTasks is POST tasks/retry: it submits what is stored of tasks that have ended once more, each under a new id. A filter that names no state is of those that
// have failed. With dryRun it only tells which.
func retryTasks(c *call) error {
	chosen, err := c.selection()
	if err != nil {
		return err
	}
	in := c.intake()
	return c.change(chosen, []string{string(druid.Failed)}, func(ctx context.Context, id string) (string, error) {
		return in.Retry(ctx, id)
	})
}

func (c *call) selection() (*selection, error) {
	chosen := new(selection)
	if err := c.read(chosen); err != nil {
		return nil, err
	}
	switch named := chosen.Filter != nil && *chosen.Filter != (Filter{}); {
	case len(chosen.IDs) > 0 && (chosen.Filter != nil || chosen.All):
		return nil, badRequest("The body has ids, and a filter or all besides: give one of them.")
	case len(chosen.IDs) > mostSelected:
		return nil, badRequest("ids has %d ids, but one request changes %d tasks at most.", len(chosen.IDs), mostSelected)
	case len(chosen.IDs) == 0 && !named && !chosen.All:
		return nil, badRequest("The body names no task: give ids, or a filter that names something. If all tasks are meant, say so by \"all\": true.")
	}
	return chosen, nil
}

// change does something with each of the tasks that are meant, which have one of some states where a filter names none.
func (c *call) change(chosen *selection, states []string, do func(ctx context.Context, id string) (newID string, err error)) error {
	answer := outcomes{DryRun: chosen.DryRun, Tasks: []outcome{}}
	ids := chosen.IDs
	if len(ids) == 0 {
		var err error
		if ids, answer.More, err = c.find(chosen.Filter, states); err != nil {
			return err
		}
	}
	answer.Matched = len(ids)
	answer.Tasks = make([]outcome, len(ids))
	ctx := c.asCaller()
	var lost error // the lead, so that nothing further can be done
	var changes errgroup.Group
	changes.SetLimit(changedAtOnce)
	errs := make([]error, len(ids))
	for i, id := range ids {
		answer.Tasks[i].ID = id
		if chosen.DryRun && len(chosen.IDs) == 0 { // it has just been found
			continue
		}
		changes.Go(func() error {
			if errs[i] = ctx.Err(); errs[i] == nil {
				errs[i] = c.mayChange(id)
			}
			switch {
			case errs[i] != nil:
			case chosen.DryRun:
				_, errs[i] = c.Tasks.Status(ctx, id)
			default:
				answer.Tasks[i].New, errs[i] = do(ctx, id)
			}
			return nil
		})
	}
	_ = changes.Wait() // each error is that of a task
	var fault error    // the first of the server's own
	for i, err := range errs {
		switch {
		case err == nil && chosen.DryRun:
		case err == nil:
			answer.Done++
		default:
			why, ours := c.wordsOf(err)
			switch {
			case queue.LeadLost(err):
				lost = err
			case ours && fault == nil:
				fault = err
			}
			answer.Failed++
			answer.Tasks[i].Error = why
		}
	}
	if fault != nil && c.r.Context().Err() == nil {
		c.logFailure(fmt.Errorf("%d of %d tasks: %w", answer.Failed, answer.Matched, fault))
	}
	if lost != nil && answer.Done == 0 {
		return lost
	}
	return c.json(http.StatusOK, &answer)
}

// wordsOf is an error as its problem would word it, and whether it is the server's own.
func (c *call) wordsOf(err error) (words string, ours bool) {
	p, is := errors.AsType[*Problem](err)
	if !is {
		p = c.worded(err)
	}
	return p.Detail, p.Status >= http.StatusInternalServerError
}

// find lists the ids of tasks that pass a filter and that who has sent the request may change, and tells whether there are more than one request changes.
func (c *call) find(filter *Filter, among []string) (ids []string, more bool, err error) {
	if filter == nil {
		filter = new(Filter)
	}
	q, err := filter.query("Filter")
	if err != nil {
		return nil, false, err
	}
	labels, err := filter.labels("Filter")
	if err != nil {
		return nil, false, err
	}
	if q.State != "" && !slices.Contains(among, q.State) && !(q.State == string(druid.Success) && slices.Contains(among, string(druid.Failed))) {
		return nil, false, badRequest("Filter [state] is [%s], and nothing can be done here with tasks in it.", q.State)
	}
	if q.State != "" {
		among = []string{q.State}
	}
	q.Max = mostPage
	found := map[string]bool{} // one that goes on to another state meanwhile comes twice
	for _, q.State = range among {
		for q.After = nil; ; {
			page, err := c.found(q, labels)
			if err != nil {
				return nil, false, err
			}
			for i := range page.Tasks {
				if len(ids) == mostSelected {
					return ids, true, nil
				}
				task := &page.Tasks[i]
				if id := task.ID; !found[id] && c.may(auth.Write, task.DataSource) {
					found[id] = true
					ids = append(ids, id)
				}
			}
			if q.After = page.Next; page.Next == nil {
				break
			}
		}
	}
	return ids, false, nil
}
