package config

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"

	"ovate/internal/https"
	"ovate/internal/keystore"
)

// TLS is how this server speaks TLS, with its clients and with other servers.
type TLS struct {
	On        bool   // it listens with TLS
	Plaintext bool   // it listens without TLS, too, or only
	Listen    string // host:port to bind with TLS
	Server    https.Server
	Client    https.Client

	certificate, key        string // of ovate.tls
	reload                  bool
	reloadSeconds           int
	request, require        bool
	includeCiphers          []string
	excludeCiphers          []string
	includeVersions         []string
	excludeVersions         []string
	validateServerHostnames bool // of the servers that are called
}

// setProtocol takes the newest version of TLS that a client offers, as Java names it.
func setProtocol(newest *uint16, v string) error {
	switch v {
	case "TLSv1.2":
		*newest = tls.VersionTLS12
	case "TLSv1.3", "TLS":
		*newest = tls.VersionTLS13
	default:
		return errors.New("must be TLSv1.3, TLSv1.2 or TLS: older versions are not offered")
	}
	return nil
}

// settleTLS fits together what TLS is spoken with, and reads the files once. The error joins a *ValueError for each value that cannot be used.
func (c *Config) settleTLS() error {
	var wrong []error
	refuse := func(name, allowed string) { wrong = append(wrong, c.Refusal(name, allowed)) }
	t := &c.TLS
	own := t.certificate != "" || t.key != ""
	if own && c.otherwise("druid.enableTlsPort", "true", "default, with ovate.tls.certificate") {
		t.On = true
	}
	if own && c.otherwise("druid.server.https.reloadSslContext", "true", "default, with ovate.tls.certificate") {
		t.reload = true
	}
	if !t.On && !t.Plaintext {
		refuse("druid.enablePlaintextPort", "must be true unless druid.enableTlsPort is: the server would listen nowhere")
	}
	if t.On {
		c.settleIdentity(own, refuse)
		c.settleVersions(refuse)
		c.settleClients(refuse)
	}
	c.settleOutgoing(refuse)
	return errors.Join(wrong...)
}

// settleIdentity finds the key and the certificate of the server.
func (c *Config) settleIdentity(own bool, refuse func(name, allowed string)) {
	t, property := &c.TLS, "druid.server.https.keyStorePath"
	switch {
	case own && t.Server.Identity.Path != "":
		refuse(property, "must not be set together with ovate.tls.certificate: both have the certificate of the server")
		return
	case own && t.certificate == "":
		refuse("ovate.tls.certificate", "must be a file with the certificate in PEM, since ovate.tls.key is set")
		return
	case own:
		property = "ovate.tls.certificate"
		t.Server.Identity = keystore.Store{Path: t.certificate, KeyPath: t.key, Type: keystore.PEM}
	case t.Server.Identity.Path == "":
		refuse(property, "must be a store (PEM, PKCS12 or JKS) with the key and the certificate of the server, since druid.enableTlsPort is true; or set ovate.tls.certificate and ovate.tls.key, which are files in PEM")
		return
	}
	if t.reload {
		t.Server.Reload = time.Duration(t.reloadSeconds) * time.Second
	}
	if _, err := t.Server.Identity.Identity(); err != nil {
		why := fmt.Sprintf("cannot be used: %v", err)
		if t.certificate != "" && t.key == "" {
			why += "; a key in a file of its own is named by ovate.tls.key"
		}
		refuse(property, why)
	}
}

func (c *Config) settleVersions(refuse func(name, allowed string)) {
	t := &c.TLS
	oldest, newest, err := https.Versions(t.includeVersions, t.excludeVersions)
	if err != nil {
		refuse("druid.server.https.includeProtocols", err.Error())
	}
	suites, from, to, err := https.Suites(t.includeCiphers, t.excludeCiphers)
	if err != nil {
		refuse("druid.server.https.includeCipherSuites", err.Error())
		return
	}
	t.Server.Suites, t.Server.MinVersion, t.Server.MaxVersion = suites, max(oldest, from), min(newest, to)
	if t.Server.MinVersion > t.Server.MaxVersion {
		refuse("druid.server.https.includeProtocols", "must have a version of TLS for which druid.server.https.includeCipherSuites leaves a cipher suite")
	}
}

// settleClients says which certificates clients must show.
func (c *Config) settleClients(refuse func(name, allowed string)) {
	t := &c.TLS
	switch {
	case t.require:
		t.Server.Clients = tls.RequireAndVerifyClientCert
	case t.request:
		t.Server.Clients = tls.VerifyClientCertIfGiven
	default:
		return
	}
	if t.Server.Trusted.Path == "" {
		refuse("druid.server.https.trustStorePath", "must be a store with the authorities that the certificates of clients come from, since these are asked for one "+
			"(druid.server.https.requireClientCertificate, requestClientCertificate); name the key store again if it has them")
		return
	}
	if _, err := t.Server.Trusted.Roots(); err != nil {
		refuse("druid.server.https.trustStorePath", fmt.Sprintf("cannot be used: %v", err))
		return
	}
	if t.Server.Revoked != "" {
		if _, err := https.ReadRevocations(t.Server.Revoked); err != nil {
			refuse("druid.server.https.crlPath", fmt.Sprintf("cannot be used: %v", err))
		}
	}
}

// settleOutgoing reads what other servers are called with.
func (c *Config) settleOutgoing(refuse func(name, allowed string)) {
	o := &c.TLS.Client
	o.AnyName = !c.TLS.validateServerHostnames
	if o.Trusted.Path != "" {
		if _, err := o.Trusted.Roots(); err != nil {
			refuse("druid.client.https.trustStorePath", fmt.Sprintf("cannot be used: %v", err))
		}
	}
	if o.Identity.Path != "" {
		if _, err := o.Identity.Identity(); err != nil {
			refuse("druid.client.https.keyStorePath", fmt.Sprintf("cannot be used: %v", err))
		}
	}
}

// settlePorts tells the two ports apart, once it is known to which host they are bound.
func (c *Config) settlePorts(bound string) error {
	port := c.settings["druid.tlsPort"]
	switch {
	case !c.TLS.On:
		return nil
	case !c.TLS.Plaintext:
		c.TLS.Listen, c.Listen = c.Listen, ""
		return nil
	case port.Value == c.settings["druid.plaintextPort"].Value && port.Value != "0":
		return &ValueError{Setting: port, Allowed: "must be another port than druid.plaintextPort, or druid.enablePlaintextPort must be false"}
	}
	c.TLS.Listen = net.JoinHostPort(bound, port.Value)
	return nil
}
