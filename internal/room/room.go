// Package room bounds the memory that the bodies of all requests under way take together: as they come, and once they are read. What else requests take for as long
// as they last is bounded by a Pool of its own: answers that nobody has taken yet, and turns at what only a few may do at a time.
package room

import (
	"context"
	"errors"
	"io"
	"time"
)

// ErrTooLarge is that something takes more than all the room there is.
var ErrTooLarge = errors.New("it takes more memory than all requests together may")

// ErrBusy is that others have the room now.
var ErrBusy = errors.New("other requests take all the memory that there is for bodies, of which those of one user have half at most; send the request again in a few seconds")

const (
	// Bodies is how many bodies of the most bytes the room is for.
	Bodies = 4
	// Free is how much of a body needs no room, so that a few large ones do not keep the small ones out.
	Free = 64 << 10
	// Patience is how long a request waits for room.
	Patience = 20 * time.Second
	// Copies is how many of a body its reading makes.
	Copies = 3
	// valueCost is about what one JSON value of a spec takes in memory: with its path, where something is wrong with it.
	valueCost = 512
)

// Room is the memory that there is, in bytes.
type Room struct{ *Pool }

// New is room for bodies of so many bytes at most.
func New(bodyLimit int64) *Room { return &Room{NewPool(Bodies * bodyLimit)} }

// Share is the part of the room that one request has. A nil one has no bounds.
type Share struct {
	of *Room
	*Hold
}

// Share is one of a user, as a Hold is. It is to be released when its request ends.
func (r *Room) Share(who string) *Share { return &Share{r, r.Hold(who)} }

// Belongs tells whose the share is, once that is known; an empty name says nothing. It is false if what was read before is more than there is for that user.
func (s *Share) Belongs(who string) bool {
	if s == nil || who == "" || s.who == who {
		return true
	}
	has := s.Has()
	s.Release()
	s.Hold = s.of.Hold(who)
	return s.Try(has)
}

// Release gives everything back, and ends it.
func (s *Share) Release() {
	if s != nil {
		s.Hold.Release()
	}
}

// Beside is another share of the same user, for what the request does besides; nil, which has no bounds, of a nil one.
func (s *Share) Beside() *Share {
	if s == nil {
		return nil
	}
	return s.of.Share(s.who)
}

// Bytes waits for as much as ctx lasts, and for no more than half of the room, which is what one user has.
func (s *Share) Bytes(ctx context.Context, n int64) error {
	if s == nil {
		return nil
	}
	return s.Wait(ctx, s.of.mine(n))
}

// Read reads a body to its end, at most limit bytes, which it leaves to its reader to enforce. Room is taken for what has come, never for what is announced: what
// cannot be had at once is refused, as whoever waited would keep what it has from the others. The error is ErrBusy, ErrTooLarge, or one of the body.
func (s *Share) Read(body io.Reader, limit int64) ([]byte, error) {
	text := make([]byte, 0, 4<<10)
	for {
		if len(text) == cap(text) {
			size := min(2*int64(cap(text)), limit+1)
			if size <= int64(len(text)) {
				return nil, ErrTooLarge
			}
			if err := s.grow(Copies * (size - int64(cap(text)))); err != nil && size > Free {
				return nil, err
			}
			text = append(make([]byte, 0, size), text...)
		}
		n, err := body.Read(text[len(text):cap(text)])
		text = text[:len(text)+n]
		if err == io.EOF {
			return text, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// grow takes room for so many bytes more at once.
func (s *Share) grow(n int64) error {
	switch {
	case s == nil:
		return nil
	case s.Has()+n > s.of.Size():
		return ErrTooLarge
	case !s.Try(n):
		return ErrBusy
	}
	return nil
}

// Values waits for the room that so many JSON values take once they are read. The error is ErrTooLarge or ErrBusy.
func (s *Share) Values(ctx context.Context, n int64) error {
	n *= valueCost
	switch {
	case s == nil, n <= Free:
		return nil
	case s.Has()+n > s.of.Size():
		return ErrTooLarge
	}
	ctx, cancel := context.WithTimeout(ctx, Patience)
	defer cancel()
	if s.Wait(ctx, n) != nil {
		return ErrBusy
	}
	return nil
}

type shareKey struct{}

// With is a context of a request that has a share.
func With(ctx context.Context, s *Share) context.Context {
	return context.WithValue(ctx, shareKey{}, s)
}

// From is the share of the request of a context; nil if it has none.
func From(ctx context.Context) *Share {
	s, _ := ctx.Value(shareKey{}).(*Share)
	return s
}
