package oidc

import (
	"context"
	"crypto/ed25519"
	"errors"
	"log/slog"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	coreos "github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
)

// While the issuer is silent all whose key is not known wait for one answer together, however many they are and whoever of them gives up meanwhile, and it is not asked
// again for a while.
func TestKeysOfSilentIssuer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		k := &keys{now: time.Now, asking: make(chan struct{}, 1), read: func(any) error {
			asked++
			time.Sleep(10 * time.Second)
			return ErrAway
		}}
		token := signedBySomebody(t)
		begun := time.Now()
		ended := make(chan error, 100)
		for i := range cap(ended) {
			ctx, giveUp := context.WithCancel(t.Context())
			defer giveUp()
			go func() {
				_, err := k.VerifySignature(ctx, token)
				ended <- err
			}()
			synctest.Wait()
			if i < 50 {
				giveUp()
			}
		}
		for range cap(ended) {
			if err := <-ended; !errors.Is(err, ErrAway) && !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		}
		if waited := time.Since(begun); asked != 1 || waited != 10*time.Second {
			t.Errorf("it was asked %d times, and they waited for %v", asked, waited)
		}
		time.Sleep(keysPause)
		if _, err := k.VerifySignature(t.Context(), token); !errors.Is(err, ErrAway) || asked != 2 {
			t.Errorf("after a while: %v, asked %d times", err, asked)
		}
	})
}

// silent answers nothing for as long as anybody waits for it.
type silent struct{ asked int }

func (s *silent) RoundTrip(*http.Request) (*http.Response, error) {
	s.asked++
	time.Sleep(10 * time.Second)
	return nil, http.ErrHandlerTimeout
}

// So do all requests of somebody whose token has ended.
func TestSessionWithSilentIssuer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		asked := new(silent)
		s := New(Options{Now: time.Now, Log: slog.New(slog.DiscardHandler)})
		s.client.Transport = asked
		s.known = &discovered{ProviderConfig: coreos.ProviderConfig{TokenURL: "https://login.example.com/token"}}
		a := &account{issuer: s, asking: make(chan struct{}, 1)}
		a.held.Store(&held{until: time.Now(), refresh: "x"})
		begun := time.Now()
		ended := make(chan error, 10)
		for range cap(ended) {
			go func() {
				_, err := a.Identity(t.Context())
				ended <- err
			}()
		}
		for range cap(ended) {
			if err := <-ended; !errors.Is(err, ErrAway) {
				t.Error(err)
			}
		}
		if waited := time.Since(begun); asked.asked != 1 || waited != 10*time.Second {
			t.Errorf("it was asked %d times, and they waited for %v", asked.asked, waited)
		}
	})
}

// signedBySomebody is a token of a key that no issuer has.
func signedBySomebody(t *testing.T) string {
	t.Helper()
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.EdDSA, Key: key}, nil)
	if err != nil {
		t.Fatal(err)
	}
	jws, err := signer.Sign([]byte(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	token, err := jws.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}
