package remote_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"ovate/druid"
	"ovate/internal/runner"
	"ovate/internal/runner/remote"
	"ovate/internal/runner/remote/workertest"
	"ovate/internal/runner/runnertest"
)

// cluster is workers in memory, a runner, and what they have told.
type cluster struct {
	*testing.T
	network  *workertest.Network
	workers  map[string]*workertest.Worker
	late     map[string]*late // how late workers see requests
	nodes    []remote.Node
	settings remote.Settings
	active   func(context.Context, string) (bool, error)
	leads    func() bool
	runner   *remote.Runner
	sees     func([]remote.Node) // tells the runner which workers there are
	events   runner.Events       // whom the runner tells; nil means the cluster
	finds    remote.Discovery    // nil means the cluster
	within   func(context.Context, string) context.Context

	discovered atomic.Pointer[string] // the last one that a worker ran of which nobody knew

	mu      sync.Mutex // guards everything below
	told    []string
	ends    map[string]druid.TaskStatus
	where   map[string]druid.TaskLocation
	copies  map[string]int // that run now
	started map[string]int
	twice   string // a task that ran twice at a time
}

// inBubble tests a cluster of workers of two slots, h1 and h2 and so on, in a bubble.
func inBubble(t *testing.T, workers int, test func(c *cluster)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t, workers)
		defer c.close()
		test(c)
	})
}

func newCluster(t *testing.T, workers int) *cluster {
	c := &cluster{
		T: t, network: workertest.NewNetwork(), workers: map[string]*workertest.Worker{}, late: map[string]*late{}, settings: remote.Defaults(),
		active: func(context.Context, string) (bool, error) { return false, nil },
		ends:   map[string]druid.TaskStatus{}, where: map[string]druid.TaskLocation{}, copies: map[string]int{}, started: map[string]int{},
	}
	for i := range workers {
		name := fmt.Sprintf("h%d", i+1)
		host := name + ":8091"
		w := workertest.New(host, 2, druid.TaskLocation{Host: name, Port: 8091, TLSPort: -1})
		w.Started, w.Ended = c.begins, c.ceases
		c.workers[name] = w
		c.late[name] = &late{Handler: w}
		c.network.Serve(host, c.late[name])
		c.nodes = append(c.nodes, remote.Node{Scheme: "http", Host: host, IP: name, Capacity: 2, Version: "0", Category: "_default_worker_category"})
	}
	return c
}

func (c *cluster) close() {
	if c.runner != nil {
		c.runner.Stop()
	}
	for _, w := range c.workers {
		w.Close()
	}
	c.network.Close()
	if c.twice != "" {
		c.Errorf("task %s ran twice at a time", c.twice)
	}
}

// start starts a runner in the place of the last one, and waits until it has heard all workers that can be heard.
func (c *cluster) start() {
	c.Helper()
	c.begin()
	synctest.Wait()
}

// begin starts a runner in the place of the last one.
func (c *cluster) begin() {
	if c.runner != nil {
		c.runner.Stop()
	}
	c.runner = c.make()
	events := c.events
	if events == nil {
		events = c
	}
	if err := c.runner.Start(events); err != nil {
		c.Fatal(err)
	}
}

// make makes a runner.
func (c *cluster) make() *remote.Runner {
	finds := c.finds
	if finds == nil {
		finds = c
	}
	return remote.New(remote.Options{
		Discovery: finds, Settings: c.settings, Active: c.active, Discovered: func(id string) { c.discovered.Store(&id) }, Leads: c.leads, Within: c.within, HTTP: c.network.Client(), Log: slog.New(slog.DiscardHandler),
	})
}

// Watch tells the nodes.
func (c *cluster) Watch(ctx context.Context, see func([]remote.Node)) {
	c.sees = see
	see(c.nodes)
	<-ctx.Done()
}

func (c *cluster) begins(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.started[id]++
	if c.copies[id]++; c.copies[id] > 1 {
		c.twice = id
	}
}

func (c *cluster) ceases(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.copies[id]--
}

// Running notes what is told.
func (c *cluster) Running(id string, location druid.TaskLocation) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, again := c.where[id]; !again {
		c.told = append(c.told, "running "+id)
	}
	c.where[id] = location
}

// Done notes what is told.
func (c *cluster) Done(a runner.Assignment, r runner.Result) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.told = append(c.told, "done "+a.ID()+" "+string(r.Status.State))
	c.ends[a.ID()] = r.Status
}

// noop is a new task of so long.
func noop(id string, d time.Duration) runnertest.Job { return runnertest.Noop(id, d.Milliseconds()) }

// old makes a task one that was active before the runner was started.
func old(j runnertest.Job) runnertest.Job {
	j.Old = true
	return j
}

// run gives tasks to the runner.
func (c *cluster) run(tasks ...runner.Assignment) {
	c.Helper()
	for _, a := range tasks {
		if _, err := c.runner.Run(a); err != nil {
			c.Fatal(err)
		}
	}
	synctest.Wait()
}

// pass lets time pass.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// expect checks what was told since the last time, in any order.
func (c *cluster) expect(want ...string) {
	c.Helper()
	synctest.Wait()
	c.mu.Lock()
	got := c.told
	c.told = nil
	c.mu.Unlock()
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		c.Fatalf("told %q, want %q", got, want)
	}
}

// end is how a task ended.
func (c *cluster) end(id string) druid.TaskStatus {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ends[id]
}

// starts is how often a task was begun anywhere.
func (c *cluster) starts(id string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.started[id]
}

// host is where a task runs.
func (c *cluster) host(id string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.where[id].Host
}

var errGivenUp = errors.New("given up by the test")
