// Package audience counts those who follow events: each has a connection for as long as that takes, of which some have to be left for others.
package audience

import (
	"errors"
	"fmt"
	"net/http"
	"sync"

	"ovate/internal/auth"
)

// ErrFull is that nobody else may follow events now. Its text tells why.
var ErrFull = errors.New("as many clients follow events as may")

// shareOfOne is what part of the audience one client may be.
const shareOfOne = 2

// Audience are those who follow events, of all surfaces together. It may be used by many goroutines.
type Audience struct {
	most func() int

	mu  sync.Mutex // guards what follows
	all int
	of  map[string]int // by who they are
}

// New is an audience of at most so many.
func New(most func() int) *Audience { return &Audience{most: most, of: map[string]int{}} }

// Join counts in who has sent a request, until leave. The error is ErrFull if all may be no more, or if this client may have no more.
func (a *Audience) Join(r *http.Request) (leave func(), err error) {
	who, most := client(r), a.most()
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.all >= most {
		return nil, fmt.Errorf("%w: %d", ErrFull, most)
	}
	if ofOne := max(1, most/shareOfOne); a.of[who] >= ofOne {
		return nil, fmt.Errorf("%w of one user or address: %d", ErrFull, ofOne)
	}
	a.all++
	a.of[who]++
	return sync.OnceFunc(func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.all--
		if a.of[who]--; a.of[who] == 0 {
			delete(a.of, who)
		}
	}), nil
}

// client is who counts as one: a user, or, where nobody is asked who they are, an address.
func client(r *http.Request) string {
	if i := auth.From(r.Context()); !i.MayAll() || auth.IsKnown(i.Name) {
		return "user " + i.Name
	}
	return "address " + auth.AddressOf(r)
}
