package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"ovate/internal/request"
)

// calls are the requests that workers answer.
type calls struct {
	http     *http.Client
	settings Settings
}

// do asks a worker, and returns an answer that has one of these codes, its body to be closed.
func (c calls) do(ctx context.Context, method, address string, body []byte, codes ...int) (*http.Response, error) {
	r, err := request.New(ctx, method, address, body)
	if err != nil {
		return nil, err
	}
	return request.Do(c.http, r, codes...)
}

// tell is a request of which only the code matters.
func (c calls) tell(ctx context.Context, timeout time.Duration, address string, body []byte) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	resp, err := c.do(ctx, http.MethodPost, address, body, http.StatusOK)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, io.LimitReader(resp.Body, request.MaxText)) // the connection serves again
	return errors.Join(err, resp.Body.Close())
}

// extraTime is how much longer an answer may take than the worker was told to wait for news.
const extraTime = 5 * time.Second

// changes asks a worker for what has changed since a counter, or for all that there is if since is nil. The answer is nil if
// nothing has changed for SyncRequestTimeout.
func (c calls) changes(ctx context.Context, n Node, since *counter) (*snapshot, error) {
	wait := c.settings.SyncRequestTimeout
	ctx, cancel := context.WithTimeout(ctx, wait+extraTime)
	defer cancel()
	q := "counter=-1"
	if since != nil {
		q = fmt.Sprintf("counter=%d&hash=%d", since.Counter, since.Hash)
	}
	q += "&timeout=" + strconv.FormatInt(wait.Milliseconds(), 10)
	resp, err := c.do(ctx, http.MethodGet, n.url("/druid-internal/v1/worker?"+q), nil, http.StatusOK, http.StatusNoContent)
	if err != nil {
		return nil, err
	}
	body, err := readAnswer(resp, maxAnswer)
	switch {
	case err != nil:
		return nil, err
	case resp.StatusCode == http.StatusNoContent:
		return nil, nil
	}
	s, err := decodeSnapshot(body)
	if err != nil {
		return nil, &wrongAnswer{err}
	}
	return s, nil
}

// wrongAnswer is an answer that cannot be understood.
type wrongAnswer struct{ err error }

func (e *wrongAnswer) Error() string {
	return "the worker's answer cannot be understood: " + e.err.Error()
}
func (e *wrongAnswer) Unwrap() error { return e.err }

// readAnswer is all of an answer.
func readAnswer(resp *http.Response, most int64) ([]byte, error) {
	body, err := request.Body(resp, most)
	if _, long := errors.AsType[*request.TooLong](err); long {
		err = &wrongAnswer{fmt.Errorf("it has more than %d bytes", most)}
	}
	return body, err
}

// assign sends a task to a worker. The worker ignores a task it knows.
func (c calls) assign(ctx context.Context, n Node, payload []byte) error {
	return c.tell(ctx, c.settings.AssignRequestHTTPTimeout, n.url("/druid-internal/v1/worker/assignTask"), payload)
}

// shutdown has a worker end a task. It says yes, too, if it does not know the task, or not yet.
func (c calls) shutdown(ctx context.Context, n Node, id string) error {
	return c.tell(ctx, c.settings.ShutdownRequestHTTPTimeout, n.url("/druid/worker/v1/task/"+url.PathEscape(id)+"/shutdown"), nil)
}

// url is where a path of the worker is.
func (n Node) url(path string) string {
	if n.URL != "" {
		return n.URL + path
	}
	return n.Scheme + "://" + n.Host + path
}
