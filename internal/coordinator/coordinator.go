// Package coordinator asks the cluster's Coordinator.
package coordinator

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"ovate/internal/cluster"
	"ovate/internal/request"
)

// Client asks whichever of the Coordinators leads. Make one with New, end it with Stop.
type Client struct {
	nodes *cluster.Roster
	http  *http.Client
}

// The answer has to come within timeout, and no more of it is taken than mostBytes.
const (
	timeout   = 10 * time.Second
	mostBytes = 64 << 20
)

// ErrNone: no Coordinator is announced.
var ErrNone = errors.New("no Coordinator is announced")

// New begins to learn which Coordinators there are. They are asked as out has it.
func New(d cluster.Directory, out request.Outgoing) *Client {
	c := &Client{nodes: cluster.Follow(d, cluster.Coordinator)}
	// One that does not lead sends its callers to the one that does: nobody is followed to where no Coordinator is.
	c.http = &http.Client{Timeout: timeout, Transport: out.Transport(&http.Transport{DisableKeepAlives: true}), CheckRedirect: func(next *http.Request, via []*http.Request) error {
		if len(via) >= 3 || !c.isOne(next.URL.Scheme+"://"+next.URL.Host) {
			return fmt.Errorf("it sends to %s, where no Coordinator is announced", next.URL.Host)
		}
		return nil
	}}
	return c
}

// Stop ends it.
func (c *Client) Stop() { c.nodes.Stop() }

func (c *Client) isOne(address string) bool {
	return slices.ContainsFunc(c.nodes.Nodes(), func(n cluster.Node) bool { return n.URL() == address })
}

// Get is the leader's answer, whatever its status, or ErrNone; any other error is that none of those that are announced has answered.
func (c *Client) Get(ctx context.Context, path string) (status int, body []byte, err error) {
	err = ErrNone
	for _, n := range c.nodes.Nodes() {
		if status, body, err = c.get(ctx, n.URL()+path); err == nil {
			return status, body, nil
		}
		err = fmt.Errorf("the Coordinator at %s: %w", n.Address(), err)
		if ctx.Err() != nil {
			break
		}
	}
	return 0, nil, err
}

func (c *Client) get(ctx context.Context, url string) (status int, body []byte, err error) {
	r, err := request.New(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, nil, err
	}
	answer, err := c.http.Do(r)
	if err != nil {
		return 0, nil, err
	}
	body, err = request.Body(answer, mostBytes)
	return answer.StatusCode, body, err
}
