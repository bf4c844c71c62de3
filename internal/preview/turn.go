package preview

import (
	"context"
	"sync"

	"ovate/internal/auth"
)

// turns have the previews of one user be made one after the other, so that however many he asks for he takes one of the places for them. Where nobody is asked who
// they are there are none.
type turns struct {
	mu sync.Mutex
	of map[string]*turn
}

type turn struct {
	taken  chan struct{} // holds something while a preview is made, or waits for its place
	wanted int           // by how many; guarded by mu
}

// take waits for the turn of who has sent the request of a context, until over.
func (t *turns) take(ctx context.Context) (over func(), err error) {
	who := auth.From(ctx).Name
	if !auth.IsKnown(who) {
		return func() {}, nil
	}
	t.mu.Lock()
	own := t.of[who]
	if own == nil {
		own = &turn{taken: make(chan struct{}, 1)}
		t.of[who] = own
	}
	own.wanted++
	t.mu.Unlock()
	leave := func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		if own.wanted--; own.wanted == 0 {
			delete(t.of, who)
		}
	}
	select {
	case own.taken <- struct{}{}:
		return func() {
			<-own.taken
			leave()
		}, nil
	case <-ctx.Done():
		leave()
		return nil, context.Cause(ctx)
	}
}
