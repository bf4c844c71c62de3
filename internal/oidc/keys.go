package oidc

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// algorithms are those by which tokens may be signed: with a key that the issuer alone has. By those of a shared secret (HS256) whoever checks a token
// could make one, and with a key that everybody may read as the secret everybody could.
func algorithms() []jose.SignatureAlgorithm {
	return []jose.SignatureAlgorithm{
		jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512, jose.ES256, jose.ES384, jose.ES512, jose.EdDSA,
	}
}

// keys are those that an issuer signs with. They are read anew when a token is signed with one that is not among them, no sooner than keysPause after
// the last time has ended, well or not, however many such tokens come; and each keysFresh, so that one that was withdrawn is not good for ever.
type keys struct {
	read   func(into any) error
	now    func() time.Time
	asking chan struct{} // taken by whoever reads them

	mu    sync.Mutex // guards what follows
	set   []jose.JSONWebKey
	at    time.Time // when they were read
	tried time.Time // when that was last tried
}

const (
	keysPause = 10 * time.Second
	keysFresh = 15 * time.Minute
	mostKeys  = 100
)

var errSignature = errors.New("it is not signed with a key of the issuer")

// VerifySignature is what a token says, if it is signed with one of the keys. It implements the KeySet of go-oidc.
func (k *keys) VerifySignature(ctx context.Context, token string) ([]byte, error) {
	jws, err := jose.ParseSigned(token, algorithms())
	if err != nil {
		return nil, err
	}
	if len(jws.Signatures) != 1 {
		return nil, errSignature
	}
	set, fresh := k.known()
	if fresh {
		if payload, signed := verify(jws, set); signed {
			return payload, nil
		}
	}
	read, err := k.again(ctx)
	if payload, signed := verify(jws, read); signed {
		return payload, nil // also if the issuer is away: what it has told before holds until it says otherwise
	}
	if err != nil {
		return nil, err
	}
	return nil, errSignature
}

// verify looks for the key that a token is signed with.
func verify(jws *jose.JSONWebSignature, set []jose.JSONWebKey) (payload []byte, signed bool) {
	header := jws.Signatures[0].Header
	for i := range set {
		key := &set[i]
		if header.KeyID != "" && key.KeyID != header.KeyID || key.Algorithm != "" && key.Algorithm != header.Algorithm {
			continue
		}
		if payload, err := jws.Verify(key); err == nil {
			return payload, true
		}
	}
	return nil, false
}

func (k *keys) known() (set []jose.JSONWebKey, fresh bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.set, k.now().Sub(k.at) < keysFresh && k.set != nil
}

// again is the keys as they are by now, or those of before and why no others are known.
func (k *keys) again(ctx context.Context) ([]jose.JSONWebKey, error) {
	select {
	case k.asking <- struct{}{}:
		defer func() { <-k.asking }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	k.mu.Lock()
	set, failed := k.set, k.at.Before(k.tried)
	soon := k.now().Sub(k.tried) < keysPause
	k.mu.Unlock()
	if soon && failed {
		return set, ErrAway
	}
	if soon {
		return set, nil
	}
	read, err := k.readSet()
	k.mu.Lock()
	defer k.mu.Unlock()
	k.tried = k.now()
	if err != nil {
		return set, err
	}
	k.set, k.at = read, k.tried
	return read, nil
}

// readSet reads the keys. Those that are for something else, or of a kind that is not known here, are left out.
func (k *keys) readSet() ([]jose.JSONWebKey, error) {
	var given struct {
		Keys []looseKey `json:"keys"`
	}
	if err := k.read(&given); err != nil {
		return nil, err
	}
	if len(given.Keys) > mostKeys {
		return nil, errors.Join(ErrAway, fmt.Errorf("the issuer has %d keys, of which %d are taken at most", len(given.Keys), mostKeys))
	}
	set := []jose.JSONWebKey{}
	for _, key := range given.Keys {
		if key.Valid() && key.IsPublic() && (key.Use == "" || key.Use == "sig") {
			set = append(set, key.JSONWebKey)
		}
	}
	return set, nil
}

// looseKey is a key of a set, or none if nobody here can tell what it is.
type looseKey struct{ jose.JSONWebKey }

// UnmarshalJSON does not fail.
func (k *looseKey) UnmarshalJSON(text []byte) error {
	if err := k.JSONWebKey.UnmarshalJSON(text); err != nil {
		k.JSONWebKey = jose.JSONWebKey{} // which is not valid
	}
	return nil
}
