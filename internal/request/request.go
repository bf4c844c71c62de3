// Package request asks servers of a cluster over HTTP. What is not one of the answers that were hoped for is an error.
package request

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"ovate/internal/span"
)

// Outgoing is how other servers are asked: whom this one trusts, and as whom it comes. The zero value trusts as the machine does, and comes as nobody.
type Outgoing struct {
	TLS *tls.Config
	// As gives requests credentials; nil gives none.
	As func(http.RoundTripper) http.RoundTripper
}

// Transport has a transport ask so. Nobody else may use it any more.
func (o Outgoing) Transport(t *http.Transport) http.RoundTripper {
	t.TLSClientConfig = o.TLS
	if o.As == nil {
		return t
	}
	return o.As(t)
}

// NewClient is a client whose connections are few and that takes no answer but the server's own.
func NewClient(o Outgoing) *http.Client {
	return &http.Client{
		Transport: o.Transport(&http.Transport{
			DialContext:         (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
			TLSHandshakeTimeout: 10 * time.Second,
			MaxIdleConnsPerHost: 2,
			IdleConnTimeout:     time.Minute,
		}),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// StatusError is an answer that says no.
type StatusError struct {
	Method, URL string
	Code        int
	Header      http.Header // of the answer
	Text        string      // how the body begins
}

// Error tells what was asked and what was answered.
func (e *StatusError) Error() string {
	return fmt.Sprintf("%s %s: status %d: %s", e.Method, e.URL, e.Code, e.Text)
}

// MaxText is how much of an answer that says no is kept.
const MaxText = 2 << 10

// New makes a request, of JSON unless body is nil, which is part of the trace of ctx. It does not say what it accepts, as workers answer with JSON then, and refuse to show a log to who
// accepts nothing else.
func New(ctx context.Context, method, address string, body []byte) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err == nil && body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if err == nil {
		span.Send(ctx, r.Header)
	}
	return r, err
}

// Do asks, and returns an answer that has one of these codes, its body to be closed. Other answers are a *StatusError.
func Do(client *http.Client, r *http.Request, codes ...int) (*http.Response, error) {
	resp, err := client.Do(r)
	if err != nil || slices.Contains(codes, resp.StatusCode) {
		return resp, err
	}
	text, err := io.ReadAll(io.LimitReader(resp.Body, MaxText))
	refused := &StatusError{Method: r.Method, URL: r.URL.String(), Code: resp.StatusCode, Header: resp.Header, Text: strings.TrimSpace(string(text))}
	return nil, errors.Join(refused, err, resp.Body.Close())
}

// TooLong is why an answer is not taken.
type TooLong struct{ Most int64 }

// Error tells how long it may be.
func (e *TooLong) Error() string { return fmt.Sprintf("the answer has more than %d bytes", e.Most) }

// Body is all of an answer, whose body it closes. The error is a *TooLong if there are more bytes than most.
func Body(resp *http.Response, most int64) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(resp.Body, most+1))
	if err = errors.Join(err, resp.Body.Close()); err == nil && int64(len(body)) > most {
		err = &TooLong{most}
	}
	return body, err
}

// NotSent tells that a request has not reached the server.
func NotSent(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	return ok && op.Op == "dial"
}
