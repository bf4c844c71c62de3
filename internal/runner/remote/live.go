package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"ovate/druid"
	"ovate/internal/chat"
	"ovate/internal/request"
	"ovate/internal/runner"
)

// Log is the log of a task that runs, from its worker: from a byte on, or so many bytes before its end if offset is negative. The
// error is fs.ErrNotExist if the task does not run at a worker, or has no log there, and a *runner.Fault if the worker does not answer, or not with
// a log.
func (r *Runner) Log(ctx context.Context, id string, offset int64) (io.ReadCloser, error) {
	n, _, ok := r.place(id)
	if !ok {
		return nil, fmt.Errorf("task[%s] runs at no worker: %w", id, fs.ErrNotExist)
	}
	who := fmt.Sprintf("the worker[%s] of task[%s]", n.Host, id)
	address := n.url("/druid/worker/v1/task/" + url.PathEscape(id) + "/log?offset=" + strconv.FormatInt(offset, 10))
	return r.read(ctx, who, func(ctx context.Context) (*http.Response, error) {
		return r.calls.do(ctx, http.MethodGet, address, nil, http.StatusOK)
	})
}

// Report is what a task that runs reports, from the task itself. The error is fs.ErrNotExist if it does not run, has not said where, is not
// there yet or any more, or has no report, and a *runner.Fault if it does not answer, or not with one.
func (r *Runner) Report(ctx context.Context, id string) (io.ReadCloser, error) {
	n, location, _ := r.place(id)
	return r.read(ctx, fmt.Sprintf("task[%s] at the worker[%s]", id, n.Host), func(ctx context.Context) (*http.Response, error) {
		return chat.Open(ctx, r.options.HTTP, location, id, chat.Question{Method: http.MethodGet, Path: "liveReports"})
	})
}

// place is where a task runs.
func (r *Runner) place(id string) (n Node, location druid.TaskLocation, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if at := r.runs[id]; at != nil && at.state == running {
		return at.worker.Node, at.location, true
	}
	if w := r.whereIs(id); w != nil && w.running[id] != nil { // nobody has asked for it yet
		return w.Node, w.running[id].Location, true
	}
	return Node{}, druid.UnknownLocation, false
}

// patience is how long an answer that is read for somebody may take to begin, and then from one piece to the next.
const patience = 10 * time.Second

// errLate is why nobody waits for an answer any longer.
var errLate = fmt.Errorf("nothing has come for %s", patience)

// read is what who is asked for; fs.ErrNotExist if that says that there is nothing, or nothing yet, or if a task does not listen.
func (r *Runner) read(ctx context.Context, who string, ask func(context.Context) (*http.Response, error)) (io.ReadCloser, error) {
	asked, cancel := context.WithCancelCause(ctx)
	late := time.AfterFunc(patience, func() { cancel(errLate) })
	resp, err := ask(asked)
	late.Stop()
	if err == nil {
		return &answer{ReadCloser: resp.Body, who: who, late: late, asked: asked, end: cancel}, nil
	}
	defer cancel(nil)
	status, answered := errors.AsType[*request.StatusError](err)
	absent, isAbsent := errors.AsType[*chat.Absent](err)
	switch {
	case isAbsent:
		return nil, fmt.Errorf("%w: %w", fs.ErrNotExist, absent)
	case answered && status.Code == http.StatusNotFound:
		return nil, fmt.Errorf("%w: %w", fs.ErrNotExist, status)
	case ctx.Err() != nil:
		return nil, err
	}
	return nil, fault(asked, who, err)
}

// fault is the error of a question that was not answered, or not to the end, or with an error.
func fault(asked context.Context, who string, err error) error {
	f := &runner.Fault{Who: who, Err: err}
	if status, answered := errors.AsType[*request.StatusError](err); answered {
		f.Code = status.Code
	} else if sent, ok := errors.AsType[*url.Error](err); ok {
		f.Err = sent.Err // who was asked for what is told as Who
	}
	if cause := context.Cause(asked); errors.Is(cause, errLate) {
		f.Code, f.Err = 0, cause
	}
	return f
}

// answer is an answer that is read for somebody. While that does not read, nothing is late.
type answer struct {
	io.ReadCloser
	who   string
	late  *time.Timer
	asked context.Context
	end   context.CancelCauseFunc
}

// Read reads the next piece.
func (a *answer) Read(p []byte) (int, error) {
	a.late.Reset(patience)
	n, err := a.ReadCloser.Read(p)
	a.late.Stop()
	if err != nil && !errors.Is(err, io.EOF) {
		err = fault(a.asked, a.who, err)
	}
	return n, err
}

// Close ends the answer.
func (a *answer) Close() error {
	a.late.Stop()
	defer a.end(nil)
	return a.ReadCloser.Close()
}
