package auth

import (
	"crypto/sha256"
	"encoding/base64"
	"net"
	"net/http"
	"strconv"
	"strings"
)

// cookieName is what the name of a session's cookie has in it.
const cookieName = "ovate_session"

// Secure tells whether a browser has come by TLS, be it to a proxy that says so. Who says that without one has but a cookie that is not sent.
func Secure(r *http.Request) bool {
	first, _, _ := strings.Cut(r.Header.Get("X-Forwarded-Proto"), ",") // of several proxies the one that the browser asked
	return r.TLS != nil || strings.EqualFold(strings.TrimSpace(first), "https")
}

// sessionCookieName is that of a session's cookie: with TLS one that a browser takes from this very host alone, so that no other of its domain makes a session
// of its own that of somebody else. The port that the browser has asked is part of the name, as browsers keep cookies by host alone: servers at two ports of one
// host have sessions of their own.
func sessionCookieName(r *http.Request, secure bool) string {
	name := cookieName
	if _, port, err := net.SplitHostPort(r.Host); err == nil && isPort(port) {
		name += "_" + port
	}
	if secure {
		return "__Host-" + name
	}
	return name
}

// isPort tells whether a text is a number as ports have: others have no place in the name of a cookie.
func isPort(text string) bool {
	_, err := strconv.ParseUint(text, 10, 16)
	return err == nil
}

// sessionCookie is the cookie of a request that counts.
func sessionCookie(r *http.Request) (*http.Cookie, error) {
	if c, err := r.Cookie(sessionCookieName(r, true)); err == nil || r.TLS != nil {
		return c, err
	}
	return r.Cookie(sessionCookieName(r, false)) // TLS may be spoken by a proxy, and has been if the other one is there
}

// sessionKey is what a session is kept by, and known by to others: nobody finds out the cookie by it.
type sessionKey [sha256.Size]byte

// keyOf is that of the value of a cookie.
func keyOf(cookie string) sessionKey { return sha256.Sum256([]byte(cookie)) }

// id is the key as others see it.
func (k sessionKey) id() string { return base64.RawURLEncoding.EncodeToString(k[:]) }
