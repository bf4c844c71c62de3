package auth

import (
	"context"
	"errors"
	"net/http"
)

// This file tells of a request that takes long whether who has sent it would still be let in.

type holdsKey struct{}

// withHolding is the context of a request that an authenticator has let in.
func withHolding(ctx context.Context, a Authenticator, r *http.Request) context.Context {
	return context.WithValue(ctx, holdsKey{}, func() bool { return holds(a, r) })
}

// Holds tells whether the credentials hold by which the request of a context was let in: the session has not ended, the password is the same, the token is not
// over. Where that cannot be found out now, they do.
func Holds(ctx context.Context) bool {
	holds, known := ctx.Value(holdsKey{}).(func() bool)
	return !known || holds()
}

// holds asks an authenticator again.
func holds(a Authenticator, r *http.Request) bool {
	if s, is := a.(*Sessions); is {
		return s.holds(r)
	}
	_, claimed, err := a.Identify(r)
	if errors.Is(err, ErrCredentials) || errors.Is(err, ErrGuesses) {
		return false
	}
	return claimed || err != nil
}

// holds tells whether the session of a request goes on. To ask is not to use it.
func (s *Sessions) holds(r *http.Request) bool {
	one := s.look(r, false)
	if one == nil {
		return false
	}
	_, err := one.account.Identity(r.Context())
	return !errors.Is(err, ErrCredentials)
}
