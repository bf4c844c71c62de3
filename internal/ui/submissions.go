package ui

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"ovate/druid"
	"ovate/internal/label"
	"ovate/internal/queue"
	"ovate/internal/submission"
)

// Submissions is what is asked of the submissions.
type Submissions interface {
	Page(ctx context.Context, ended bool, after string, most int, sees func(dataSource string) bool) (page []*submission.Submission, next string, err error)
	// Get is a submission, and OfTask the one that a task is of; submission.ErrNotFound if there is none.
	Get(ctx context.Context, id string) (*submission.Submission, error)
	OfTask(ctx context.Context, id string) (*submission.Submission, error)
	Cancel(ctx context.Context, id, reason string) error
}

// waiting is a submission that is no task yet.
type waiting struct {
	*submission.Submission
	For string
}

// waiting are submissions that are no tasks yet, of those that who looks may see.
func (c *call) waiting() (all []waiting, err error) {
	if c.Submissions == nil {
		return nil, nil
	}
	page, _, err := c.Submissions.Page(c.r.Context(), false, "", pageOf, c.identity().Reads())
	for _, s := range page {
		if s.State == submission.Waiting {
			all = append(all, waiting{s, s.WaitsFor(druid.Now())})
		}
	}
	return all, err
}

// neverLookedAt is among how many submissions that have ended those are looked for that have become no task.
const neverLookedAt = 500

// never are submissions that have failed within a time without having become a task, of those that who looks may see, the newest first. Those that somebody has cancelled are not told.
func (c *call) never(within time.Duration) (all []*submission.Submission, err error) {
	if c.Submissions == nil {
		return nil, nil
	}
	page, _, err := c.Submissions.Page(c.r.Context(), true, "", neverLookedAt, c.identity().Reads())
	since := druid.Now() - druid.Instant(within.Milliseconds())
	for _, s := range page {
		if s.State == submission.Failed && s.Task == "" && !s.Cancelled && s.Ended != nil && *s.Ended >= since {
			all = append(all, s)
		}
	}
	slices.SortStableFunc(all, func(a, b *submission.Submission) int { return int(*b.Ended - *a.Ended) })
	return all, err
}

// submission is one of which there may be no task; nil if there is none.
func (c *call) submission(id string) (*submission.Submission, error) {
	if c.Submissions == nil {
		return nil, nil
	}
	s, err := c.Submissions.Get(c.r.Context(), id)
	if errors.Is(err, submission.ErrNotFound) {
		return nil, nil
	}
	return s, err
}

// submissionOf is the submission that a task is of, nil if it is of none that is known.
func (c *call) submissionOf(id string) (*submission.Submission, error) {
	if c.Submissions == nil {
		return nil, nil
	}
	s, err := c.Submissions.OfTask(c.r.Context(), id)
	if errors.Is(err, submission.ErrNotFound) {
		return nil, nil
	}
	return s, err
}

// submissionPage is what is known of a submission that is no task, or not yet.
type submissionPage struct {
	waiting
	Labels []string
}

// Sender is who has handed it in.
func (p *submissionPage) Sender() string { return knownName(p.Caller.Identity) }

// showSubmission is GET /tasks/{id} of what was handed in and is no task yet, or has become none.
func showSubmission(c *call, id string) (*page, error) {
	s, err := c.submission(id)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return nil, queue.ErrNotFound
	}
	return &page{Title: id, template: "submission", Data: &submissionPage{waiting{s, s.WaitsFor(druid.Now())}, labelTexts(s.Labels)}}, nil
}

// Is is its state in a word, as those of tasks are called.
func (w waiting) Is() string {
	switch w.State {
	case submission.Waiting:
		return "waiting"
	case submission.Success:
		return "success"
	case submission.Failed:
		return "failed"
	}
	return "pending"
}

// labelsOf are the labels of a task, as KEY=VALUE: by the index, or by its spec where a Java Overlord has submitted it.
func (c *call) labelsOf(id, spec string) ([]string, error) {
	labels, err := map[string]string(nil), error(nil)
	if c.Labels != nil {
		labels, err = c.Labels.Labels(c.r.Context(), id)
	}
	if labels == nil {
		labels = label.Of([]byte(spec))
	}
	return labelTexts(labels), err
}

func labelTexts(labels map[string]string) (all []string) {
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		all = append(all, fmt.Sprintf("%s=%s", key, labels[key]))
	}
	return all
}
