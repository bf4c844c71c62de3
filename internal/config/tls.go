package config

import (
	"crypto/tls"
	"errors"
	"fmt"
	"math"
	"net"
	"os"
	"time"

	"ovate/internal/https"
	"ovate/internal/keystore"
	"ovate/internal/password"
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

// tlsKeys are the properties of TLS. They are fitted together when all are known, as they count only if TLS is used.
func tlsKeys() []key {
	text := func(of func(*TLS) *string) func(*Config, string) error {
		return func(c *Config, v string) error { *of(&c.TLS) = v; return nil }
	}
	path := func(of func(*TLS) *string) func(*Config, string) error {
		return optional(func(c *Config, v string) error { return setPath(of(&c.TLS), v) })
	}
	kind := func(of func(*TLS) *string) func(*Config, string) error {
		return func(c *Config, v string) error { *of(&c.TLS) = v; return keystore.CheckType(v) }
	}
	secret := func(of func(*TLS) *string) func(*Config, string) error {
		return func(c *Config, v string) (err error) { *of(&c.TLS), err = password.Read(v, os.LookupEnv); return err }
	}
	flag := func(of func(*TLS) *bool) func(*Config, string) error {
		return func(c *Config, v string) error { return setBool(of(&c.TLS), v) }
	}
	list := func(of func(*TLS) *[]string) func(*Config, string) error {
		return func(c *Config, v string) error { return setList(of(&c.TLS), v) }
	}
	const server, client = "druid.server.https.", "druid.client.https."
	return []key{
		{"druid.enablePlaintextPort", "true", flag(func(t *TLS) *bool { return &t.Plaintext })},
		{"druid.enableTlsPort", "false", flag(func(t *TLS) *bool { return &t.On })},
		{"druid.tlsPort", "8290", func(_ *Config, v string) error { var port int; return setInt(&port, v, 0, math.MaxUint16) }},

		{"ovate.tls.certificate", "", path(func(t *TLS) *string { return &t.certificate })},
		{"ovate.tls.key", "", path(func(t *TLS) *string { return &t.key })},

		{server + "keyStorePath", "", text(func(t *TLS) *string { return &t.Server.Identity.Path })},
		{server + "keyStoreType", "", kind(func(t *TLS) *string { return &t.Server.Identity.Type })},
		{server + "keyStorePassword", "", secret(func(t *TLS) *string { return &t.Server.Identity.Password })},
		{server + "keyManagerPassword", "", secret(func(t *TLS) *string { return &t.Server.Identity.KeyPassword })},
		{server + "keyManagerFactoryAlgorithm", "", func(*Config, string) error { return nil }},
		{server + "certAlias", "", text(func(t *TLS) *string { return &t.Server.Identity.Alias })},
		{server + "includeCipherSuites", "", list(func(t *TLS) *[]string { return &t.includeCiphers })},
		{server + "excludeCipherSuites", "", list(func(t *TLS) *[]string { return &t.excludeCiphers })},
		{server + "includeProtocols", "", list(func(t *TLS) *[]string { return &t.includeVersions })},
		{server + "excludeProtocols", "", list(func(t *TLS) *[]string { return &t.excludeVersions })},
		{server + "requireClientCertificate", "false", flag(func(t *TLS) *bool { return &t.require })},
		{server + "requestClientCertificate", "false", flag(func(t *TLS) *bool { return &t.request })},
		{server + "trustStorePath", "", text(func(t *TLS) *string { return &t.Server.Trusted.Path })},
		{server + "trustStoreType", "", kind(func(t *TLS) *string { return &t.Server.Trusted.Type })},
		{server + "trustStorePassword", "", secret(func(t *TLS) *string { return &t.Server.Trusted.Password })},
		{server + "trustStoreAlgorithm", "", func(*Config, string) error { return nil }},
		{server + "validateHostnames", "true", flag(func(t *TLS) *bool { return &t.Server.ClientNames })},
		{server + "crlPath", "", path(func(t *TLS) *string { return &t.Server.Revoked })},
		{server + "reloadSslContext", "false", flag(func(t *TLS) *bool { return &t.reload })},
		{server + "reloadSslContextSeconds", "60", func(c *Config, v string) error { return setInt(&c.TLS.reloadSeconds, v, 1, 86_400) }},

		{client + "protocol", "", optional(func(c *Config, v string) error { return setProtocol(&c.TLS.Client.MaxVersion, v) })},
		{client + "trustStorePath", "", text(func(t *TLS) *string { return &t.Client.Trusted.Path })},
		{client + "trustStoreType", "", kind(func(t *TLS) *string { return &t.Client.Trusted.Type })},
		{client + "trustStorePassword", "", secret(func(t *TLS) *string { return &t.Client.Trusted.Password })},
		{client + "trustStoreAlgorithm", "", func(*Config, string) error { return nil }},
		{client + "keyStorePath", "", text(func(t *TLS) *string { return &t.Client.Identity.Path })},
		{client + "keyStoreType", "", kind(func(t *TLS) *string { return &t.Client.Identity.Type })},
		{client + "keyStorePassword", "", secret(func(t *TLS) *string { return &t.Client.Identity.Password })},
		{client + "keyManagerPassword", "", secret(func(t *TLS) *string { return &t.Client.Identity.KeyPassword })},
		{client + "keyManagerFactoryAlgorithm", "", func(*Config, string) error { return nil }},
		{client + "certAlias", "", text(func(t *TLS) *string { return &t.Client.Identity.Alias })},
		{client + "validateHostnames", "true", flag(func(t *TLS) *bool { return &t.validateServerHostnames })},
	}
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
