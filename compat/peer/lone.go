package peer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// Lone is a Java Overlord, without a Coordinator, beside a ZooKeeper and a database of PostgreSQL that others have started.
type Lone struct {
	conf    configuration
	process *process
}

// LoneOptions are where a Lone finds the others, and how it is set.
type LoneOptions struct {
	Keeper *Keeper
	// Base is the path in ZooKeeper below which everything lies, druid.zk.paths.base; empty means Druid's own.
	Base string
	// URI, User and Password are those of the database, as in druid.metadata.storage.connector.*.
	URI, User, Password string
	// Heap is the most megabytes of it; 0 means 512.
	Heap int
	// StartDelay is druid.indexer.queue.startDelay: how long it leads before it gives tasks to workers.
	StartDelay time.Duration
	// Output receives what is fetched; nil means nothing.
	Output io.Writer
}

// StartLone starts an Overlord with a folder of its own, and waits for nothing. The caller must call Stop.
func StartLone(ctx context.Context, o LoneOptions) (_ *Lone, err error) {
	if o.Output == nil {
		o.Output = io.Discard
	}
	lib, err := Install(ctx, o.Output)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "ovate-overlord-")
	if err != nil {
		return nil, fmt.Errorf("folder for an Overlord: %w", err)
	}
	l := &Lone{conf: configuration{
		dir: dir, lib: lib, ports: map[Role]int{}, apart: true, heap: o.Heap, metadata: postgreSQL.properties(o.URI, o.User, o.Password),
		more: map[Role]properties{Overlord: {"druid.indexer.queue.startDelay": fmt.Sprintf("PT%dS", int(o.StartDelay.Seconds()))}},
	}}
	if o.Base != "" {
		l.conf.more[Overlord]["druid.zk.paths.base"] = o.Base
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, l.Stop())
		}
	}()
	if l.conf.ports[ZooKeeper], err = o.Keeper.port(); err != nil {
		return nil, err
	}
	if l.conf.classes, err = postgreSQL.install(ctx, lib, filepath.Join(dir, "database"), o.Output); err != nil {
		return nil, err
	}
	l.process, err = l.conf.launch(string(Overlord), Overlord)
	return l, err
}

// launch starts a role on a free port, and does not wait for it. Its log has the name that it is given.
func (c *configuration) launch(name string, role Role) (*process, error) {
	ports, err := freePorts(1)
	if err != nil {
		return nil, err
	}
	c.ports[role] = ports[0]
	args, err := c.write(role)
	if err != nil {
		return nil, err
	}
	return startProcess(name, filepath.Join(c.dir, name+".log"), c.dir, javaCommand(), args...)
}

// Address is host:port.
func (l *Lone) Address() string { return fmt.Sprintf("127.0.0.1:%d", l.conf.ports[Overlord]) }

// PIDs are its process.
func (l *Lone) PIDs() ([]int, error) { return l.process.group() }

// Ended is an error with the end of its log if it has ended, or else nil.
func (l *Lone) Ended() error {
	if err := l.process.lives(); err != nil {
		return fmt.Errorf("Java's %w; the end of its log:\n%s", err, l.process.tail(4000))
	}
	return nil
}

// Stop ends it and removes its folder.
func (l *Lone) Stop() error {
	if l.process != nil {
		l.process.kill()
	}
	return os.RemoveAll(l.conf.dir)
}
