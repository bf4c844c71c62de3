package auth_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"ovate/internal/auth"
)

// Who is logged in is told to others without what one comes in by, and whoever it is is out once his session is ended.
func TestWhoIsLoggedIn(t *testing.T) {
	t.Parallel()
	now := time.Unix(1e9, 0)
	s := auth.NewSessions([]*auth.Basic{newBasic(t, false)}, func() time.Time { return now })
	login := func() *http.Request {
		in := visit(s.Login, "POST", "/login", url.Values{"user": {"joe"}, "password": {"pässword:1"}})
		r := httptest.NewRequest("GET", "/", nil)
		r.AddCookie(in.Cookies()[0])
		now = now.Add(time.Minute)
		return r
	}
	first, second := login(), login()
	list := s.List("")
	if len(list) != 2 || s.Count() != 2 || list[0].ID != s.ID(second) || list[1].ID != s.ID(first) {
		t.Fatalf("%+v", list)
	}
	if one := list[1]; one.User != "joe" || one.Address != "192.0.2.1" || !one.Begun.Equal(time.Unix(1e9, 0)) || !one.Used.Equal(one.Begun) {
		t.Errorf("%+v", one)
	}
	for _, c := range first.Cookies() {
		if strings.Contains(list[1].ID, c.Value) || c.Value == list[1].ID {
			t.Error("the id is what one comes in by")
		}
	}
	if len(s.List("joe")) != 2 || len(s.List("jo")) != 0 {
		t.Errorf("of joe: %+v, of jo: %+v", s.List("joe"), s.List("jo"))
	}
	if _, is, err := s.Identify(first); !is || err != nil || s.List("")[0].ID != s.ID(first) {
		t.Errorf("the one that was used last is not the first: %v", err)
	}
	ended, is := s.End(list[0].ID)
	if _, in, _ := s.Identify(second); !is || ended.User != "joe" || in || s.ID(second) != "" {
		t.Errorf("after its end: %+v, let in: %v", ended, in)
	}
	for _, id := range []string{list[0].ID, "", "x", list[1].ID + "x", list[1].ID[1:]} {
		if ended, is := s.End(id); is {
			t.Errorf("%q ended %+v", id, ended)
		}
	}
	if _, in, _ := s.Identify(first); !in {
		t.Error("another session has ended, too")
	}
}

// A session lasts as long as it is told to, whether it is used or not, and one that is over is nobody's who is logged in.
func TestHowLongSessionsLast(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		every, until, lasts time.Duration // used so often, until then
	}{{time.Hour, 0, 30 * time.Minute}, {time.Minute, 10 * time.Hour, 2 * time.Hour}} {
		now := time.Unix(1e9, 0)
		s := auth.NewSessions([]*auth.Basic{newBasic(t, false)}, func() time.Time { return now })
		s.LimitTimes(30*time.Minute, 2*time.Hour)
		r := httptest.NewRequest("GET", "/", nil)
		r.AddCookie(visit(s.Login, "POST", "/login", url.Values{"user": {"joe"}, "password": {"pässword:1"}}).Cookies()[0])
		begun := now
		for now.Sub(begun) < min(c.until, c.lasts) {
			now = now.Add(c.every)
			if _, in, _ := s.Identify(r); !in {
				t.Fatalf("over after %v", now.Sub(begun))
			}
		}
		now = begun.Add(c.lasts)
		if s.Count() != 1 {
			t.Errorf("used every %v: over after %v", c.every, c.lasts)
		}
		id := s.List("")[0].ID
		now = now.Add(time.Second)
		if _, ended := s.End(id); ended || s.Count() != 0 || len(s.List("")) != 0 {
			t.Errorf("used every %v: one is logged in after %v", c.every, c.lasts)
		}
	}
}
