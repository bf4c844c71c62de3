package simulation

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"ovate/druid"
	"ovate/internal/runner/remote"
	"ovate/internal/runner/remote/workertest"
)

// fleet is all workers together. Their tasks live on while servers come and go, and what became of them stays known.
type fleet struct {
	world   *world
	network *workertest.Network
	hosts   []*host

	mu      sync.Mutex // guards everything below, and what hosts are
	changed chan struct{}
	peons   map[string][]*peon // the runs of each task
	late    map[string]bool    // tasks that came to a worker after they were given to others
}

// What a worker can take, all together less than there may be to do.
const workers, slots = 3, 4

func newFleet(w *world) *fleet {
	f := &fleet{world: w, network: workertest.NewNetwork(), changed: make(chan struct{}), peons: map[string][]*peon{}, late: map[string]bool{}}
	for i := range workers {
		name := fmt.Sprint("w", i)
		h := &host{name: name, address: name + ":8091", fleet: f}
		h.worker = workertest.New(h.address, slots, druid.TaskLocation{Host: name, Port: 8091, TLSPort: -1})
		h.worker.Work = h.work
		f.network.Serve(h.address, h)
		f.hosts = append(f.hosts, h)
	}
	return f
}

func (f *fleet) close() {
	for _, h := range f.hosts {
		h.worker.Close()
	}
	f.network.Close()
}

// runs are all runs of a task.
func (f *fleet) runs(id string) []*peon {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.peons[id])
}

// running are the tasks that run.
func (f *fleet) running() (all []*peon) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, id := range slices.Sorted(maps.Keys(f.peons)) {
		for _, p := range f.peons[id] {
			if p.ctx.Err() == nil {
				all = append(all, p)
			}
		}
	}
	return all
}

// change changes what hosts are, and tells whoever watches.
func (f *fleet) change(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
	close(f.changed)
	f.changed = make(chan struct{})
}

// Watch implements remote.Discovery: it shows the workers that are announced.
func (f *fleet) Watch(ctx context.Context, see func([]remote.Node)) {
	for ctx.Err() == nil {
		f.mu.Lock()
		changed := f.changed
		var there []remote.Node
		for _, h := range f.hosts {
			if h.hidden.IsZero() {
				there = append(there, remote.Node{Scheme: "http", Host: h.address, IP: h.name, Capacity: slots, Version: "0", Category: "_default_worker_category"})
			}
		}
		f.mu.Unlock()
		see(there)
		select {
		case <-changed:
		case <-ctx.Done():
		}
	}
}

// begin has a task run on a host. No other one runs it, unless one was out of sight or reach, or the task on its way, for so long that it was given to
// others.
func (f *fleet) begin(ctx context.Context, h *host, id string, payload []byte) *peon {
	f.mu.Lock()
	defer f.mu.Unlock()
	p := newPeon(ctx, h, id, payload)
	for _, before := range f.peons[id] {
		f.world.count("tasks that ran again")
		if before.ctx.Err() == nil && !before.host.isGivenUp(before.began) && !f.late[id] {
			f.world.fail("task %s runs twice at a time: on %s and %s", id, before.host.name, h.name)
		}
	}
	f.peons[id] = append(f.peons[id], p)
	return p
}
