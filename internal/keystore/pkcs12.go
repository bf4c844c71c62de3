package keystore

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"strings"

	"software.sslmate.com/src/go-pkcs12"
)

// pkcs12Identity takes the only key, or that of the alias. In a PKCS12 file keys have the password of the store.
func (s Store) pkcs12Identity(text []byte) (*tls.Certificate, error) {
	if s.Alias != "" {
		return s.pkcs12Alias(text)
	}
	key, leaf, others, err := pkcs12.DecodeChain(text, s.Password)
	if err != nil {
		if blocks, err := named(text, s.Password); err == nil {
			if aliases := keyAliases(blocks); len(aliases) > 1 {
				return nil, manyKeys(aliases)
			}
		}
		return nil, inPlainWords(err)
	}
	chain := [][]byte{leaf.Raw}
	for _, other := range others {
		chain = append(chain, other.Raw)
	}
	return identity(key, chain)
}

// pkcs12Alias takes the key of the alias: one that has its name, and the certificates that lead from it to a root.
func (s Store) pkcs12Alias(text []byte) (*tls.Certificate, error) {
	blocks, err := named(text, s.Password)
	if err != nil {
		return nil, inPlainWords(err)
	}
	for _, block := range blocks {
		if block.Type != "PRIVATE KEY" || !strings.EqualFold(block.Headers["friendlyName"], s.Alias) {
			continue
		}
		chain, err := chainOf(block, blocks)
		if err != nil {
			return nil, err
		}
		return pair(pemOf(block.Type, block.Bytes), pemChain(chain))
	}
	return nil, s.noKey(keyAliases(blocks))
}

// named are all keys and certificates of a store with their aliases, in blocks that tls.X509KeyPair takes.
func named(text []byte, password string) ([]*pem.Block, error) {
	//lint:ignore SA1019 nothing else tells the aliases
	return pkcs12.ToPEM(text, password)
}

// chainOf is the certificate with the id of a key, and those that it was issued by.
func chainOf(key *pem.Block, blocks []*pem.Block) (chain [][]byte, err error) {
	var last *x509.Certificate
	var others []*x509.Certificate
	for _, block := range blocks {
		if block.Type != "CERTIFICATE" {
			continue
		}
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		if last == nil && block.Headers["localKeyId"] == key.Headers["localKeyId"] {
			last = certificate
			continue
		}
		others = append(others, certificate)
	}
	for last != nil {
		chain = append(chain, last.Raw)
		next := last
		if !bytes.Equal(last.RawIssuer, last.RawSubject) {
			for _, other := range others {
				if bytes.Equal(other.RawSubject, last.RawIssuer) && last.CheckSignatureFrom(other) == nil {
					next = other
				}
			}
		}
		if next == last || len(chain) > len(blocks) {
			break
		}
		last = next
	}
	return chain, nil
}

func keyAliases(blocks []*pem.Block) (aliases []string) {
	for _, block := range blocks {
		if block.Type == "PRIVATE KEY" {
			aliases = append(aliases, block.Headers["friendlyName"])
		}
	}
	return aliases
}

// pkcs12Trusted are the certificates that Java's programs trust: those that are marked so, or else that of the key.
func (s Store) pkcs12Trusted(text []byte) ([]*x509.Certificate, error) {
	trusted, err := pkcs12.DecodeTrustStore(text, s.Password)
	if err == nil || errors.Is(err, pkcs12.ErrIncorrectPassword) {
		return trusted, inPlainWords(err)
	}
	if _, leaf, _, failed := pkcs12.DecodeChain(text, s.Password); failed == nil {
		return []*x509.Certificate{leaf}, nil
	}
	return nil, inPlainWords(err)
}

func inPlainWords(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, pkcs12.ErrIncorrectPassword):
		return errors.New("the password is not that of the store")
	}
	return errors.New("it cannot be read as PKCS12: " + strings.TrimPrefix(err.Error(), "pkcs12: "))
}
