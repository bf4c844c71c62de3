package auth

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"sync"
)

// turns has passwords hashed, a few at a time, so that those who guess take a part of the processors alone. Addresses take turns, so that one from which
// many come keeps no other waiting, and what comes twice from one is hashed once.
type turns struct {
	most int // at a time

	mu    sync.Mutex // guards what follows
	busy  int
	lines map[netip.Addr][]*place // who waits; nobody does while not all are busy
	next  []netip.Addr            // whose turn it is, one after the other
	under map[try]*place          // of those who wait or hash
}

// try is a user and a password, and where they come from.
type try struct {
	of   mark
	from netip.Addr
}

// place is that of a try in the line of its address.
type place struct {
	try
	called chan struct{} // closed when it may hash
	over   chan struct{} // closed when it has, or will not
}

// mostInLine is how many tries of one address wait.
const mostInLine = 100

// ErrCrowd is that too many passwords of an address wait to be looked at.
var ErrCrowd = errors.New("too many passwords that come from here are still to be looked at: try again in a second")

func newTurns(most int) *turns {
	return &turns{most: most, lines: map[netip.Addr][]*place{}, under: map[try]*place{}}
}

// take waits until the password of a try may be hashed, after which over has to be called. It is nil if another one has come with the same try before, and is
// over by now. The error is ErrCrowd, or that of ctx.
func (t *turns) take(ctx context.Context, of try) (over func(), err error) {
	t.mu.Lock()
	if first := t.under[of]; first != nil {
		t.mu.Unlock()
		select {
		case <-first.over:
			return nil, nil
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	p, err := t.enter(of)
	t.mu.Unlock()
	if err != nil {
		return nil, err
	}
	select {
	case <-p.called:
		return func() { t.leave(p) }, nil
	case <-ctx.Done():
		t.leave(p)
		return nil, context.Cause(ctx)
	}
}

// enter is a place for a try, for whoever has locked it.
func (t *turns) enter(of try) (*place, error) {
	line := t.lines[of.from]
	if len(line) == mostInLine {
		return nil, ErrCrowd
	}
	p := &place{try: of, called: make(chan struct{}), over: make(chan struct{})}
	t.under[of] = p
	if t.busy < t.most {
		t.busy++
		close(p.called)
		return p, nil
	}
	if len(line) == 0 {
		t.next = append(t.next, of.from)
	}
	t.lines[of.from] = append(line, p)
	return p, nil
}

// leave gives a place up, whether it waits or hashes; in the latter case to the next one.
func (t *turns) leave(p *place) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.under, p.try)
	close(p.over)
	if at := slices.Index(t.lines[p.from], p); at >= 0 {
		t.shorten(p.from, at)
		if t.lines[p.from] == nil {
			t.next = slices.DeleteFunc(t.next, func(from netip.Addr) bool { return from == p.from })
		}
		return
	}
	if len(t.next) == 0 {
		t.busy--
		return
	}
	from := t.next[0]
	t.next = t.next[1:]
	close(t.lines[from][0].called)
	t.shorten(from, 0)
	if t.lines[from] != nil {
		t.next = append(t.next, from)
	}
}

// shorten takes somebody out of a line.
func (t *turns) shorten(from netip.Addr, at int) {
	if line := slices.Delete(t.lines[from], at, at+1); len(line) > 0 {
		t.lines[from] = line
	} else {
		delete(t.lines, from)
	}
}
