package api

import (
	"context"
	"net/http"
	"time"

	"golang.org/x/sync/semaphore"
)

// What all requests under way may take together, as a multiple of Options.BodyLimit: any one body fits.
const budgetBodies = 4

const (
	// freeBody is how much of each body does not count, so that a few large ones do not keep the small ones out.
	freeBody = 64 << 10
	// valueCost is about what one JSON value takes in memory once it is read: a body of `[0,0,…]` is small beside it.
	valueCost = 128
	// readCost is how many copies of a body its reading makes.
	readCost = 3
	// readWait is how long a body waits for its turn to be read.
	readWait = 20 * time.Second
	// retryAfter is when a client that was refused for lack of memory may come again, in seconds.
	retryAfter = "5"
)

// inFlight bounds the memory of all requests under way together: their bodies, which count as they arrive and
// inflated, and what they become when they are read. It is never held for longer than a request.
type inFlight struct {
	size          int64
	bodies, reads *semaphore.Weighted
}

func newInFlight(bodyLimit int64) *inFlight {
	size := budgetBodies * bodyLimit
	return &inFlight{size, semaphore.NewWeighted(size), semaphore.NewWeighted(size)}
}

// share is the part of inFlight that one request has.
type share struct {
	of           *inFlight
	bodies, read int64
}

// hold makes room for n bytes of the body in all. What cannot be had at once is refused: whoever waited would keep what
// it has from the others.
func (s *share) hold(n int64) error {
	more := n - freeBody - s.bodies
	if more <= 0 {
		return nil
	}
	if !s.of.bodies.TryAcquire(more) {
		return tooBusy()
	}
	s.bodies += more
	return nil
}

// enter waits for the room that a body of so many bytes and JSON values takes while it is read.
func (s *share) enter(ctx context.Context, bytes, values int64) error {
	needed := readCost*bytes + valueCost*values
	if needed <= freeBody {
		return nil
	}
	if needed > s.of.size {
		return simple(http.StatusRequestEntityTooLarge, "Request body has %d JSON values, which is more than %d bytes of body may have.", values, bytes)
	}
	ctx, cancel := context.WithTimeout(ctx, readWait)
	defer cancel()
	if s.of.reads.Acquire(ctx, needed) != nil {
		return tooBusy()
	}
	s.read = needed
	return nil
}

// release gives everything back.
func (s *share) release() {
	s.of.bodies.Release(s.bodies)
	s.of.reads.Release(s.read)
	s.bodies, s.read = 0, 0
}

// tooBusy is 429 for a request whose body does not fit beside those of the others.
func tooBusy() error {
	return simple(http.StatusTooManyRequests, "The bodies of the requests under way take all the memory that they may, which is %d times ovate.http.maxBodySize. "+
		"Send the request again in a few seconds.", budgetBodies)
}
