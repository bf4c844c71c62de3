package auth

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"ovate/internal/auditlog"
	"ovate/internal/form"
	"ovate/internal/room"
)

// Sessions is the authenticator of those who have logged in with a browser, by a cookie. It is asked before those that look at headers. A session ends
// some time after it was used last, and with the process, and as soon as its account holds no more: when its user has another password or is gone, or
// when whoever vouches for the user does so no longer.
//
// What changes something takes the session's CSRF token besides: in the header X-Csrf-Token, in the query parameter csrf, or in the field csrf of a
// form that is not multipart. Without it nobody has asked for that on a page of ours.
type Sessions struct {
	by            []*Basic
	now           func() time.Time
	idle, longest time.Duration

	mu  sync.Mutex // guards what follows
	all map[sessionKey]*session
}

type session struct {
	user    string
	account Account
	csrf    csrf
	address string // of the browser
	begun   time.Time
	used    time.Time
}

// Sessions are no more than mostSessions, and of each user no more than mostOfUser: those that were used least lately end.
const (
	mostSessions = 10_000
	mostOfUser   = 20
	mostLogin    = 64 << 10
	csrfField    = "csrf"
)

// NewSessions has users log in whom one of these knows.
func NewSessions(by []*Basic, now func() time.Time) *Sessions {
	return &Sessions{by: by, now: now, idle: 8 * time.Hour, longest: 7 * 24 * time.Hour, all: map[sessionKey]*session{}}
}

// LimitTimes sets for how long a session lasts that nobody uses, and how long one lasts at most. It is called before anybody asks.
func (s *Sessions) LimitTimes(idle, longest time.Duration) { s.idle, s.longest = idle, longest }

// Challenge is empty: a browser is led to a page.
func (*Sessions) Challenge() string { return "" }

// ErrForged is that a request to change something comes with a session's cookie, and without its CSRF token.
var ErrForged = errors.New("the CSRF token of the session is missing")

// Identify looks at the cookie. A request with an Authorization is left to others.
func (s *Sessions) Identify(r *http.Request) (Identity, bool, error) {
	if r.Header.Get("Authorization") != "" {
		return Identity{}, false, nil
	}
	one := s.find(r)
	if one == nil {
		return Identity{}, false, nil
	}
	if ActionOf(r.Method) == Write {
		asked, err := one.asked(r)
		if err != nil {
			return Identity{}, false, err
		}
		if !asked {
			return Identity{}, false, errors.Join(ErrCredentials, ErrForged)
		}
	}
	i, err := one.account.Identity(r.Context())
	if errors.Is(err, ErrCredentials) {
		s.end(r)
		return Identity{}, false, nil
	}
	return i, err == nil, err
}

// CSRF is a form of the token that forms of a page have to send along, another one each time; empty for who has no session.
func (s *Sessions) CSRF(r *http.Request) string {
	if one := s.find(r); one != nil {
		return one.csrf.shown()
	}
	return ""
}

// asked tells whether a request has the CSRF token. The error is one of form.
func (one *session) asked(r *http.Request) (bool, error) {
	given := r.Header.Get("X-Csrf-Token")
	if given == "" {
		given = r.URL.Query().Get(csrfField)
	}
	if given == "" {
		room.From(r.Context()).Belongs(one.user)
		if err := form.Read(r); err != nil {
			return false, err
		}
		given = r.PostForm.Get(csrfField)
	}
	return one.csrf.is(given), nil
}

// find is the session of a request that has not ended, which it counts as used.
func (s *Sessions) find(r *http.Request) *session { return s.look(r, true) }

// look is the session of a request that has not ended; uses tells whether that counts as using it.
func (s *Sessions) look(r *http.Request, uses bool) *session {
	cookie, err := sessionCookie(r)
	if err != nil {
		return nil
	}
	key := keyOf(cookie.Value)
	s.mu.Lock()
	defer s.mu.Unlock()
	one, now := s.all[key], s.now()
	if one == nil {
		return nil
	}
	if s.over(one, now) {
		delete(s.all, key)
		return nil
	}
	if uses {
		one.used = now
	}
	return one
}

// over tells whether a session has ended.
func (s *Sessions) over(one *session, now time.Time) bool {
	return now.Sub(one.used) > s.idle || now.Sub(one.begun) > s.longest || one.account.Over(now)
}

// Login answers POST of a form with user, password and next, the local path to go on to: with a cookie, or, after ErrCredentials, back to the page of
// the form with the query parameter failed.
func (s *Sessions) Login(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, mostLogin)
	user, password, next := r.PostFormValue("user"), r.PostFormValue("password"), LocalPath(r.PostFormValue("next"))
	_, err := s.Enter(w, r, user, password)
	switch {
	case errors.Is(err, ErrCredentials), errors.Is(err, ErrGuesses):
		auditlog.Identify(r.Context(), "")
		back := url.Values{"failed": {"true"}, "next": {next}}
		if errors.Is(err, ErrGuesses) {
			back.Set("failed", "often")
		}
		http.Redirect(w, r, r.URL.Path+"?"+back.Encode(), http.StatusSeeOther)
	case errors.Is(err, ErrCrowd):
		w.Header().Set("Retry-After", "1")
		http.Error(w, "You cannot log in now: "+err.Error(), http.StatusTooManyRequests)
	case err != nil:
		w.Header().Set("Retry-After", "1")
		http.Error(w, "Nobody can log in now: "+err.Error(), http.StatusServiceUnavailable)
	default:
		http.Redirect(w, r, next, http.StatusSeeOther)
	}
}

// Enter makes a session for a user with the password in the browser that has sent a request, and returns that request as one of the session. The error is
// ErrCredentials, ErrGuesses, ErrCrowd, or why nobody can log in now.
func (s *Sessions) Enter(w http.ResponseWriter, r *http.Request, user, password string) (*http.Request, error) {
	account, err := s.account(r, user, password)
	if err != nil {
		return nil, err
	}
	identity, err := account.Identity(r.Context())
	if err != nil {
		return nil, err
	}
	auditlog.Identify(r.Context(), user)
	in := r.Clone(With(r.Context(), identity))
	in.Header.Del("Cookie")
	in.AddCookie(s.Begin(w, r, user, account, Secure(r)))
	return in, nil
}

// Begin makes a session for a user in the browser that has sent a request, in the place of the one that it may have. The cookie is secure if the browser
// is to send it by TLS alone.
func (s *Sessions) Begin(w http.ResponseWriter, r *http.Request, user string, by Account, secure bool) *http.Cookie {
	s.end(r)
	cookie := &http.Cookie{Name: sessionCookieName(r, secure), Value: s.add(user, AddressOf(r), by), Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: secure}
	http.SetCookie(w, cookie)
	return cookie
}

// end ends the session of a request.
func (s *Sessions) end(r *http.Request) {
	if cookie, err := sessionCookie(r); err == nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.all, keyOf(cookie.Value))
	}
}

// Logout ends the session of a request, which must have passed Identify. The user may have another one elsewhere, which ends at the URL that it returns; empty if not.
func (s *Sessions) Logout(w http.ResponseWriter, r *http.Request) (elsewhere string) {
	if one := s.look(r, false); one != nil {
		if by, is := one.account.(Elsewhere); is {
			elsewhere = by.Leave(r)
		}
	}
	s.end(r)
	for _, secure := range []bool{true, false} {
		http.SetCookie(w, &http.Cookie{Name: sessionCookieName(r, secure), Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: secure})
	}
	return elsewhere
}

// Passwords tells whether somebody may log in with a password.
func (s *Sessions) Passwords() bool { return len(s.by) > 0 }

// account is that of a user with the password.
func (s *Sessions) account(r *http.Request, user, password string) (by Account, err error) {
	err = ErrCredentials
	for _, b := range s.by {
		if _, err = b.Login(r.Context(), r.RemoteAddr, user, password); err == nil {
			return b.account(user), nil
		}
	}
	return nil, err
}

func (s *Sessions) add(user, address string, by Account) (cookie string) {
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // it never fails
	cookie = base64.RawURLEncoding.EncodeToString(secret)
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	one := &session{user: user, account: by, csrf: newCSRF(), address: address, begun: now, used: now}
	s.makeRoom(user, now)
	s.all[keyOf(cookie)] = one
	return cookie
}

// makeRoom ends the sessions that are over, and those that are too many with one more.
func (s *Sessions) makeRoom(user string, now time.Time) {
	ofUser := 0
	for key, one := range s.all {
		if s.over(one, now) {
			delete(s.all, key)
		} else if one.user == user {
			ofUser++
		}
	}
	if ofUser >= mostOfUser {
		s.endOldest(func(one *session) bool { return one.user == user })
	}
	if len(s.all) >= mostSessions {
		s.endOldest(func(*session) bool { return true })
	}
}

// endOldest ends the one of some sessions that was used least lately.
func (s *Sessions) endOldest(of func(*session) bool) {
	var oldest *session
	var at sessionKey
	for key, one := range s.all {
		if of(one) && (oldest == nil || one.used.Before(oldest.used)) {
			oldest, at = one, key
		}
	}
	delete(s.all, at)
}

// LocalPath is a path of this server; / for anything else, which a link from elsewhere may have put there.
func LocalPath(path string) string {
	if u, err := url.Parse(path); err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(path, "/") ||
		strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n\t") {
		return "/"
	}
	return path
}
