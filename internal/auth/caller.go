package auth

import (
	"net"
	"net/http"

	"ovate/internal/audit"
)

// Caller is who the audit history names for a request: its identity, and what Druid's console and scripts say besides.
func Caller(r *http.Request) audit.Caller {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	return audit.Caller{
		Identity: From(r.Context()).Name, Author: r.Header.Get("X-Druid-Author"), Comment: r.Header.Get("X-Druid-Comment"), IP: host,
	}
}
