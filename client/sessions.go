package client

import (
	"context"
	"net/http"
	"net/url"

	"ovate/druid"
)

// Session is one of somebody who has logged in at the server with a browser.
type Session struct {
	ID      string        `json:"id"`
	User    string        `json:"user"`
	Address string        `json:"address"` // of the browser when it logged in
	Begun   druid.Instant `json:"begun"`
	Used    druid.Instant `json:"used"` // last
}

// Sessions are those that have not ended, the one first that was used last; of one user, unless that is empty.
func (c *Client) Sessions(ctx context.Context, user string) ([]Session, error) {
	path := own + "/sessions"
	if user != "" {
		path += "?" + url.Values{"user": {user}}.Encode()
	}
	var answer struct {
		Sessions []Session `json:"sessions"`
	}
	err := c.call(ctx, http.MethodGet, path, nil, &answer)
	return answer.Sessions, c.unless(answer.Sessions != nil, err, http.MethodGet, path, "it has no sessions")
}

// EndSession ends one: the next request of its browser is led to the login.
func (c *Client) EndSession(ctx context.Context, id string) error {
	return c.bare(ctx, http.MethodDelete, own+"/sessions/"+url.PathEscape(id))
}
