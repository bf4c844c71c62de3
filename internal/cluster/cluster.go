// Package cluster is what a server knows of the others in a Druid cluster: which nodes are there, and how they learn of this one. Who
// leads is told by package leadership. Package zookeeper does all of it where Druid itself looks.
package cluster

// Announcer tells the cluster of nodes of this process.
type Announcer interface {
	// Announce tells of a node from now on, and again whenever the cluster has lost it, until withdraw is called. When that returns, once
	// the cluster was told or cannot be reached, nothing is told any more. It may be called twice.
	Announce(n Node) (withdraw func(), err error)
	// AnnounceLeader tells that a node leads its service, for those that look for the leader by name, likewise.
	AnnounceLeader(n Node) (withdraw func(), err error)
}

// Directory tells which nodes are there.
type Directory interface {
	// Watch tells of the nodes of a role until stop is called; when that returns, changed does not run and is not called any more. The
	// first call has all that are there, maybe none. A node that comes again with other properties has gone and come in one call. While
	// the cluster cannot be reached nobody comes and nobody goes. changed is called by one goroutine at a time, and must not call stop.
	Watch(role Role, changed func(Change)) (stop func())
}

// Change is what became of the nodes of a role.
type Change struct {
	Went, Came []Node
}
