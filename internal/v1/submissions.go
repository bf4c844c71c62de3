package v1

import (
	"context"
	"net/http"
	"net/url"

	"ovate/druid"
	"ovate/internal/auth"
	"ovate/internal/front"
	"ovate/internal/submission"
)

// Submissions is what is asked of the submissions. A method about one returns submission.ErrNotFound when there is none with that id.
type Submissions interface {
	Submit(ctx context.Context, r *submission.Request, from submission.Sender) (s *submission.Submission, again bool, err error)
	Get(ctx context.Context, id string) (*submission.Submission, error)
	Page(ctx context.Context, ended bool, after string, most int, sees func(dataSource string) bool) (page []*submission.Submission, next string, err error)
	Cancel(ctx context.Context, id, reason string) error
	// CancelTask has the submission of a task not submit another one.
	CancelTask(ctx context.Context, id string) error
}

// Submission is a submission in answers.
type Submission struct {
	ID         string                  `json:"id"`
	Type       string                  `json:"type"`
	DataSource string                  `json:"dataSource"`
	State      submission.State        `json:"state"`
	Created    druid.Instant           `json:"created"`
	NotBefore  *druid.Instant          `json:"notBefore,omitempty"`
	After      []submission.Dependency `json:"after,omitempty"`
	OnFailure  string                  `json:"onFailure,omitempty"`
	Retry      *submission.Retry       `json:"retry,omitempty"`
	Labels     map[string]string       `json:"labels,omitempty"`
	Attempt    int                     `json:"attempt"`
	// Task is the id of the last attempt's task; absent before the first one.
	Task     string         `json:"task,omitempty"`
	WaitsFor string         `json:"waitsFor,omitempty"`
	Ended    *druid.Instant `json:"ended,omitempty"`
	Error    string         `json:"error,omitempty"`
	// By is who has handed it in.
	By string `json:"by,omitempty"`
}

func submissionOf(s *submission.Submission) Submission {
	return Submission{
		ID: s.ID, Type: s.Type, DataSource: s.DataSource, State: s.State, Created: s.Created, NotBefore: s.NotBefore, After: s.After, OnFailure: s.OnFailure,
		Retry: s.Retry, Labels: s.Labels, Attempt: s.Attempt, Task: s.Task, WaitsFor: s.WaitsFor(druid.Now()), Ended: s.Ended, Error: s.Error, By: s.Caller.Identity,
	}
}

// submitSubmission is POST submissions: a task with what it waits for and when it is retried. 201 means that it is on disk; it becomes a task when it is due.
func submitSubmission(c *call) error {
	key, err := c.key()
	if err != nil {
		return err
	}
	text, err := c.body()
	if err != nil {
		return err
	}
	request := new(submission.Request)
	if err := decode(text, request); err != nil {
		return err
	}
	sub, again, err := c.Submissions.Submit(c.asCaller(), request, submission.Sender{
		Proxied: front.Limited(c.r), Key: key, Caller: auth.Caller(c.r), MayRun: c.mayRun, Body: text,
		MayRead: func(dataSource string) bool { return c.may(auth.Read, dataSource) },
	})
	if err != nil {
		return err
	}
	if again {
		if err := c.mustSubmission(auth.Write, sub); err != nil {
			return err
		}
		c.w.Header().Set("Idempotency-Replayed", "true")
	}
	c.w.Header().Set("Location", Base+"/submissions/"+url.PathEscape(sub.ID))
	return c.json(http.StatusCreated, submissionOf(sub))
}

// listSubmissions is GET submissions: a page of those that have not ended, by their ids, or of those that have.
//
//	ended    true lists those that have ended, which are kept for 7 days
//	limit    the most of the page, 100 unless given, 1000 at most
//	cursor   the next of the page before
func listSubmissions(c *call) error {
	of, err := c.ofPage()
	if err != nil {
		return err
	}
	page, next, err := c.Submissions.Page(c.r.Context(), of.ended, of.after, of.most, c.identity().Reads())
	if err != nil {
		return err
	}
	answer := struct {
		Submissions []Submission `json:"submissions"`
		Next        string       `json:"next,omitempty"`
	}{Submissions: make([]Submission, len(page)), Next: cursor(next)}
	for i, s := range page {
		answer.Submissions[i] = submissionOf(s)
	}
	if len(page) < of.most && next != "" { // it is one that who asks may not see
		answer.Next = c.sealedCursor(next)
	}
	return c.json(http.StatusOK, answer)
}

// oneSubmission is GET submissions/{id}.
func oneSubmission(c *call) error {
	sub, err := c.Submissions.Get(c.r.Context(), c.r.PathValue("id"))
	if err != nil {
		return err
	}
	if err := c.mustSubmission(auth.Read, sub); err != nil {
		return err
	}
	return c.json(http.StatusOK, submissionOf(sub))
}

// cancelSubmission is DELETE submissions/{id}: it is not submitted any more, and its task is ended if that is active. One that has ended stays as it is.
func cancelSubmission(c *call) error {
	id := c.r.PathValue("id")
	sub, err := c.Submissions.Get(c.r.Context(), id)
	if err != nil {
		return err
	}
	if err := c.mustSubmission(auth.Write, sub); err != nil {
		return err
	}
	if err := c.Submissions.Cancel(c.asCaller(), id, c.query["reason"]); err != nil {
		return err
	}
	return oneSubmission(c)
}

// mustSubmission fails unless who has sent the request may do something to a submission.
func (c *call) mustSubmission(a auth.Action, s *submission.Submission) error {
	if c.may(a, s.DataSource) {
		return nil
	}
	return refuse(http.StatusForbidden, "You may not %s submission [%s].", verb(a), s.ID)
}
