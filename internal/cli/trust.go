package cli

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"

	"ovate/client"
	"ovate/internal/keystore"
)

// trust is the flags about TLS of all commands that talk to a running server.
type trust struct {
	CA   string `name:"ca" env:"OVATE_CA" placeholder:"FILE" help:"Certificates in PEM that are trusted besides those of this machine: that of the server, or of who has issued it. Default: OVATE_CA."`
	Cert string `env:"OVATE_CERT" placeholder:"FILE" help:"Certificate and key in PEM, for a server that asks its clients for one. Default: OVATE_CERT."`
}

// client is of a server that is trusted as the flags say, and gets the credentials which the environment names.
func (t *trust) client(url string, options ...client.Option) (*client.Client, error) {
	credentials, err := credentialsOf(os.LookupEnv)
	if err != nil {
		return nil, &inputError{err}
	}
	return t.stranger(url, append(options, credentials...)...)
}

// stranger is of a server that gets no credentials, as anybody of this machine may listen there.
func (t *trust) stranger(url string, options ...client.Option) (*client.Client, error) {
	if t.CA != "" || t.Cert != "" {
		config, err := t.config()
		if err != nil {
			return nil, &inputError{err}
		}
		options = append(options, client.WithTLS(config))
	}
	c, err := client.New(url, options...)
	if err != nil {
		return nil, &inputError{err}
	}
	return c, nil
}

func (t *trust) config() (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if t.CA != "" {
		text, err := os.ReadFile(t.CA)
		if err != nil {
			return nil, fmt.Errorf("--ca: %w", err)
		}
		if config.RootCAs, err = x509.SystemCertPool(); err != nil {
			config.RootCAs = x509.NewCertPool()
		}
		if !config.RootCAs.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("--ca: there is no certificate in PEM in %s (-----BEGIN CERTIFICATE-----)", t.CA)
		}
	}
	if t.Cert != "" {
		own, err := keystore.Store{Path: t.Cert, Type: keystore.PEM}.Identity()
		if err != nil {
			return nil, fmt.Errorf("--cert: %w", err)
		}
		config.Certificates = []tls.Certificate{*own}
	}
	return config, nil
}

// adviseTrust says what to do where client and server do not come together by TLS; empty if that is not what is wrong.
func adviseTrust(err error) string {
	var (
		unknown  x509.UnknownAuthorityError
		names    x509.HostnameError
		invalid  x509.CertificateInvalidError
		untaken  *tls.CertificateVerificationError
		remote   *net.OpError
		answered *client.Error
	)
	switch {
	case errors.As(err, &names):
		return "Name the server in --url or OVATE_URL as its certificate does: " + certificateNames(names.Certificate) + "."
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "The server needs a new certificate, or the clock of this machine is wrong. Nothing was sent."
	case errors.As(err, &unknown), errors.As(err, &untaken):
		return "Nothing was sent. If that server is meant: --ca FILE, or OVATE_CA, with the certificate in PEM of who has issued that of the server, or with that itself."
	case errors.As(err, &remote) && remote.Op == "remote error": // an alert of TLS
		return "The server may ask its clients for a certificate: --cert FILE, or OVATE_CERT, with one in PEM and its key."
	case err != nil && strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return "No TLS is spoken there: name the server as http://… instead."
	case errors.As(err, &answered) && answered.Status == 400 && strings.Contains(answered.Message, "HTTP request to an HTTPS server"):
		return "TLS is spoken there: name the server as https://… instead."
	}
	return ""
}

func certificateNames(c *x509.Certificate) string {
	names := c.DNSNames
	for _, ip := range c.IPAddresses {
		names = append(names, ip.String())
	}
	if len(names) == 0 {
		return "but that has no names of servers, only a subject, and has to be made anew with some"
	}
	return strings.Join(names, ", ")
}
