package config

import (
	"strings"
	"testing"
	"time"

	"ovate/internal/keystore/keystoretest"
)

// Where the server listens follows from both ports, the host, and --listen, which is with TLS where there is nothing else.
func TestPorts(t *testing.T) {
	t.Parallel()
	own := keystoretest.New(t, "authority").Issue(t, "localhost")
	certificate, key := "ovate.tls.certificate="+own.CertFile+"\n", "ovate.tls.key="+own.KeyFile+"\n"
	const alone, insecure = "druid.enablePlaintextPort=false\n", "ovate.insecure=true\n"
	for name, c := range map[string]struct{ properties, plain, secure, host string }{
		"without TLS":           {"", "127.0.0.1:8090", "", "localhost"},
		"both":                  {certificate + key, "127.0.0.1:8090", "127.0.0.1:8290", "localhost"},
		"TLS that is off":       {certificate + key + "druid.enableTlsPort=false", "127.0.0.1:8090", "", "localhost"},
		"alone":                 {certificate + key + alone, "", "127.0.0.1:8290", "localhost"},
		"--listen for both":     {certificate + key + "ovate.listen=127.0.0.2:80", "127.0.0.2:80", "127.0.0.2:8290", "localhost"},
		"--listen, alone":       {certificate + key + alone + "ovate.listen=127.0.0.1:8443", "", "127.0.0.1:8443", "localhost"},
		"a host":                {certificate + key + insecure + "druid.host=a.example\ndruid.tlsPort=8443", ":8090", ":8443", "a.example"},
		"a host, bound":         {certificate + key + insecure + alone + "druid.host=127.0.0.3\ndruid.bindOnHost=true", "", "127.0.0.3:8290", "127.0.0.3"},
		"a host with a port":    {certificate + key + insecure + "druid.host=a.example:81", ":81", ":8290", "a.example"},
		"a host, alone":         {certificate + key + insecure + alone + "druid.host=a.example:81", "", ":8290", "a.example"},
		"what counts not":       {"druid.server.https.keyStorePath=/nowhere\ndruid.tlsPort=8090", "127.0.0.1:8090", "", "localhost"},
		"Druid's own, in a PEM": {"druid.enableTlsPort=true\ndruid.server.https.keyStorePath=" + own.CertFile + "\n" + alone, "", "", ""},
	} {
		c2, err := Load(Sources{Files: []string{file(t, c.properties)}})
		if c.host == "" {
			if err == nil {
				t.Errorf("%s: it is taken without a key", name)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if c2.Listen != c.plain || c2.TLS.Listen != c.secure || c2.Host != c.host {
			t.Errorf("%s: it listens on %q and %q as %q", name, c2.Listen, c2.TLS.Listen, c2.Host)
		}
	}
}

// Files in PEM are looked at once a minute, stores of Druid's only if that is asked for; and a password is read wherever Druid reads it.
func TestTLSProperties(t *testing.T) {
	own := keystoretest.New(t, "authority").Issue(t, "localhost")
	t.Setenv("STORE_PASSWORD", "of-the-store")
	if _, err := Load(Sources{Flags: []Setting{{"ovate.tls.certificate", own.CertFile, "-D"}}}); err == nil || !strings.Contains(err.Error(), "is named by ovate.tls.key") {
		t.Errorf("a certificate without a key: %v", err)
	}
	c := load(t, Sources{Flags: []Setting{{"ovate.tls.certificate", own.CertFile, "-D"}, {"ovate.tls.key", own.KeyFile, "-D"},
		{"druid.client.https.trustStorePassword", `{"type":"environment","variable":"STORE_PASSWORD"}`, "-D"},
		{"druid.client.https.keyStorePassword", " with blanks ", "-D"}, {"druid.client.https.validateHostnames", "false", "-D"},
	}})
	if c.TLS.Server.Reload != time.Minute || c.TLS.Client.Trusted.Password != "of-the-store" || c.TLS.Client.Identity.Password != " with blanks " || !c.TLS.Client.AnyName {
		t.Errorf("%+v", c.TLS)
	}
	for _, s := range c.Settings() {
		if s.Value == "of-the-store" || s.Value == " with blanks " {
			t.Errorf("%s is shown", s.Key)
		}
	}
}
