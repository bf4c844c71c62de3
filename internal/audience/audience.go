// Package audience counts those who follow events: each has a connection for as long as that takes, of which some have to be left for others.
package audience

import (
	"errors"
	"fmt"
	"net/http"

	"ovate/internal/auth"
	"ovate/internal/share"
)

// ErrFull is that nobody else may follow events now. Its text tells why.
var ErrFull = errors.New("as many clients follow events as may")

// shareOfOne is what part of the audience one client may be.
const shareOfOne = 2

// Audience are those who follow events, of all surfaces together. It may be used by many goroutines.
type Audience struct {
	most   func() int
	places share.Places
}

// New is an audience of at most so many.
func New(most func() int) *Audience { return &Audience{most: most} }

// Join counts in who has sent a request, until leave. The error is ErrFull if all may be no more, or if this client may have no more.
func (a *Audience) Join(r *http.Request) (leave func(), err error) {
	most := a.most()
	ofOne := max(1, most/shareOfOne)
	leave, err = a.places.Enter(client(r), most, ofOne)
	switch {
	case errors.Is(err, share.ErrOfOne):
		return nil, fmt.Errorf("%w of one user or address: %d", ErrFull, ofOne)
	case err != nil:
		return nil, fmt.Errorf("%w: %d", ErrFull, most)
	}
	return leave, nil
}

// client is who counts as one: a user, or, where nobody is asked who they are, an address.
func client(r *http.Request) string {
	if i := auth.From(r.Context()); !i.MayAll() || auth.IsKnown(i.Name) {
		return "user " + i.Name
	}
	return "address " + auth.AddressOf(r)
}
