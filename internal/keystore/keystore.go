// Package keystore reads private keys and certificates from files as Java's programs keep them: PEM, PKCS12 and JKS.
package keystore

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strings"
)

// Types of stores, in Java's words and in any case. JKS and PKCS12 are each read under the name of the other, as Java does.
const (
	PEM    = "PEM"
	PKCS12 = "PKCS12"
	JKS    = "JKS"
)

// Store is a file with keys or certificates. Secrets stand in it alone: no error tells of them.
type Store struct {
	Path        string // perhaps as file: and a path
	KeyPath     string // of PEM, if the key is in a file of its own
	Type        string // empty: by what is in the file
	Password    string // of the store
	KeyPassword string // of the key in it; empty: Password
	Alias       string // of the key in it; empty: the only one
}

// Files are those that the store is read from.
func (s Store) Files() []string {
	files := []string{file(s.Path)}
	if s.KeyPath != "" {
		files = append(files, file(s.KeyPath))
	}
	return files
}

func file(path string) string {
	path = strings.TrimPrefix(path, "file:")
	if strings.HasPrefix(path, "//") {
		path = "/" + strings.TrimLeft(path, "/")
	}
	return path
}

// CheckType tells what is wrong with the name of a type.
func CheckType(name string) error {
	switch strings.ToUpper(name) {
	case "", PEM, PKCS12, JKS:
		return nil
	}
	return errors.New("must be PEM, PKCS12 or JKS; of another store a key can be taken by: keytool -importkeystore -srckeystore FILE -srcstoretype TYPE -destkeystore NEW.p12 -deststoretype PKCS12")
}

// content is a file with the type that it has.
func (s Store) content() (text []byte, kind string, err error) {
	if text, err = os.ReadFile(file(s.Path)); err != nil {
		return nil, "", err
	}
	switch {
	case bytes.HasPrefix(text, []byte{0xfe, 0xed, 0xfe, 0xed}):
		kind = JKS
	case bytes.Contains(text, []byte("-----BEGIN ")):
		kind = PEM
	default:
		kind = PKCS12
	}
	if s.Type != "" && strings.EqualFold(s.Type, PEM) != (kind == PEM) {
		return nil, "", fmt.Errorf("%s is no store of type %s", s.Path, strings.ToUpper(s.Type))
	}
	return text, kind, nil
}

// Identity is the key of the store with its certificates, the first of which is that of the key.
func (s Store) Identity() (*tls.Certificate, error) {
	text, kind, err := s.content()
	if err != nil {
		return nil, err
	}
	var identity *tls.Certificate
	switch kind {
	case PEM:
		identity, err = s.pemIdentity(text)
	case JKS:
		identity, err = s.jksIdentity(text)
	default:
		identity, err = s.pkcs12Identity(text)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.Path, err)
	}
	if identity.Leaf == nil {
		if identity.Leaf, err = x509.ParseCertificate(identity.Certificate[0]); err != nil {
			return nil, fmt.Errorf("%s: %w", s.Path, err)
		}
	}
	return identity, nil
}

// Roots are the certificates of the store, as those that are trusted.
func (s Store) Roots() (*x509.CertPool, error) {
	text, kind, err := s.content()
	if err != nil {
		return nil, err
	}
	var trusted []*x509.Certificate
	switch kind {
	case PEM:
		trusted, err = pemCertificates(text)
	case JKS:
		trusted, err = s.jksTrusted(text)
	default:
		trusted, err = s.pkcs12Trusted(text)
	}
	if err == nil && len(trusted) == 0 {
		err = errors.New("it has no certificate that is trusted")
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.Path, err)
	}
	pool := x509.NewCertPool()
	for _, certificate := range trusted {
		pool.AddCert(certificate)
	}
	return pool, nil
}

// identity is a key with its certificates, if they belong together.
func identity(key any, chain [][]byte) (*tls.Certificate, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("the key: %w", err)
	}
	return pair(pemOf("PRIVATE KEY", der), pemChain(chain))
}

// manyKeys is the error of a store from which nobody says which key to take.
func manyKeys(aliases []string) error {
	return fmt.Errorf("it has several keys: certAlias must name one of %s", strings.Join(aliases, ", "))
}

// noKey is the error of a store without a key of that alias.
func (s Store) noKey(aliases []string) error {
	if len(aliases) == 0 {
		return errors.New("it has no private key")
	}
	return fmt.Errorf("it has no private key of the alias %q, but of %s", s.Alias, strings.Join(aliases, ", "))
}
