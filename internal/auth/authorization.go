package auth

import (
	"net/http"
	"strings"
)

// Authorization is what the header Authorization of a request has behind a scheme, such as Basic, which may be written in any case (RFC 9110, 11.1). It is not
// sent if there is no such header, or it is of another scheme.
func Authorization(r *http.Request, scheme string) (credentials string, sent bool) {
	named, credentials, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(named, scheme) {
		return "", false
	}
	return strings.TrimLeft(credentials, " "), true
}
