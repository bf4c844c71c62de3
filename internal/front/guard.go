package front

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// guard keeps web pages of others away. A browser sends their requests from this machine and from within its network,
// where nobody else may be able to connect; it tells whose they are in headers that a page cannot forge.
// Programs send none of these and are not concerned.
type guard struct {
	hosts   []string
	origins []string
}

// refuse tells why a request is refused that a page of another site sends; empty for all others.
func (g *guard) refuse(r *http.Request) string {
	if !g.isOurs(r.Host) {
		return fmt.Sprintf("This server does not answer to the name [%s], as any page could have that name point here. "+
			"Use localhost or an IP address, or add the name to ovate.http.allowedHosts.", r.Host)
	}
	origin := r.Header.Get("Origin")
	if origin != "" && slices.ContainsFunc(g.origins, func(o string) bool { return strings.EqualFold(o, origin) }) {
		return ""
	}
	switch r.Header.Get("Sec-Fetch-Site") {
	case "same-origin", "none": // none: typed into the address bar
		return ""
	case "": // no browser, or one that does not trust the connection
		if origin == "" || sameHost(origin, r) {
			return ""
		}
	default:
		followed := r.Method == http.MethodGet && r.Header.Get("Sec-Fetch-Mode") == "navigate" && r.Header.Get("Sec-Fetch-Dest") == "document"
		if followed && origin == "" { // a link to here, whose answer the page does not see
			return ""
		}
	}
	if origin == "" {
		origin = "another site"
	}
	return fmt.Sprintf("Requests that a page of [%s] sends are refused. If that page may use this server, add its origin to ovate.http.allowedOrigins.", origin)
}

// isOurs tells whether a Host header names this server: by an address, which no page of others can have, as localhost,
// or by a name that it was given. Anything else may be the name of a page whose owner has made it lead here.
func (g *guard) isOurs(host string) bool {
	name, port, err := net.SplitHostPort(host)
	if err != nil {
		name, port = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]"), "0"
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil && port != "" {
		return false
	}
	if _, err := netip.ParseAddr(name); err == nil {
		return true
	}
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	if name == "" || name == "localhost" || strings.HasSuffix(name, ".localhost") {
		return true
	}
	return slices.ContainsFunc(g.hosts, func(h string) bool { return h == "*" || strings.EqualFold(strings.TrimSuffix(h, "."), name) })
}

// sameHost tells whether a page comes from the server that the request was sent to: this one, or a proxy before it, such
// as Druid's Router, that tells its own name. A page cannot set that header for another site.
func sameHost(origin string, r *http.Request) bool {
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" {
		return false // "null" is a page that hides where it is from
	}
	if strings.EqualFold(u.Host, r.Host) {
		return true
	}
	for _, header := range r.Header.Values("X-Forwarded-Host") {
		for name := range strings.SplitSeq(header, ",") {
			if strings.EqualFold(strings.TrimSpace(name), u.Host) {
				return true
			}
		}
	}
	return false
}
