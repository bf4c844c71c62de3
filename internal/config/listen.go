package config

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"regexp"
)

// setListen takes host:port, :port (every interface) or [::1]:port.
func setListen(c *Config, v string) error {
	if v == "" {
		return nil
	}
	_, port, err := net.SplitHostPort(v)
	if err != nil {
		return errors.New("must be HOST:PORT, like 127.0.0.1:8090, or :8090 for every interface")
	}
	var number int
	if err := setInt(&number, port, 0, 65535); err != nil {
		return fmt.Errorf("the port %w", err)
	}
	c.Listen = v
	return nil
}

// setOrigins takes sites as browsers name them.
func setOrigins(origins *[]string, v string) error {
	if err := setList(origins, v); err != nil {
		return err
	}
	for _, origin := range *origins {
		u, err := url.Parse(origin)
		if err != nil || u.Host == "" || u.Scheme+"://"+u.Host != origin {
			return errors.New("must be origins, like http://router.example.com:8888")
		}
	}
	return nil
}

// checkHost takes a name or an address, perhaps with a port.
func checkHost(v string) error {
	if !regexp.MustCompile(`^[A-Za-z0-9_.:%\[\]-]*$`).MatchString(v) {
		return errors.New("must be a host name or an address, like overlord.example.com")
	}
	return nil
}

// settle fills in what depends on several properties: where to listen, and what that makes safe to allow.
//
// Without a word about it only this machine can connect. ovate.listen (--listen) is bound as it stands, by TLS if there is nothing else. Else druid.host
// decides: a loopback name stays on loopback; any other means, as in Druid, every interface, or just that one with
// druid.bindOnHost, and takes ovate.insecure unless everybody is asked who they are. Where neither is set, a server of a cluster that others may connect
// to listens on every interface, too.
//
// On loopback whoever can connect is already on this machine, so that local input may be any file and http input any address; beyond it both
// take a property of their own.
func (c *Config) settle() error {
	open := c.insecure || c.Auth.Asks() // others may connect
	property := "druid.plaintextPort"
	if !c.TLS.Plaintext {
		property = "druid.tlsPort"
	}
	host, port, err := c.named(property)
	if err != nil {
		return err
	}
	if c.Listen == "" {
		c.Listen = net.JoinHostPort(c.bound(host, open), port)
	}
	bound, port, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return &ValueError{Setting: c.settings["druid.host"], Allowed: "must be a host name or an address"}
	}
	if err := setInt(new(int), port, 0, 65535); err != nil {
		return &ValueError{Setting: c.settings["druid.host"], Allowed: "the port " + err.Error()}
	}
	if c.Host = host; c.Host == "" {
		c.Host = advertised(bound)
	}
	loopback := isLoopback(bound)
	if !loopback && !open {
		return c.tooOpen()
	}
	c.HTTP.Hosts = append(c.HTTP.Hosts, c.Host)
	if name, err := os.Hostname(); err == nil && !loopback {
		c.HTTP.Hosts = append(c.HTTP.Hosts, name)
	}
	c.settleInput(loopback)
	c.settings["druid.host"] = Setting{"druid.host", c.Host, cmp.Or(c.Origin("druid.host"), "default")}
	c.settings[property] = Setting{property, port, cmp.Or(c.Origin("ovate.listen"), c.Origin(property))}
	return c.settlePorts(bound)
}

// named is the host by which this server is known, and the port of a property, or that which is named with the host.
func (c *Config) named(property string) (host, port string, err error) {
	host, port = c.settings["druid.host"].Value, c.settings[property].Value
	name, itsPort, err := net.SplitHostPort(host)
	if err != nil {
		return host, port, nil
	}
	switch {
	case !c.TLS.Plaintext: // it is the port without TLS that druid.host may name
	case c.Origin("druid.plaintextPort") == "default":
		port = itsPort
	case port != itsPort: // as Druid refuses it
		return "", "", &ValueError{Setting: c.settings["druid.host"], Allowed: fmt.Sprintf("names another port than druid.plaintextPort (%s), which is %s: leave one of them out",
			c.Origin("druid.plaintextPort"), port)}
	}
	return name, port, nil
}

// bound is where to listen, empty for every interface, by the host by which this server is known. open tells that others may connect.
func (c *Config) bound(host string, open bool) string {
	switch {
	case host == "" && c.Cluster.ZooKeeper != nil && open:
		return "" // and is known by the machine's name, as in Druid
	case host == "" || host == "localhost":
		return "127.0.0.1"
	case isLoopback(host) || c.settings["druid.bindOnHost"].Value == "true":
		return host
	}
	return ""
}

// tooOpen is that others could connect who are not asked who they are.
func (c *Config) tooOpen() error {
	from := c.settings["druid.host"]
	if given, ok := c.settings["ovate.listen"]; ok {
		from = given
	}
	return &ValueError{Setting: from, Allowed: "lets other machines connect, of which druid.auth.authenticatorChain asks none who they are, or not all: " +
		"name authenticators of type basic, oidc or token alone there (docs/security.md), or add --insecure (ovate.insecure=true) if that is meant, or listen on 127.0.0.1"}
}

// settleInput is what tasks may read, of a server to which this machine alone may connect, or others.
func (c *Config) settleInput(loopback bool) {
	c.Ingest.AnyLocalFile = loopback && len(c.Ingest.LocalRoots) == 0
	c.Ingest.AnyVariable = loopback && len(c.Ingest.PasswordVariables) == 0
	c.Ingest.PrivateHTTPGiven = c.Ingest.AllowPrivateHTTP
	if c.settings["ovate.ingest.allowPrivateHttp"].Value == "" {
		c.Ingest.AllowPrivateHTTP = loopback
	}
}

// advertised is the name for others of a server bound to an address.
func advertised(bound string) string {
	ip := net.ParseIP(bound)
	switch {
	case isLoopback(bound):
		return "localhost"
	case bound != "" && (ip == nil || !ip.IsUnspecified()):
		return bound
	}
	if name, err := os.Hostname(); err == nil {
		return name
	}
	return "localhost"
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
