// Package front is what every request meets first, whatever it asks for: what pages of others send is refused, and the rest is led to the part of the server
// that answers it.
package front

import (
	"net/http"
	"strings"
	"time"

	"ovate/druid"
)

// Options are what a Front leads to, and who may come.
type Options struct {
	// Hosts are the names, besides localhost and all addresses, by which this server may be addressed; "*" is any.
	Hosts []string
	// Origins are the sites whose pages may use this server.
	Origins []string
	// Parts answer paths by their first segment, such as metrics of /metrics; an empty one is that of /.
	Parts map[string]http.Handler
	// Rest answers all other paths.
	Rest http.Handler
}

// Front is the handler of all requests. Make it with New.
type Front struct {
	guard guard
	parts map[string]http.Handler
	rest  http.Handler
}

// New makes a Front. It may be called from many goroutines at a time.
func New(o Options) *Front {
	return &Front{guard: guard{o.Hosts, o.Origins}, parts: o.Parts, rest: o.Rest}
}

// ServeHTTP implements http.Handler.
func (f *Front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if why := f.guard.refuse(r); why != "" {
		forbid(w, r, why)
		return
	}
	f.part(r.URL.EscapedPath()).ServeHTTP(w, r)
}

// part is what answers a path.
func (f *Front) part(escapedPath string) http.Handler {
	first, _, _ := strings.Cut(strings.TrimPrefix(escapedPath, "/"), "/")
	if part := f.parts[first]; part != nil {
		return part
	}
	return f.rest
}

// restOfBody is how long the rest of a body may take that nobody reads: it comes before the answer leaves.
const restOfBody = 30 * time.Second

// forbid answers as Druid does, whatever was asked for.
func forbid(w http.ResponseWriter, r *http.Request, why string) {
	if r.Method != http.MethodPost {
		w.Header().Set("Cache-Control", "no-cache, no-store, max-age=0")
		w.Header().Set("Content-Security-Policy", "frame-ancestors 'none'")
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(restOfBody)) // only a server's own ResponseWriter has deadlines
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusForbidden)
	body := append(druid.AppendString([]byte(`{"error":`), why), '}')
	_, _ = w.Write(body) // the client may have gone
}
