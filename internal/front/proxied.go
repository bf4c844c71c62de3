package front

import (
	"net/http"
	"strings"
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
