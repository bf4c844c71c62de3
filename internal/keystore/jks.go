package keystore

import (
	"bytes"
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"

	"github.com/pavlo-v-chernykh/keystore-go/v4"
)

// openJKS reads a store. Without a password it is not known whether it is as it was written, as in Java; its certificates are there all the same.
func (s Store) openJKS(text []byte) (*keystore.KeyStore, error) {
	store := keystore.New(keystore.WithOrderedAliases())
	err := store.Load(bytes.NewReader(text), []byte(s.Password))
	if err != nil && (s.Password != "" || err.Error() != unchecked) {
		return nil, errors.New("the password is not that of the store, or the store is damaged")
	}
	return &store, nil
}

// unchecked is what a store is refused with that could be read to its end.
const unchecked = "got invalid digest"

// jksIdentity takes the only key, or that of the alias.
func (s Store) jksIdentity(text []byte) (*tls.Certificate, error) {
	store, err := s.openJKS(text)
	if err != nil {
		return nil, err
	}
	alias, aliases := s.Alias, []string(nil)
	for _, name := range store.Aliases() {
		if store.IsPrivateKeyEntry(name) {
			aliases = append(aliases, name)
		}
	}
	switch {
	case alias == "" && len(aliases) == 1:
		alias = aliases[0]
	case alias == "" && len(aliases) > 1:
		return nil, manyKeys(aliases)
	case !store.IsPrivateKeyEntry(alias):
		return nil, s.noKey(aliases)
	}
	entry, err := store.GetPrivateKeyEntry(alias, []byte(cmp.Or(s.KeyPassword, s.Password)))
	if err != nil {
		return nil, errors.New("keyManagerPassword is not that of the key")
	}
	var chain [][]byte
	for _, certificate := range entry.CertificateChain {
		chain = append(chain, certificate.Content)
	}
	return pair(pemOf("PRIVATE KEY", entry.PrivateKey), pemChain(chain))
}

// jksTrusted are the certificates that Java's programs trust: those without a key, and of each key its own.
func (s Store) jksTrusted(text []byte) (trusted []*x509.Certificate, err error) {
	store, err := s.openJKS(text)
	if err != nil {
		return nil, err
	}
	for _, alias := range store.Aliases() {
		var der []byte
		if store.IsTrustedCertificateEntry(alias) {
			entry, err := store.GetTrustedCertificateEntry(alias)
			if err != nil {
				return nil, err
			}
			der = entry.Certificate.Content
		} else if chain, err := store.GetPrivateKeyEntryCertificateChain(alias); err == nil && len(chain) > 0 {
			der = chain[0].Content
		} else {
			continue
		}
		certificate, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, err
		}
		trusted = append(trusted, certificate)
	}
	return trusted, nil
}
