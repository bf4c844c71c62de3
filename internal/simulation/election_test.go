package simulation

import (
	"context"
	"sync"
	"time"

	"ovate/internal/leadership"
)

// election is who leads, as ZooKeeper would know it.
type election struct {
	mu      sync.Mutex
	seat    *seat // of who leads; nil if nobody does
	changed chan struct{}
	epoch   int64
}

// seat is the lead of one server.
type seat struct {
	by   *process
	lose context.CancelFunc
}

func newElection() *election { return &election{changed: make(chan struct{})} }

// free takes the seat from whoever has it, who does not know it yet.
func (e *election) free(s *seat) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if s != nil && e.seat == s {
		e.seat = nil
		close(e.changed)
		e.changed = make(chan struct{})
	}
}

func (e *election) current() *seat {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.seat
}

// sessionTimeout is how long nobody leads after the leader was killed.
const sessionTimeout = 10 * time.Second

// candidate is the part of one process in the election.
type candidate struct {
	*election
	by *process
}

// Gain implements leadership.Leadership.
func (c candidate) Gain(ctx context.Context, waits func()) (*leadership.Lead, error) {
	for {
		c.mu.Lock()
		changed := c.changed
		if c.seat == nil && ctx.Err() == nil {
			lasts, lose := context.WithCancel(context.Background())
			s := &seat{c.by, lose}
			c.seat = s
			c.epoch++
			epoch := c.epoch
			c.mu.Unlock()
			return &leadership.Lead{Lasts: lasts, Epoch: epoch, Resign: func() { c.resign(s) }}, nil
		}
		c.mu.Unlock()
		waits()
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// resign gives the lead back, unless the process is dead: then its session has to time out.
func (c candidate) resign(s *seat) {
	s.lose()
	if !c.by.dead() {
		c.free(s)
		return
	}
	time.AfterFunc(sessionTimeout, func() { c.free(s) })
}

// Leader implements leadership.Leadership.
func (c candidate) Leader() string {
	if s := c.current(); s != nil {
		return s.by.server.name
	}
	return ""
}
