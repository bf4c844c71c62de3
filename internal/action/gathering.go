package action

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"

	"ovate/druid"
	"ovate/internal/metadata"
)

// gathering has allocations share transactions, of which there is one at a time: each reads what was given before, so that of two at once the database
// takes one back, of other data sources, too, whose rows are near; and a commit takes longer than many rows. Whoever comes while a transaction is at work
// waits; the next one is that of all who wait.
type gathering struct {
	turn chan struct{} // held by who is at work

	mu      sync.Mutex
	waiting []*wish
}

// wish is an allocation in an interval that waits for its answer.
type wish struct {
	SegmentAllocate
	by       Identity
	interval druid.Interval
	version  string // of the lock

	inactive error // why the task may have no id any more, as of the last try

	answered chan struct{} // closed once the following count
	got      *Allocation
	err      error
	gone     bool // the error is that of another, whose context has ended
}

// errFault is what those hear who share a transaction that ends in a panic.
var errFault = errors.New("the segment could not be allocated through a fault of the server")

// reserve answers a wish, in a transaction of its own or in that of another.
func (g *gathering) reserve(ctx context.Context, box *Box, w wish) (*Allocation, error) {
	for {
		w.answered = make(chan struct{})
		mine := w
		if err := g.wait(ctx, box, &mine); err != nil {
			return nil, err
		}
		if !mine.gone || ctx.Err() != nil {
			return mine.got, mine.err
		}
	}
}

// wait returns once the wish is answered, or with an error if ctx ends before somebody is at work on it.
func (g *gathering) wait(ctx context.Context, box *Box, w *wish) error {
	g.mu.Lock()
	g.waiting = append(g.waiting, w)
	g.mu.Unlock()
	for {
		select {
		case <-w.answered:
			return nil
		case g.turn <- struct{}{}:
			g.work(ctx, box, w)
		case <-ctx.Done():
			if g.withdraw(w) {
				return context.Cause(ctx)
			}
			<-w.answered // whoever took it is at work, and what comes of that is waited for
			return nil
		}
	}
}

// work has the turn, and answers those that wait, unless w is answered.
func (g *gathering) work(ctx context.Context, box *Box, w *wish) {
	defer func() { <-g.turn }()
	select {
	case <-w.answered:
		return
	default:
	}
	all := g.take()
	for _, w := range all {
		w.err = errFault
	}
	defer func() { // after a panic, too
		for _, w := range all {
			if w.err != nil {
				w.got, w.gone = nil, ctx.Err() != nil
			}
			close(w.answered)
		}
	}()
	allocateWishes(ctx, box, all)
}

// take is who waits, the first before the others.
func (g *gathering) take() []*wish {
	g.mu.Lock()
	defer g.mu.Unlock()
	n := min(len(g.waiting), allocateTogether)
	all := g.waiting[:n:n]
	g.waiting = slices.Clone(g.waiting[n:])
	return all
}

// withdraw takes back a wish, unless somebody has taken it.
func (g *gathering) withdraw(w *wish) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	i := slices.Index(g.waiting, w)
	if i >= 0 {
		g.waiting = slices.Delete(g.waiting, i, i+1)
	}
	return i >= 0
}

// allocateWishes answers wishes in one transaction. If it is not the store that fails, what is wrong with one is nothing to the others.
func allocateWishes(ctx context.Context, box *Box, all []*wish) {
	err := transact(ctx, box, all)
	if err == nil || len(all) == 1 || metadata.IsTransient(err) || ctx.Err() != nil {
		for _, w := range all {
			w.err = cmp.Or(err, w.inactive)
		}
		return
	}
	for _, w := range all {
		err := transact(ctx, box, []*wish{w})
		w.err = cmp.Or(err, w.inactive)
	}
}
