package oidc

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"golang.org/x/oauth2"

	"ovate/internal/auth"
)

// account is what somebody is logged in by for whom an issuer vouches: as long as the token is good, and then for as long as the issuer makes another
// one for it, unless it makes none.
type account struct {
	issuer  *Issuer
	subject string
	held    atomic.Pointer[held]
	asking  chan struct{} // taken by whoever has another token be made
}

// held is what an account has by now.
type held struct {
	identity auth.Identity
	until    time.Time
	raw      string    // the token as it came last
	refresh  string    // by which another token is made; empty if none is
	tried    time.Time // when the issuer was away
}

// take has the account hold by a token.
func (a *account) take(t *token, refresh string) error {
	i, err := a.issuer.identity(t)
	if err == nil {
		a.held.Store(&held{identity: i, until: t.Expiry, raw: t.raw, refresh: refresh})
	}
	return err
}

// Over implements auth.Account.
func (a *account) Over(now time.Time) bool {
	h := a.held.Load()
	return h.refresh == "" && !now.Before(h.until)
}

// Identity implements auth.Account.
func (a *account) Identity(ctx context.Context) (auth.Identity, error) {
	h := a.held.Load()
	if a.issuer.Now().Before(h.until) {
		return h.identity, nil
	}
	select {
	case a.asking <- struct{}{}:
		defer func() { <-a.asking }()
	case <-ctx.Done():
		return auth.Identity{}, context.Cause(ctx)
	}
	now := a.issuer.Now()
	switch h = a.held.Load(); {
	case now.Before(h.until): // another request was first
		return h.identity, nil
	case h.refresh == "":
		return auth.Identity{}, auth.ErrCredentials
	case now.Sub(h.tried) < retryPause:
		return auth.Identity{}, ErrAway
	}
	err := a.renew(context.WithoutCancel(ctx), h) // an answer that is lost may have the only token by which there is another one
	switch {
	case err == nil:
		return a.held.Load().identity, nil
	case errors.Is(err, ErrAway):
		away := *h
		away.tried = a.issuer.Now() // and not when that began: it may have been silent for long
		a.held.Store(&away)
		return auth.Identity{}, ErrAway
	}
	a.issuer.Log.Info("somebody is no longer logged in, as the issuer does not vouch for the user any more", "authenticator", a.issuer.Name, "identity", h.identity.Name, "error", err)
	a.held.Store(&held{identity: h.identity, until: h.until, raw: h.raw})
	return auth.Identity{}, auth.ErrCredentials
}

// renew asks the issuer for another token.
func (a *account) renew(ctx context.Context, h *held) error {
	s := a.issuer
	d, err := s.discover(ctx)
	if err != nil {
		return err
	}
	given, err := s.oauth(d, "").TokenSource(s.with(ctx), &oauth2.Token{RefreshToken: h.refresh}).Token()
	if err != nil {
		return answerOf(err)
	}
	refresh := given.RefreshToken // the one of before, if there is no other
	t, err := s.idToken(ctx, given)
	if errors.Is(err, errNoToken) && given.Expiry.After(s.Now()) { // which an issuer may leave out
		a.held.Store(&held{identity: h.identity, until: given.Expiry, raw: h.raw, refresh: refresh})
		return nil
	}
	if err != nil {
		return err
	}
	if t.Subject != a.subject {
		return errors.New("the token is of another user")
	}
	return a.take(t, refresh)
}
