package ovate

import (
	"crypto/tls"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ovate/internal/keystore/keystoretest"
)

// newTLSServer is one that is started, with these properties besides.
func newTLSServer(t *testing.T, properties map[string]string) *Server {
	t.Helper()
	all := map[string]string{"ovate.data": t.TempDir(), "druid.plaintextPort": "0", "druid.tlsPort": "0"}
	maps.Copy(all, properties)
	c, err := Configure(all)
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(t.Context(), Options{Config: c})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(t.Context()); err != nil {
			t.Error(err)
		}
	})
	return s
}

// Both ports answer at once, and the leader and tasks are where TLS is.
func TestBothPorts(t *testing.T) {
	t.Parallel()
	ca := keystoretest.New(t, "authority")
	own := ca.Issue(t, "localhost", "127.0.0.1")
	s := newTLSServer(t, map[string]string{"ovate.tls.certificate": own.CertFile, "ovate.tls.key": own.KeyFile})
	c := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: ca.Pool()}}}
	defer c.CloseIdleConnections()
	get := func(url string) string {
		t.Helper()
		resp, err := c.Get(url + "/druid/indexer/v1/leader")
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode != http.StatusOK || resp.ProtoMajor != 1 {
			t.Fatalf("%s: %s %s, %v", url, resp.Proto, resp.Status, err)
		}
		return string(text)
	}
	for _, url := range []string{"http://" + s.Addr(), "https://" + s.TLSAddr()} {
		if leader := get(url); leader != s.node().URL() || !strings.HasPrefix(leader, "https://localhost:") || !strings.HasSuffix(s.TLSAddr(), leader[len("https://localhost"):]) {
			t.Errorf("%s: the leader is %s", url, leader)
		}
	}
	if at := s.kit.Location; at.Port != s.ports.plaintext() || at.TLSPort != s.ports.tls() || at.Port < 0 || at.TLSPort < 0 {
		t.Errorf("tasks are at %+v", at)
	}
}

// With TLS alone nothing answers without it, a program without TLS is told so, and a certificate that is replaced is used without a restart.
func TestTLSAlone(t *testing.T) {
	t.Parallel()
	ca := keystoretest.New(t, "authority")
	own, next := ca.Issue(t, "localhost", "127.0.0.1"), ca.Issue(t, "localhost", "127.0.0.1")
	file := filepath.Join(t.TempDir(), "both.pem")
	put := func(content ...[]byte) {
		t.Helper()
		var all []byte
		for _, c := range content {
			all = append(all, c...)
		}
		if err := os.WriteFile(file, all, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put(own.KeyPEM, own.CertPEM)
	s := newTLSServer(t, map[string]string{
		"druid.enableTlsPort": "true", "druid.enablePlaintextPort": "false", "ovate.listen": "127.0.0.1:0",
		"druid.server.https.keyStorePath": file, "druid.server.https.keyStoreType": "PEM", "druid.server.https.certAlias": "druid",
	})
	if s.Addr() != s.TLSAddr() || s.ports.plaintext() != -1 {
		t.Errorf("it listens on %s and %s", s.Addr(), s.TLSAddr())
	}
	resp, err := http.Get("http://" + s.Addr() + "/status/health")
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil || resp.StatusCode != http.StatusBadRequest || !strings.Contains(string(text), "HTTPS") {
		t.Errorf("without TLS: %s %s, %v", resp.Status, text, err)
	}
	serial := func() string {
		t.Helper()
		conn, err := tls.Dial("tcp", s.Addr(), &tls.Config{RootCAs: ca.Pool()})
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		return conn.ConnectionState().PeerCertificates[0].SerialNumber.String()
	}
	for _, step := range []struct {
		about   string
		content [][]byte
		want    string
	}{
		{"the first", [][]byte{own.KeyPEM, own.CertPEM}, own.SerialNumber.String()},
		{"a key of another", [][]byte{own.KeyPEM, next.CertPEM}, own.SerialNumber.String()},
		{"nothing", nil, own.SerialNumber.String()},
		{"the next", [][]byte{next.KeyPEM, next.CertPEM}, next.SerialNumber.String()},
	} {
		put(step.content...)
		s.ports.keeper.Look()
		if got := serial(); got != step.want {
			t.Errorf("%s: the certificate is %s; want %s", step.about, got, step.want)
		}
	}
}
