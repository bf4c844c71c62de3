// Package client is a Go client of the Tasks API of an Overlord, Druid's own or this one.
//
//	overlord, err := client.New("http://127.0.0.1:8090")
//	id, err := overlord.Submit(ctx, spec)
//	status, err := overlord.Wait(ctx, id)
//
// Every call takes a context and returns a *Error if the server said no, or an *UnreachableError if no answer came.
package client

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"

	"ovate/internal/uri"
)

// Client talks to one Overlord. It may be used by many goroutines.
type Client struct {
	base string // without a slash at its end
	http *http.Client

	authorize func(*http.Request) // nil if requests have no credentials

	limits   limits
	patience patience
	header   http.Header // of each request
}

// Option changes a client that is being made.
type Option func(*Client)

// WithPassword sends the password of a user with each request, by HTTP's Basic. Where that is not https, whoever is on the way can read it. Another server to
// which the one that was asked sends on does not get it: the call fails with an *UnreachableError that names it.
func WithPassword(user, password string) Option {
	return func(c *Client) { c.authorize = func(r *http.Request) { r.SetBasicAuth(user, password) } }
}

// WithToken sends a token with each request, as WithPassword does a password.
func WithToken(token string) Option {
	return func(c *Client) {
		c.authorize = func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) }
	}
}

// WithHTTPClient uses h instead of http.DefaultClient, for timeouts or proxies.
func WithHTTPClient(h *http.Client) Option { return func(c *Client) { c.http = h } }

// WithTLS has the client trust servers, and show itself to them, as config says. It replaces http.DefaultClient, and goes before WithHTTPClient.
func WithTLS(config *tls.Config) Option {
	return func(c *Client) {
		transport := &http.Transport{Proxy: http.ProxyFromEnvironment}
		if usual, is := http.DefaultTransport.(*http.Transport); is {
			transport = usual.Clone()
		}
		transport.TLSClientConfig = config
		c.http = &http.Client{Transport: transport}
	}
}

// New makes a client of the server at an address like http://127.0.0.1:8090.
func New(address string, options ...Option) (*Client, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("server address %q must be http://HOST:PORT or https://HOST:PORT", uri.Redact(address))
	}
	c := &Client{base: strings.TrimRight(address, "/"), http: http.DefaultClient, limits: usualLimits()}
	for _, option := range options {
		option(c)
	}
	if c.authorize != nil {
		c.http = keeping(c.http)
	}
	return c, nil
}

// mostRedirects is how often a request is sent on, as by net/http.
const mostRedirects = 10

// keeping is a client that takes credentials to no other server than the one that was asked, to which that may send on: not to another port, where another program
// may listen, nor without TLS, where others read.
func keeping(h *http.Client) *http.Client {
	kept := *h
	kept.CheckRedirect = func(next *http.Request, via []*http.Request) error {
		first, to := via[0].URL, next.URL
		switch {
		case to.Host != first.Host || to.Scheme != first.Scheme:
			return fmt.Errorf("it sends on to %s://%s, which is another server and gets no password and no token: ask that one itself", to.Scheme, to.Host)
		case h.CheckRedirect != nil:
			return h.CheckRedirect(next, via)
		case len(via) >= mostRedirects:
			return fmt.Errorf("it sends on more than %d times", mostRedirects)
		}
		return nil
	}
	return &kept
}

// URL is the address that the client was made with, with the user and the password that it may have.
func (c *Client) URL() string { return c.base }

// with is the client with a header for each request.
func (c *Client) with(name, value string) *Client {
	other := *c
	other.header = http.Header{http.CanonicalHeaderKey(name): {value}}
	return &other
}

// api is where Druid has its Overlord.
const api = "/druid/indexer/v1"

// send sends a request and returns the answer, whatever it is. The caller closes its body.
func (c *Client) send(ctx context.Context, method, path string, body []byte) (*http.Response, error) {
	listener := c.listen(ctx)
	request, err := http.NewRequestWithContext(listener.ctx, method, c.base+path, bytes.NewReader(body))
	if err != nil {
		listener.cancel(err)
		return nil, fmt.Errorf("%s %s: %w", method, path, withoutURL(err))
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	maps.Copy(request.Header, c.header)
	if c.authorize != nil {
		c.authorize(request)
	}
	response, err := listener.do(c.http, request)
	if err != nil {
		return nil, c.unreachable(ctx, err)
	}
	return response, nil
}

// open sends a request and returns a 2xx answer, whose body the caller closes.
func (c *Client) open(ctx context.Context, method, path string, body []byte) (*http.Response, error) {
	response, err := c.send(ctx, method, path, body)
	if err != nil || response.StatusCode < 300 {
		return response, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err != nil {
		return nil, c.unreachable(ctx, err)
	}
	return nil, newError(c.base, method, path, response.StatusCode, text)
}

// unreachable tells a call that its caller gave up from a server that does not answer.
func (c *Client) unreachable(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return &UnreachableError{URL: c.base, Err: withoutURL(err)}
}

// withoutURL leaves out of an error the URL, in which a password may be.
func withoutURL(err error) error {
	if outer := new(url.Error); errors.As(err, &outer) {
		return outer.Err
	}
	return err
}
