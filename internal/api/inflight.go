package api

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"

	"ovate/internal/room"
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
	// payloadCost is how many copies of a payload an answer takes, at most.
	payloadCost = 2
	// reportCost is about what a report of a running task takes while it is made.
	reportCost = 16 << 20
)

// Lists of which nobody knows the length beforehand count as parts of what all answers may take.
const (
	wholeList = 8  // one that is made as a whole before it leaves, as of segments
	pagedList = 64 // one of which memory holds the ids alone
)

// inFlight bounds the memory of all requests under way together: their bodies, which count as they arrive and
// inflated, what they become when they are read, and answers that are held until the client has taken them. It is never held for longer
// than a request.
type inFlight struct {
	size            int64
	bodies, answers *semaphore.Weighted
	reads           *room.Room // of all surfaces together

	maxWaits func() int
	waiting  atomic.Int64 // for room: each has a connection, which nobody else can use meanwhile
}

func newInFlight(bodyLimit int64, reads *room.Room, maxWaits func() int) *inFlight {
	size := budgetBodies * bodyLimit
	if reads == nil {
		reads = room.New(bodyLimit)
	}
	return &inFlight{
		size: size, bodies: semaphore.NewWeighted(size), reads: reads, answers: semaphore.NewWeighted(size), maxWaits: maxWaits,
	}
}

// acquire waits for room, unless too many do already: half as many may as for locks.
func (f *inFlight) acquire(ctx context.Context, room *semaphore.Weighted, n int64) bool {
	if room.TryAcquire(n) {
		return true
	}
	defer f.waiting.Add(-1)
	if f.waiting.Add(1) > int64(max(1, f.maxWaits()/2)) {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, readWait)
	defer cancel()
	return room.Acquire(ctx, n) == nil
}

// share is the part of inFlight that one request has.
type share struct {
	of           *inFlight
	bodies, read int64
	held         int64 // of the answer
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
	if !s.of.acquire(ctx, s.of.reads.Weighted, needed) {
		return tooBusy()
	}
	s.read = needed
	return nil
}

// answer waits for the room that an answer of about n bytes takes. One that is larger than all the room there is has it alone.
func (s *share) answer(ctx context.Context, n int64) error {
	needed := min(n, s.of.size)
	if needed <= freeBody {
		return nil
	}
	if !s.of.acquire(ctx, s.of.answers, needed) {
		return simple(http.StatusTooManyRequests, "The answers that other clients have not taken yet need all the memory that they may, which is %d times ovate.http.maxBodySize. "+
			"Send the request again in a few seconds.", budgetBodies)
	}
	s.held = needed
	return nil
}

// answered gives back what an answer does not take, now that its size is known.
func (s *share) answered(n int64) {
	if more := s.held - max(0, n); more > 0 {
		s.of.answers.Release(more)
		s.held -= more
	}
}

// list waits for the room of a list that counts as one part in so many.
func (s *share) list(ctx context.Context, parts int64) error { return s.answer(ctx, s.of.size/parts) }

// release gives everything back.
func (s *share) release() {
	s.of.bodies.Release(s.bodies)
	s.of.reads.Weighted.Release(s.read)
	s.of.answers.Release(s.held)
	s.bodies, s.read, s.held = 0, 0, 0
}

// tooBusy is 429 for a request whose body does not fit beside those of the others.
func tooBusy() error {
	return simple(http.StatusTooManyRequests, "The bodies of the requests under way take all the memory that they may, which is %d times ovate.http.maxBodySize. "+
		"Send the request again in a few seconds.", budgetBodies)
}
