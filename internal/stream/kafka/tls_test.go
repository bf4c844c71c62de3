package kafka_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
)

// authority makes certificates that others trust who trust it.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	pem         string
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{certificate: &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"}, NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<33, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}}
	a.certificate, a.key, a.pem, _ = a.sign(t, a.certificate)
	return a
}

// sign signs a certificate, its own if it has none yet.
func (a *authority) sign(t *testing.T, template *x509.Certificate) (certificate *x509.Certificate, key *ecdsa.PrivateKey, certificatePEM, keyPEM string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer := a.key
	if signer == nil {
		signer = key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	if certificate, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return certificate, key, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})),
		string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}))
}

// issue makes one for a name, which is good for both sides.
func (a *authority) issue(t *testing.T, name string) (certificate, key string) {
	t.Helper()
	var addresses []net.IP
	if address := net.ParseIP(name); address != nil {
		addresses = []net.IP{address}
	}
	_, _, certificate, key = a.sign(t, &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name}, IPAddresses: addresses, NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<33, 0),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	})
	return certificate, key
}

// brokersWith is how brokers speak TLS.
func brokersWith(t *testing.T, a *authority, name string) *tls.Config {
	t.Helper()
	certificate, key := a.issue(t, name)
	pair, err := tls.X509KeyPair([]byte(certificate), []byte(key))
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{pair}}
}

// oneLine is PEM as it stands in a variable of the environment.
func oneLine(text string) string { return strings.ReplaceAll(text, "\n", " ") }

func TestTLS(t *testing.T) {
	t.Parallel()
	mine, others := newAuthority(t), newAuthority(t)
	certificate, key := mine.issue(t, "client")
	strange, strangeKey := others.issue(t, "client")
	trust := func(a *authority) string {
		return fmt.Sprintf(`"security.protocol":"SSL","ssl.truststore.type":"PEM","ssl.truststore.certificates":%q`, a.pem)
	}
	identity := func(certificate, key string) string {
		return fmt.Sprintf(`,"ssl.keystore.type":"PEM","ssl.keystore.certificate.chain":%q,"ssl.keystore.key":%q`, certificate, key)
	}
	mutual := func(c *tls.Config) {
		c.ClientAuth, c.ClientCAs = tls.RequireAndVerifyClientCert, x509.NewCertPool()
		c.ClientCAs.AddCert(mine.certificate)
	}
	for name, c := range map[string]struct {
		broker     string // its name
		set        func(*tls.Config)
		properties string
		denied     string // empty: it is let in
	}{
		"trusted":                     {"127.0.0.1", nil, trust(mine), ""},
		"in one line":                 {"127.0.0.1", nil, oneLine(trust(mine)), ""},
		"not trusted":                 {"127.0.0.1", nil, trust(others), "unknown authority"},
		"not trusted by the system":   {"127.0.0.1", nil, `"security.protocol":"SSL"`, "unknown authority"},
		"another name":                {"elsewhere", nil, trust(mine), "IP SANs"},
		"any name":                    {"elsewhere", nil, trust(mine) + `,"ssl.endpoint.identification.algorithm":""`, ""},
		"any name, but not trusted":   {"elsewhere", nil, trust(others) + `,"ssl.endpoint.identification.algorithm":""`, "unknown authority"},
		"version":                     {"127.0.0.1", func(c *tls.Config) { c.MaxVersion = tls.VersionTLS12 }, trust(mine), ""},
		"another version":             {"127.0.0.1", func(c *tls.Config) { c.MaxVersion = tls.VersionTLS12 }, trust(mine) + `,"ssl.enabled.protocols":"TLSv1.3"`, "version"},
		"both sides":                  {"127.0.0.1", mutual, trust(mine) + identity(certificate, key), ""},
		"both sides, in one line":     {"127.0.0.1", mutual, trust(mine) + identity(oneLine(certificate), oneLine(key)), ""},
		"the other side does not":     {"127.0.0.1", mutual, trust(mine) + identity(strange, strangeKey), "certificate"},
		"the other side asks for one": {"127.0.0.1", mutual, trust(mine), "certificate"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := brokersWith(t, mine, c.broker)
			if c.set != nil {
				c.set(config)
			}
			brokers, err := kfake.NewCluster(kfake.TLS(config), kfake.NumBrokers(2), kfake.SeedTopics(4, "t"))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(brokers.Close)
			s := newService(t, brokers.ListenAddrs()[0], new(net.Dialer).DialContext)
			opened := s.open(t, topic(t, "t"), "{"+c.properties+"}")
			all, err := opened.Partitions(t.Context())
			judge(t, err, c.denied)
			if _, err := opened.Latest(t.Context(), all); err != nil {
				t.Error(err)
			}
		})
	}
	t.Run("no TLS", func(t *testing.T) {
		t.Parallel()
		inBubble(t, func(t *testing.T, s *service, _ *kfake.Cluster) {
			_, err := s.open(t, topic(t, "t"), "{"+trust(mine)+"}").Partitions(t.Context())
			if err == nil {
				t.Error("brokers without TLS are taken for such with it")
			}
		})
	})
}
