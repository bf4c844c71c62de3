package ui

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ovate/internal/audience"
	"ovate/internal/auth"
)

// followWith follows the events of a page with a session, and tells the status once they end.
func followWith(t *testing.T, u *UI, chain *auth.Chain, cookie *http.Cookie) (ended chan int) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), "GET", "/events", nil)
	r.AddCookie(cookie)
	admitted, refused := chain.Admit(r)
	if refused != nil {
		t.Fatal(refused.Why)
	}
	ended = make(chan int, 1)
	go func() {
		w := httptest.NewRecorder()
		u.ServeHTTP(w, admitted)
		if w.Code == http.StatusOK && w.Header().Get("X-Accel-Buffering") != "no" {
			t.Error("nginx keeps events back")
		}
		ended <- w.Code
	}()
	synctest.Wait()
	return ended
}

// TestEventsEndWithTheSession: who logs out, or gets another password, hears nothing more through what was open; who did not goes on. One user does not take all
// the places.
func TestEventsEndWithTheSession(t *testing.T) {
	t.Parallel()
	one := newUI(t, "")
	synctest.Test(t, func(t *testing.T) {
		serving, stop := context.WithCancel(t.Context())
		users, err := auth.NewBasic(auth.AllowAll{}, false)
		if err != nil {
			t.Fatal(err)
		}
		password := func(text string) *auth.Credentials {
			c, err := auth.NewCredentials(text, 10)
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		users.SetUsers(map[string]*auth.Credentials{"ann": password("a"), "bob": password("b")})
		sessions := auth.NewSessions([]*auth.Basic{users}, time.Now)
		o := one.Options
		o.Sessions, o.Serving, o.Audience = sessions, serving, audience.New(func() int { return 4 })
		u, chain := New(o), auth.NewChain([]auth.Authenticator{sessions}, nil, nil)
		login := func(user, password string) *http.Cookie {
			w := httptest.NewRecorder()
			u.ServeHTTP(w, postOf("/login", "user="+user+"&password="+password))
			if len(w.Result().Cookies()) != 1 {
				t.Fatal(w.Code, w.Header())
			}
			return w.Result().Cookies()[0]
		}
		ann, again, bob := login("ann", "a"), login("ann", "a"), login("bob", "b")
		first, second, third := followWith(t, u, chain, ann), followWith(t, u, chain, again), followWith(t, u, chain, bob)
		if code := <-followWith(t, u, chain, ann); code != 503 {
			t.Errorf("a third stream of one user, of four in all: %d", code)
		}
		over := func(c chan int) bool {
			time.Sleep(6 * time.Second) // by then it was looked whether the session goes on
			synctest.Wait()
			select {
			case <-c:
				return true
			default:
				return false
			}
		}
		if over(first) || over(second) || over(third) {
			t.Error("a stream has ended whose session goes on")
		}
		r := postOf("/logout", "")
		r.AddCookie(ann)
		sessions.Logout(httptest.NewRecorder(), r)
		if !over(first) || over(second) {
			t.Error("not what logged out has ended")
		}
		users.SetUsers(map[string]*auth.Credentials{"ann": password("other"), "bob": password("b")})
		if !over(second) {
			t.Error("the password is another one, and the stream goes on")
		}
		users.SetUsers(map[string]*auth.Credentials{})
		if !over(third) {
			t.Error("the user is gone, and the stream goes on")
		}
		stop()
	})
}

func postOf(path, form string) *http.Request {
	r := httptest.NewRequest("POST", path, strings.NewReader(form))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}
