package front

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// proxies are those who are believed from where a request comes that they send on.
type proxies []netip.Prefix

// client is a request as if it came from where its client is: by the last address in X-Forwarded-For that is none of a proxy's, if a proxy has sent it. What the
// client itself has written there comes before.
func (p proxies) client(r *http.Request) *http.Request {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if len(p) == 0 || err != nil || !p.has(from.Addr()) {
		return r
	}
	client := from.Addr()
	told := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, text := range slices.Backward(told) {
		address, known := addressOf(strings.TrimSpace(text))
		if !known {
			break
		}
		if client = address; !p.has(address) {
			break
		}
	}
	if client == from.Addr() {
		return r
	}
	own := r.WithContext(r.Context())
	own.RemoteAddr = netip.AddrPortFrom(client.WithZone(""), 0).String()
	return own
}

// addressOf is an address that a proxy tells; some tell the port of the client, too.
func addressOf(text string) (a netip.Addr, known bool) {
	a, err := netip.ParseAddr(text)
	if err != nil {
		with, err := netip.ParseAddrPort(text)
		return with.Addr().Unmap(), err == nil
	}
	return a.Unmap(), true
}

func (p proxies) has(a netip.Addr) bool {
	return slices.ContainsFunc(p, func(some netip.Prefix) bool { return some.Contains(a.Unmap().WithZone("")) })
}
