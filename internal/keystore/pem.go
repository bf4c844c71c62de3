package keystore

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"strings"
)

// pemIdentity reads the certificates and the key of one file, or of two. Errors name the second one.
func (s Store) pemIdentity(text []byte) (*tls.Certificate, error) {
	key, with := text, ""
	if s.KeyPath != "" {
		var err error
		if key, err = os.ReadFile(file(s.KeyPath)); err != nil {
			return nil, err
		}
		with = "with the key of " + s.KeyPath + ": "
	}
	for rest := key; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type == "ENCRYPTED PRIVATE KEY" || strings.Contains(block.Headers["Proc-Type"], "ENCRYPTED") {
			return nil, errors.New(with + "its key is encrypted, which PEM is not read with: keep it in a store of type PKCS12, or decrypt it (openssl pkey -in KEY -out NEW) and let nobody else read the file")
		}
	}
	identity, err := pair(key, text)
	if err != nil {
		err = fmt.Errorf("%s%w", with, err)
	}
	return identity, err
}

// pair is a key with its certificates, both in PEM.
func pair(key, chain []byte) (*tls.Certificate, error) {
	pair, err := tls.X509KeyPair(chain, key)
	if err != nil {
		return nil, errors.New(strings.TrimPrefix(err.Error(), "tls: "))
	}
	return &pair, nil
}

// pemCertificates are all certificates of a file, which may hold other things, too.
func pemCertificates(text []byte) (all []*x509.Certificate, err error) {
	for {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			return all, nil
		}
		if block.Type != "CERTIFICATE" {
			continue
		}
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		all = append(all, certificate)
	}
}

func pemOf(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

func pemChain(chain [][]byte) []byte {
	var text bytes.Buffer
	for _, der := range chain {
		text.Write(pemOf("CERTIFICATE", der))
	}
	return text.Bytes()
}
