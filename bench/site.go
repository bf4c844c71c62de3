package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"ovate/compat/peer"
	"ovate/internal/cluster/zookeeper"
	"ovate/internal/metadata/sqldb/sqldbserver"
)

// site is what the Overlords of both sides stand on, one after the other: a server of PostgreSQL whose commits are on the disk, and a ZooKeeper.
type site struct {
	database *sqldbserver.Server
	keeper   *peer.Keeper
	started  int
}

// stand is where one Overlord stands: an empty database, and a path in ZooKeeper where nobody has been.
type stand struct {
	*site
	database *sqldbserver.Server
	base     string
}

// openSite starts the site, or returns the one that runs.
func (l *lab) openSite(ctx context.Context) (_ *site, err error) {
	if l.site != nil {
		return l.site, nil
	}
	if _, err := peer.Install(ctx, l.progress); err != nil {
		return nil, err
	}
	dir := l.dir
	if os.Getuid() == 0 {
		dir = "/var/tmp" // PostgreSQL runs as another user, who cannot look into the cache folder of this one
	}
	s := &site{}
	if s.database, err = sqldbserver.PostgreSQL(ctx, dir, sqldbserver.Durable); err != nil {
		return nil, err
	}
	if s.keeper, err = peer.StartKeeper(ctx, 2*time.Second); err != nil {
		return nil, errors.Join(err, s.database.Close())
	}
	l.site = s
	return s, nil
}

// close ends both servers.
func (s *site) close() error {
	s.keeper.Stop()
	return s.database.Close()
}

// stand makes room for an Overlord.
func (s *site) stand(ctx context.Context) (*stand, error) {
	s.started++
	database, err := s.database.Fresh(ctx, fmt.Sprintf("druid_%d", s.started))
	return &stand{site: s, database: database, base: fmt.Sprintf("/druid_%d", s.started)}, err
}

// zooKeeper opens a client of the stand's path.
func (s *stand) zooKeeper() (*zookeeper.Client, error) {
	config, err := zookeeper.ParseConfig(func(name string) (string, bool) {
		value, set := s.coordinates()[name]
		return value, set
	})
	if err != nil {
		return nil, err
	}
	return zookeeper.Open(config, nil)
}

// coordinates are the properties by which ZooKeeper is found.
func (s *stand) coordinates() map[string]string {
	return map[string]string{"druid.zk.service.host": s.keeper.Address(), "druid.zk.paths.base": s.base}
}

// properties are those of an ovate whose folder is dir.
func (s *stand) properties(dir string) map[string]string {
	p := peer.InPostgreSQL(s.database.URI, s.database.User, s.database.Password)
	maps.Copy(p, s.coordinates())
	p["druid.host"] = "127.0.0.1"
	p["druid.storage.storageDirectory"] = filepath.Join(dir, "segments")
	p["druid.indexer.logs.directory"] = filepath.Join(dir, "logs")
	return p
}

// javaHeap is the most megabytes of the Java Overlord: enough for a list of 100,000 tasks.
const javaHeap = 1024

// start starts an Overlord, and waits for nothing. A Java Overlord leads for so long before it gives tasks to workers.
func (r *trial) start(ctx context.Context, s *stand, startDelay time.Duration) (*target, error) {
	if r.side == java {
		o, err := peer.StartLone(ctx, peer.LoneOptions{
			Keeper: s.keeper, Base: s.base, URI: s.database.URI, User: s.database.User, Password: s.database.Password,
			Heap: javaHeap, StartDelay: startDelay, Output: r.progress,
		})
		if err != nil {
			return nil, err
		}
		return &target{side: java, address: o.Address(), pids: o.PIDs, ended: o.Ended, stop: o.Stop}, nil
	}
	dir, err := os.MkdirTemp(r.dir, "ovate-")
	if err != nil {
		return nil, err
	}
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	p := &ovateProcess{binary: r.binary, dir: dir, address: address, settings: s.properties(dir)}
	if err := p.launch(); err != nil {
		return nil, err
	}
	return &target{
		side: ours, address: address, ended: p.failed,
		pids: func() ([]int, error) { return []int{p.cmd.Process.Pid}, nil },
		stop: func() error {
			p.kill()
			return os.RemoveAll(dir)
		},
	}, nil
}

// leader observes who leads, by what ZooKeeper says and not by what an Overlord tells.
type leader struct{ latch *zookeeper.Latch }

func observeLeader(c *zookeeper.Client) *leader {
	latch := c.OverlordLatch("http://nobody:1") // which never stands for election
	latch.Start()
	return &leader{latch}
}

// await returns the moment from which on the target leads, as far as a look each millisecond tells.
func (l *leader) await(ctx context.Context, t *target) (time.Time, error) {
	for {
		if u, err := url.Parse(l.latch.Leader()); err == nil && strings.EqualFold(u.Host, t.address) {
			return time.Now(), nil
		}
		if err := t.ended(); err != nil {
			return time.Time{}, err
		}
		if err := wait(ctx, time.Millisecond); err != nil {
			return time.Time{}, fmt.Errorf("waiting until %s leads: %w", t.side, err)
		}
	}
}
