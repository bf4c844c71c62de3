package front

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
)

// A proxy that is named is believed from where a request comes, and nobody else is, whatever he writes.
func TestTrustedProxies(t *testing.T) {
	t.Parallel()
	known := []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32"), netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("fd00::/8")}
	for _, c := range []struct {
		from  string
		told  []string
		comes string
	}{
		{"127.0.0.1:5", nil, "127.0.0.1:5"},
		{"127.0.0.1:5", []string{"192.0.2.7"}, "192.0.2.7:0"},
		{"[::ffff:127.0.0.1]:5", []string{"192.0.2.7"}, "192.0.2.7:0"},
		{"[fd00::1]:5", []string{"2001:db8::7"}, "[2001:db8::7]:0"},
		{"192.0.2.9:5", []string{"192.0.2.7"}, "192.0.2.9:5"},
		{"10.2.0.1:5", []string{"192.0.2.7"}, "10.2.0.1:5"},
		{"127.0.0.1:5", []string{"127.0.0.1, 198.51.100.3"}, "198.51.100.3:0"}, // the client has written the first one
		{"127.0.0.1:5", []string{"198.51.100.3", "192.0.2.7, 10.1.2.3"}, "192.0.2.7:0"},
		{"127.0.0.1:5", []string{"10.1.2.3"}, "10.1.2.3:0"},
		{"127.0.0.1:5", []string{"192.0.2.7, unknown"}, "127.0.0.1:5"},
		{"127.0.0.1:5", []string{"192.0.2.7, unknown, 10.1.2.3"}, "10.1.2.3:0"},
		{"127.0.0.1:5", []string{"fe80::1%eth0"}, "[fe80::1]:0"},
		{"127.0.0.1:5", []string{"192.0.2.7:51234, 10.1.2.3:80"}, "192.0.2.7:0"},
		{"127.0.0.1:5", []string{"[2001:db8::7]:51234"}, "[2001:db8::7]:0"},
		{"127.0.0.1:5", []string{"::ffff:192.0.2.7"}, "192.0.2.7:0"},
		{"@", []string{"192.0.2.7"}, "@"},
	} {
		seen := ""
		f := New(Options{Hosts: []string{"*"}, Proxies: known, Rest: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { seen = r.RemoteAddr; r.Pattern = "/seen" })})
		r := httptest.NewRequest("GET", "/x", nil)
		r.RemoteAddr, r.Header["X-Forwarded-For"] = c.from, c.told
		f.ServeHTTP(httptest.NewRecorder(), r)
		if seen != c.comes || r.Pattern != "/seen" {
			t.Errorf("%s, %q: comes from %s, want %s; pattern %q", c.from, c.told, seen, c.comes, r.Pattern)
		}
	}
}
