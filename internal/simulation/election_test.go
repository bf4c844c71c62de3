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
	ended   map[int64]time.Time // when each lead did, by its epoch
}

// seat is the lead of one server.
type seat struct {
	by    *process
	epoch int64
	lose  context.CancelFunc
}

func newElection() *election {
	return &election{changed: make(chan struct{}), ended: map[int64]time.Time{}}
}

// free takes the seat from whoever has it, who does not know it yet.
func (e *election) free(s *seat) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if s != nil && e.seat == s {
		e.seat, e.ended[s.epoch] = nil, time.Now()
		close(e.changed)
		e.changed = make(chan struct{})
	}
}

// isOver tells whether a lead ended that long ago.
func (e *election) isOver(epoch int64, ago time.Duration) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	at, over := e.ended[epoch]
	return over && time.Since(at) >= ago
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
			c.epoch++
			s := &seat{c.by, c.epoch, lose}
			c.seat = s
			c.by.epoch.Store(s.epoch)
			c.mu.Unlock()
			return &leadership.Lead{Lasts: lasts, Epoch: s.epoch, Resign: func() { c.resign(s) }}, nil
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
