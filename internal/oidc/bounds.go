package oidc

import (
	"io"
	"net/http"
	"net/netip"

	"ovate/internal/request"
)

// mostAnswer is how many bytes an answer of an issuer may have, and mostToken how many a token of a program: headers do not have more.
const (
	mostAnswer = 1 << 20
	mostToken  = 32 << 10
)

// bounded has answers end where they are longer than any issuer needs.
type bounded struct{ http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := b.RoundTripper.RoundTrip(r)
	if err == nil {
		resp.Body = &boundedBody{resp.Body, mostAnswer}
	}
	return resp, err
}

// CloseIdleConnections has http.Client close those within.
func (b bounded) CloseIdleConnections() {
	if closer, can := b.RoundTripper.(interface{ CloseIdleConnections() }); can {
		closer.CloseIdleConnections()
	}
}

type boundedBody struct {
	io.ReadCloser
	left int64
}

// Read fails with a *request.TooLong behind the most bytes.
func (b *boundedBody) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, &request.TooLong{Most: mostAnswer}
	}
	n, err := b.ReadCloser.Read(p[:min(int64(len(p)), b.left+1)])
	b.left -= int64(n)
	return n, err
}

func loopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && address.IsLoopback()
}
