package front

import (
	"net/http"
	"strings"

	"ovate/internal/auth"
)

// Proxied tells whether a request came through a proxy that says so, so that its sender may be anywhere.
func Proxied(r *http.Request) bool {
	for name := range r.Header {
		if name == "Forwarded" || name == "Via" || name == "X-Real-Ip" || strings.HasPrefix(name, "X-Forwarded") {
			return true
		}
	}
	return false
}

// Limited tells whether the tasks of a request may read no more than those on a server to which other machines can connect: it came through a proxy, or its
// sender is no administrator, who is who may act as any task. What the server may read beyond that, its own files among it, would else be anybody's who
// may write to one data source.
func Limited(r *http.Request) bool {
	return Proxied(r) || !auth.From(r.Context()).May(auth.Write, auth.State())
}
