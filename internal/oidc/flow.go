package oidc

import (
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"sync"
	"time"

	"ovate/internal/seal"
)

// flow is a login on its way: what must fit when the browser comes back from the issuer. Its cookie has it in the browser that has begun it, sealed, so
// that nothing is kept here of logins that nobody ends.
type flow struct {
	State    string `json:"s"` // of the answer
	Nonce    string `json:"n"` // of the token
	Verifier string `json:"v"` // of the code (PKCE)
	Redirect string `json:"r"` // where the issuer was told to send the browser
	Next     string `json:"x"` // the path to go on to
	Until    int64  `json:"u"` // seconds since 1970
}

const (
	flowCookie = "ovate_login"
	flowLasts  = 10 * time.Minute
	mostNext   = 2 << 10 // bytes of a path to go on to: cookies have 4 KiB
)

// sealer seals flows with a key that the process alone has, and opens each once.
type sealer struct {
	aead cipher.AEAD
	name []byte // of the authenticator, for which alone it holds

	mu          sync.Mutex // guards what follows
	young, aged map[[sha256.Size]byte]struct{}
	turned      time.Time
}

// mostUsed is how many logins that came back are remembered; each is for as long as its flow lasts, unless there are more.
const mostUsed = 100_000

func newSealer(name string) *sealer {
	return &sealer{aead: seal.ForProcess(), name: []byte(name), young: map[[sha256.Size]byte]struct{}{}}
}

func (s *sealer) seal(f flow) string {
	text, err := json.Marshal(f)
	if err != nil {
		panic(err) // it has texts and a number
	}
	return base64.RawURLEncoding.EncodeToString(s.aead.Seal(nil, nil, text, s.name))
}

var (
	errNotBegun = errors.New("this browser has not begun the login, or too long ago")
	errUsed     = errors.New("the login has come back before")
)

// open is the flow of a cookie.
func (s *sealer) open(sealed string, now time.Time) (f flow, err error) {
	raw, err := base64.RawURLEncoding.DecodeString(sealed)
	if err != nil {
		return f, errNotBegun
	}
	text, err := s.aead.Open(nil, nil, raw, s.name)
	if err != nil || json.Unmarshal(text, &f) != nil || now.Unix() >= f.Until {
		return f, errNotBegun
	}
	if !s.use(sha256.Sum256(raw), now) {
		return f, errUsed
	}
	return f, nil
}

// use notes that a flow was opened, unless it was before.
func (s *sealer) use(which [sha256.Size]byte, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, used := s.young[which]; used {
		return false
	}
	if _, used := s.aged[which]; used {
		return false
	}
	if len(s.young) >= mostUsed/2 || now.Sub(s.turned) >= flowLasts {
		s.young, s.aged, s.turned = map[[sha256.Size]byte]struct{}{}, s.young, now
	}
	s.young[which] = struct{}{}
	return true
}

// cookie is that of a flow; an empty value ends it. What a browser sends by TLS alone has a name that it takes from this very host alone, and not from
// another one of its domain.
func cookie(value string, secure bool) *http.Cookie {
	c := &http.Cookie{Name: flowCookieName(secure), Value: value, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: secure, MaxAge: int(flowLasts.Seconds())}
	if value == "" {
		c.MaxAge = -1
	}
	return c
}

func flowCookieName(secure bool) string {
	if secure {
		return "__Host-" + flowCookie
	}
	return flowCookie
}

// random is a secret that nobody guesses.
func random() string {
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // it never fails
	return base64.RawURLEncoding.EncodeToString(secret)
}
