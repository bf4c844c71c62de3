package api

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// endpoint answers one verb of one path. What it returns as an error is written by call.fail, which alone knows the
// shapes of errors; an endpoint that has begun its answer must not return one that it could have found out before.
type endpoint func(c *call) error

// route is one verb of one path, with the media types it takes and gives. The zero media are the common ones:
// a body is not looked at, JSON is answered.
type route struct {
	needs    need
	consumes media
	produces media
	handle   endpoint
}

// router finds the route of a request by the segments of its path. It is built once and only read afterwards.
type router struct{ root node }

type node struct {
	pattern string
	named   map[string]*node
	param   *node // any one segment; its text becomes a path parameter
	routes  map[string]*route
	allow   string // the Allow header of a 405 here
}

// add files r under a method and a pattern such as "/druid/indexer/v1/task/{id}/status".
func (rt *router) add(method, pattern string, r route) {
	at := &rt.root
	for _, segment := range segments(pattern) {
		next := at.param
		if !strings.HasPrefix(segment, "{") {
			next = at.named[segment]
		}
		if next == nil {
			next = &node{named: map[string]*node{}, routes: map[string]*route{}}
			if strings.HasPrefix(segment, "{") {
				at.param = next
			} else {
				if at.named == nil {
					at.named = map[string]*node{}
				}
				at.named[segment] = next
			}
		}
		at = next
	}
	at.pattern = pattern
	at.routes[method] = &r
	at.allow = allow(at.routes)
}

// allow is the Allow header as Jersey writes it: HEAD comes with GET, OPTIONS with everything, although the server
// refuses both before it looks at the path.
func allow(routes map[string]*route) string {
	var verbs []string
	for _, verb := range []string{http.MethodDelete, http.MethodPost, http.MethodPut, http.MethodGet} {
		if routes[verb] == nil {
			continue
		}
		if verb == http.MethodGet {
			verbs = append(verbs, http.MethodHead)
		}
		verbs = append(verbs, verb)
	}
	return strings.Join(append(verbs, http.MethodOptions), ",")
}

// find returns the node of an escaped path, or nil, and the path's parameters, each percent-decoded once.
func (rt *router) find(escapedPath string) (*node, []string) {
	at, params := rt.root.walk(segments(escapedPath), nil)
	for i, p := range params {
		decoded, err := url.PathUnescape(p)
		if err != nil {
			return nil, nil // net/http has refused such a request line before
		}
		params[i] = strings.ToValidUTF8(decoded, "\uFFFD")
	}
	return at, params
}

// walk prefers a named segment and falls back to a parameter, as the longest literal match does.
func (n *node) walk(path, params []string) (*node, []string) {
	if len(path) == 0 {
		if len(n.routes) == 0 {
			return nil, nil
		}
		return n, params
	}
	if next := n.named[path[0]]; next != nil {
		if at, found := next.walk(path[1:], params); at != nil {
			return at, found
		}
	}
	if n.param == nil || path[0] == "" {
		return nil, nil
	}
	return n.param.walk(path[1:], append(slices.Clip(params), path[0]))
}

// segments cuts a path at its slashes. One slash at the end makes no difference; any other empty segment stays, and
// matches nothing.
func segments(path string) []string {
	return strings.Split(strings.TrimSuffix(strings.TrimPrefix(path, "/"), "/"), "/")
}
