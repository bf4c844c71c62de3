package ui

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"ovate/druid"
	"ovate/internal/disk"
	"ovate/internal/metadata"
	"ovate/internal/queue"
	"ovate/internal/runner"
	"ovate/internal/supervisor"
	"ovate/internal/upload"
)

// problem is why something cannot be shown or done, and what to do next.
type problem struct {
	status     int
	What, Next string
}

// Error tells why.
func (p *problem) Error() string { return p.What }

// failure is the page for an error. What nobody outside can be blamed for is logged.
func (c *call) failure(err error) *page {
	if errors.Is(err, context.Canceled) && c.r.Context().Err() != nil {
		panic(http.ErrAbortHandler) // the client has gone
	}
	if queue.LeadLost(err) {
		return c.elsewhere()
	}
	var (
		told      *problem
		refused   *druid.Error
		refusal   *supervisor.Refusal
		fault     *runner.Fault
		transient = metadata.IsTransient(err)
	)
	switch {
	case errors.As(err, &told):
	case disk.Full(err):
		told = &problem{http.StatusInsufficientStorage, "The server's disk is full, so that nothing of this is stored.", "Try again once there is room. Files that nobody needs can be removed on the page Submit."}
	case disk.OutOfFiles(err):
		told = &problem{http.StatusServiceUnavailable, "The server has as many files open as it may.", "Try again in a moment."}
	case errors.As(err, &refused):
		told = &problem{refused.HTTPStatus(), refused.Message, "Change what it names, and try again."}
	case errors.As(err, &refusal):
		told = &problem{http.StatusBadRequest, refusal.Error(), "Change what it names, and try again."}
	case errors.As(err, &fault):
		told = &problem{fault.HTTPStatus(), fault.Error() + ".", "Try again in a moment, or look at the workers."}
	case errors.Is(err, queue.ErrNotFound):
		told = noTask(c.r.PathValue("id"))
	case transient:
		told = &problem{http.StatusServiceUnavailable, "The metadata database does not answer: " + err.Error(), "Try again in a moment."}
	default:
		told = &problem{http.StatusInternalServerError, err.Error(), "The server's log tells more."}
	}
	if told.status >= http.StatusInternalServerError {
		c.Log.Error("page failed", "method", c.r.Method, "path", c.r.URL.Path, "error", runner.InFull(err))
	}
	return c.problemPage(told)
}

// noTask is that there is no task of an id.
func noTask(id string) *problem {
	return &problem{http.StatusNotFound, "There is no such task: " + id, "It may have been removed since it ended. The list of tasks shows those that are kept."}
}

// named is an error of a task that the path of the request does not name: one that is not there is told by its id.
func named(id string, err error) error {
	if errors.Is(err, queue.ErrNotFound) {
		return noTask(id)
	}
	return err
}

// Refuse is the page of a request that is refused before it is known who sends it, so that it shows nothing of the server.
func (u *UI) Refuse(w http.ResponseWriter, r *http.Request, status int, why string) {
	next := "Try again in a moment."
	switch status {
	case http.StatusRequestEntityTooLarge:
		next = largeSpecs
	case http.StatusTooManyRequests:
		next = "Go back, and try again in a while."
	}
	upload.Discard(w, r) // so that the browser gets to read why
	setHeaders(w.Header())
	c := &call{UI: u, w: w, r: r}
	c.send(&page{Title: http.StatusText(status), template: "problem", Bare: true, status: status, Data: &problem{What: strings.TrimSuffix(why, ".") + ".", Next: next}})
}

func (c *call) problemPage(p *problem) *page {
	return &page{Title: http.StatusText(p.status), template: "problem", Data: p, status: p.status}
}

// elsewhere is what a server shows that does not lead.
func (c *call) elsewhere() *page {
	c.w.Header().Set("Retry-After", "5")
	data := struct {
		Leader, Path string
		Recovering   bool
	}{c.Leader(), c.r.URL.EscapedPath(), false}
	if data.Leader == c.URL() {
		data.Leader, data.Recovering = "", true
	}
	return &page{Title: "Not leading", template: "elsewhere", Data: data, status: http.StatusServiceUnavailable}
}
