package config

import (
	"math"
	"os"
	"slices"

	"ovate/internal/keystore"
	"ovate/internal/password"
)

// tlsKeys are the properties of TLS. They are fitted together when all are known, as they count only if TLS is used.
func tlsKeys() []key { return slices.Concat(tlsListenKeys(), tlsServerKeys(), tlsClientKeys()) }

// tlsListenKeys are where the server listens, and a key and a certificate in the plainest of ways.
func tlsListenKeys() []key {
	return []key{
		{"druid.enablePlaintextPort", "true", tlsFlag(func(t *TLS) *bool { return &t.Plaintext })},
		{"druid.enableTlsPort", "false", tlsFlag(func(t *TLS) *bool { return &t.On })},
		{"druid.tlsPort", "8290", func(_ *Config, v string) error { var port int; return setInt(&port, v, 0, math.MaxUint16) }},
		{"ovate.tls.certificate", "", tlsPath(func(t *TLS) *string { return &t.certificate })},
		{"ovate.tls.key", "", tlsPath(func(t *TLS) *string { return &t.key })},
	}
}

// tlsServerKeys are how it speaks with its clients, in Druid's words.
func tlsServerKeys() []key {
	const of = "druid.server.https."
	return []key{
		{of + "keyStorePath", "", tlsText(func(t *TLS) *string { return &t.Server.Identity.Path })},
		{of + "keyStoreType", "", tlsKind(func(t *TLS) *string { return &t.Server.Identity.Type })},
		{of + "keyStorePassword", "", tlsSecret(func(t *TLS) *string { return &t.Server.Identity.Password })},
		{of + "keyManagerPassword", "", tlsSecret(func(t *TLS) *string { return &t.Server.Identity.KeyPassword })},
		{of + "keyManagerFactoryAlgorithm", "", func(*Config, string) error { return nil }},
		{of + "certAlias", "", tlsText(func(t *TLS) *string { return &t.Server.Identity.Alias })},
		{of + "includeCipherSuites", "", tlsList(func(t *TLS) *[]string { return &t.includeCiphers })},
		{of + "excludeCipherSuites", "", tlsList(func(t *TLS) *[]string { return &t.excludeCiphers })},
		{of + "includeProtocols", "", tlsList(func(t *TLS) *[]string { return &t.includeVersions })},
		{of + "excludeProtocols", "", tlsList(func(t *TLS) *[]string { return &t.excludeVersions })},
		{of + "requireClientCertificate", "false", tlsFlag(func(t *TLS) *bool { return &t.require })},
		{of + "requestClientCertificate", "false", tlsFlag(func(t *TLS) *bool { return &t.request })},
		{of + "trustStorePath", "", tlsText(func(t *TLS) *string { return &t.Server.Trusted.Path })},
		{of + "trustStoreType", "", tlsKind(func(t *TLS) *string { return &t.Server.Trusted.Type })},
		{of + "trustStorePassword", "", tlsSecret(func(t *TLS) *string { return &t.Server.Trusted.Password })},
		{of + "trustStoreAlgorithm", "", func(*Config, string) error { return nil }},
		{of + "validateHostnames", "true", tlsFlag(func(t *TLS) *bool { return &t.Server.ClientNames })},
		{of + "crlPath", "", tlsPath(func(t *TLS) *string { return &t.Server.Revoked })},
		{of + "reloadSslContext", "false", tlsFlag(func(t *TLS) *bool { return &t.reload })},
		{of + "reloadSslContextSeconds", "60", func(c *Config, v string) error { return setInt(&c.TLS.reloadSeconds, v, 1, 86_400) }},
	}
}

// tlsClientKeys are how it speaks with other servers, in Druid's words.
func tlsClientKeys() []key {
	const of = "druid.client.https."
	return []key{
		{of + "protocol", "", optional(func(c *Config, v string) error { return setProtocol(&c.TLS.Client.MaxVersion, v) })},
		{of + "trustStorePath", "", tlsText(func(t *TLS) *string { return &t.Client.Trusted.Path })},
		{of + "trustStoreType", "", tlsKind(func(t *TLS) *string { return &t.Client.Trusted.Type })},
		{of + "trustStorePassword", "", tlsSecret(func(t *TLS) *string { return &t.Client.Trusted.Password })},
		{of + "trustStoreAlgorithm", "", func(*Config, string) error { return nil }},
		{of + "keyStorePath", "", tlsText(func(t *TLS) *string { return &t.Client.Identity.Path })},
		{of + "keyStoreType", "", tlsKind(func(t *TLS) *string { return &t.Client.Identity.Type })},
		{of + "keyStorePassword", "", tlsSecret(func(t *TLS) *string { return &t.Client.Identity.Password })},
		{of + "keyManagerPassword", "", tlsSecret(func(t *TLS) *string { return &t.Client.Identity.KeyPassword })},
		{of + "keyManagerFactoryAlgorithm", "", func(*Config, string) error { return nil }},
		{of + "certAlias", "", tlsText(func(t *TLS) *string { return &t.Client.Identity.Alias })},
		{of + "validateHostnames", "true", tlsFlag(func(t *TLS) *bool { return &t.validateServerHostnames })},
	}
}

// What follows takes a value of a property into a field of TLS.

func tlsText(of func(*TLS) *string) func(*Config, string) error {
	return func(c *Config, v string) error { *of(&c.TLS) = v; return nil }
}

func tlsPath(of func(*TLS) *string) func(*Config, string) error {
	return optional(func(c *Config, v string) error { return setPath(of(&c.TLS), v) })
}

func tlsKind(of func(*TLS) *string) func(*Config, string) error {
	return func(c *Config, v string) error { *of(&c.TLS) = v; return keystore.CheckType(v) }
}

func tlsSecret(of func(*TLS) *string) func(*Config, string) error {
	return func(c *Config, v string) (err error) { *of(&c.TLS), err = password.Read(v, os.LookupEnv); return err }
}

func tlsFlag(of func(*TLS) *bool) func(*Config, string) error {
	return func(c *Config, v string) error { return setBool(of(&c.TLS), v) }
}

func tlsList(of func(*TLS) *[]string) func(*Config, string) error {
	return func(c *Config, v string) error { return setList(of(&c.TLS), v) }
}
