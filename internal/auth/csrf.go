package auth

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
)

// csrf is the token of a session, of which a page shows another form each time: who sees how long packed pages are, and has the server show texts of his
// in them, could guess a token that stayed the same, byte by byte.
type csrf [32]byte

func newCSRF() (c csrf) {
	_, _ = rand.Read(c[:]) // it never fails
	return c
}

// shown is a form of the token: random bytes, and the token's as these have turned them.
func (c csrf) shown() string {
	var both [2 * len(c)]byte
	pad, turned := both[:len(c)], both[len(c):]
	_, _ = rand.Read(pad) // it never fails
	subtle.XORBytes(turned, pad, c[:])
	return base64.RawURLEncoding.EncodeToString(both[:])
}

// is tells whether a text is a form of the token.
func (c csrf) is(text string) bool {
	both, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(both) != 2*len(c) {
		return false
	}
	subtle.XORBytes(both, both[:len(c)], both[len(c):])
	return subtle.ConstantTimeCompare(both[:len(c)], c[:]) == 1
}
