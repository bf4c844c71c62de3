package remote

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"

	"ovate/internal/cluster"
	"ovate/internal/jsontext"
)

// Announced are the workers that are announced in a cluster: MiddleManagers and Indexers.
type Announced struct {
	Directory cluster.Directory
	Log       *slog.Logger
}

// What a worker is that does not say otherwise.
const (
	usualVersion  = "0"
	usualCategory = "_default_worker_category"
)

// workerService is what a node says of itself as a worker.
const workerService = "workerNodeService"

// Watch tells which workers there are, once it is known of both roles, and then each time that changes. A worker that was started again is
// there all the time; that it is another one is seen by what it says.
func (a Announced) Watch(ctx context.Context, see func([]Node)) {
	roles := []cluster.Role{cluster.MiddleManager, cluster.Indexer}
	var mu sync.Mutex // guards what follows, and makes the calls of see one after the other
	known := map[cluster.Role]map[string]Node{}
	var stops []func()
	for _, role := range roles {
		stops = append(stops, a.Directory.Watch(role, func(c cluster.Change) {
			mu.Lock()
			defer mu.Unlock()
			if known[role] == nil {
				known[role] = map[string]Node{}
			}
			for _, n := range c.Went {
				delete(known[role], n.Address())
			}
			for _, n := range c.Came {
				if w, ok := a.worker(n); ok {
					known[role][w.Host] = w
				}
			}
			if len(known) < len(roles) || ctx.Err() != nil {
				return
			}
			all := map[string]Node{}
			for _, role := range roles {
				maps.Copy(all, known[role])
			}
			nodes := make([]Node, 0, len(all))
			for _, host := range slices.Sorted(maps.Keys(all)) {
				nodes = append(nodes, all[host])
			}
			see(nodes)
		}))
	}
	<-ctx.Done()
	for _, stop := range stops {
		stop()
	}
}

// worker reads what a node says of itself as a worker. One that says nothing runs no tasks.
func (a Announced) worker(n cluster.Node) (Node, bool) {
	service, ok := n.Services[workerService]
	if !ok {
		return Node{}, false
	}
	said := struct {
		IP       string `json:"ip"`
		Version  string `json:"version"`
		Category string `json:"category"`
		Capacity int    `json:"capacity"`
	}{Version: usualVersion, Category: usualCategory}
	if err := jsontext.Unmarshal(service, &said); err != nil {
		a.Log.Warn("what a worker says of itself cannot be read; it gets no tasks", "worker", n.Address(), "service", workerService, "error", err)
		return Node{}, false
	}
	return Node{Scheme: n.Scheme(), Host: n.Address(), IP: said.IP, Capacity: said.Capacity, Version: said.Version, Category: said.Category}, true
}
