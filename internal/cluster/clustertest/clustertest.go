// Package clustertest has a cluster that tells what a test says, for tests of those who look servers up.
package clustertest

import "ovate/internal/cluster"

// Directory tells whoever watches it, one at a time, of what a test gives to Changed.
type Directory struct {
	Role    cluster.Role // that is watched
	Changed func(cluster.Change)
}

// Watch implements cluster.Directory. It begins with a change that is empty.
func (d *Directory) Watch(role cluster.Role, changed func(cluster.Change)) (stop func()) {
	d.Role, d.Changed = role, changed
	changed(cluster.Change{})
	return func() {}
}
