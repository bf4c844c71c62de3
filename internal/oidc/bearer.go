package oidc

import (
	"encoding/base64"
	"errors"
	"net/http"

	"ovate/internal/auth"
)

// Bearer is the authenticator of programs that come with a token of an issuer, by the header Authorization: Bearer. Tokens of others are left to others.
type Bearer struct{ *Issuer }

// Challenge is the scheme.
func (Bearer) Challenge() string { return "Bearer" }

// Identify looks at the header Authorization.
func (b Bearer) Identify(r *http.Request) (auth.Identity, bool, error) {
	raw, sent := auth.Authorization(r, b.Challenge())
	if !sent {
		return auth.Identity{}, false, nil
	}
	issuer, is := issuerOf(raw)
	if !is || b.Issuer.Issuer != "" && issuer != b.Issuer.Issuer {
		return auth.Identity{}, false, nil
	}
	d, err := b.discover(r.Context())
	if err != nil {
		return auth.Identity{}, false, err
	}
	if issuer != d.IssuerURL {
		return auth.Identity{}, false, nil
	}
	t, err := b.verify(r.Context(), raw, b.Audiences)
	if err == nil {
		var i auth.Identity
		if i, err = b.identity(t); err == nil {
			return i, true, nil
		}
	}
	if errors.Is(err, ErrAway) {
		return auth.Identity{}, false, ErrAway
	}
	if r.Context().Err() != nil {
		return auth.Identity{}, false, err
	}
	b.Log.Debug("a token is refused", "authenticator", b.Name, "error", err)
	return auth.Identity{}, false, auth.ErrCredentials
}

func decode(part string) ([]byte, error) { return base64.RawURLEncoding.DecodeString(part) }
