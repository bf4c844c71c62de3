package client

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"

	"ovate/druid"
)

// SubmissionRequest is a task with what it waits for and when it is retried.
type SubmissionRequest struct {
	// Task is the task's JSON.
	Task json.RawMessage `json:"task"`
	// NotBefore is when it is due, at the earliest, and After are the ids of tasks and submissions that have to end before.
	NotBefore *druid.Instant `json:"notBefore,omitempty"`
	After     []string       `json:"after,omitempty"`
	// OnFailure is what becomes of it when one of these fails: "fail", which it is if empty, or "run".
	OnFailure string `json:"onFailure,omitempty"`
	Retry     *Retry `json:"retry,omitempty"`
	// Labels are texts by which the task can be found.
	Labels map[string]string `json:"labels,omitempty"`
}

// Retry is when a task that fails is submitted once more.
type Retry struct {
	// MaxAttempts is how many tasks there are at most, the first one included.
	MaxAttempts int `json:"maxAttempts"`
	// Backoff and MaxBackoff are ISO 8601 periods: how long the second attempt waits, each other one twice as long as that before it, up to the second of the two.
	Backoff    string `json:"backoff,omitempty"`
	MaxBackoff string `json:"maxBackoff,omitempty"`
	// Errors are texts of which the error of the task has to contain one, if there are any, and ExceptErrors texts of which it must contain none.
	Errors       []string `json:"errors,omitempty"`
	ExceptErrors []string `json:"exceptErrors,omitempty"`
}

// Submission is what waits to become a task, or has become one.
type Submission struct {
	ID         string `json:"id"`
	Type       string `json:"type"`
	DataSource string `json:"dataSource"`
	// State is WAITING, SUBMITTED, SUCCESS or FAILED.
	State     string            `json:"state"`
	Created   druid.Instant     `json:"created"`
	NotBefore *druid.Instant    `json:"notBefore"`
	After     []Dependency      `json:"after"`
	OnFailure string            `json:"onFailure"`
	Retry     *Retry            `json:"retry"`
	Labels    map[string]string `json:"labels"`
	Attempt   int               `json:"attempt"`
	Task      string            `json:"task"` // of the last attempt; empty before the first one
	WaitsFor  string            `json:"waitsFor"`
	Ended     *druid.Instant    `json:"ended"`
	Error     string            `json:"error"`
	By        string            `json:"by"` // who has handed it in
}

// Dependency is what a submission comes after.
type Dependency struct {
	ID    string `json:"id"`
	Ended string `json:"ended"` // SUCCESS or FAILED; empty while it has not
}

// SubmissionPage is a page of submissions.
type SubmissionPage struct {
	Submissions []Submission `json:"submissions"`
	Next        string       `json:"next"` // empty on the last page
}

const submissions = own + "/submissions"

// SubmitWith hands in a task that waits, or is retried. Unless the key is empty it may be called again with the same, as SubmitOnce.
func (c *Client) SubmitWith(ctx context.Context, key string, r SubmissionRequest) (*Submission, error) {
	body, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	if key != "" {
		c = c.with("Idempotency-Key", key)
	}
	s := new(Submission)
	err = c.call(ctx, http.MethodPost, submissions, body, s)
	return s, c.unless(s.ID != "", err, http.MethodPost, submissions, "it names no submission")
}

// Submission is a submission as it is now.
func (c *Client) Submission(ctx context.Context, id string) (*Submission, error) {
	return c.submission(ctx, http.MethodGet, submissions+"/"+url.PathEscape(id), id)
}

// CancelSubmission has it not submitted any more, and ends its task. One that has ended stays as it is.
func (c *Client) CancelSubmission(ctx context.Context, id, reason string) (*Submission, error) {
	path := submissions + "/" + url.PathEscape(id)
	if reason != "" {
		path += "?reason=" + url.QueryEscape(reason)
	}
	return c.submission(ctx, http.MethodDelete, path, id)
}

func (c *Client) submission(ctx context.Context, method, path, id string) (*Submission, error) {
	s := new(Submission)
	err := c.call(ctx, method, path, nil, s)
	return s, c.unless(s.ID == id, err, method, path, "it is no submission "+id)
}

// Submissions is a page of those that have not ended, or of those that have; limit 0 is as the server pleases, and an empty cursor the first page.
func (c *Client) Submissions(ctx context.Context, ended bool, limit int, cursor string) (*SubmissionPage, error) {
	path := submissions + pageQuery(ended, limit, cursor)
	page := new(SubmissionPage)
	err := c.call(ctx, http.MethodGet, path, nil, page)
	return page, c.unless(page.Submissions != nil, err, http.MethodGet, path, "it has no submissions")
}

func pageQuery(ended bool, limit int, cursor string) string {
	q := url.Values{}
	if ended {
		q.Set("ended", "true")
	}
	if limit > 0 {
		q.Set("limit", strconv.Itoa(limit))
	}
	if cursor != "" {
		q.Set("cursor", cursor)
	}
	if len(q) == 0 {
		return ""
	}
	return "?" + q.Encode()
}
