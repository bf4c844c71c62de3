package cluster

import (
	"slices"
	"sync"
)

// Roster is the nodes of a role that are there, as far as is known.
type Roster struct {
	stop  func()
	mu    sync.Mutex
	nodes []Node // replaced, never changed
}

// Follow keeps a roster until Stop is called.
func Follow(d Directory, role Role) *Roster {
	r := &Roster{}
	r.stop = d.Watch(role, r.change)
	return r
}

func (r *Roster) change(c Change) {
	r.mu.Lock()
	defer r.mu.Unlock()
	left := slices.DeleteFunc(slices.Clone(r.nodes), func(n Node) bool { return slices.ContainsFunc(c.Went, n.Equal) })
	r.nodes = append(left, c.Came...)
}

// Nodes are those that are there now.
func (r *Roster) Nodes() []Node {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.nodes
}

// Stop ends it; the nodes stay as they were last.
func (r *Roster) Stop() { r.stop() }
