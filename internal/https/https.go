// Package https is how this process speaks TLS: as a server, whose key and certificates are read anew when their files change, and as a client of the
// other servers of a cluster.
package https

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"ovate/internal/keystore"
)

// Server is what a server is set up with.
type Server struct {
	Identity keystore.Store
	Suites   []uint16 // those before TLS 1.3 that are offered
	// MinVersion and MaxVersion are of TLS.
	MinVersion, MaxVersion uint16

	// Clients says whether those who connect show a certificate: tls.NoClientCert, tls.VerifyClientCertIfGiven or tls.RequireAndVerifyClientCert.
	Clients tls.ClientAuthType
	// Trusted has the authorities that the certificates of clients come from.
	Trusted keystore.Store
	// ClientNames has a certificate be one of the address that its client connects from, or of that address's name.
	ClientNames bool
	// Revoked is a file of lists of certificates that are revoked; empty: none is asked for.
	Revoked string

	// Reload is how often it is looked whether a file has changed; 0: never.
	Reload time.Duration
}

// files are all that a server is made of.
func (s *Server) files() []string {
	files := s.Identity.Files()
	if s.Clients != tls.NoClientCert {
		files = append(files, s.Trusted.Files()...)
		if s.Revoked != "" {
			files = append(files, s.Revoked)
		}
	}
	return files
}

// Check reads all files once.
func (s *Server) Check() error {
	_, err := s.load()
	return err
}

// loaded is what was read of the files.
type loaded struct {
	config  *tls.Config
	revoked Revocations // nil if nobody asks for them
}

// load reads the files. What they hold is of one moment each, and is used all together or not at all.
func (s *Server) load() (*loaded, error) {
	identity, err := s.Identity.Identity()
	if err != nil {
		return nil, fmt.Errorf("key and certificate: %w", err)
	}
	l := &loaded{config: &tls.Config{
		Certificates: []tls.Certificate{*identity}, CipherSuites: s.Suites, MinVersion: s.MinVersion, MaxVersion: s.MaxVersion,
		ClientAuth: s.Clients, NextProtos: []string{"http/1.1"},
	}}
	if s.Clients == tls.NoClientCert {
		return l, nil
	}
	l.config.SessionTicketsDisabled = true // so that whoever is not trusted any more comes in no more
	if l.config.ClientCAs, err = s.Trusted.Roots(); err != nil {
		return nil, fmt.Errorf("certificates of authorities: %w", err)
	}
	if s.Revoked != "" {
		if l.revoked, err = ReadRevocations(s.Revoked); err != nil {
			return nil, fmt.Errorf("revoked certificates: %s: %w", s.Revoked, err)
		}
	}
	return l, nil
}

// Client is whom a client trusts, and who it is.
type Client struct {
	Trusted  keystore.Store // of authorities; without a path those of the machine
	Identity keystore.Store // without a path it shows no certificate
	AnyName  bool           // certificates of servers may be of other names
	// MaxVersion is of TLS; 0 is the newest.
	MaxVersion uint16
}

// Config reads the files.
func (c *Client) Config() (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12, MaxVersion: c.MaxVersion}
	if c.Trusted.Path != "" {
		roots, err := c.Trusted.Roots()
		if err != nil {
			return nil, err
		}
		config.RootCAs = roots
	}
	if c.Identity.Path != "" {
		identity, err := c.Identity.Identity()
		if err != nil {
			return nil, err
		}
		config.Certificates = []tls.Certificate{*identity}
	}
	if c.AnyName {
		config.InsecureSkipVerify = true // VerifyConnection looks at all but the name
		config.VerifyConnection = func(state tls.ConnectionState) error { return verify(state, config.RootCAs) }
	}
	return config, nil
}

// verify checks a certificate of a server but for its name.
func verify(state tls.ConnectionState, roots *x509.CertPool) error {
	if len(state.PeerCertificates) == 0 {
		return errors.New("the server shows no certificate")
	}
	others := x509.NewCertPool()
	for _, certificate := range state.PeerCertificates[1:] {
		others.AddCert(certificate)
	}
	if _, err := state.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: roots, Intermediates: others}); err != nil {
		return &tls.CertificateVerificationError{UnverifiedCertificates: state.PeerCertificates, Err: err}
	}
	return nil
}
