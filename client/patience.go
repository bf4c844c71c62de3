package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// WithPatience gives up a call when its server, though it may be connected, sends nothing for d, or so little that it will never end. It does
// not bound a call as a whole. If told is not nil nothing is given up: told gets to know, each time, and the call goes on.
// Without this option a call waits for as long as its context lasts.
func WithPatience(d time.Duration, told func(*SilentError)) Option {
	return func(c *Client) { c.patience = patience{d, told} }
}

// patience is how long a server may send next to nothing.
type patience struct {
	limit time.Duration // 0 is for ever
	told  func(*SilentError)
}

// leastBytes is what has to come of an answer that is not complete, while limit is waited for it. Any line of the slowest of networks brings that.
const leastBytes = 256

// SilentError is a server that says nothing. It is the cause of an UnreachableError.
type SilentError struct {
	URL   string // of the server, as the client was given it
	For   time.Duration
	Bytes int // that came in this time
}

func (e *SilentError) Error() string {
	if e.Bytes > 0 {
		return fmt.Sprintf("it has sent no more than %d bytes for %v", e.Bytes, e.For)
	}
	return fmt.Sprintf("it has sent nothing for %v", e.For)
}

// listener watches the wait for an answer, and for the pieces of its body.
type listener struct {
	patience
	url    string
	cancel context.CancelCauseFunc
	ctx    context.Context
	timer  *time.Timer // nil without a limit

	mu      sync.Mutex    // guards what follows
	waiting bool          // somebody waits for the server
	until   time.Time     // as long as that
	left    time.Duration // of the limit
	got     int           // bytes, of the limit at hand
}

func (c *Client) listen(ctx context.Context) *listener {
	l := &listener{patience: c.patience, url: c.base}
	l.ctx, l.cancel = context.WithCancelCause(ctx)
	if l.limit > 0 {
		l.timer = time.AfterFunc(l.limit, l.late)
		l.begin(true)
	}
	return l
}

// begin counts from now on. Whatever came before is of no interest if it begins anew.
func (l *listener) begin(anew bool) {
	if l.timer == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if anew || l.left <= 0 {
		l.left, l.got = l.limit, 0
	}
	l.waiting = true
	l.wait()
}

// wait has late called when nothing is left. The caller holds mu.
func (l *listener) wait() {
	l.until = time.Now().Add(l.left)
	l.timer.Reset(l.left)
}

// end counts no longer: so many bytes have come, after some time.
func (l *listener) end(bytes int, after time.Duration) {
	if l.timer == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waiting = false
	l.timer.Stop()
	l.left -= after
	if l.got += bytes; l.got >= leastBytes {
		l.left = 0
	}
}

// late is called when next to nothing has come for too long.
func (l *listener) late() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.waiting || time.Now().Before(l.until) { // the timer is of a wait before
		return
	}
	silent := &SilentError{l.url, l.limit, l.got}
	if l.told == nil {
		l.cancel(silent)
		return
	}
	l.told(silent)
	l.left, l.got = l.limit, 0
	l.wait()
}

// do sends a request. Its body counts as a sign of life, as the server takes it.
func (l *listener) do(h *http.Client, request *http.Request) (*http.Response, error) {
	if request.Body != nil && request.Body != http.NoBody {
		request.Body = &taken{request.Body, l}
	}
	response, err := h.Do(request)
	if err != nil {
		err = l.reason(err)
		l.cancel(err)
	}
	l.end(leastBytes, 0)
	if err != nil {
		return nil, err
	}
	response.Body = &heard{response.Body, l}
	return response, nil
}

// reason is what a call failed with.
func (l *listener) reason(err error) error {
	if silent := new(SilentError); errors.As(context.Cause(l.ctx), &silent) {
		return silent
	}
	return err
}

// taken is the body of a request.
type taken struct {
	io.ReadCloser
	l *listener
}

func (t *taken) Read(p []byte) (int, error) {
	t.l.begin(true)
	return t.ReadCloser.Read(p)
}

// heard is the body of an answer.
type heard struct {
	io.ReadCloser
	l *listener
}

func (h *heard) Read(p []byte) (int, error) {
	begun := time.Now()
	h.l.begin(false)
	n, err := h.ReadCloser.Read(p)
	h.l.end(n, time.Since(begun))
	if err != nil && err != io.EOF {
		err = h.l.reason(err)
	}
	return n, err
}

func (h *heard) Close() error {
	err := h.ReadCloser.Close()
	h.l.cancel(context.Canceled)
	return err
}
