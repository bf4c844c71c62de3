package ui

import (
	"net/http"
	"strings"

	"ovate/druid"
	"ovate/internal/auth"
)

// sessionsPage is who is logged in.
type sessionsPage struct {
	User   string // whose alone; empty: all
	Shown  []session
	More   int  // how many there are besides
	Logins bool // somebody may log in here
	Ends   bool // who asks may end sessions
}

// session is one of somebody.
type session struct {
	auth.LoggedIn
	Own bool // it is that by which the page was asked for
}

func (s session) Begun() druid.Instant { return druid.InstantOf(s.LoggedIn.Begun) }
func (s session) Used() druid.Instant  { return druid.InstantOf(s.LoggedIn.Used) }

// sessionsShown is how many sessions a page has.
const sessionsShown = 200

// listSessions is GET /sessions; user=NAME shows those of one.
func listSessions(c *call) (*page, error) {
	p := &sessionsPage{User: strings.TrimSpace(c.r.URL.Query().Get("user")), Logins: c.Sessions != nil, Ends: c.identity().May(auth.Write, auth.Security())}
	if p.Logins {
		all, own := c.Sessions.List(p.User), c.Sessions.ID(c.r)
		p.More = max(0, len(all)-sessionsShown)
		for _, s := range all[:len(all)-p.More] {
			p.Shown = append(p.Shown, session{s, s.ID == own})
		}
	}
	return &page{Title: "Sessions", template: "sessions", Data: p}, nil
}

// endSession is POST /sessions/{id}: the next request of its browser is led to the login.
func endSession(c *call) (string, error) {
	if err := c.readForm(); err != nil {
		return "", err
	}
	if action := c.r.PostForm.Get("action"); action != "end" {
		return "", unknownAction(action)
	}
	if c.Sessions != nil {
		if ended, is := c.Sessions.End(c.r.PathValue("id")); is {
			c.Log.Info("a session was ended", "user", ended.User, "address", ended.Address, "by", c.identity().Name)
			return "/sessions", nil
		}
	}
	return "", &problem{http.StatusNotFound, "There is no such session.", "It may have ended. The list shows those that have not."}
}
