package https

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"strings"
	"time"
)

// checkName tells whether a certificate is one of the address that its client connects from, or of that address's name, as Java has it checked.
func checkName(ctx context.Context, certificate *x509.Certificate, from net.Addr) error {
	host, _, err := net.SplitHostPort(from.String())
	if err != nil {
		return err
	}
	host, _, _ = strings.Cut(host, "%") // of a link-local address
	wrong := certificate.VerifyHostname(host)
	if wrong == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	names, _ := net.DefaultResolver.LookupAddr(ctx, host) // an address without a name is as good as one of another
	for _, name := range names {
		if certificate.VerifyHostname(strings.TrimSuffix(name, ".")) == nil {
			return nil
		}
	}
	return fmt.Errorf("the certificate of the client is not one of the address that it connects from: %w; druid.server.https.validateHostnames=false lets it", wrong)
}

// Revocations are lists of certificates that are revoked, by who has issued them.
type Revocations map[string][]*x509.RevocationList

// ReadRevocations reads lists in PEM, or one in DER.
func ReadRevocations(file string) (Revocations, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	all := Revocations{}
	add := func(der []byte) error {
		list, err := x509.ParseRevocationList(der)
		if err == nil {
			all[string(list.RawIssuer)] = append(all[string(list.RawIssuer)], list)
		}
		return err
	}
	if !bytes.Contains(content, []byte("-----BEGIN ")) {
		return all, add(content)
	}
	for {
		var block *pem.Block
		if block, content = pem.Decode(content); block == nil {
			break
		}
		if block.Type != "X509 CRL" {
			continue
		}
		if err := add(block.Bytes); err != nil {
			return nil, err
		}
	}
	if len(all) == 0 {
		return nil, errors.New("there is no list of revoked certificates in it (-----BEGIN X509 CRL-----)")
	}
	return all, nil
}

// check tells whether a certificate may be taken. As in Java it may not where nobody can tell: each issuer must have a list that is current.
func (r Revocations) check(chains [][]*x509.Certificate, now time.Time) error {
	err := errors.New("the certificate of the client was not verified")
	for _, chain := range chains {
		if err = r.checkChain(chain, now); err == nil {
			return nil
		}
	}
	return err
}

func (r Revocations) checkChain(chain []*x509.Certificate, now time.Time) error {
	for i, certificate := range chain[:len(chain)-1] {
		current := false
		for _, list := range r[string(certificate.RawIssuer)] {
			if list.CheckSignatureFrom(chain[i+1]) != nil || now.After(list.NextUpdate) {
				continue
			}
			current = true
			if has(list, certificate.SerialNumber) {
				return fmt.Errorf("the certificate of the client is revoked: %s, serial %x", certificate.Subject, certificate.SerialNumber)
			}
		}
		if !current {
			return fmt.Errorf("nobody can tell whether the certificate of the client is revoked: there is no current list of %s", certificate.Issuer)
		}
	}
	return nil
}

func has(list *x509.RevocationList, serial *big.Int) bool {
	for _, entry := range list.RevokedCertificateEntries {
		if entry.SerialNumber.Cmp(serial) == 0 {
			return true
		}
	}
	return false
}
