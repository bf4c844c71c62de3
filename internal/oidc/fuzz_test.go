package oidc_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"ovate/internal/oidc"
	"ovate/internal/oidc/oidctest"
)

// No token lets anybody in that the issuer has not signed.
func FuzzBearer(f *testing.F) {
	i, c := oidctest.New(f), &clock{time.Unix(1.8e9, 0)}
	b := oidc.Bearer{Issuer: oidc.New(options(i, c))}
	good := i.Token(nil)
	for _, token := range []string{good, "", "..", good + ".", "a.b.c", "eyJhbGciOiJub25lIn0." + good, good[:len(good)-1]} {
		f.Add(token)
	}
	f.Fuzz(func(t *testing.T, token string) {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header["Authorization"] = []string{"Bearer " + token}
		if who, claimed, err := b.Identify(r); claimed && err == nil && token != good {
			t.Errorf("%q lets in %s", token, who.Name)
		}
	})
}
