package https_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ovate/internal/https"
	"ovate/internal/keystore"
	"ovate/internal/keystore/keystoretest"
)

// serve serves with TLS on loopback, as the settings say, and tells the URL.
func serve(t *testing.T, s https.Server, log *slog.Logger) (*https.Keeper, string) {
	t.Helper()
	if s.MinVersion == 0 {
		s.MinVersion = tls.VersionTLS12
	}
	k, err := https.Open(s, log)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, r.Proto) // the client may have gone
		}),
	}
	served := make(chan error)
	go func() { served <- server.Serve(tls.NewListener(l, k.Config())) }()
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
		<-served
	})
	return k, "https://" + l.Addr().String()
}

// ask makes one connection and one request.
func ask(ctx context.Context, c https.Client, url string) error {
	config, err := c.Config()
	if err != nil {
		return err
	}
	transport := &http.Transport{TLSClientConfig: config, DisableKeepAlives: true}
	defer transport.CloseIdleConnections()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	resp, err := (&http.Client{Transport: transport}).Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return err
}

// Who may connect is told by what client and server are set up with; the server is asked over a real connection.
func TestWhoMayConnect(t *testing.T) {
	t.Parallel()
	ca, stranger := keystoretest.New(t, "authority"), keystoretest.New(t, "stranger")
	own, elsewhere := ca.Issue(t, "localhost", "127.0.0.1"), ca.Issue(t, "elsewhere")
	here, revoked, foreign := ca.Issue(t, "127.0.0.1"), ca.Issue(t, "127.0.0.1"), stranger.Issue(t, "127.0.0.1")
	expired := ca.IssueUntil(t, time.Now().Add(-time.Minute), "127.0.0.1")
	store := func(i *keystoretest.Issued) keystore.Store {
		return keystore.Store{Path: i.CertFile, KeyPath: i.KeyFile}
	}
	trusts := keystore.Store{Path: ca.File(t)}
	server := func(change func(*https.Server)) https.Server {
		s := https.Server{Identity: store(own), Trusted: trusts}
		if change != nil {
			change(&s)
		}
		return s
	}
	client := func(i *keystoretest.Issued) https.Client {
		c := https.Client{Trusted: trusts}
		if i != nil {
			c.Identity = store(i)
		}
		return c
	}
	require := func(s *https.Server) { s.Clients = tls.RequireAndVerifyClientCert }
	current, late := ca.Revoke(t, time.Now().Add(time.Hour), revoked.SerialNumber), ca.Revoke(t, time.Now().Add(-time.Minute), revoked.SerialNumber)
	strangers := stranger.Revoke(t, time.Now().Add(time.Hour))
	lists := func(file string) func(*https.Server) {
		return func(s *https.Server) { require(s); s.Revoked = file }
	}
	for name, c := range map[string]struct {
		server https.Server
		client https.Client
		wrong  string // what the client hears; empty: it is answered
	}{
		"one that trusts it":            {server(nil), client(nil), ""},
		"one that does not":             {server(nil), https.Client{Trusted: keystore.Store{Path: stranger.File(t)}}, "unknown authority"},
		"one that trusts the machine":   {server(nil), https.Client{}, "x509"},
		"another name":                  {server(func(s *https.Server) { s.Identity = store(elsewhere) }), client(nil), "127.0.0.1"},
		"another name, which may be":    {server(func(s *https.Server) { s.Identity = store(elsewhere) }), https.Client{Trusted: trusts, AnyName: true}, ""},
		"a foreign one of any name":     {server(func(s *https.Server) { s.Identity = store(foreign) }), https.Client{Trusted: trusts, AnyName: true}, "unknown authority"},
		"an expired one of any name":    {server(func(s *https.Server) { s.Identity = store(expired) }), https.Client{Trusted: trusts, AnyName: true}, "expired"},
		"TLS 1.2 at most":               {server(func(s *https.Server) { s.MaxVersion = tls.VersionTLS12 }), client(nil), ""},
		"no version in common":          {server(func(s *https.Server) { s.MinVersion = tls.VersionTLS13 }), https.Client{Trusted: trusts, MaxVersion: tls.VersionTLS12}, "protocol version"},
		"a certificate is required":     {server(require), client(nil), "certificate required"},
		"and shown":                     {server(require), client(here), ""},
		"and shown of a stranger":       {server(require), client(foreign), "tls"},
		"and shown when it has expired": {server(require), client(expired), "tls"},
		"it may be shown":               {server(func(s *https.Server) { s.Clients = tls.VerifyClientCertIfGiven }), client(nil), ""},
		"it may be shown, by one that is asked for none that it has": {server(func(s *https.Server) { s.Clients = tls.VerifyClientCertIfGiven }), client(foreign), ""},
		"of another address":                   {server(func(s *https.Server) { require(s); s.ClientNames = true }), client(elsewhere), "tls"},
		"of this address":                      {server(func(s *https.Server) { require(s); s.ClientNames = true }), client(here), ""},
		"may be shown, by one that has none":   {server(func(s *https.Server) { s.Clients, s.ClientNames = tls.VerifyClientCertIfGiven, true }), client(nil), ""},
		"revoked":                              {server(lists(current)), client(revoked), "tls"},
		"not revoked":                          {server(lists(current)), client(here), ""},
		"a list that does not hold any more":   {server(lists(late)), client(here), "tls"},
		"a list of others":                     {server(lists(strangers)), client(here), "tls"},
		"a certificate that nobody asks for":   {server(nil), client(foreign), ""},
		"an own certificate that is not there": {server(nil), https.Client{Trusted: trusts, Identity: keystore.Store{Path: "/nowhere"}}, "no such file"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, url := serve(t, c.server, slog.New(slog.DiscardHandler))
			switch err := ask(t.Context(), c.client, url); {
			case c.wrong == "" && err != nil:
				t.Error(err)
			case c.wrong != "" && (err == nil || !strings.Contains(err.Error(), c.wrong)):
				t.Errorf("%v; want one with %q", err, c.wrong)
			}
		})
	}
}

// While the files of a server are replaced again and again, now and then by what cannot be used, no request fails, and what cannot be used is told.
func TestReload(t *testing.T) {
	t.Parallel()
	ca := keystoretest.New(t, "authority")
	dir := t.TempDir()
	s := https.Server{Identity: keystore.Store{Path: filepath.Join(dir, "cert"), KeyPath: filepath.Join(dir, "key")}}
	put := func(i *keystoretest.Issued) {
		t.Helper()
		for file, content := range map[string][]byte{s.Identity.Path: i.CertPEM, s.Identity.KeyPath: i.KeyPEM} {
			if err := os.WriteFile(file, content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	first := ca.Issue(t, "127.0.0.1")
	put(first)
	var told lockedBuffer
	k, url := serve(t, s, slog.New(slog.NewTextHandler(&told, nil)))
	ctx, cancel := context.WithCancel(t.Context())
	trusts := https.Client{Trusted: keystore.Store{Path: ca.File(t)}}
	var asking sync.WaitGroup
	var asked atomic.Int64
	for range 4 {
		asking.Go(func() {
			for ctx.Err() == nil {
				if err := ask(context.WithoutCancel(ctx), trusts, url); err != nil {
					t.Error(err)
					return
				}
				asked.Add(1)
			}
		})
	}
	for i := range 20 {
		put(ca.Issue(t, "127.0.0.1"))
		k.Look()
		if i%5 == 0 {
			if err := os.WriteFile(s.Identity.KeyPath, first.KeyPEM, 0o600); err != nil {
				t.Fatal(err)
			}
			k.Look()
			k.Look() // and tells no second time
		}
	}
	cancel()
	asking.Wait()
	if anew, not := strings.Count(told.String(), "were read anew"), strings.Count(told.String(), "cannot be used"); anew != 20 || not != 4 {
		t.Errorf("files are told to be read anew %d times, and not to be of use %d times: %s", anew, not, &told)
	}
	if strings.Contains(told.String(), "PRIVATE") {
		t.Error("a key is told")
	}
	t.Logf("%d requests", asked.Load())
}

// A keeper looks by itself for as long as it is started.
func TestKeeperLooks(t *testing.T) {
	t.Parallel()
	ca := keystoretest.New(t, "authority")
	file := filepath.Join(t.TempDir(), "both")
	put := func(i *keystoretest.Issued) {
		t.Helper()
		if err := os.WriteFile(file, append(i.CertPEM, i.KeyPEM...), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put(ca.Issue(t, "127.0.0.1"))
	told := make(chan string, 10)
	k, _ := serve(t, https.Server{Identity: keystore.Store{Path: file}, Reload: time.Millisecond}, slog.New(slog.NewTextHandler(lines(told), nil)))
	k.Start()
	k.Start()
	next := ca.Issue(t, "127.0.0.1")
	put(next)
	if err := os.Rename(file, file+".gone"); err != nil { // as some programs replace files
		t.Fatal(err)
	}
	put(next)
	for line := range told {
		if strings.Contains(line, "were read anew") && strings.Contains(line, next.SerialNumber.Text(16)) {
			break
		}
	}
	k.Stop()
	k.Stop()
}

func TestSuitesAndVersions(t *testing.T) {
	t.Parallel()
	const gcm, sha, tls13 = "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "TLS_(AES|CHACHA20)_.*"
	for name, c := range map[string]struct {
		include, exclude []string
		has, hasNot      []uint16
		oldest, newest   uint16
		wrong            string
	}{
		"what is usual":         {nil, nil, []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256}, []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA}, tls.VersionTLS12, tls.VersionTLS13, ""},
		"one":                   {[]string{gcm}, nil, []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256}, []uint16{tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384}, tls.VersionTLS12, tls.VersionTLS12, ""},
		"an old one":            {[]string{sha}, []string{"none"}, []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA}, nil, tls.VersionTLS12, tls.VersionTLS12, ""},
		"those of TLS 1.3":      {[]string{tls13}, nil, nil, []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256}, tls.VersionTLS13, tls.VersionTLS13, ""},
		"without those":         {nil, []string{tls13}, []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256}, nil, tls.VersionTLS12, tls.VersionTLS12, ""},
		"one of TLS 1.3":        {[]string{"TLS_AES_256_GCM_SHA384"}, nil, nil, nil, 0, 0, "all cipher suites of TLS 1.3 or none"},
		"none":                  {[]string{"TLS_NULL"}, nil, nil, nil, 0, 0, "at least one"},
		"what is not a pattern": {[]string{"("}, nil, nil, nil, 0, 0, "patterns"},
	} {
		suites, oldest, newest, err := https.Suites(c.include, c.exclude)
		if c.wrong != "" {
			if err == nil || !strings.Contains(err.Error(), c.wrong) {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		for _, suite := range c.has {
			if !slices.Contains(suites, suite) {
				t.Errorf("%s: %s is missing", name, tls.CipherSuiteName(suite))
			}
		}
		for _, suite := range c.hasNot {
			if slices.Contains(suites, suite) {
				t.Errorf("%s: %s is there", name, tls.CipherSuiteName(suite))
			}
		}
		if err != nil || oldest != c.oldest || newest != c.newest {
			t.Errorf("%s: %x to %x, %v", name, oldest, newest, err)
		}
	}
	for name, c := range map[string]struct {
		include, exclude []string
		oldest, newest   uint16
	}{
		"what is usual":      {nil, nil, tls.VersionTLS12, tls.VersionTLS13},
		"one":                {[]string{"TLSv1.2"}, nil, tls.VersionTLS12, tls.VersionTLS12},
		"without one":        {nil, []string{"TLSv1.2"}, tls.VersionTLS13, tls.VersionTLS13},
		"one that is so old": {[]string{"TLSv1.1"}, nil, 0, 0},
	} {
		oldest, newest, err := https.Versions(c.include, c.exclude)
		if oldest != c.oldest || newest != c.newest || (err != nil) != (c.oldest == 0) {
			t.Errorf("%s: %x to %x, %v", name, oldest, newest, err)
		}
	}
}

// lockedBuffer is a log that may be written and read at the same time.
type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// lines is a log whose lines are waited for.
type lines chan string

func (l lines) Write(p []byte) (int, error) {
	select {
	case l <- string(p):
	default: // nobody waits any more
	}
	return len(p), nil
}
