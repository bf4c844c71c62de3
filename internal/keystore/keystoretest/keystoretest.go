// Package keystoretest makes certificates for tests.
package keystoretest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Authority signs certificates that nobody trusts who does not know it.
type Authority struct {
	Certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	folder      string
}

// New makes an authority, whose files are in a folder of the test.
func New(t testing.TB, name string) *Authority {
	t.Helper()
	a := &Authority{key: newKey(t), folder: t.TempDir()}
	template := template(t, name)
	template.IsCA, template.KeyUsage = true, x509.KeyUsageCertSign|x509.KeyUsageCRLSign
	a.Certificate = sign(t, template, template, a.key, a.key)
	return a
}

// File is the certificate of the authority in PEM.
func (a *Authority) File(t testing.TB) string {
	return write(t, filepath.Join(a.folder, "ca.pem"), pemOf("CERTIFICATE", a.Certificate.Raw))
}

// Pool trusts the authority alone.
func (a *Authority) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.Certificate)
	return pool
}

// Issued is a certificate with its key, in memory and in files of PEM.
type Issued struct {
	Certificate  *x509.Certificate
	Key          *ecdsa.PrivateKey
	CertFile     string
	KeyFile      string
	CertPEM      []byte
	KeyPEM       []byte
	SerialNumber *big.Int
}

// Issue issues a certificate for servers and clients of these names, which may be addresses; the first is the common name too.
func (a *Authority) Issue(t testing.TB, names ...string) *Issued {
	t.Helper()
	return a.IssueUntil(t, time.Now().Add(time.Hour), names...)
}

// IssueUntil is Issue with the time at which the certificate ends.
func (a *Authority) IssueUntil(t testing.TB, end time.Time, names ...string) *Issued {
	t.Helper()
	template := template(t, names[0])
	template.NotAfter, template.NotBefore = end, end.Add(-2*time.Hour)
	template.KeyUsage = x509.KeyUsageDigitalSignature
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	key := newKey(t)
	i := &Issued{Certificate: sign(t, template, a.Certificate, key, a.key), Key: key, SerialNumber: template.SerialNumber}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	i.CertPEM, i.KeyPEM = pemOf("CERTIFICATE", i.Certificate.Raw), pemOf("PRIVATE KEY", der)
	folder := t.TempDir()
	i.CertFile, i.KeyFile = write(t, filepath.Join(folder, "cert.pem"), i.CertPEM), write(t, filepath.Join(folder, "key.pem"), i.KeyPEM)
	return i
}

// Revoke writes a list of certificates that the authority has revoked, which holds until a time.
func (a *Authority) Revoke(t testing.TB, until time.Time, serials ...*big.Int) (file string) {
	t.Helper()
	list := &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: until.Add(-2 * time.Hour), NextUpdate: until}
	for _, serial := range serials {
		list.RevokedCertificateEntries = append(list.RevokedCertificateEntries, x509.RevocationListEntry{SerialNumber: serial, RevocationTime: list.ThisUpdate})
	}
	der, err := x509.CreateRevocationList(rand.Reader, list, a.Certificate, a.key)
	if err != nil {
		t.Fatal(err)
	}
	return write(t, filepath.Join(t.TempDir(), "revoked.pem"), pemOf("X509 CRL", der))
}

func template(t testing.TB, name string) *x509.Certificate {
	t.Helper()
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 100))
	if err != nil {
		t.Fatal(err)
	}
	return &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: name}, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func sign(t testing.TB, template, parent *x509.Certificate, key, by *ecdsa.PrivateKey) *x509.Certificate {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), by)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return certificate
}

func pemOf(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

func write(t testing.TB, file string, content []byte) string {
	t.Helper()
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
