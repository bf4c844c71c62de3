package client_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"ovate/client"
)

// Credentials stay with the server that was asked: not with another port, nor without TLS. The server itself may send on to itself; and without credentials anywhere.
func TestCredentialsStay(t *testing.T) {
	t.Parallel()
	var got []string
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = append(got, r.Header.Get("Authorization"))
		_, _ = w.Write([]byte("[]"))
	}))
	defer other.Close()
	sends := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Query().Has("there"):
			_, _ = w.Write([]byte("[]"))
		case strings.HasSuffix(r.URL.Path, "/own/status"):
			http.Redirect(w, r, r.URL.Path+"?there=", http.StatusTemporaryRedirect)
		default:
			http.Redirect(w, r, other.URL+r.URL.Path, http.StatusTemporaryRedirect)
		}
	})
	plain, secure := httptest.NewServer(sends), httptest.NewTLSServer(sends)
	defer plain.Close()
	defer secure.Close()
	for _, server := range []*httptest.Server{plain, secure} {
		for _, option := range []client.Option{client.WithPassword("joe", "secret"), client.WithToken("secret")} {
			c, err := client.New(server.URL, client.WithHTTPClient(server.Client()), option)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := c.Status(t.Context(), "x"); err == nil || !strings.Contains(err.Error(), "sends on to "+other.URL+", which is another server") {
				t.Errorf("%s: %v", server.URL, err)
			}
			if _, err := c.Status(t.Context(), "own"); err != nil && strings.Contains(err.Error(), "sends on") {
				t.Errorf("%s, to itself: %v", server.URL, err)
			}
		}
	}
	if len(got) > 0 {
		t.Errorf("another server got %q", got)
	}
	c, err := client.New(plain.URL)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Status(t.Context(), "x"); len(got) != 1 || got[0] != "" {
		t.Errorf("without credentials: %q, %v", got, err)
	}
}
