package api

import (
	"net/http"
	"strings"
)

// leader is GET leader: the address of the leading Overlord, bare, although the answer is labelled JSON. Druid's clients
// would trip over quotes. Where nobody leads there is nothing to tell.
func leader(c *call) error {
	address := c.Leader()
	if address == "" {
		return c.nothing()
	}
	return c.json([]byte(address))
}

// isLeader is GET isLeader: 200 once this server leads and is ready to, 404 else, by which load balancers find the leader.
func isLeader(c *call) error {
	if c.Engine == nil {
		return bare(http.StatusNotFound, contentJSON, `{"leader":false}`)
	}
	return c.json([]byte(`{"leader":true}`))
}

// answeredByAll tells whether a path is answered by a server that does not lead, too: what is asked about the server itself.
func answeredByAll(escapedPath string) bool {
	return escapedPath == base+"/leader" || escapedPath == base+"/isLeader" || escapedPath == "/status" ||
		strings.HasPrefix(escapedPath, "/status/") || strings.HasPrefix(escapedPath, "/druid-internal/")
}

// elsewhere sends the client to the server that leads, or asks it to come again where none does, or where this one has the lead and is
// not ready yet.
func (c *call) elsewhere() error {
	if c.Serving.Err() != nil {
		return stopping()
	}
	switch leader := c.Leader(); leader {
	case "":
		return comeAgain("No Overlord leads at the moment.")
	case c.URL():
		return comeAgain("This server leads, and is still recovering the active tasks.")
	default:
		target := c.r.URL.EscapedPath()
		if !strings.HasPrefix(target, "/") { // as that of "GET *", which would go on the name of the host
			target = "/" + target
		}
		target = leader + target
		if c.r.URL.RawQuery != "" {
			target += "?" + c.r.URL.RawQuery
		}
		c.w.Header().Set("Location", target)
		return empty(http.StatusTemporaryRedirect)
	}
}
