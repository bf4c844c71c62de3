// Package peer runs a real Apache Druid on loopback, as the judge of what this project writes and the yardstick of how
// fast it is. Druid comes from Maven Central, so a JDK 17 and Maven are needed; nothing else is. A cluster keeps all that
// it writes in one temporary folder, listens on free ports only, and is gone, processes and folder, once it is stopped.
package peer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"ovate/internal/port"
)

// Role is one process of a cluster.
type Role string

const (
	// ZooKeeper is part of every cluster.
	ZooKeeper Role = "zookeeper"
	// Overlord is Coordinator and Overlord in one process, and keeps the metadata in a Derby database of its own. Other
	// services find each other through it, so it is part of every cluster as well.
	Overlord Role = "overlord"
	// Coordinator is one in a process of its own, beside an Overlord that Start does not know of.
	Coordinator Role = "coordinator"
	// Historical loads segments from deep storage and serves them.
	Historical Role = "historical"
	// Broker answers SQL.
	Broker Role = "broker"
	// MiddleManager runs tasks, two at a time, each in a process of its own.
	MiddleManager Role = "middleManager"
	// Indexer runs tasks in threads of its own.
	Indexer Role = "indexer"
	// Router is what people and the web console talk to: it hands on what is for the Overlord, the Coordinator and the Broker.
	Router Role = "router"
)

const (
	startTimeout = 3 * time.Minute
	pollInterval = 50 * time.Millisecond
)

// Options choose what is started. The zero value starts what is needed to load and query segments.
type Options struct {
	// Roles besides ZooKeeper and Overlord, which are always there. None means Historical and Broker.
	Roles []Role
	// Quick lets Java start with half the work, with its first compiler and its simplest collector alone. It is for tests;
	// measured so, Druid would be slower than it is.
	Quick bool
	// Output receives a line for each step of installing and starting, with its duration. Nil means none.
	Output io.Writer
}

// Cluster is a running Druid.
type Cluster struct {
	dir       string
	addresses map[Role]string // host:port
	processes []*process      // in the order in which they were started
	http      *http.Client
}

// Start installs Druid if this machine has never done so, starts the roles and waits until each of them is healthy. On
// error nothing is left behind. The caller must call Stop; should the program die without it, the kernel ends the Java
// processes (on Linux), and only the folder remains.
func Start(ctx context.Context, o Options) (_ *Cluster, err error) {
	output := o.Output
	if output == nil {
		output = io.Discard
	}
	lib, err := Install(ctx, output)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	dir, err := os.MkdirTemp("", "ovate-peer-")
	if err != nil {
		return nil, fmt.Errorf("folder for a Druid cluster: %w", err)
	}
	c := &Cluster{dir: dir, addresses: map[Role]string{}, http: &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{}}}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.Stop())
		}
	}()
	roles := o.Roles
	if len(roles) == 0 {
		roles = []Role{Historical, Broker}
	}
	roles = append([]Role{ZooKeeper, Overlord}, roles...)
	const slots = 2
	ports, err := freePorts(len(roles) + 1 + slots)
	if err != nil {
		return nil, err
	}
	for i, role := range roles {
		c.addresses[role] = fmt.Sprintf("127.0.0.1:%d", ports[i])
	}
	conf := configuration{dir: dir, lib: lib, ports: map[Role]int{}, quick: o.Quick, derby: ports[len(roles)], tasks: ports[len(roles)+1:]}
	for i, role := range roles {
		conf.ports[role] = ports[i]
	}
	for _, role := range roles {
		args, err := conf.write(role)
		if err != nil {
			return nil, fmt.Errorf("configuration of %s: %w", role, err)
		}
		p, err := startProcess(string(role), filepath.Join(dir, string(role)+".log"), dir, javaCommand(), args...)
		if err != nil {
			return nil, err
		}
		c.processes = append(c.processes, p)
	}
	if err := c.Wait(ctx); err != nil {
		return nil, err
	}
	fmt.Fprintf(output, "started Druid %s (%v) in %.1f s\n", Version, roles, time.Since(began).Seconds())
	return c, nil
}

// URL is where a role of the cluster listens, such as http://127.0.0.1:41234. It is empty for a role that the cluster lacks.
func (c *Cluster) URL(role Role) string {
	if c.addresses[role] == "" {
		return ""
	}
	return "http://" + c.addresses[role]
}

// Dir is the cluster's folder; the log of each role is in it as <role>.log.
func (c *Cluster) Dir() string { return c.dir }

// PIDs are a role's process and the processes that it has started (a MiddleManager's tasks). They are none for a role
// that the cluster lacks.
func (c *Cluster) PIDs(role Role) ([]int, error) {
	for _, p := range c.processes {
		if p.name == string(role) {
			return p.group()
		}
	}
	return nil, nil
}

// RSS is the resident memory, in bytes, of all the processes of a role.
func (c *Cluster) RSS(role Role) (int64, error) {
	pids, err := c.PIDs(role)
	if err != nil {
		return 0, err
	}
	var sum int64
	for _, pid := range pids {
		rss, err := residentBytes(pid)
		if err != nil {
			return 0, err
		}
		sum += rss
	}
	return sum, nil
}

// Stop ends all processes and removes the cluster's folder. Nothing in it is worth a farewell, so nothing is waited for
// but the end of the processes. A second Stop does nothing.
func (c *Cluster) Stop() error {
	for i := len(c.processes) - 1; i >= 0; i-- {
		c.processes[i].kill()
	}
	c.processes = nil
	c.http.CloseIdleConnections()
	if err := os.RemoveAll(c.dir); err != nil {
		return fmt.Errorf("removing the cluster's folder: %w", err)
	}
	return nil
}

// waitHealthy returns when the role answers. It fails at once when the process has ended, and with ctx.
func (c *Cluster) waitHealthy(ctx context.Context, p *process) error {
	err := Poll(ctx, func() (bool, error) {
		if err := p.lives(); err != nil {
			return false, err
		}
		return c.healthy(ctx, Role(p.name)), nil
	})
	if err != nil {
		return fmt.Errorf("%s did not come up: %w; the end of its log:\n%s", p.name, err, p.tail(4000))
	}
	return nil
}

// healthy is whether the role does its work: an Overlord is the leader, and a MiddleManager is known to the Overlord.
func (c *Cluster) healthy(ctx context.Context, role Role) bool {
	switch role {
	case ZooKeeper: // speaks no HTTP
		conn, err := net.Dial("tcp", c.addresses[role])
		if err != nil {
			return false
		}
		conn.Close()
		return true
	case Overlord:
		_, ok := c.get(ctx, c.URL(role)+"/druid/indexer/v1/isLeader")
		return ok
	case MiddleManager:
		workers, ok := c.get(ctx, c.URL(Overlord)+"/druid/indexer/v1/workers")
		return ok && workers != "[]"
	default:
		_, ok := c.get(ctx, c.URL(role)+"/status/health")
		return ok
	}
}

// get is the body of a 200, if that is the answer.
func (c *Cluster) get(ctx context.Context, url string) (body string, ok bool) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", false
	}
	answer, err := c.http.Do(request)
	if err != nil {
		return "", false
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	return string(text), err == nil && answer.StatusCode == http.StatusOK
}

// Poll calls look until it says true or fails, or ctx ends.
func Poll(ctx context.Context, look func() (bool, error)) error {
	ticker := time.NewTicker(pollInterval)
	defer ticker.Stop()
	for {
		if is, err := look(); is || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
	}
}

// freePorts are n ports of the loopback interface on which nothing listened a moment ago. They are all held at the same
// time, so that they differ.
func freePorts(n int) ([]int, error) {
	ports := make([]int, n)
	for i := range ports {
		l, err := port.Hold()
		if err != nil {
			return nil, err
		}
		defer l.Close()
		ports[i] = l.Addr().(*net.TCPAddr).Port
	}
	return ports, nil
}
