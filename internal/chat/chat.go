// Package chat talks to tasks that run on Druid's workers: each has a server of its own, its chat handler, once it has begun. Druid's supervisors
// lead their tasks by it.
package chat

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"

	"ovate/druid"
	"ovate/internal/cluster"
	"ovate/internal/request"
)

// header names the task that is meant, and in an answer the one that gives it: another one may have got its port.
const header = "X-Druid-Task-Id"

// Question is what a task is asked.
type Question struct {
	Method string
	// Path is below that of the task, with its query: offsets/end?finish=true.
	Path string
	Body []byte // JSON; nil if there is none
}

// Absent is why a task was not asked anything: it does not listen yet, or not any more, or nobody knows where.
type Absent struct {
	ID  string
	Err error
}

// Error names the task.
func (e *Absent) Error() string { return fmt.Sprintf("task[%s] does not listen: %v", e.ID, e.Err) }

// Unwrap is what came instead.
func (e *Absent) Unwrap() error { return e.Err }

// errNowhere is why a task without a place is absent.
var errNowhere = errors.New("its place is not known")

// Open asks a task once, and returns an answer that says yes, its body to be closed. Another answer is a *request.StatusError; the error wraps an *Absent
// if the task has not heard the question.
func Open(ctx context.Context, client *http.Client, at druid.TaskLocation, id string, q Question) (*http.Response, error) {
	address, err := address(at, id, q.Path)
	if err != nil {
		return nil, &Absent{id, err}
	}
	r, err := request.New(ctx, q.Method, address, q.Body)
	if err != nil {
		return nil, err
	}
	r.Header.Set(header, url.QueryEscape(id))
	resp, err := request.Do(client, r, http.StatusOK, http.StatusAccepted)
	if err != nil && isAbsent(ctx, id, err) {
		err = &Absent{id, err}
	}
	return resp, err
}

// isAbsent tells whether a task has not heard a question.
func isAbsent(ctx context.Context, id string, err error) bool {
	status, answered := errors.AsType[*request.StatusError](err)
	switch {
	case !answered:
		return request.NotSent(err) && ctx.Err() == nil
	case status.Code == http.StatusBadRequest, status.Code == http.StatusNotFound:
		other := status.Header.Get(header)
		decoded, err := url.QueryUnescape(other)
		return other != "" && other != id && (err != nil || decoded != id)
	}
	return status.Code == http.StatusServiceUnavailable
}

// address is where a task hears a question. The error is errNowhere if its place is not known, or can be none.
func address(at druid.TaskLocation, id, path string) (string, error) {
	scheme, port := "https", at.TLSPort
	if port < 0 {
		scheme, port = "http", at.Port
	}
	if at.Host == "" || port < 0 {
		return "", errNowhere
	}
	if err := cluster.CheckHost(at.Host); err != nil {
		return "", fmt.Errorf("%w: %w", errNowhere, err)
	}
	return scheme + "://" + net.JoinHostPort(at.Host, strconv.Itoa(port)) + "/druid/worker/v1/chat/" + url.PathEscape(id) + "/" + path, nil
}
