package zookeeper

import (
	"strings"

	"ovate/internal/cluster"
)

// directory is where nodes of a role are announced. Its name is the role's with capitals, unlike in what is announced there.
func (c *Config) directory(role cluster.Role) string {
	var name strings.Builder
	for _, r := range string(role) {
		if r >= 'A' && r <= 'Z' {
			name.WriteByte('_')
		}
		name.WriteString(strings.ToUpper(string(r)))
	}
	return c.Base + "/internal-discovery/" + name.String()
}

// overlords is where Overlords stand for election.
func (c *Config) overlords() string { return c.Base + "/overlord/_OVERLORD" }

// service is where the leader of a service is named.
func (c *Config) service(name string) string { return c.DiscoveryPath + "/" + serviceName(name) }

// serviceName is the name of a service as a name of a znode.
func serviceName(name string) string { return strings.ReplaceAll(name, "/", ":") }
