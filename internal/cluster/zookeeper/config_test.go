package zookeeper_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ovate/internal/cluster/zookeeper"
)

func parse(t *testing.T, lines string) (zookeeper.Config, error) {
	t.Helper()
	values := map[string]string{}
	for line := range strings.Lines(lines) {
		key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		values[key] = value
	}
	return zookeeper.ParseConfig(func(name string) (string, bool) {
		value, set := values[name]
		return value, set
	})
}

func TestConfig(t *testing.T) {
	defaults := func(change func(*zookeeper.Config)) zookeeper.Config {
		c := zookeeper.Config{Hosts: []string{"localhost:2181"}, SessionTimeout: 30 * time.Second, ConnectionTimeout: 15 * time.Second,
			AuthScheme: "digest", Compress: true, Base: "/druid", DiscoveryPath: "/druid/discovery", IndexerPath: "/druid/indexer", Overlord: "druid/overlord", Coordinator: "druid/coordinator"}
		change(&c)
		return c
	}
	t.Setenv("OVATE_TEST_ZK", "of the environment")
	for lines, want := range map[string]zookeeper.Config{
		"":                        defaults(func(*zookeeper.Config) {}),
		"druid.zk.service.host= ": defaults(func(*zookeeper.Config) {}),
		"druid.zk.service.host=a, b:1,[::1]:3 ,[::2],10.0.0.1/some/where/": defaults(func(c *zookeeper.Config) {
			c.Hosts, c.Chroot = []string{"a:2181", "b:1", "[::1]:3", "[::2]:2181", "10.0.0.1:2181"}, "/some/where"
		}),
		"druid.zk.service.sessionTimeoutMs=5000\ndruid.zk.service.connectionTimeoutMs=1000\ndruid.zk.service.compress=FALSE": defaults(func(c *zookeeper.Config) {
			c.SessionTimeout, c.ConnectionTimeout, c.Compress = 5*time.Second, time.Second, false
		}),
		"druid.zk.service.user=u\ndruid.zk.service.pwd=p\ndruid.zk.service.acl=true\ndruid.zk.service.authScheme=other": defaults(func(c *zookeeper.Config) {
			c.User, c.Password, c.ACL, c.AuthScheme = "u", "p", true, "other"
		}),
		`druid.zk.service.pwd={"type":"default","password":"x"}`:                 defaults(func(c *zookeeper.Config) { c.Password = "x" }),
		`druid.zk.service.pwd={"type":"environment","variable":"OVATE_TEST_ZK"}`: defaults(func(c *zookeeper.Config) { c.Password = "of the environment" }),
		"druid.zk.service.pwd= with blanks ":                                     defaults(func(c *zookeeper.Config) { c.Password = " with blanks " }),
		`druid.zk.service.pwd={curly`:                                            defaults(func(c *zookeeper.Config) { c.Password = "{curly" }),
		"druid.zk.paths.base=/prod/druid/\ndruid.discovery.curator.path=/prod/discovery": defaults(func(c *zookeeper.Config) {
			c.Base, c.DiscoveryPath, c.IndexerPath = "/prod/druid", "/prod/discovery", "/prod/druid/indexer"
		}),
		"druid.zk.paths.indexer.base=/x\ndruid.selectors.indexing.serviceName=overlord\ndruid.selectors.coordinator.serviceName=coordinator": defaults(func(c *zookeeper.Config) {
			c.IndexerPath, c.Overlord, c.Coordinator = "/x", "overlord", "coordinator"
		}),
	} {
		got, err := parse(t, lines)
		if d := cmp.Diff(want, got); d != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", lines, err, d)
		}
	}
}

// Each value that cannot be used is named, with what would be right; a password is not shown.
func TestConfigWrong(t *testing.T) {
	t.Parallel()
	for lines, want := range map[string][]string{
		"druid.zk.service.host=a:b":                                                 {`druid.zk.service.host = "a:b"`, "zk1:2181"},
		"druid.zk.service.host=a:0":                                                 {"zk1:2181"},
		"druid.zk.service.host=,":                                                   {"zk1:2181"},
		"druid.zk.service.host=::1":                                                 {"zk1:2181"},
		"druid.zk.service.host=a//b":                                                {"no path"},
		"druid.zk.service.sessionTimeoutMs=PT30S":                                   {`"PT30S"`, "whole number of milliseconds"},
		"druid.zk.service.sessionTimeoutMs=0\ndruid.zk.service.compress=yes":        {"sessionTimeoutMs", "compress", "true or false"},
		"druid.zk.service.acl=true":                                                 {"druid.zk.service.user"},
		"druid.zk.paths.base=/a/../b":                                               {"druid.zk.paths.base", "no path"},
		`druid.zk.service.pwd={"type":"environment","variable":"OVATE_TEST_UNSET"}`: {"OVATE_TEST_UNSET", "druid.zk.service.pwd"},
		`druid.zk.service.pwd={"type":"aws","password":"geheim"}`:                   {`"aws"`},
	} {
		_, err := parse(t, lines)
		if err == nil {
			t.Errorf("%s is taken", lines)
			continue
		}
		for _, part := range want {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%s: %q does not tell %q", lines, err, part)
			}
		}
		if strings.Contains(err.Error(), "geheim") {
			t.Errorf("%q tells the password", err)
		}
	}
}
