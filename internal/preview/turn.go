package preview

import (
	"context"
	"slices"
	"sync"

	"ovate/internal/auth"
)

// turns have previews made a few at a time: one of each user, and of those who wait that of the user whose last one began longest ago. So whoever asks now and then
// waits for one to end, however many others ask for one after the other. Where nobody is asked who they are all are one user, who has as many as may be, in the order in
// which they came.
type turns struct {
	mu      sync.Mutex
	taken   []*turn        // at most atATime
	waiting []*turn        // in the order in which they came
	last    map[string]int // the number of each user's last turn; empty once nothing is taken
	given   int            // how many since then
}

type turn struct {
	who   string
	begun chan struct{} // closed when a preview may be made
}

// take waits for a turn of who has sent the request of a context, until over.
func (t *turns) take(ctx context.Context) (over func(), err error) {
	own := &turn{auth.From(ctx).Name, make(chan struct{})}
	t.mu.Lock()
	t.waiting = append(t.waiting, own)
	t.begin()
	t.mu.Unlock()
	select {
	case <-own.begun:
		return func() { t.end(own) }, nil
	case <-ctx.Done():
		t.end(own)
		return nil, context.Cause(ctx)
	}
}

// end is that somebody takes a turn no more, or waits for it no more.
func (t *turns) end(own *turn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	is := func(other *turn) bool { return other == own }
	t.taken, t.waiting = slices.DeleteFunc(t.taken, is), slices.DeleteFunc(t.waiting, is)
	t.begin()
	if len(t.taken) == 0 {
		t.last, t.given = nil, 0
	}
}

// begin gives turns to those whose turn it is. The caller holds mu.
func (t *turns) begin() {
	for len(t.taken) < atATime {
		var next *turn
		for _, w := range t.waiting {
			if t.may(w.who) && (next == nil || t.last[w.who] < t.last[next.who]) {
				next = w
			}
		}
		if next == nil {
			return
		}
		t.waiting = slices.DeleteFunc(t.waiting, func(w *turn) bool { return w == next })
		t.taken = append(t.taken, next)
		if t.last == nil {
			t.last = map[string]int{}
		}
		t.given++
		t.last[next.who] = t.given
		close(next.begun)
	}
}

// may tells whether a user may have a turn beside those that are taken. The caller holds mu.
func (t *turns) may(who string) bool {
	return !auth.IsKnown(who) || !slices.ContainsFunc(t.taken, func(other *turn) bool { return other.who == who })
}
