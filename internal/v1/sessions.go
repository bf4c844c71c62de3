package v1

import (
	"net/http"

	"ovate/druid"
)

// Session is one of somebody who has logged in with a browser.
type Session struct {
	ID      string        `json:"id"`
	User    string        `json:"user"`
	Address string        `json:"address"`
	Begun   druid.Instant `json:"begun"`
	Used    druid.Instant `json:"used"`
}

// listSessions is GET sessions: those of this server that have not ended, the one first that was used last.
//
//	user    only those of this user
func listSessions(c *call) error {
	if err := c.whole(); err != nil {
		return err
	}
	answer := struct {
		Sessions []Session `json:"sessions"`
	}{[]Session{}}
	if c.Sessions != nil {
		for _, s := range c.Sessions.List(c.query["user"]) {
			answer.Sessions = append(answer.Sessions, Session{s.ID, s.User, s.Address, druid.InstantOf(s.Begun), druid.InstantOf(s.Used)})
		}
	}
	return c.json(http.StatusOK, answer)
}

// endSession is DELETE sessions/{id}: the next request of its browser is led to the login.
func endSession(c *call) error {
	if c.Sessions != nil {
		if ended, is := c.Sessions.End(c.r.PathValue("id")); is {
			c.Log.Info("a session was ended", "user", ended.User, "address", ended.Address, "by", c.identity().Name)
			c.begin(http.StatusNoContent, "")
			return nil
		}
	}
	return refuse(http.StatusNotFound, "There is no session of this id at this server. It may have ended.")
}
