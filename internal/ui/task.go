package ui

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"strings"
	"time"

	"ovate/druid"
	"ovate/internal/queue"
	"ovate/internal/request"
	"ovate/internal/runner"
	"ovate/internal/submission"
)

// taskPage is what is known of a task.
type taskPage struct {
	row
	Why    *queue.Wait
	Report *report
	Made   *made // nil if it has made none, or not yet
	Locks  []druid.TaskLock
	Log    []byte // its end
	LogCut bool
	LogWhy string                 // why it is not to be had, if somebody has it and does not give it
	Spec   string                 // empty if it is long
	Of     *submission.Submission // nil if it was handed in as it is
	Labels []string
	// SubTasks are those of a task that has some; else nil.
	SubTasks *subTasks
}

// A page shows so much of a log and of a spec; links lead to the whole.
const (
	logShown  = 16 << 10
	specShown = 16 << 10
)

// TooManyFaults tells that the task failed as too many of its rows did not parse.
func (p *taskPage) TooManyFaults() bool {
	return strings.HasPrefix(p.ErrorMsg, "Max parse exceptions[") && p.Report != nil && len(p.Report.Faults) > 0
}

// showTask is GET /tasks/{id}.
func showTask(c *call) (*page, error) {
	id, ctx := c.r.PathValue("id"), c.r.Context()
	status, err := c.Tasks.Status(ctx, id)
	if errors.Is(err, queue.ErrNotFound) {
		return showSubmission(c, id)
	}
	if err != nil {
		return nil, err
	}
	p := &taskPage{row: row(status), Locks: c.Tasks.TaskLocks(id)}
	worker, done := c.patiently()
	defer done()
	for _, read := range []func() error{
		func() (err error) { p.Why, err = c.Tasks.Why(ctx, id); return err },
		func() (err error) { p.Report, err = worker.report(id); return err },
		func() (err error) { return p.withoutLog(worker.log(p)) },
		func() (err error) { p.Spec, err = c.spec(id); return err },
		func() (err error) { p.SubTasks, err = c.subTasks(&status); return err },
		func() (err error) { p.Of, err = c.submissionOf(id); return err },
		func() (err error) { p.Labels, err = c.labelsOf(id, p.Spec); return err },
	} {
		if err := read(); err != nil {
			return nil, err
		}
	}
	return &page{Title: id, template: "task", Data: p}, nil
}

// patience is how long a page waits for all that it asks workers for, who may tell it slowly or not at all: who wants to end a task needs its page.
const patience = 5 * time.Second

// patiently is the call for what workers are asked for, until it is done.
func (c *call) patiently() (worker *call, done context.CancelFunc) {
	ctx, done := context.WithTimeout(c.r.Context(), patience)
	asks := *c
	asks.r = c.r.WithContext(ctx)
	return &asks, done
}

// withheld tells whether an error is that the task, or its worker, does not give what it was asked for, or not soon. That takes nothing else from a page.
func withheld(err error) bool {
	_, silent := errors.AsType[*runner.Silent](err)
	_, refused := errors.AsType[*request.StatusError](err)
	return silent || refused || errors.Is(err, context.DeadlineExceeded)
}

// withoutLog has the page say why there is no log, if others do not give it; else it returns the error.
func (p *taskPage) withoutLog(err error) error {
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		p.LogWhy = fmt.Sprintf("the worker of the task has not told it within %s", patience)
	case withheld(err):
		p.LogWhy = err.Error()
	default:
		return err
	}
	return nil
}

// log reads the end of a task's log, once for what is shown of it and for what it tells of segments.
func (c *call) log(p *taskPage) error {
	p.Made = p.made()
	most := int64(logShown)
	if p.Made != nil {
		most = madeRead
	}
	from, err := c.Tasks.Log(c.r.Context(), p.ID, -most)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer from.Close()
	text, err := io.ReadAll(io.LimitReader(from, most))
	if p.Made != nil {
		p.Made.find(text)
	}
	p.Log, p.LogCut = lastLines(text)
	return err
}

// lastLines is the end of a text, from the beginning of a line on, and whether that is not all of it.
func lastLines(text []byte) (end []byte, cut bool) {
	if cut = len(text) >= logShown; cut {
		text = text[len(text)-logShown:]
		if i := bytes.IndexByte(text, '\n'); i >= 0 {
			text = text[i+1:]
		}
	}
	return bytes.ToValidUTF8(text, []byte("�")), cut
}

// Again is what its submission waits for, before it is submitted once more; empty unless this was its last task.
func (p *taskPage) Again() string {
	if p.Of == nil || p.Of.Task != p.ID {
		return ""
	}
	return p.Of.WaitsFor(druid.Now())
}

// Attempt is which of those of its submission this is, if it was the last one.
func (p *taskPage) Attempt() int {
	if p.Again() != "" {
		return p.Of.Attempt - 1 // it counts the next one already
	}
	return p.Of.Attempt
}

// spec is what a task was submitted as, with defaults and without passwords.
func (c *call) spec(id string) (string, error) {
	size, err := c.Tasks.PayloadSize(c.r.Context(), id)
	if err != nil || size > specShown {
		return "", err
	}
	payload, err := c.Tasks.Payload(c.r.Context(), id)
	if err != nil {
		return "", err
	}
	return indented(payload), nil
}

// indented is JSON as people read it.
func indented(text []byte) string {
	var out bytes.Buffer
	if json.Indent(&out, text, "", "  ") != nil {
		return string(text)
	}
	return out.String()
}

// taskLog is GET /tasks/{id}/log: the whole of it, as text.
func taskLog(c *call) (*page, error) {
	log, err := c.Tasks.Log(c.r.Context(), c.r.PathValue("id"), 0)
	if errors.Is(err, fs.ErrNotExist) {
		err = &problem{http.StatusNotFound, "This task has no log.", "One that has not begun to run has none yet."}
	}
	if err != nil {
		return nil, err
	}
	defer log.Close()
	c.w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if _, err := io.Copy(c.w, log); err != nil {
		panic(http.ErrAbortHandler) // what was sent is not all
	}
	return nil, nil
}
