package submission

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"regexp"

	"ovate/internal/metadata"
	"ovate/internal/queue"
)

// Get is a submission, or ErrNotFound.
func (s *Submissions) Get(ctx context.Context, id string) (*Submission, error) {
	for _, kind := range [...]string{kindActive, kindEnded, kindActive} { // it may go over to the others meanwhile
		sub, err := stored(ctx, s.Store, kind, id)
		if err == nil || !errors.Is(err, metadata.ErrNotFound) {
			return sub, err
		}
	}
	return nil, fmt.Errorf("submission %s: %w", id, ErrNotFound)
}

// OfTask is the submission that a task is of, or ErrNotFound.
func (s *Submissions) OfTask(ctx context.Context, id string) (*Submission, error) {
	for _, of := range ofTask(id) {
		sub, err := s.Get(ctx, of)
		if err == nil && sub.Task != "" || err != nil && !errors.Is(err, ErrNotFound) {
			return sub, err
		}
	}
	return nil, fmt.Errorf("submission of task %s: %w", id, ErrNotFound)
}

const (
	// mostPassed is how many submissions that may not be seen are passed over for a page before it ends all the same.
	mostPassed = 10_000
	// fillBy is how many are read at a time where a page is not full at once.
	fillBy = 1_000
)

// Page is some of the submissions that have ended, or of those that have not, by their ids, and the id behind which there are others; empty if there are none. Of those whose
// data source sees does not let be seen, unless it is nil, nothing is told: what is passed over is made up for by what follows. Only where mostPassed were passed over the page is not full,
// and the id may be one of theirs.
func (s *Submissions) Page(ctx context.Context, ended bool, after string, most int, sees func(dataSource string) bool) (page []*Submission, next string, err error) {
	q := metadata.RecordQuery{Kind: kindActive, After: after, Max: most + 1} // to tell whether there is another one
	if ended {
		q.Kind = kindEnded
	}
	for passed := 0; passed < mostPassed; q.Max = max(q.Max, fillBy) {
		records, err := s.Store.Records(ctx, q)
		if err != nil {
			return nil, "", err
		}
		for _, r := range records {
			sub, err := read(r.Payload)
			if err != nil {
				return nil, "", err
			}
			q.After = r.ID
			switch {
			case sees != nil && !sees(sub.DataSource):
				passed++
			case len(page) == most:
				return page, page[most-1].ID, nil
			default:
				page = append(page, sub)
			}
		}
		if len(records) < q.Max {
			return page, "", nil
		}
	}
	if len(page) == most {
		return page, page[most-1].ID, nil
	}
	return page, q.After, nil
}

// Cancel ends a submission as Failed with a reason, and its task if that is active. One that has ended stays as it is.
func (s *Submissions) Cancel(ctx context.Context, id, reason string) error {
	sub, err := s.Get(ctx, id)
	if err != nil || sub.Over() {
		return err
	}
	reason = cmp.Or(reason, "Cancelled by user")
	ofTask := ""
	over := false
	err = s.Store.Update(ctx, func(tx metadata.Tx) error {
		ofTask, over = "", false
		cur, err := active(ctx, tx, id)
		if errors.Is(err, metadata.ErrNotFound) { // it has ended meanwhile
			return nil
		}
		if err != nil {
			return err
		}
		if cur.Cancelled = true; cur.State == Submitted {
			ofTask = cur.Task
		} else {
			cur.end(Failed, reason, s.Wall())
		}
		over = cur.Over()
		if err := tx.InsertAudit(cur.entry(ctx, "DELETE", "/api/v1/submissions/"+url.PathEscape(id))); err != nil {
			return err
		}
		return put(tx, cur)
	})
	if err != nil {
		return err
	}
	if over {
		s.agenda.drop(id)
		s.agenda.ended(id)
	}
	if ofTask == "" {
		return nil
	}
	if err := s.tasks.Shutdown(ctx, ofTask, reason); err != nil && !errors.Is(err, queue.ErrNotFound) {
		return err
	}
	return nil
}

// CancelTask has the submission of a task, if it is of one, not submit another one: somebody is about to end the task.
func (s *Submissions) CancelTask(ctx context.Context, id string) error {
	for _, of := range ofTask(id) {
		sub, err := active(ctx, s.Store, of)
		if errors.Is(err, metadata.ErrNotFound) || err == nil && (sub.Task != id || sub.State != Submitted || sub.Retry == nil || sub.Cancelled) {
			continue
		}
		if err == nil {
			err = s.change(ctx, sub, func(cur *Submission) { cur.Cancelled = true })
		}
		if err != nil && !errors.Is(err, metadata.ErrChanged) {
			return err
		}
	}
	return nil
}

// ofTask are the ids of the submissions of which a task can be.
func ofTask(id string) []string {
	if first := attempt.ReplaceAllString(id, ""); first != id {
		return []string{id, first}
	}
	return []string{id}
}

// attempt is what the id of a task may have behind that of its submission.
var attempt = regexp.MustCompile(`(_attempt[0-9]+)?(_else_[A-Z2-7]{26})?$`)
