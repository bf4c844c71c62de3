package feed

import (
	"context"
	"time"

	"ovate/internal/auth"
	"ovate/internal/clock"
)

const (
	// aliveEvery is how often a reader hears something, so that both ends notice when the other is gone.
	aliveEvery = 15 * time.Second
	// holdsEvery is how often it is looked whether a reader would still be let in.
	holdsEvery = 3 * time.Second
	// lookEvery is how often Reader.Look is called.
	lookEvery = 2 * time.Second
)

// Reader is a client that is told of events while it stays, as server-sent events.
type Reader[E any] struct {
	// At is what it has been told before.
	At Place
	// Pause is how long it rests at least after it was told something.
	Pause time.Duration
	// Send sends a text at once, and Tell what is to be told of events that lead to now, all as of Feed.After, which took so many bytes; both are false if the client
	// has gone.
	Send func(text []byte) bool
	Tell func(events []E, now Place, known bool) (bytes int, stays bool)
	// Look finds besides what there is to tell that is no event; optional.
	Look func()
}

// Serve tells a reader, who has joined, of what happens until it goes, would not be let in any more, or the server stops. ctx is that of its request.
func (f *Feed[E]) Serve(ctx context.Context, r Reader[E]) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(f.serving, cancel)()
	alive, holds := time.NewTicker(aliveEvery), time.NewTicker(holdsEvery)
	defer alive.Stop()
	defer holds.Stop()
	var looks <-chan time.Time
	if r.Look != nil {
		ticker := time.NewTicker(lookEvery)
		defer ticker.Stop()
		looks = ticker.C
	}
	for {
		events, now, known, changed := f.After(r.At)
		if now != r.At {
			r.At = now
			if !auth.Holds(ctx) {
				return
			}
			told, stays := r.Tell(events, now, known)
			if !stays || !clock.Pause(ctx, f.pause(r.Pause, told)) {
				return
			}
			continue
		}
		select {
		case <-changed:
		case <-holds.C:
			if !auth.Holds(ctx) {
				return
			}
		case <-alive.C:
			if !r.Send([]byte(":\n\n")) {
				return
			}
		case <-looks:
			r.Look()
		case <-ctx.Done():
			return
		}
	}
}
