package ui

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"

	"ovate/druid"
	"ovate/internal/label"
	"ovate/internal/submission"
)

// Submissions is what is asked of the submissions.
type Submissions interface {
	Page(ctx context.Context, ended bool, after string, most int) (page []*submission.Submission, next string, err error)
	Get(ctx context.Context, id string) (*submission.Submission, error)
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
	page, _, err := c.Submissions.Page(c.r.Context(), false, "", pageOf)
	for _, s := range page {
		if s.State == submission.Waiting && c.sees(s.DataSource) {
			all = append(all, waiting{s, s.WaitsFor(druid.Now())})
		}
	}
	return all, err
}

// submissionOf is the submission that a task is of, by its spec, nil if it is of none that is known, and the task's labels.
func (c *call) submissionOf(spec string) (of *submission.Submission, labels []string, err error) {
	var task struct {
		Context struct {
			Submission string `json:"ovateSubmission"`
		} `json:"context"`
	}
	if json.Unmarshal([]byte(spec), &task) != nil {
		return nil, nil, nil
	}
	given := label.Of([]byte(spec))
	for _, key := range slices.Sorted(maps.Keys(given)) {
		labels = append(labels, key+"="+given[key])
	}
	if c.Submissions == nil || task.Context.Submission == "" {
		return nil, labels, nil
	}
	of, err = c.Submissions.Get(c.r.Context(), task.Context.Submission)
	if errors.Is(err, submission.ErrNotFound) {
		return nil, labels, nil
	}
	return of, labels, err
}
