package auth

import (
	"net"
	"net/http"

	"ovate/internal/audit"
)

// Caller is who the audit history names for a request: its identity, and what Druid's console and scripts say besides.
func Caller(r *http.Request) audit.Caller {
	return audit.Caller{
		Identity: From(r.Context()).Name, Author: r.Header.Get("X-Druid-Author"), Comment: r.Header.Get("X-Druid-Comment"), IP: AddressOf(r),
	}
}

// AddressOf is the address, without the port, that a request comes from.
func AddressOf(r *http.Request) string {
	if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		return host
	}
	return r.RemoteAddr
}
