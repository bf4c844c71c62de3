package zookeeper

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/go-zookeeper/zk"

	"ovate/internal/clock"
)

// Errors of a client.
var (
	errClosed = errors.New("the client of ZooKeeper is closed")
	errDown   = errors.New("the connection to ZooKeeper is lost")
)

// Client is what this process has to do with an ensemble of ZooKeeper servers. Make it with Open, which waits for nothing. Close it after all
// that works with it has stopped.
type Client struct {
	config Config
	log    *slog.Logger
	acl    []zk.ACL

	ctx  context.Context // ends with Close
	end  context.CancelFunc
	work sync.WaitGroup

	mu      sync.Mutex    // guards what follows
	current *link         // nil while there is no connection
	changed chan struct{} // closed when current is another one
	lost    time.Time     // when the connection was lost that there is none since; else zero
	again   func(away time.Duration)
}

// Open begins to connect.
func Open(config Config, log *slog.Logger) (*Client, error) {
	if len(config.Hosts) == 0 || config.SessionTimeout < time.Millisecond || config.ConnectionTimeout <= 0 {
		return nil, fmt.Errorf("ZooKeeper needs servers and timeouts; there are %v, %v and %v", config.Hosts, config.SessionTimeout, config.ConnectionTimeout)
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	c := &Client{config: config, log: log, acl: zk.WorldACL(zk.PermAll), changed: make(chan struct{})}
	if config.ACL {
		c.acl = zk.AuthACL(zk.PermAll)
	}
	c.ctx, c.end = context.WithCancel(context.Background())
	c.work.Go(c.run)
	return c, nil
}

// Close ends the session, and with it all that is ephemeral, at once if the ensemble can be reached.
func (c *Client) Close() {
	c.end()
	c.work.Wait()
}

// run keeps a session.
func (c *Client) run() {
	for c.ctx.Err() == nil {
		s, err := c.begin()
		if err != nil { // which is not of the network
			c.log.Error("no session with ZooKeeper", "error", err)
			clock.Pause(c.ctx, time.Second)
			continue
		}
		select {
		case <-s.expired:
			c.log.Warn("the session with ZooKeeper is over; what this server had announced is announced again in a new one")
		case <-c.ctx.Done():
		}
		s.close()
	}
}

// OnReconnect has fn called, which returns at once, when there is a connection again after one was lost: with how long there was none.
func (c *Client) OnReconnect(fn func(away time.Duration)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.again = fn
}

// set has a link begin or, if it is nil, end.
func (c *Client) set(l *link) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case l == nil && c.current != nil:
		c.lost = time.Now()
	case l != nil && !c.lost.IsZero():
		if c.again != nil {
			c.again(time.Since(c.lost))
		}
		c.lost = time.Time{}
	}
	c.current = l
	close(c.changed)
	c.changed = make(chan struct{})
}

// Connected tells whether there is a session, and a connection that has it.
func (c *Client) Connected() bool { return c.now() != nil }

// now is the link that there is; nil if there is none.
func (c *Client) now() *link {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.current
}

// farewell is how long it may take to delete what is not wanted any more: it goes with the session, too.
func (c *Client) farewell() time.Duration { return min(5*time.Second, c.config.ConnectionTimeout) }

// link waits for a link.
func (c *Client) link(ctx context.Context) (*link, error) {
	for {
		c.mu.Lock()
		current, changed := c.current, c.changed
		c.mu.Unlock()
		switch {
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case current != nil:
			return current, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-c.ctx.Done():
			return nil, errClosed
		}
	}
}

// each calls fn for one link after the other, and again for the same one if fn fails, until ctx ends. fn returns when its link ends.
func (c *Client) each(ctx context.Context, what string, fn func(context.Context, *link) error) {
	const least, most = 500 * time.Millisecond, 15 * time.Second
	for wait := least; ; {
		l, err := c.link(ctx)
		if err != nil {
			return
		}
		if err = fn(ctx, l); err == nil {
			wait = least
			continue
		}
		if l.ended() {
			wait = least
		} else if ctx.Err() == nil {
			c.log.Warn(what+" failed at ZooKeeper; it is tried again", "in", wait, "error", err)
		}
		clock.Pause(ctx, wait)
		wait = min(2*wait, most)
	}
}
