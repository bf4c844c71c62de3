package cli

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"ovate/internal/keystore/keystoretest"
)

// TestTLS: commands find a server that speaks TLS alone by its data folder, and talk to it if they trust it; else they say what to do, and have sent nothing.
func TestTLS(t *testing.T) {
	t.Parallel()
	ca, stranger := keystoretest.New(t, "authority"), keystoretest.New(t, "stranger")
	own, user := ca.Issue(t, "localhost"), ca.Issue(t, "user", "127.0.0.1")
	dir := t.TempDir()
	data, both := filepath.Join(dir, "data"), filepath.Join(dir, "user.pem")
	if err := os.WriteFile(both, append(user.CertPEM, user.KeyPEM...), 0o600); err != nil {
		t.Fatal(err)
	}
	serve := func(more ...string) *running {
		t.Helper()
		return serving(t, command(t, append([]string{"serve", "--data", data, "--listen", "127.0.0.1:0", "-D", "ovate.tls.certificate=" + own.CertFile, "-D", "ovate.tls.key=" + own.KeyFile,
			"-D", "druid.tlsPort=0"}, more...)...))
	}
	stop := func(r *running) {
		t.Helper()
		if err := r.cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		if err := r.cmd.Wait(); err != nil {
			t.Errorf("%v: %s", err, r.log)
		}
	}
	r := serve("-D", "druid.enablePlaintextPort=false")
	u, err := url.Parse(r.url)
	if err != nil || u.Scheme != "https" || u.Hostname() != "localhost" {
		t.Fatalf("it listens on %s, %v", r.url, err)
	}
	for name, c := range map[string]struct {
		args  []string
		code  int
		texts []string
	}{
		"trusted, by the folder":  {[]string{"--data", data, "--ca", ca.File(t)}, exitDone, nil},
		"trusted, by the address": {[]string{"--url", r.url, "--ca", ca.File(t)}, exitDone, nil},
		"the certificate itself":  {[]string{"--url", r.url, "--ca", own.CertFile}, exitDone, nil},
		"not trusted":             {[]string{"--data", data}, exitUnreachable, []string{"certificate signed by unknown authority", "--ca FILE, or OVATE_CA"}},
		"another is trusted":      {[]string{"--url", r.url, "--ca", stranger.File(t)}, exitUnreachable, []string{"unknown authority", "Nothing was sent"}},
		"another name":            {[]string{"--url", "https://127.0.0.1:" + u.Port(), "--ca", ca.File(t)}, exitUnreachable, []string{"127.0.0.1", "as its certificate does: localhost."}},
		"without TLS":             {[]string{"--url", "http://localhost:" + u.Port()}, exitBadInput, []string{"HTTP request to an HTTPS server", "name the server as https://"}},
		"no certificate":          {[]string{"--url", r.url, "--ca", own.KeyFile}, exitBadInput, []string{"--ca", "no certificate in PEM"}},
	} {
		t.Log(name)
		run(t, append([]string{"tasks"}, c.args...)...).expect(t, c.code, c.texts...)
	}
	env := command(t, "tasks", "--data", data)
	env.Env = append(env.Env, "OVATE_CA="+ca.File(t))
	finish(t, env).expect(t, exitDone)
	stop(r)

	r = serve("-D", "druid.server.https.requireClientCertificate=true", "-D", "druid.server.https.trustStorePath="+ca.File(t))
	plain, secure, two := strings.Cut(r.url, " and ")
	if !two {
		t.Fatalf("it listens on %s", r.url)
	}
	run(t, "tasks", "--data", data).expect(t, exitDone) // by the port without TLS
	run(t, "tasks", "--url", strings.Replace(plain, "http:", "https:", 1)).expect(t, exitUnreachable, "No TLS is spoken there")
	run(t, "tasks", "--url", secure, "--ca", ca.File(t)).expect(t, exitUnreachable, "--cert FILE, or OVATE_CERT")
	run(t, "tasks", "--url", secure, "--ca", ca.File(t), "--cert", both).expect(t, exitDone)
	stop(r)
}

// What a server cannot be started with is said before it listens, and no password with it.
func TestTLSThatCannotBe(t *testing.T) {
	t.Parallel()
	ca := keystoretest.New(t, "authority")
	own, other := ca.Issue(t, "localhost"), ca.Issue(t, "localhost")
	certificate, key := "ovate.tls.certificate="+own.CertFile, "ovate.tls.key="+own.KeyFile
	for name, c := range map[string]struct {
		properties []string
		text       string
	}{
		"nothing to listen with": {[]string{"druid.enablePlaintextPort=false"}, "must be true unless druid.enableTlsPort is"},
		"no certificate":         {[]string{"druid.enableTlsPort=true"}, "must be a store (PEM, PKCS12 or JKS)"},
		"no such store":          {[]string{"druid.enableTlsPort=true", "druid.server.https.keyStorePath=/nowhere.jks", "druid.server.https.keyStorePassword=hidden-word"}, "/nowhere.jks"},
		"another type":           {[]string{"druid.enableTlsPort=true", "druid.server.https.keyStoreType=BCFKS"}, "keytool -importkeystore"},
		"a key of another":       {[]string{certificate, "ovate.tls.key=" + other.KeyFile}, "does not match"},
		"a key alone":            {[]string{key}, "must be a file with the certificate in PEM"},
		"one port for both":      {[]string{certificate, key, "druid.tlsPort=8090"}, "another port than druid.plaintextPort"},
		"an old version":         {[]string{certificate, key, "druid.server.https.includeProtocols=TLSv1.1"}, "older versions are not offered"},
		"no suite":               {[]string{certificate, key, "druid.server.https.includeCipherSuites=TLS_NULL"}, "at least one of the cipher suites"},
		"clients of nobody":      {[]string{certificate, key, "druid.server.https.requireClientCertificate=true"}, "authorities that the certificates of clients come from"},
		"a variable that is not": {[]string{`druid.server.https.keyStorePassword={"type":"environment","variable":"NO_SUCH"}`}, "NO_SUCH"},
	} {
		args := []string{"serve", "--dry-run"}
		for _, p := range c.properties {
			args = append(args, "-D", p)
		}
		t.Log(name)
		r := run(t, args...)
		r.expect(t, exitBadInput, c.text)
		if strings.Contains(r.out+r.err, "hidden-word") {
			t.Errorf("%s: the password is told: %s", name, r.err)
		}
	}
}
