package auth

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"time"
)

// LoggedIn is a session as others may see it: nobody comes in by what it tells.
type LoggedIn struct {
	ID      string // made of the cookie, which cannot be found out by it
	User    string
	Address string // of the browser when it logged in
	Begun   time.Time
	Used    time.Time // last
}

// List are the sessions that have not ended, the one first that was used last; of one user, unless that is empty.
func (s *Sessions) List(user string) []LoggedIn {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []LoggedIn
	now := s.now()
	for key, one := range s.all {
		if !s.over(one, now) && (user == "" || one.user == user) {
			list = append(list, one.shown(key))
		}
	}
	slices.SortFunc(list, func(a, b LoggedIn) int {
		if later := b.Used.Compare(a.Used); later != 0 {
			return later
		}
		return strings.Compare(a.ID, b.ID)
	})
	return list
}

// Count is how many sessions have not ended.
func (s *Sessions) Count() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	for _, one := range s.all {
		if !s.over(one, now) {
			n++
		}
	}
	return n
}

// End ends a session: the next request of its browser is led to the login. It returns what the session was, and false if there is none of the id.
func (s *Sessions) End(id string) (LoggedIn, bool) {
	text, err := base64.RawURLEncoding.DecodeString(id)
	if err != nil || len(text) != len(sessionKey{}) {
		return LoggedIn{}, false
	}
	key := sessionKey(text)
	s.mu.Lock()
	defer s.mu.Unlock()
	one := s.all[key]
	if one == nil || s.over(one, s.now()) {
		return LoggedIn{}, false
	}
	delete(s.all, key)
	return one.shown(key), true
}

// ID is that of the session that a request comes with; empty if it comes with none.
func (s *Sessions) ID(r *http.Request) string {
	cookie, err := sessionCookie(r)
	if err != nil || s.look(r, false) == nil {
		return ""
	}
	return keyOf(cookie.Value).id()
}

func (one *session) shown(key sessionKey) LoggedIn {
	return LoggedIn{ID: key.id(), User: one.user, Address: one.address, Begun: one.begun, Used: one.used}
}
