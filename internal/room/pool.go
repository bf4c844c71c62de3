package room

import (
	"context"
	"sync"

	"golang.org/x/sync/semaphore"
)

// Pool is an amount of something that requests take for as long as they last, of which those of one user have no more than half together. It may be used by
// many goroutines.
type Pool struct {
	all  *semaphore.Weighted
	size int64

	mu sync.Mutex
	of map[string]*half // by user; those of whom there are requests
}

// half is what the requests of one user take from.
type half struct {
	*semaphore.Weighted
	requests int
}

// NewPool is a pool of so much.
func NewPool(size int64) *Pool {
	return &Pool{all: semaphore.NewWeighted(size), size: size, of: map[string]*half{}}
}

// Size is how much there is in all.
func (p *Pool) Size() int64 { return p.size }

// Hold is what one request has of a pool. It is used by one goroutine at a time.
type Hold struct {
	pool *Pool
	who  string
	half *half // nil without a user
	n    int64
}

// Hold is one of a user that has nothing yet; of an empty name where nobody knows that: it may have all. It is to be released when its request ends.
func (p *Pool) Hold(who string) *Hold {
	h := &Hold{pool: p, who: who}
	if who != "" {
		p.mu.Lock()
		defer p.mu.Unlock()
		if h.half = p.of[who]; h.half == nil {
			h.half = &half{Weighted: semaphore.NewWeighted(p.mine(p.size))}
			p.of[who] = h.half
		}
		h.half.requests++
	}
	return h
}

// mine is how much a user is seen to have of what a request has: one may take more than half alone.
func (p *Pool) mine(n int64) int64 { return min(n, max(1, p.size/2)) }

// Has is how much it has.
func (h *Hold) Has() int64 { return h.n }

// Try takes so much more, if that is there at once.
func (h *Hold) Try(more int64) bool {
	own := h.pool.mine(h.n+more) - h.pool.mine(h.n)
	if h.half != nil && !h.half.TryAcquire(own) {
		return false
	}
	if !h.pool.all.TryAcquire(more) {
		if h.half != nil {
			h.half.Release(own)
		}
		return false
	}
	h.n += more
	return true
}

// Wait takes so much more once it is there. The error is that of ctx, and then it has what it had.
func (h *Hold) Wait(ctx context.Context, more int64) error {
	own := h.pool.mine(h.n+more) - h.pool.mine(h.n)
	if h.half != nil {
		if err := h.half.Acquire(ctx, own); err != nil {
			return err
		}
	}
	if err := h.pool.all.Acquire(ctx, more); err != nil {
		if h.half != nil {
			h.half.Release(own)
		}
		return err
	}
	h.n += more
	return nil
}

// Keep gives back all beyond n.
func (h *Hold) Keep(n int64) {
	if n >= h.n {
		return
	}
	h.pool.all.Release(h.n - n)
	if h.half != nil {
		h.half.Release(h.pool.mine(h.n) - h.pool.mine(n))
	}
	h.n = n
}

// Release gives everything back, and ends it.
func (h *Hold) Release() {
	h.Keep(0)
	if h.half == nil {
		return
	}
	h.pool.mu.Lock()
	defer h.pool.mu.Unlock()
	if h.half.requests--; h.half.requests == 0 {
		delete(h.pool.of, h.who)
	}
	h.half = nil
}
