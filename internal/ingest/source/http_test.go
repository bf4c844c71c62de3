package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"

	"ovate/internal/spec"
)

func TestHTTP(t *testing.T) {
	t.Parallel()
	gz := compress(t, "zipped", func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriter(w), nil })
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "other"+r.Header.Get("X-Key")+r.Header.Get("Authorization")+r.Referer())
	}))
	defer other.Close()
	mux := http.NewServeMux()
	mux.HandleFunc("/plain", func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		io.WriteString(w, "plain "+user+":"+password+" "+r.Header.Get("X-Key")+r.Referer())
	})
	mux.HandleFunc("/a.gz", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, gz) })
	mux.Handle("/moved", http.RedirectHandler("/plain", http.StatusFound))
	mux.Handle("/away", http.RedirectHandler(other.URL, http.StatusFound))
	mux.Handle("/file", http.RedirectHandler("file:///etc/passwd", http.StatusFound))
	mux.Handle("/loop", http.RedirectHandler("/loop", http.StatusFound))
	server := httptest.NewServer(mux)
	defer server.Close()

	fetch := func(path string, policy Policy) (string, error) {
		inputs, err := Open(t.Context(), spec.HTTPSource{
			URIs: []string{path}, User: "u", Password: "p", Headers: map[string]string{"X-Key": "k"},
		}, policy, nil)
		if err != nil {
			return "", err
		}
		return read(t, inputs[0])
	}
	private := Policy{AllowPrivateHTTP: true}
	for path, want := range map[string]string{"/plain": "plain u:p k", "/a.gz": "zipped", "/moved": "plain u:p k", "/away": "other"} {
		if got, err := fetch(server.URL+path, private); got != want || err != nil {
			t.Errorf("%s: %q, %v", path, got, err)
		}
	}
	for uri, want := range map[string]string{
		server.URL + "/absent": "404", server.URL + "/file": "only http:// and https://",
		server.URL + "/loop": "redirects", "file:///etc/passwd": "only http:// and https://", "ftp://x/y": "only http:// and https://",
		"http://u:secret@/x": "only http:// and https://", server.URL + "/a.zip": ".zip files cannot be read",
	} {
		got, err := fetch(uri, private)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %q and error %v, want one with %q", uri, got, err, want)
		}
	}
	for _, uri := range []string{server.URL + "/plain", strings.Replace(server.URL, "127.0.0.1", "localhost", 1), "http://[::1]:9/", "http://169.254.169.254/", "http://10.0.0.1/", "http://0.0.0.0/"} {
		if _, err := fetch(uri, Policy{AnyLocalFile: true}); err == nil || !strings.Contains(err.Error(), "not a public address") {
			t.Errorf("%s: error %v, want a refusal", uri, err)
		}
	}
	if got, err := fetch(server.URL+"/plain", Policy{AllowPrivateHTTP: true, HTTPProtocols: []string{"https"}}); err == nil || !strings.Contains(err.Error(), "[https]") {
		t.Errorf("a protocol that is not allowed: %q, %v", got, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	inputs, err := Open(t.Context(), spec.HTTPSource{URIs: []string{server.URL + "/plain"}}, private, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := inputs[0].Open(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled fetch: %v", err)
	}
}

// TestPublicAddresses has the ends of every block of the registries and what is next to them.
func TestPublicAddresses(t *testing.T) {
	t.Parallel()
	for list, public := range map[string]bool{
		"1.0.0.0 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0 169.253.255.255 169.255.0.0 172.15.255.255 172.32.0.0 " +
			"191.255.255.255 192.0.0.9 192.0.0.10 192.0.1.0 192.0.3.0 192.31.196.1 192.52.193.1 192.88.98.255 192.88.100.0 192.167.255.255 192.169.0.0 192.175.48.1 " +
			"198.17.255.255 198.20.0.0 198.51.99.255 198.51.101.0 203.0.112.255 203.0.114.0 223.255.255.255": true,
		"0.0.0.0 0.255.255.255 10.0.0.0 10.1.2.3 10.255.255.255 100.64.0.0 100.100.100.200 100.127.255.255 127.0.0.0 127.0.0.1 127.255.255.255 169.254.0.0 169.254.169.254 " +
			"169.254.255.255 172.16.0.0 172.31.255.255 192.0.0.0 192.0.0.8 192.0.0.11 192.0.0.170 192.0.0.171 192.0.0.192 192.0.0.255 192.0.2.1 192.88.99.1 192.168.0.1 " +
			"192.168.255.255 198.18.0.0 198.19.255.255 198.51.100.7 203.0.113.255 224.0.0.1 239.255.255.255 240.0.0.0 255.255.255.254 255.255.255.255": false,
		"[2000::1] [2001:200::1] [2001:1::1] [2001:1::2] [2001:1::3] [2001:3::1] [2001:4:112::1] [2001:20::1] [2001:2f:ffff::1] [2001:30::1] [2001:3f::1] [2001:db7::1] [2001:db9::1] " +
			"[2003::1] [2606:4700::1111] [2620:4f:8000::1] [3ffe::1] [3fff:1000::1] [64:ff9b::8.8.8.8] [::ffff:8.8.8.8]": true,
		"[::] [::1] [::127.0.0.1] [::8.8.8.8] [::ffff:127.0.0.1] [::ffff:10.0.0.1] [::ffff:0:8.8.8.8] [64:ff9b::127.0.0.1] [64:ff9b::10.0.0.1] [64:ff9b::169.254.169.254] [64:ff9b::1:0:0] " +
			"[64:ff9b:1::8.8.8.8] [100::1] [100:0:0:1::1] [1fff::1] [2001::1] [2001:0:808:808::1] [2001:1::4] [2001:2::1] [2001:4:113::1] [2001:5::1] [2001:10::1] [2001:1f::1] [2001:40::1] " +
			"[2001:1ff::1] [2001:db8::1] [2002:7f00:1::] [2002:808:808::1] [3fff::1] [3fff:fff::1] [4000::1] [5f00::1] [fc00::1] [fd00::1] [fd00:ec2::254] [fe80::1] [fe80::1%eth0] " +
			"[febf::1] [fec0::1] [ff02::1] [ffff::1] nonsense": false,
	} {
		for address := range strings.FieldsSeq(list) {
			if err := checkPublic(address + ":80"); (err == nil) != public {
				t.Errorf("%s: %v", address, err)
			}
		}
	}
}

// TestRedirectToPrivate: the address is checked for each connection, so that no redirect leads past it.
func TestRedirectToPrivate(t *testing.T) {
	t.Parallel()
	hit := false
	inner := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hit = true }))
	defer inner.Close()
	client := Policy{}.client()
	outer := httptest.NewServer(http.RedirectHandler(inner.URL, http.StatusFound))
	defer outer.Close()
	// The first connection is let through, as if its address were public.
	checked := client.Transport.(*http.Transport).DialContext
	first := true
	client.Transport.(*http.Transport).DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		if first {
			first = false
			return (&net.Dialer{}).DialContext(ctx, network, address)
		}
		return checked(ctx, network, address)
	}
	response, err := client.Get(outer.URL)
	if err == nil {
		response.Body.Close()
	}
	if err == nil || !strings.Contains(err.Error(), "not a public address") || hit {
		t.Errorf("error %v, and the address behind was reached: %v", err, hit)
	}
}

// TestSecretsInURIsAreNotShown looks at everything that goes into logs, reports and errors.
func TestSecretsInURIsAreNotShown(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	mux.HandleFunc("/gone", func(w http.ResponseWriter, r *http.Request) { http.Error(w, "no", http.StatusGone) })
	mux.HandleFunc("/file", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", "file://secret@x/?secret")
		w.WriteHeader(http.StatusFound)
	})
	mux.HandleFunc("/bad", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", "http://secret:%zz@x/?secret")
		w.WriteHeader(http.StatusFound)
	})
	mux.HandleFunc("/unreachable", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", "http://secret:secret@127.0.0.1:1/?secret")
		w.WriteHeader(http.StatusFound)
	})
	mux.HandleFunc("/cut.gz", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "no gzip at all") })
	server := httptest.NewServer(mux)
	defer server.Close()
	base := strings.Replace(server.URL, "http://", "http://user:secret@", 1)
	for _, path := range []string{"/gone", "/file", "/bad", "/unreachable", "/cut.gz", "/no.zip"} {
		inputs, err := Open(t.Context(), spec.HTTPSource{URIs: []string{base + path + "?token=secret#secret"}}, Policy{AllowPrivateHTTP: true}, func(Interruption) {})
		if err == nil {
			if shown := inputs[0].Name + inputs[0].URI; strings.Contains(shown, "secret") || !strings.Contains(shown, "***@") {
				t.Errorf("%s is called %s", path, shown)
			}
			if path == "/cut.gz" {
				_, err = read(t, inputs[0])
			} else {
				_, err = Fetch(t.Context(), base+path+"?token=secret#secret") // which does not try again
			}
		}
		if err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", path, err)
		}
	}
	if _, err := Open(t.Context(), spec.HTTPSource{URIs: []string{"http://user:sec%zzret@x/"}}, Policy{}, func(Interruption) {}); err == nil || strings.Contains(err.Error(), "ret@") {
		t.Errorf("no URI: %v", err)
	}
}

// TestPasswordVariable: the password is read when the task runs, and only where that is allowed.
func TestPasswordVariable(t *testing.T) {
	t.Setenv("OVATE_TEST_PASSWORD", "hidden")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		fmt.Fprintf(w, "%s:%s", user, password)
	}))
	defer server.Close()
	for _, c := range []struct {
		variable string
		policy   Policy
		problem  string
	}{
		{"OVATE_TEST_PASSWORD", Policy{AnyVariable: true}, ""},
		{"OVATE_TEST_PASSWORD", Policy{Variables: []string{"OTHER", "OVATE_TEST_PASSWORD"}}, ""},
		{"OVATE_TEST_PASSWORD", Policy{Variables: []string{"OTHER"}}, "ovate.ingest.passwordVariables"},
		{"OVATE_TEST_UNSET", Policy{}, "ovate.ingest.passwordVariables"},
		{"OVATE_TEST_UNSET", Policy{AnyVariable: true}, "no environment variable of this name"},
	} {
		c.policy.AllowPrivateHTTP = true
		s := spec.HTTPSource{URIs: []string{server.URL}, User: "u", PasswordVariable: c.variable}
		inputs, err := Open(t.Context(), s, c.policy, nil)
		checked := c.policy.Check(s)
		if c.problem != "" {
			var refused Refused
			if err == nil || !strings.Contains(err.Error(), c.problem) || checked == nil || checked.Error() != err.Error() || strings.Contains(err.Error(), c.variable+`"`) || errors.As(checked, &refused) != strings.HasPrefix(c.problem, "ovate.") {
				t.Errorf("%+v: %v, %v", c, err, checked)
			}
			continue
		}
		if err != nil || checked != nil {
			t.Fatal(err, checked)
		}
		if got, err := read(t, inputs[0]); got != "u:hidden" || err != nil {
			t.Errorf("%+v: %q, %v", c, got, err)
		}
	}
}
