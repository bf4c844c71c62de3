package remote

import (
	"context"
	"time"
)

// Node is a worker as it presents itself.
type Node struct {
	Scheme, Host, IP  string // Host with its port: what a worker is known by
	Capacity          int    // slots
	Version, Category string
	URL               string // where it is reached; empty if that is Scheme and Host
}

// Discovery knows which workers there are.
type Discovery interface {
	// Watch calls see with all workers there are, from one goroutine, as soon as that is known and each time that one comes, goes or
	// presents itself differently. It returns when ctx ends. While it cannot tell, it does not call.
	Watch(ctx context.Context, see func([]Node))
}

// Static is a list of workers that never changes.
type Static []Node

// Watch tells the list.
func (s Static) Watch(ctx context.Context, see func([]Node)) {
	see(s)
	<-ctx.Done()
}

// Largest is the capacity of the largest worker.
func (s Static) Largest() int {
	largest := 0
	for _, n := range s {
		largest = max(largest, n.Capacity)
	}
	return largest
}

// see is told by the discovery which workers there are.
func (r *Runner) see(nodes []Node) {
	r.change(func() {
		if !r.seen {
			r.seen = true
			r.begin(r.endRecovery)
		}
		there := map[string]bool{}
		for _, n := range nodes {
			there[n.Host] = true
			w := r.workers[n.Host]
			if w == nil {
				w = r.newWorker(n)
				r.awaits(w)
				r.options.Log.Info("a worker came", "worker", n.Host, "capacity", n.Capacity, "version", n.Version, "category", n.Category)
			} else if !w.there {
				r.options.Log.Info("a worker is back", "worker", n.Host)
			}
			w.Node, w.there = n, true
			w.wakeUp()
		}
		for host, w := range r.workers {
			if w.there && !there[host] {
				w.there, w.went = false, time.Now()
				r.options.Log.Info("a worker went", "worker", host, "tasks", len(w.running))
				r.forgetIdle(w)
			}
		}
		r.hearsAll()
	})
}
