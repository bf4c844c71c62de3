package auth

import "net/http"

// Escalator gives the requests that this server sends to others of a cluster the credentials of the system itself. The zero one gives none.
type Escalator struct{ User, Password string }

// Transport is a transport that sends requests so. Credentials that a request has stay.
func (e Escalator) Transport(next http.RoundTripper) http.RoundTripper {
	if e.User == "" {
		return next
	}
	return escalated{e, next}
}

type escalated struct {
	as   Escalator
	next http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (e escalated) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Header.Get("Authorization") == "" {
		r = r.Clone(r.Context())
		r.SetBasicAuth(e.as.User, e.as.Password)
	}
	return e.next.RoundTrip(r)
}

// CloseIdleConnections has http.Client close those of next.
func (e escalated) CloseIdleConnections() {
	if closer, can := e.next.(interface{ CloseIdleConnections() }); can {
		closer.CloseIdleConnections()
	}
}
