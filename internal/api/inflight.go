package api

import (
	"context"
	"net/http"

	"ovate/internal/room"
	"ovate/internal/share"
)

const (
	// valueCost is about what one JSON value takes in memory once it is read: a body of `[0,0,…]` is small beside it.
	valueCost = 128
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
	waits    share.Places // of requests that wait for room, by user: each has a connection, which nobody else can use meanwhile
}

func newInFlight(bodyLimit int64, reads *room.Room, maxWaits func() int) *inFlight {
	size := room.Bodies * bodyLimit
	if reads == nil {
		reads = room.New(bodyLimit)
	}
	return &inFlight{size: size, bodies: room.NewPool(size), reads: reads, answers: room.NewPool(size), maxWaits: maxWaits}
}

// part is what a request of a user has, which is nothing yet.
func (f *inFlight) part(who string) part {
	return part{of: f, who: who, bodies: f.bodies.Hold(who), reads: f.reads.Hold(who), answers: f.answers.Hold(who)}
}

// acquire waits for room, unless too many do already: half as many may as for locks.
func (p *part) acquire(ctx context.Context, from *room.Hold, n int64) bool {
	if from.Try(n) {
		return true
	}
	leave, err := p.of.queue(p.who)
	if err != nil {
		return false
	}
	defer leave()
	ctx, cancel := context.WithTimeout(ctx, room.Patience)
	defer cancel()
	return from.Wait(ctx, n) == nil
}

// queue counts in a request of a user that waits, if there is a place for it. One user has half of these.
func (f *inFlight) queue(who string) (leave func(), err error) {
	most := max(1, f.maxWaits()/2)
	ofOne := max(1, most/2)
	if who == "" { // of whom nobody knows who that is
		ofOne = most
	}
	return f.waits.Enter(who, most, ofOne)
}

// part is the part of inFlight that one request has.
type part struct {
	of                     *inFlight
	who                    string
	bodies, reads, answers *room.Hold
}

// hold makes room for n bytes of the body in all. What cannot be had at once is refused: whoever waited would keep what
// it has from the others.
func (p *part) hold(n int64) error {
	more := n - room.Free - p.bodies.Has()
	if more > 0 && !p.bodies.Try(more) {
		return tooBusy()
	}
	return nil
}

// enter waits for the room that a body of so many bytes and JSON values takes while it is read.
func (p *part) enter(ctx context.Context, bytes, values int64) error {
	needed := room.Copies*bytes + valueCost*values
	if needed <= room.Free {
		return nil
	}
	if needed > p.of.size {
		return simple(http.StatusRequestEntityTooLarge, "Request body has %d JSON values, which is more than %d bytes of body may have.", values, bytes)
	}
	if !p.acquire(ctx, p.reads, needed) {
		return tooBusy()
	}
	return nil
}

// answer waits for the room that an answer of about n bytes takes. One that is larger than all the room there is has it alone.
func (p *part) answer(ctx context.Context, n int64) error {
	needed := min(n, p.of.size)
	if needed <= room.Free {
		return nil
	}
	if !p.acquire(ctx, p.answers, needed) {
		return simple(http.StatusTooManyRequests, "The answers that other clients have not taken yet need all the memory that they may, which is %d times ovate.http.maxBodySize, and half of that for one user. "+
			"Send the request again in a few seconds.", room.Bodies)
	}
	return nil
}

// answered gives back what an answer does not take, now that its size is known.
func (p *part) answered(n int64) { p.answers.Keep(max(0, n)) }

// list waits for the room of a list that counts as one part in so many.
func (p *part) list(ctx context.Context, parts int64) error { return p.answer(ctx, p.of.size/parts) }

// release gives everything back.
func (p *part) release() {
	p.bodies.Release()
	p.reads.Release()
	p.answers.Release()
}

// tooBusy is 429 for a request whose body does not fit beside those of the others.
func tooBusy() error {
	return simple(http.StatusTooManyRequests, "The bodies of the requests under way take all the memory that they may, which is %d times ovate.http.maxBodySize, and half of that for one user. "+
		"Send the request again in a few seconds.", room.Bodies)
}
