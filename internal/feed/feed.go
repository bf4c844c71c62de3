// Package feed remembers what happened to tasks last, for whoever reads it, however slowly: however many readers there are, the queue is followed once, and the memory does
// not grow with them.
package feed

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"ovate/internal/queue"
)

const (
	// linger is how long the tasks are followed after the last reader has gone, who may come back.
	linger = time.Minute
	// leadPause is how often it is looked whether this server leads.
	leadPause = time.Second
	// shareOfSecond is the part of a second that each reader rests at least, so that all of them together are told something no more than a thousand times a second, and
	// bytesASecond how much they are told together: who submits much is not to wait for those who listen.
	shareOfSecond = time.Millisecond
	bytesASecond  = 64 << 20
)

// Source is the tasks of one term of leadership.
type Source[E any] interface {
	Follow(dataSource string, types ...string) *queue.Follower
	// Events makes of news what readers are told, in order.
	Events(ctx context.Context, news []queue.News) ([]E, error)
}

// Feed remembers the last events of all tasks. It follows the tasks while there are readers, and a while longer; Serving ends it.
type Feed[E any] struct {
	serving    context.Context
	source     func() Source[E]
	remembered int

	mu      sync.Mutex // guards everything below
	readers int
	end     context.CancelFunc // of the loop that follows the tasks; nil while there is none
	idle    *time.Timer        // nil while there are readers
	term    string             // of the events; empty while nothing is followed
	events  []E                // the last ones, in order, those that are remembered and as many more at most; what is in it never changes, as readers have it
	count   int64              // of the term's events so far
	changed chan struct{}      // closed once there is more
}

// New makes a feed of what source returns, which is nil while this server does not lead. A reader may be behind by as many events as are remembered, and still hears of
// each. Nothing is followed any more once serving has ended.
func New[E any](serving context.Context, source func() Source[E], remembered int) *Feed[E] {
	return &Feed[E]{serving: serving, source: source, remembered: remembered, changed: make(chan struct{})}
}

// Join counts a reader in, and follows the tasks if nobody did. Who has joined leaves.
func (f *Feed[E]) Join() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.readers++
	if f.idle != nil {
		f.idle.Stop()
		f.idle = nil
	}
	if f.end != nil {
		return
	}
	ctx, end := context.WithCancel(f.serving)
	f.end = end
	go f.follow(ctx)
}

// Leave counts a reader out.
func (f *Feed[E]) Leave() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.readers--; f.readers == 0 && f.serving.Err() == nil {
		f.idle = time.AfterFunc(linger, f.rest)
	}
}

// pause is how long a reader is to rest after it was told so many bytes: a while that a few readers may come again after, and longer if there are many, or much to tell,
// who would keep the machine from its work.
func (f *Feed[E]) pause(least time.Duration, told int) time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	return max(least, time.Duration(f.readers)*max(shareOfSecond, time.Duration(told)*time.Second/bytesASecond))
}

// rest ends the loop, unless a reader has come meanwhile.
func (f *Feed[E]) rest() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.readers == 0 && f.end != nil {
		f.end()
		f.end, f.idle = nil, nil
		f.restart("")
	}
}

// follow notes what happens to tasks while this server leads, until ctx ends.
func (f *Feed[E]) follow(ctx context.Context) {
	for ctx.Err() == nil {
		if s := f.source(); s != nil {
			f.followOne(ctx, s)
		}
		f.begin(ctx, "") // what happens until the next term is not known
		select {
		case <-time.After(leadPause):
		case <-ctx.Done():
		}
	}
}

// followOne follows the tasks of one queue, until that stops or something gets lost.
func (f *Feed[E]) followOne(ctx context.Context, s Source[E]) {
	follower := s.Follow("")
	defer follower.Stop()
	// What is active now readers find in the list, which they read once they hear that a term has begun.
	none, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := follower.Next(none); err != nil && !errors.Is(err, context.Canceled) {
		return
	}
	f.begin(ctx, uuid.NewString())
	for {
		news, err := follower.Next(ctx)
		if err != nil {
			return
		}
		events, err := s.Events(ctx, news)
		if err != nil {
			return
		}
		f.add(ctx, events)
	}
}

// begin begins a term, whose readers have to read the list of tasks anew.
func (f *Feed[E]) begin(ctx context.Context, term string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if ctx.Err() == nil { // else another loop may be at work by now
		f.restart(term)
	}
}

// restart forgets what has happened. The caller holds mu.
func (f *Feed[E]) restart(term string) {
	f.term, f.events, f.count = term, nil, 0
	close(f.changed)
	f.changed = make(chan struct{})
}

func (f *Feed[E]) add(ctx context.Context, events []E) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if ctx.Err() != nil {
		return
	}
	f.events = append(f.events, events...)
	f.count += int64(len(events))
	if more := len(f.events) - f.remembered; more > f.remembered { // only then, so that each event is moved about once
		f.events = slices.Clone(f.events[more:])
	}
	close(f.changed)
	f.changed = make(chan struct{})
}

// After are the events behind a place, and where that leads. known is false if some of them are gone, or the place is of another term: then there are none. changed
// is closed once there are more. The events are those of all readers, and not to be changed.
func (f *Feed[E]) After(p Place) (events []E, now Place, known bool, changed <-chan struct{}) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now = Place{f.term, f.count}
	behind := f.count - p.count
	if known = p.term == f.term && behind >= 0 && behind <= int64(min(len(f.events), f.remembered)); known {
		events = slices.Clip(f.events[len(f.events)-int(behind):])
	}
	return events, now, known, f.changed
}
