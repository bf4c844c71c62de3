package v1

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"ovate/druid"
	"ovate/internal/disk"
	"ovate/internal/intake"
	"ovate/internal/metadata"
	"ovate/internal/queue"
	"ovate/internal/runner"
	"ovate/internal/share"
	"ovate/internal/submission"
	"ovate/internal/webhook"
)

// Problem is an answer that says no (RFC 9457).
type Problem struct {
	// Type tells kinds of problems apart: about:blank where the status says it all.
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
	// Errors are all that is wrong with a spec, each with the place where.
	Errors []intake.Fault `json:"errors,omitempty"`
}

// Error is the detail.
func (p *Problem) Error() string { return p.Detail }

// Types of problems.
const (
	blank       = "about:blank"
	invalidSpec = "urn:ovate:problem:invalid-spec" // the task cannot be accepted: errors tell why
	taken       = "urn:ovate:problem:id-taken"     // there is another task with this id
	keyReused   = "urn:ovate:problem:key-reused"   // the Idempotency-Key came with another body before
)

func refuse(status int, format string, args ...any) *Problem {
	return &Problem{Type: blank, Title: http.StatusText(status), Status: status, Detail: fmt.Sprintf(format, args...)}
}

func badRequest(format string, args ...any) *Problem {
	return refuse(http.StatusBadRequest, format, args...)
}

// retryAfter is when a client that was refused for a while may come again, in seconds.
const retryAfter = "5"

// fail answers with err. What the client cannot be blamed for is logged as well.
func (c *call) fail(err error) {
	var problem *Problem
	switch {
	case c.begun:
		// The status is out. Ending as if all were well would pass a cut answer off as a whole one.
		c.Log.Warn("answer cut short", "method", c.r.Method, "path", c.r.URL.Path, "error", err)
		panic(http.ErrAbortHandler)
	case errors.Is(err, context.Canceled) && c.r.Context().Err() != nil:
		panic(http.ErrAbortHandler) // the client has gone
	case queue.LeadLost(err):
		c.elsewhere()
	case errors.As(err, &problem):
		c.write(problem)
	default:
		problem = c.worded(err)
		if problem.Status >= http.StatusInternalServerError {
			c.logFailure(err)
		}
		c.write(problem)
	}
}

// worded is an error in the words of whatever part it is of.
func (h *handler) worded(err error) *Problem {
	return cmp.Or(roomProblem(err), h.uploadProblem(err), previewProblem(err), problemOf(err))
}

func (c *call) logFailure(err error) {
	c.Log.Error("request failed", "method", c.r.Method, "path", c.r.URL.Path, "error", runner.InFull(err))
}

// roomProblem words that the server lacks what its system gives, whatever it was about to do; nil if it does not.
func roomProblem(err error) *Problem {
	switch {
	case disk.Full(err):
		return refuse(http.StatusInsufficientStorage, "The server's disk is full, so that nothing of this is stored: send it again once there is room. Uploads that nobody needs can be removed (DELETE %s/uploads/{id}).", Base)
	case disk.OutOfFiles(err):
		return refuse(http.StatusServiceUnavailable, "The server has as many files open as it may: send the request again in a few seconds.")
	}
	return nil
}

// problemOf words an error of the parts that are asked.
func problemOf(err error) *Problem {
	var invalid *intake.Invalid
	var refused *intake.RefusedError
	var deliberate *druid.Error
	var fault *runner.Fault
	var used *share.Error
	switch {
	case errors.As(err, &invalid):
		p := refuse(http.StatusUnprocessableEntity, "%s", invalid)
		p.Type, p.Title, p.Errors = invalidSpec, "The task cannot be accepted", invalid.Faults
		return p
	case errors.As(err, &refused):
		return refuse(http.StatusForbidden, "%s", refused)
	case errors.Is(err, intake.ErrKeyReused):
		p := refuse(http.StatusUnprocessableEntity, "%s", err)
		p.Type, p.Title = keyReused, "The key was used with another body"
		return p
	case errors.As(err, &deliberate) && druid.IsTaken(err):
		p := refuse(http.StatusConflict, "%s", deliberate.Message)
		p.Type, p.Title = taken, "The id is taken"
		return p
	case errors.As(err, &deliberate):
		return refuse(deliberate.HTTPStatus(), "%s", deliberate.Message)
	case errors.As(err, &fault):
		return refuse(fault.HTTPStatus(), "%s", fault)
	case errors.Is(err, webhook.ErrNotFound):
		return refuse(http.StatusNotFound, "There is no webhook of this id.")
	case errors.Is(err, webhook.ErrTooMany):
		return refuse(http.StatusConflict, "%s", err)
	case errors.As(err, &used):
		return refuse(http.StatusConflict, "There is no room for the webhook, as %v: remove one of these.", used)
	case errors.Is(err, submission.ErrNotFound):
		return refuse(http.StatusNotFound, "There is no submission of this id.")
	case errors.Is(err, queue.ErrNotFound):
		return refuse(http.StatusNotFound, "There is no task of this id.")
	case metadata.IsTransient(err):
		return refuse(http.StatusServiceUnavailable, "%s", err)
	}
	return refuse(http.StatusInternalServerError, "%s", err)
}

func (c *call) write(p *Problem) {
	body, err := json.Marshal(p)
	if err != nil {
		panic(err) // texts and a number
	}
	if p.Status == http.StatusServiceUnavailable || p.Status == http.StatusTooManyRequests {
		c.w.Header().Set("Retry-After", retryAfter)
	}
	c.begin(p.Status, "application/problem+json")
	c.send(body)
}

// elsewhere sends the client to the server that leads, or asks it to come again where none does, or where this one is not ready yet.
func (c *call) elsewhere() {
	leader := c.Leader()
	switch {
	case c.Serving.Err() != nil:
		c.write(refuse(http.StatusServiceUnavailable, "The server is about to stop."))
	case leader == "":
		c.write(refuse(http.StatusServiceUnavailable, "No Overlord leads at the moment."))
	case leader == c.URL():
		c.write(refuse(http.StatusServiceUnavailable, "This server leads, and is still recovering the active tasks."))
	default:
		target := leader + c.r.URL.EscapedPath()
		if c.r.URL.RawQuery != "" {
			target += "?" + c.r.URL.RawQuery
		}
		c.w.Header().Set("Location", target)
		c.begin(http.StatusTemporaryRedirect, "")
	}
}
