package ovate

import (
	"context"
	"crypto/tls"
	"io"
	"log"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

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
		if err := s.Stop(context.Background()); err != nil {
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
	resp, err := c.Get("https://" + s.TLSAddr() + "/druid/indexer/v1/workers")
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(resp.Body)
	if want := `"worker":{"scheme":"https","host":"` + strings.TrimPrefix(s.node().URL(), "https://") + `"`; err != nil || resp.Body.Close() != nil || !strings.Contains(string(text), want) {
		t.Errorf("the worker is %s, %v; want %s", text, err, want)
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

// TestCrowdWithTLS: clients of both ports that have connected and ask nothing, or never end their handshake, or send a request drop by drop, make room for one
// that asks; and no more are connected than may be.
func TestCrowdWithTLS(t *testing.T) {
	t.Parallel()
	const most, crowd = 8, 30
	ca := keystoretest.New(t, "authority")
	own := ca.Issue(t, "localhost", "127.0.0.1")
	s := newTLSServer(t, map[string]string{"ovate.tls.certificate": own.CertFile, "ovate.tls.key": own.KeyFile})
	listen := func() net.Listener {
		t.Helper()
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	plain, secure := listen(), listen()
	l := newConnections(slog.New(slog.DiscardHandler))
	l.most, l.slow = func() int { return most }, 100*time.Millisecond
	server := &http.Server{Handler: s, ConnState: l.note, ReadHeaderTimeout: 5 * time.Minute, ErrorLog: log.New(io.Discard, "", 0)}
	p := ports{plain: plain, secure: secure, keeper: s.ports.keeper}
	var serving sync.WaitGroup
	for _, d := range p.doors(l) {
		serving.Go(func() { _ = server.Serve(d) }) // until it is closed
	}
	defer serving.Wait()
	defer server.Close()
	config := &tls.Config{RootCAs: ca.Pool(), ServerName: "localhost"}
	hello := clientHello(t, config)
	kinds := []func(net.Conn) net.Conn{
		func(c net.Conn) net.Conn { return c },                                       // says nothing
		func(c net.Conn) net.Conn { _, _ = c.Write(hello[:len(hello)/2]); return c }, // does not end its hello
		func(c net.Conn) net.Conn { _, _ = c.Write(hello); return c },                // never answers the server's
		func(c net.Conn) net.Conn { // drops a request
			over := tls.Client(c, config)
			_, _ = io.WriteString(over, "GET /status/health HTTP/1.1\r\nX-Slow: ") // it may be cut off already
			return over
		},
		func(c net.Conn) net.Conn { // asks nothing after an answer
			over := tls.Client(c, config)
			_, _ = io.WriteString(over, "GET /status/health HTTP/1.1\r\nHost: localhost\r\n\r\n")
			_, _ = over.Read(make([]byte, 1))
			return over
		},
	}
	for i := range crowd {
		to := secure
		if i%7 == 0 {
			to = plain
		}
		c, err := net.Dial("tcp", to.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if err := c.SetDeadline(time.Now().Add(5 * time.Minute)); err != nil {
			t.Fatal(err)
		}
		kind := i % len(kinds)
		if to == plain {
			kind = 0
		}
		go kinds[kind](c)
	}
	c := &http.Client{Timeout: 5 * time.Minute, Transport: &http.Transport{TLSClientConfig: config, DisableKeepAlives: true}}
	for range 5 {
		for _, url := range []string{"https://" + secure.Addr().String(), "http://" + plain.Addr().String()} {
			resp, err := c.Get(url + "/status/health")
			if err != nil {
				t.Fatal(err)
			}
			if err := resp.Body.Close(); err != nil || resp.StatusCode != http.StatusOK {
				t.Errorf("%s, %v", resp.Status, err)
			}
			l.mu.Lock()
			if open, ending := len(l.open), len(l.ending); open > most || ending > most/endingShare {
				t.Errorf("%d clients are connected, and %d make room", open, ending)
			}
			l.mu.Unlock()
		}
	}
}

// clientHello is what a client says first.
func clientHello(t *testing.T, config *tls.Config) []byte {
	t.Helper()
	ours, theirs := net.Pipe()
	go func() { _ = tls.Client(theirs, config).Handshake() }() // which does not end well
	hello := make([]byte, 4096)
	n, err := ours.Read(hello)
	if err != nil {
		t.Fatal(err)
	}
	if err := ours.Close(); err != nil {
		t.Fatal(err)
	}
	return hello[:n]
}

// A server that stops waits neither for handshakes nor for clients of TLS that ask nothing.
func TestStopWithTLS(t *testing.T) {
	t.Parallel()
	ca := keystoretest.New(t, "authority")
	own := ca.Issue(t, "localhost", "127.0.0.1")
	c, err := Configure(map[string]string{
		"ovate.data": t.TempDir(), "druid.plaintextPort": "0", "druid.tlsPort": "0", "ovate.tls.certificate": own.CertFile, "ovate.tls.key": own.KeyFile,
	})
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
	half, err := net.Dial("tcp", s.TLSAddr())
	if err != nil {
		t.Fatal(err)
	}
	defer half.Close()
	idle, err := tls.Dial("tcp", s.TLSAddr(), &tls.Config{RootCAs: ca.Pool()})
	if err != nil {
		t.Fatal(err)
	}
	defer idle.Close()
	if err := s.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := idle.Read(make([]byte, 1)); err == nil {
		t.Error("it goes on")
	}
	if _, err := tls.Dial("tcp", s.TLSAddr(), &tls.Config{RootCAs: ca.Pool()}); err == nil { // another program may have the port already
		t.Error("it still listens")
	}
}

// Who asks for a change, and how often, is written down and bounded as the properties say, in the server as it is.
func TestAuditAndLimits(t *testing.T) {
	t.Parallel()
	ca := keystoretest.New(t, "authority")
	own, user := ca.Issue(t, "localhost", "127.0.0.1"), ca.Issue(t, "user")
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	s := newTLSServer(t, map[string]string{
		"ovate.tls.certificate": own.CertFile, "ovate.tls.key": own.KeyFile, "druid.server.https.requireClientCertificate": "true",
		"druid.server.https.trustStorePath": ca.File(t), "druid.server.https.validateHostnames": "false",
		"ovate.audit.path": path, "ovate.http.requestsPerSecondPerClient": "0.01",
	})
	pair, err := tls.X509KeyPair(user.CertPEM, user.KeyPEM)
	if err != nil {
		t.Fatal(err)
	}
	c := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: ca.Pool(), Certificates: []tls.Certificate{pair}}}}
	defer c.CloseIdleConnections()
	for i, want := range []int{http.StatusOK, http.StatusTooManyRequests} {
		resp, err := c.Post("https://"+s.TLSAddr()+"/druid/indexer/v1/task", "application/json", strings.NewReader(`{"type":"noop","id":"n","runTime":1}`))
		if err != nil {
			t.Fatal(err)
		}
		if err := resp.Body.Close(); err != nil || resp.StatusCode != want || i == 1 && resp.Header.Get("Retry-After") == "" {
			t.Errorf("%s %v, %v; want %d", resp.Status, resp.Header, err, want)
		}
		text, err := os.ReadFile(path)
		if err != nil || strings.Count(string(text), "\n") != 1 ||
			!strings.HasSuffix(string(text), `,"identity":"allowAll","certificate":"CN=user","from":"127.0.0.1","method":"POST","path":"/druid/indexer/v1/task","status":200}`+"\n") {
			t.Errorf("%s, %v", text, err)
		}
	}
}
