package zookeeper

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"ovate/internal/password"
)

// Config is how the ensemble is reached, and where in it what lies. The comments name Druid's properties.
type Config struct {
	Hosts             []string      // host:port of each server; druid.zk.service.host
	Chroot            string        // the path below which everything lies, from the end of druid.zk.service.host; empty or /path
	SessionTimeout    time.Duration // what is asked for, the ensemble may set bounds; druid.zk.service.sessionTimeoutMs
	ConnectionTimeout time.Duration // after which an attempt to connect is given up; druid.zk.service.connectionTimeoutMs
	AuthScheme        string        // druid.zk.service.authScheme
	User, Password    string        // druid.zk.service.user and pwd; none is told unless both are there
	ACL               bool          // what is made here only this user can read and change; druid.zk.service.acl
	Compress          bool          // announcements are written with gzip; read are both; druid.zk.service.compress
	Base              string        // /path of all that is Druid's; druid.zk.paths.base
	DiscoveryPath     string        // /path of what names who leads a service; druid.discovery.curator.path
	IndexerPath       string        // /path of what workers leave; druid.zk.paths.indexer.base
	Overlord          string        // the service by whose name Overlords are looked for; druid.selectors.indexing.serviceName
	Coordinator       string        // likewise; druid.selectors.coordinator.serviceName
}

// Properties are the names of Druid's properties that ParseConfig reads.
func Properties() []string {
	return []string{hostKey, sessionKey, connectionKey, schemeKey, userKey, passwordKey, aclKey, compressKey, baseKey, discoveryKey,
		indexerKey, overlordKey, coordinatorKey}
}

// ValueError is a property whose value cannot be used.
type ValueError struct {
	Property, Value string
	Allowed         string // what would be right
}

// Error tells all of it.
func (e *ValueError) Error() string {
	return fmt.Sprintf("%s = %q: %s", e.Property, e.Value, e.Allowed)
}

const (
	hostKey       = "druid.zk.service.host"
	sessionKey    = "druid.zk.service.sessionTimeoutMs"
	connectionKey = "druid.zk.service.connectionTimeoutMs"
	schemeKey     = "druid.zk.service.authScheme"
	userKey       = "druid.zk.service.user"
	passwordKey   = "druid.zk.service.pwd"
	aclKey        = "druid.zk.service.acl"
	compressKey   = "druid.zk.service.compress"
	baseKey       = "druid.zk.paths.base"
	discoveryKey  = "druid.discovery.curator.path"
	indexerKey    = "druid.zk.paths.indexer.base"

	overlordKey    = "druid.selectors.indexing.serviceName"
	coordinatorKey = "druid.selectors.coordinator.serviceName"
)

// ParseConfig reads Druid's properties; what is not set has Druid's default. The error joins a *ValueError for each value that cannot be used.
func ParseConfig(property func(name string) (value string, set bool)) (Config, error) {
	c := Config{AuthScheme: "digest"}
	var wrong []error
	read := func(name, unset string, parse func(string) error) {
		value, set := property(name)
		if value = strings.TrimSpace(value); !set || value == "" {
			value = unset
		}
		if err := parse(value); err != nil {
			wrong = append(wrong, &ValueError{name, value, err.Error()})
		}
	}
	read(hostKey, "localhost", c.setHosts)
	read(sessionKey, "30000", milliseconds(&c.SessionTimeout))
	read(connectionKey, "15000", milliseconds(&c.ConnectionTimeout))
	read(schemeKey, "digest", text(&c.AuthScheme))
	read(userKey, "", text(&c.User))
	given, _ := property(passwordKey) // whose blanks are part of it
	var err error
	if c.Password, err = password.Read(given, os.LookupEnv); err != nil {
		wrong = append(wrong, &ValueError{passwordKey, "...", err.Error()})
	}
	read(compressKey, "true", boolean(&c.Compress))
	read(aclKey, "false", func(v string) error {
		if err := boolean(&c.ACL)(v); err != nil {
			return err
		}
		if c.ACL && (c.User == "" || c.Password == "") {
			return fmt.Errorf("needs a user to whom everything is restricted: set %s and %s too", userKey, passwordKey)
		}
		return nil
	})
	read(baseKey, "druid", znode(&c.Base))
	read(discoveryKey, "/druid/discovery", znode(&c.DiscoveryPath))
	read(indexerKey, c.Base+"/indexer", znode(&c.IndexerPath))
	read(overlordKey, "druid/overlord", text(&c.Overlord))
	read(coordinatorKey, "druid/coordinator", text(&c.Coordinator))
	return c, errors.Join(wrong...)
}

// setHosts takes what ZooKeeper's own clients take: host:port,host:port/path.
func (c *Config) setHosts(v string) error {
	const right = "must be host:port, or several with commas between, such as zk1:2181,zk2:2181,zk3:2181, and may end with the /path below which everything lies"
	c.Hosts, c.Chroot = nil, ""
	if slash := strings.IndexByte(v, '/'); slash >= 0 {
		var err error
		if c.Chroot, err = cleanPath(v[slash:]); err != nil {
			return err
		}
		v = v[:slash]
	}
	for server := range strings.SplitSeq(v, ",") {
		if server = strings.TrimSpace(server); server == "" {
			continue
		}
		host, port, err := net.SplitHostPort(server)
		if err != nil { // it has no port
			host, port = strings.TrimSuffix(strings.TrimPrefix(server, "["), "]"), "2181"
			if strings.Contains(host, ":") && !strings.HasPrefix(server, "[") {
				return errors.New(right)
			}
		}
		if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 || host == "" {
			return errors.New(right)
		}
		c.Hosts = append(c.Hosts, net.JoinHostPort(host, port))
	}
	if len(c.Hosts) == 0 {
		return errors.New(right)
	}
	return nil
}

func text(to *string) func(string) error {
	return func(v string) error { *to = v; return nil }
}

func boolean(to *bool) func(string) error {
	return func(v string) (err error) {
		if *to = strings.EqualFold(v, "true"); !*to && !strings.EqualFold(v, "false") {
			return errors.New("must be true or false")
		}
		return nil
	}
}

func milliseconds(to *time.Duration) func(string) error {
	return func(v string) error {
		const most = 24 * time.Hour
		n, err := strconv.ParseInt(v, 10, 32)
		if *to = time.Duration(n) * time.Millisecond; err != nil || n < 1 || *to > most {
			return fmt.Errorf("must be a whole number of milliseconds from 1 to %d", most.Milliseconds())
		}
		return nil
	}
}

func znode(to *string) func(string) error {
	return func(v string) (err error) {
		*to, err = cleanPath("/" + strings.TrimPrefix(v, "/"))
		return err
	}
}

// cleanPath is a path without a slash at its end: empty for the root.
func cleanPath(path string) (string, error) {
	path = strings.TrimSuffix(path, "/")
	if path == "" {
		return "", nil
	}
	for name := range strings.SplitSeq(path[1:], "/") {
		bad := name == "" || name == "." || name == ".." || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 })
		if bad {
			return "", fmt.Errorf("%q is no path in ZooKeeper: between slashes there are names, which are not . or ..", path)
		}
	}
	return path, nil
}
