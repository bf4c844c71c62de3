package api

import (
	"context"
	"net/http"
	"sync"
	"time"

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
	bodies, answers *room.Pool
	reads           *room.Room // of all surfaces together

	maxWaits func() int
	mu       sync.Mutex
	waiting  int            // for room: each has a connection, which nobody else can use meanwhile
	waits    map[string]int // by user, of whom half of these may be
}

func newInFlight(bodyLimit int64, reads *room.Room, maxWaits func() int) *inFlight {
	size := budgetBodies * bodyLimit
	if reads == nil {
		reads = room.New(bodyLimit)
	}
	return &inFlight{size: size, bodies: room.NewPool(size), reads: reads, answers: room.NewPool(size), maxWaits: maxWaits, waits: map[string]int{}}
}

// share is what a request of a user has, which is nothing yet.
func (f *inFlight) share(who string) share {
	return share{of: f, who: who, bodies: f.bodies.Hold(who), reads: f.reads.Hold(who), answers: f.answers.Hold(who)}
}

// acquire waits for room, unless too many do already: half as many may as for locks.
func (s *share) acquire(ctx context.Context, room *room.Hold, n int64) bool {
	if room.Try(n) {
		return true
	}
	if !s.of.queue(s.who) {
		return false
	}
	defer s.of.leave(s.who)
	ctx, cancel := context.WithTimeout(ctx, readWait)
	defer cancel()
	return room.Wait(ctx, n) == nil
}

// queue counts a request of a user that waits, if there is a place for it.
func (f *inFlight) queue(who string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	most := max(1, f.maxWaits()/2)
	if f.waiting >= most || who != "" && f.waits[who] >= max(1, most/2) {
		return false
	}
	f.waiting++
	f.waits[who]++
	return true
}

// leave counts that it does not wait any more.
func (f *inFlight) leave(who string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.waiting--
	if f.waits[who]--; f.waits[who] == 0 {
		delete(f.waits, who)
	}
}

// share is the part of inFlight that one request has.
type share struct {
	of                     *inFlight
	who                    string
	bodies, reads, answers *room.Hold
}

// hold makes room for n bytes of the body in all. What cannot be had at once is refused: whoever waited would keep what
// it has from the others.
func (s *share) hold(n int64) error {
	more := n - freeBody - s.bodies.Has()
	if more > 0 && !s.bodies.Try(more) {
		return tooBusy()
	}
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
	if !s.acquire(ctx, s.reads, needed) {
		return tooBusy()
	}
	return nil
}

// answer waits for the room that an answer of about n bytes takes. One that is larger than all the room there is has it alone.
func (s *share) answer(ctx context.Context, n int64) error {
	needed := min(n, s.of.size)
	if needed <= freeBody {
		return nil
	}
	if !s.acquire(ctx, s.answers, needed) {
		return simple(http.StatusTooManyRequests, "The answers that other clients have not taken yet need all the memory that they may, which is %d times ovate.http.maxBodySize, and half of that for one user. "+
			"Send the request again in a few seconds.", budgetBodies)
	}
	return nil
}

// answered gives back what an answer does not take, now that its size is known.
func (s *share) answered(n int64) { s.answers.Keep(max(0, n)) }

// list waits for the room of a list that counts as one part in so many.
func (s *share) list(ctx context.Context, parts int64) error { return s.answer(ctx, s.of.size/parts) }

// release gives everything back.
func (s *share) release() {
	s.bodies.Release()
	s.reads.Release()
	s.answers.Release()
}

// tooBusy is 429 for a request whose body does not fit beside those of the others.
func tooBusy() error {
	return simple(http.StatusTooManyRequests, "The bodies of the requests under way take all the memory that they may, which is %d times ovate.http.maxBodySize, and half of that for one user. "+
		"Send the request again in a few seconds.", budgetBodies)
}
