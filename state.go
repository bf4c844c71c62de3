package ovate

import (
	"context"
	"fmt"
	"sync"
)

// state is how far a server's life is. It only goes on.
type state int

const (
	made state = iota
	started
	stopping
	stopped
)

// life is what a server knows of its life and of the requests in it.
type life struct {
	turn   chan struct{} // held by the Start or Stop at work
	failed chan error    // the first reason why the server cannot go on
	served chan struct{} // closed when the listener has ended
	ended  error         // what the first Stop came to; valid once stopped

	serving    context.Context // ends when Stop begins
	endServing func()

	mu       sync.Mutex // guards what follows
	state    state
	requests int           // under way
	none     chan struct{} // closed when the last of them has ended; nil while nobody waits for that
}

func newLife() life {
	serving, end := context.WithCancel(context.Background())
	return life{turn: make(chan struct{}, 1), failed: make(chan error, 1), served: make(chan struct{}), serving: serving, endServing: end}
}

// lock waits until no other Start or Stop is at work.
func (l *life) lock(ctx context.Context) error {
	select {
	case l.turn <- struct{}{}:
		return nil
	default:
	}
	select {
	case l.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("another Start or Stop is at work: %w", context.Cause(ctx))
	}
}

func (l *life) unlock() { <-l.turn }

func (l *life) now() state {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.state
}

func (l *life) become(s state) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.state = s
}
