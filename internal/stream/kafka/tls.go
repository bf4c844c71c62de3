package kafka

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"regexp"
	"strings"
)

const (
	truststore        = "ssl.truststore."
	keystore          = "ssl.keystore."
	keyPasswordKey    = "ssl.key.password"
	identificationKey = "ssl.endpoint.identification.algorithm"
	tlsProtocolKey    = "ssl.protocol"
	tlsProtocolsKey   = "ssl.enabled.protocols"
)

// tls is whom the client trusts, and who it is. With a property that is wrong nobody uses it.
func (p *parser) tls() *tls.Config {
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if certificates, set := p.store(truststore, "certificates", p.values[truststore+"certificates"]); set {
		c.RootCAs = p.roots(certificates)
	}
	key, chain := p.values[keystore+"key"], p.values[keystore+"certificate.chain"]
	if (key == "") != (chain == "") {
		p.wrong(keystore+"key", "must be set together with "+keystore+"certificate.chain")
	} else if own, set := p.store(keystore, "key", key+chain); set {
		c.Certificates = p.identity(own)
	}
	p.versions(c)
	switch algorithm, set := p.values[identificationKey]; {
	case set && strings.TrimSpace(algorithm) == "":
		anyName(c)
	case set && !strings.EqualFold(algorithm, "https"):
		p.wrong(identificationKey, "must be https, or empty if the names in the certificates of brokers do not matter")
	}
	return c
}

// store is the text of a store in PEM, if one is set that is no wrong one: the content of a property, or of a file that another one names.
func (p *parser) store(prefix, property, content string) (text string, set bool) {
	location := p.values[prefix+"location"]
	switch {
	case location == "" && content == "":
	case !strings.EqualFold(p.values[prefix+"type"], "PEM"):
		p.wrong(prefix+"type", `must be "PEM": stores of types JKS, which is Java's default, and PKCS12 cannot be read here. Java's client reads PEM, too: `+
			"write what is in the store into a file of that type, or into "+prefix+property)
	case p.values[prefix+"password"] != "":
		p.wrong(prefix+"password", "must not be set for a store of type PEM, which has none")
	case location != "" && content != "":
		p.wrong(prefix+"location", "must not be set together with "+prefix+property)
	case content != "":
		return content, true
	default:
		content, err := p.policy.read(location)
		if err == nil {
			p.files = append(p.files, content)
			return content, true
		}
		p.wrong(prefix+"location", err.Error())
	}
	return "", false
}

// roots are certificates that are trusted.
func (p *parser) roots(text string) *x509.CertPool {
	pool, found := x509.NewCertPool(), blocks(text)
	for _, block := range found {
		certificate, err := x509.ParseCertificate(block.Bytes)
		if block.Type != "CERTIFICATE" || err != nil {
			found = nil
			break
		}
		pool.AddCert(certificate)
	}
	if len(found) == 0 {
		p.wrong(p.holder(truststore, "certificates"), "must hold certificates in PEM, and nothing else: -----BEGIN CERTIFICATE----- and so on")
	}
	return pool
}

// identity is the client's own key with its certificates.
func (p *parser) identity(text string) []tls.Certificate {
	var certificates, key []byte
	for _, block := range blocks(text) {
		switch {
		case block.Type == "CERTIFICATE":
			certificates = append(certificates, pem.EncodeToMemory(block)...)
		case block.Type == "ENCRYPTED PRIVATE KEY":
			p.wrong(p.holder(keystore, "key"), "has an encrypted key, which cannot be read here: set it without a password (openssl pkcs8 -in KEY), from the environment by "+providerKey+", or in a file")
			return nil
		default:
			key = append(key, pem.EncodeToMemory(block)...)
		}
	}
	pair, err := tls.X509KeyPair(certificates, key)
	if err != nil { // which is not told: it says what is in a file
		p.wrong(p.holder(keystore, "key"), "must hold a private key in PEM with the certificates that belong to it, the client's own the first")
		return nil
	}
	if p.values[keyPasswordKey] != "" {
		p.wrong(keyPasswordKey, "must not be set for a key that is not encrypted")
	}
	return []tls.Certificate{pair}
}

// holder is the property that has a store, or names its file.
func (p *parser) holder(prefix, property string) string {
	if p.values[prefix+"location"] != "" {
		property = "location"
	}
	return prefix + property
}

// versions sets those of TLS that are allowed. Those before 1.2 are not offered any more, as in Java.
func (p *parser) versions(c *tls.Config) {
	known := map[string]uint16{"TLSv1.2": tls.VersionTLS12, "TLSv1.3": tls.VersionTLS13}
	if protocol, set := p.values[tlsProtocolKey]; set && protocol != "TLS" && known[protocol] == 0 {
		p.wrong(tlsProtocolKey, "must be TLSv1.3, TLSv1.2 or TLS")
	}
	enabled, set := p.values[tlsProtocolsKey]
	if !set {
		return
	}
	c.MinVersion = 0
	for name := range strings.SplitSeq(enabled, ",") {
		if version := known[strings.TrimSpace(name)]; version != 0 {
			c.MaxVersion = max(c.MaxVersion, version)
			c.MinVersion = min(cmp.Or(c.MinVersion, version), version)
		}
	}
	if c.MaxVersion == 0 {
		p.wrong(tlsProtocolsKey, "must have TLSv1.3 or TLSv1.2 among them")
	}
}

// anyName has certificates of brokers checked in all but their names.
func anyName(c *tls.Config) {
	c.InsecureSkipVerify = true // VerifyConnection does it
	c.VerifyConnection = func(state tls.ConnectionState) error {
		others := x509.NewCertPool()
		for _, certificate := range state.PeerCertificates[1:] {
			others.AddCert(certificate)
		}
		_, err := state.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: c.RootCAs, Intermediates: others})
		if err != nil {
			return &tls.CertificateVerificationError{UnverifiedCertificates: state.PeerCertificates, Err: err}
		}
		return nil
	}
}

// block is one of PEM. As for Java it may stand in a single line, as in a variable of the environment, which encoding/pem does not take.
var block = regexp.MustCompile(`-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\s]+)-----END ([A-Z0-9 ]+)-----`)

// blocks are those in a text, up to the first that is broken.
func blocks(text string) (all []*pem.Block) {
	for _, found := range block.FindAllStringSubmatch(text, -1) {
		content, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(found[2]), ""))
		if err != nil || found[1] != found[3] {
			return nil
		}
		all = append(all, &pem.Block{Type: found[1], Bytes: content})
	}
	return all
}
