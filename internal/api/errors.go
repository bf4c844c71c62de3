package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"ovate/druid"
	"ovate/internal/disk"
	"ovate/internal/jsontext"
	"ovate/internal/queue"
	"ovate/internal/runner"
)

// refusal is an answer other than success, in one of the shapes in which Druid words them.
type refusal struct {
	status      int
	contentType string // "" for no body
	body        string // sent as it stands, unless simple
	simple      bool   // wrap the body as {"error": body}
}

// Error is the text that the client sees.
func (e *refusal) Error() string {
	if e.body == "" {
		return http.StatusText(e.status)
	}
	return e.body
}

// badRequest is 400 {"error": "..."}: the shape for everything that a client sent wrong. The text names the field, the
// value and what would be right: errors among args are told without Go's own terms.
func badRequest(format string, args ...any) error {
	for i, arg := range args {
		if err, ok := arg.(error); ok {
			args[i] = jsontext.Misfit(err)
		}
	}
	return simple(http.StatusBadRequest, format, args...)
}

// simple is {"error": "..."} with a status.
func simple(status int, format string, args ...any) error {
	return &refusal{status: status, contentType: contentJSON, body: fmt.Sprintf(format, args...), simple: true}
}

// bare is a text without any wrapping, under the content type given: Druid labels some of its bare texts JSON, and
// its clients read them as text.
func bare(status int, contentType, format string, args ...any) error {
	return &refusal{status: status, contentType: contentType, body: fmt.Sprintf(format, args...)}
}

// empty is a status with neither body nor content type.
func empty(status int) error { return &refusal{status: status} }

// noSuchTask is what every path below task/{id} answers when there is no such task.
func noSuchTask(id string) error {
	return bare(http.StatusNotFound, contentText, "Cannot find any task with id: [%s]", id)
}

// fail answers with err. Everything that goes wrong in an endpoint comes through here, so that one place decides which
// status and which shape it gets. What the client cannot be blamed for is logged as well.
func (c *call) fail(err error) {
	var known *refusal
	var deliberate *druid.Error
	var fault *runner.Fault
	switch {
	case c.begun:
		// The status is out. Ending as if all were well would pass a cut answer off as a whole one.
		c.Log.Warn("answer cut short", "method", c.r.Method, "path", c.r.URL.Path, "error", err)
		panic(http.ErrAbortHandler)
	case errors.Is(err, context.Canceled) && c.r.Context().Err() != nil:
		panic(http.ErrAbortHandler) // the client has gone
	case queue.LeadLost(err):
		c.fail(c.elsewhere())
	case errors.As(err, &known):
		c.refuse(known)
	case disk.Full(err): // not 507, as clients of Druid do not send again what gets that
		c.logFailure(err)
		c.fail(simple(http.StatusServiceUnavailable, "The server's disk is full, so that nothing of this is stored: send it again once there is room."))
	case disk.OutOfFiles(err):
		c.logFailure(err)
		c.fail(simple(http.StatusServiceUnavailable, "The server has as many files open as it may: send the request again in a few seconds."))
	case errors.As(err, &deliberate):
		if status := deliberate.HTTPStatus(); status >= http.StatusInternalServerError && status != http.StatusNotImplemented {
			c.logFailure(err)
		}
		c.begin(deliberate.HTTPStatus(), contentJSON)
		c.send(deliberate.AppendJSON(nil))
	case errors.As(err, &fault):
		c.Log.Warn("a request cannot be answered", "method", c.r.Method, "path", c.r.URL.Path, "error", runner.InFull(err))
		c.fail(simple(fault.HTTPStatus(), "%v", fault))
	case errors.Is(err, queue.ErrNotFound) && len(c.params) > 0:
		c.fail(noSuchTask(c.params[0]))
	default:
		c.logFailure(err)
		c.refuse(&refusal{status: http.StatusInternalServerError, contentType: contentJSON, body: err.Error(), simple: true})
	}
}

func (c *call) refuse(e *refusal) {
	if e.status == http.StatusTooManyRequests || e.status == http.StatusServiceUnavailable {
		c.w.Header().Set("Retry-After", retryAfter)
	}
	c.begin(e.status, e.contentType)
	switch {
	case e.simple:
		body := druid.AppendString([]byte(`{"error":`), e.body)
		c.send(append(body, '}'))
	case e.body != "":
		c.send([]byte(e.body))
	}
}

func (c *call) logFailure(err error) {
	c.Log.Error("request failed", "method", c.r.Method, "path", c.r.URL.Path, "error", err)
}
