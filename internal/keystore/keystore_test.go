package keystore_test

import (
	"crypto/x509"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"software.sslmate.com/src/go-pkcs12"

	"ovate/internal/keystore"
	"ovate/internal/keystore/keystoretest"
)

// A key is read from PEM in one file or two, and from PKCS12 of old and new programs; what is wrong is told, and no secret.
func TestIdentity(t *testing.T) {
	t.Parallel()
	ca := keystoretest.New(t, "authority")
	issued, other := ca.Issue(t, "localhost"), ca.Issue(t, "other")
	dir := t.TempDir()
	file := func(name string, content ...[]byte) string {
		path := filepath.Join(dir, name)
		var all []byte
		for _, c := range content {
			all = append(all, c...)
		}
		if err := os.WriteFile(path, all, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	p12 := func(name string, encoder *pkcs12.Encoder, password string) string {
		content, err := encoder.Encode(issued.Key, issued.Certificate, []*x509.Certificate{ca.Certificate}, password)
		if err != nil {
			t.Fatal(err)
		}
		return file(name, content)
	}
	modern := p12("modern.p12", pkcs12.Modern, "changeit")
	for name, c := range map[string]struct {
		store keystore.Store
		wrong string // what the error says; empty: there is none
		chain int
	}{
		"PEM in two files":           {keystore.Store{Path: issued.CertFile, KeyPath: issued.KeyFile}, "", 1},
		"PEM in one":                 {keystore.Store{Path: file("both.pem", issued.KeyPEM, issued.CertPEM), Type: "pem"}, "", 1},
		"a URL":                      {keystore.Store{Path: "file://" + file("url.pem", issued.CertPEM, issued.KeyPEM)}, "", 1},
		"PKCS12":                     {keystore.Store{Path: modern, Type: "PKCS12", Password: "changeit"}, "", 2},
		"PKCS12 that is called jks":  {keystore.Store{Path: modern, Type: "jks", Password: "changeit"}, "", 2},
		"PKCS12 of old programs":     {keystore.Store{Path: p12("old.p12", pkcs12.LegacyDES, "changeit"), Password: "changeit"}, "", 2},
		"a wrong password":           {keystore.Store{Path: modern, Password: "guessed-one"}, "the password is not that of the store", 0},
		"an alias that is not there": {keystore.Store{Path: modern, Password: "changeit", Alias: "druid"}, `no private key of the alias "druid"`, 0},
		"a key of another":           {keystore.Store{Path: issued.CertFile, KeyPath: other.KeyFile}, "with the key of " + other.KeyFile + ": private key does not match public key", 0},
		"a wrong type":               {keystore.Store{Path: modern, Type: "PEM"}, "is no store of type PEM", 0},
		"an encrypted key":           {keystore.Store{Path: file("locked.pem", issued.CertPEM, []byte("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n"))}, "openssl pkey", 0},
		"no key":                     {keystore.Store{Path: issued.CertFile}, "", 0},
		"nothing":                    {keystore.Store{Path: file("empty")}, "cannot be read as PKCS12", 0},
		"no file":                    {keystore.Store{Path: filepath.Join(dir, "nowhere")}, "no such file", 0},
	} {
		identity, err := c.store.Identity()
		if c.chain == 0 {
			if err == nil || !strings.Contains(err.Error(), c.wrong) || strings.Contains(err.Error(), "guessed-one") {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err != nil || len(identity.Certificate) != c.chain || !identity.Leaf.Equal(issued.Certificate) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What Java's keytool writes is read: stores of both types with several keys, and those with what is trusted.
func TestStoresOfJava(t *testing.T) {
	t.Parallel()
	keytool, err := exec.LookPath("keytool")
	if err != nil {
		t.Skip("there is no keytool")
	}
	ca := keystoretest.New(t, "authority")
	for _, kind := range []string{"PKCS12", "JKS"} {
		dir := t.TempDir()
		run := func(args ...string) {
			t.Helper()
			if out, err := exec.CommandContext(t.Context(), keytool, append(args, "-storetype", kind, "-storepass", "changeit")...).CombinedOutput(); err != nil {
				t.Fatalf("keytool: %v: %s", err, out)
			}
		}
		keys, trust := filepath.Join(dir, "keys"), filepath.Join(dir, "trust")
		key := func(alias, algorithm string) {
			args := []string{"-genkeypair", "-alias", alias, "-keyalg", algorithm, "-dname", "CN=" + alias, "-keystore", keys}
			if kind == "JKS" {
				args = append(args, "-keypass", "of-the-key")
			}
			run(args...)
		}
		store := keystore.Store{Path: keys, Type: strings.ToLower(kind), Password: "changeit"}
		if kind == "JKS" {
			store.KeyPassword = "of-the-key"
		}
		key("First", "RSA")
		if identity, err := store.Identity(); err != nil || identity.Leaf.Subject.CommonName != "First" {
			t.Errorf("%s, the only key: %v", kind, err)
		}
		key("second", "EC")
		if _, err := store.Identity(); err == nil || !strings.Contains(err.Error(), "certAlias must name one of") || !strings.Contains(err.Error(), "first") {
			t.Errorf("%s, several keys: %v", kind, err)
		}
		for alias, want := range map[string]string{"second": "second", "FIRST": "First"} {
			store.Alias = alias
			if identity, err := store.Identity(); err != nil || identity.Leaf.Subject.CommonName != want {
				t.Errorf("%s, alias %s: %v", kind, alias, err)
			}
		}
		run("-importcert", "-noprompt", "-alias", "authority", "-file", ca.File(t), "-keystore", trust)
		roots, err := keystore.Store{Path: trust, Type: kind, Password: "changeit"}.Roots()
		if err != nil || !roots.Equal(ca.Pool()) {
			t.Errorf("%s, what is trusted: %v", kind, err)
		}
		if roots, err := (keystore.Store{Path: trust}).Roots(); kind == "JKS" && (err != nil || !roots.Equal(ca.Pool())) {
			t.Errorf("%s, what is trusted, without a password: %v", kind, err)
		}
		if _, err := (keystore.Store{Path: trust, Password: "wrong!"}).Roots(); err == nil || !strings.Contains(err.Error(), "the password is not that of the store") {
			t.Errorf("%s, a wrong password: %v", kind, err)
		}
		store.Alias = "second"
		if _, err := store.Roots(); kind == "JKS" && err != nil {
			t.Errorf("%s, keys as what is trusted: %v", kind, err)
		}
	}
}
