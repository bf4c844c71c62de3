// Package broker asks the cluster's Brokers.
package broker

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"ovate/internal/clock"
	"ovate/internal/cluster"
	"ovate/internal/request"
)

// Client asks one of the Brokers that there are, whichever answers. Make one with Announced or Listed, end it with Stop.
type Client struct {
	urls func() []string
	stop func()
	http *http.Client
}

// An answer has to come within timeout, as a Broker plans a query for it, and no more of it is taken than mostBytes. A request is sent up to attempts
// times, as by Druid, with pauses that double from firstPause on, and all together within the time that Druid gives one answer.
const (
	timeout    = time.Minute
	altogether = 2 * time.Minute
	mostBytes  = 16 << 20
	attempts   = 6
	firstPause = 100 * time.Millisecond
)

// ErrNone: nobody knows of a Broker.
var ErrNone = errors.New("no Broker is known: none is announced in ZooKeeper (druid.zk.service.host), and none is listed in ovate.brokers")

// Announced are the Brokers that a cluster tells of. They are asked as out has it.
func Announced(d cluster.Directory, out request.Outgoing) *Client {
	nodes := cluster.Follow(d, cluster.Broker)
	return newClient(func() (urls []string) {
		for _, n := range nodes.Nodes() {
			urls = append(urls, n.URL())
		}
		return urls
	}, nodes.Stop, out)
}

// Listed are the Brokers at these URLs, perhaps none, likewise.
func Listed(urls []string, out request.Outgoing) *Client {
	return newClient(func() []string { return urls }, func() {}, out)
}

func newClient(urls func() []string, stop func(), out request.Outgoing) *Client {
	return &Client{urls: urls, stop: stop, http: &http.Client{
		Timeout: timeout, Transport: out.Transport(&http.Transport{DisableKeepAlives: true}),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Stop ends it.
func (c *Client) Stop() { c.stop() }

// Post sends JSON, and returns the answer, whatever its status. An answer that says that a Broker is not able to do it now counts as none, and another
// Broker is asked, as in Druid: so what is sent may come twice. The error is ErrNone, or tells of the last that was asked, and of its answer what hide leaves.
func (c *Client) Post(ctx context.Context, path string, body []byte, hide func(string) string) (status int, answer []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, altogether)
	defer cancel()
	first := rand.IntN(1 << 16)
	for n := range attempts {
		if n > 0 && !clock.Pause(ctx, clock.Doubling{First: firstPause, Longest: timeout}.After(n)) {
			break
		}
		urls := c.urls()
		if len(urls) == 0 {
			return 0, nil, ErrNone
		}
		at := urls[(first+n)%len(urls)]
		if status, answer, err = c.post(ctx, at+path, body); err == nil && !passes(status) {
			return status, answer, nil
		}
		if err == nil {
			err = fmt.Errorf("it answers with status %d: %s", status, Beginning(answer, hide))
		}
		err = fmt.Errorf("the Broker at %s: %w", at, err)
	}
	return 0, nil, err
}

// passes tells whether what a Broker cannot do now it may be able to do later.
func passes(status int) bool {
	return status == http.StatusInternalServerError || http.StatusBadGateway <= status && status <= http.StatusGatewayTimeout
}

func (c *Client) post(ctx context.Context, url string, body []byte) (status int, answer []byte, err error) {
	r, err := request.New(ctx, http.MethodPost, url, body)
	if err != nil {
		return 0, nil, err
	}
	resp, err := c.http.Do(r)
	if err != nil {
		return 0, nil, err
	}
	answer, err = request.Body(resp, mostBytes)
	return resp.StatusCode, answer, err
}

// Beginning is how an answer begins, for people, and of that what hide leaves: what was asked may come back, with its secrets.
func Beginning(answer []byte, hide func(string) string) string {
	const most = 1 << 10
	text := hide(string(bytes.TrimSpace(answer)))
	if len(text) > most {
		return text[:most] + "…"
	}
	return text
}
