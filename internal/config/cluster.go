package config

import (
	"errors"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strings"
	"time"

	"ovate/internal/cluster/zookeeper"
	"ovate/internal/uri"
)

// Cluster is how this server takes part in a Druid cluster.
type Cluster struct {
	ZooKeeper *zookeeper.Config // where the others are; nil: there are none
	Brokers   []string          // the URLs of the Brokers there are; empty: those that are announced in ZooKeeper

	enabled   bool
	discovery string // druid.discovery.type
}

// Types of runners, in Druid's words.
const (
	InProcess  = "local"
	HTTPRemote = "httpRemote"
)

// Runner is where tasks run. All but the type is for HTTPRemote.
type Runner struct {
	Type    string   // InProcess or HTTPRemote
	Workers []string // the URLs of the workers there are; empty: those that are announced in ZooKeeper

	MinWorkerVersion           string
	ParallelIndexTaskSlotRatio float64

	TaskAssignmentTimeout, TaskCleanupTimeout            time.Duration
	AssignRequestHTTPTimeout, ShutdownRequestHTTPTimeout time.Duration
	SyncRequestTimeout, ServerUnstabilityTimeout         time.Duration

	MaxRetriesBeforeBlacklist     int
	MaxPercentageBlacklistWorkers int
	WorkerBlackListBackoffTime    time.Duration

	StartDelay time.Duration // for which tasks that were active before, and are at no known worker, wait for others
}

// clusterKeys are the properties of the cluster and its workers. What ZooKeeper is asked for is read when all are known.
func clusterKeys() []key {
	table := []key{
		{"druid.discovery.type", "", optional(func(c *Config, v string) error {
			c.Cluster.discovery = v
			return only("curator", "other nodes are found through ZooKeeper; leave it out, and druid.zk.service.host too, for a server without others")(c, v)
		})},
		{"druid.zk.service.enabled", "true", func(c *Config, v string) error { return setBool(&c.Cluster.enabled, v) }},
	}
	for _, name := range zookeeper.Properties() {
		table = append(table, key{name, "", func(*Config, string) error { return nil }})
	}
	period := func(of func(*Runner) *time.Duration) func(*Config, string) error {
		return func(c *Config, v string) error { return setPeriod(of(&c.Runner), v) }
	}
	return append(table, []key{
		{"druid.indexer.runner.type", InProcess, func(c *Config, v string) error { return setRunner(&c.Runner.Type, v) }},
		{"ovate.workers", "", func(c *Config, v string) error {
			return setNodes(&c.Runner.Workers, v, "worker", "middlemanager.example.com:8091 or https://middlemanager.example.com:8291")
		}},
		{"ovate.brokers", "", func(c *Config, v string) error {
			return setNodes(&c.Cluster.Brokers, v, "Broker", "broker.example.com:8082 or https://broker.example.com:8282")
		}},
		{"druid.indexer.runner.minWorkerVersion", "0", func(c *Config, v string) error { c.Runner.MinWorkerVersion = v; return nil }},
		{"druid.indexer.runner.parallelIndexTaskSlotRatio", "1", func(c *Config, v string) error { return setRatio(&c.Runner.ParallelIndexTaskSlotRatio, v) }},
		{"druid.indexer.runner.taskAssignmentTimeout", "PT5M", period(func(r *Runner) *time.Duration { return &r.TaskAssignmentTimeout })},
		{"druid.indexer.runner.taskCleanupTimeout", "PT15M", period(func(r *Runner) *time.Duration { return &r.TaskCleanupTimeout })},
		{"druid.indexer.runner.assignRequestHttpTimeout", "PT1M", period(func(r *Runner) *time.Duration { return &r.AssignRequestHTTPTimeout })},
		{"druid.indexer.runner.shutdownRequestHttpTimeout", "PT1M", period(func(r *Runner) *time.Duration { return &r.ShutdownRequestHTTPTimeout })},
		{"druid.indexer.runner.syncRequestTimeout", "PT3M", period(func(r *Runner) *time.Duration { return &r.SyncRequestTimeout })},
		{"druid.indexer.runner.serverUnstabilityTimeout", "PT1M", period(func(r *Runner) *time.Duration { return &r.ServerUnstabilityTimeout })},
		{"druid.indexer.runner.maxRetriesBeforeBlacklist", "5", func(c *Config, v string) error { return setInt(&c.Runner.MaxRetriesBeforeBlacklist, v, 1, 1_000_000) }},
		{"druid.indexer.runner.maxPercentageBlacklistWorkers", "20", func(c *Config, v string) error { return setInt(&c.Runner.MaxPercentageBlacklistWorkers, v, 0, 100) }},
		{"druid.indexer.runner.workerBlackListBackoffTime", "PT15M", period(func(r *Runner) *time.Duration { return &r.WorkerBlackListBackoffTime })},
		{"druid.indexer.queue.startDelay", "PT1M", func(c *Config, v string) error { return setDuration(&c.Runner.StartDelay, v) }},
	}...)
}

func setRunner(kind *string, v string) error {
	for _, known := range []string{InProcess, HTTPRemote} {
		if strings.EqualFold(v, known) {
			*kind = known
			return nil
		}
	}
	if strings.EqualFold(v, "remote") {
		return errors.New("must be httpRemote, which reaches the same workers: tasks are not handed out through ZooKeeper")
	}
	return errors.New("must be local, for tasks that run in this process, or httpRemote, for Druid's MiddleManagers and Indexers")
}

// setNodes takes where servers of a kind listen, and makes it URLs without a path.
func setNodes(urls *[]string, v, kind, example string) error {
	if err := setList(urls, v); err != nil {
		return err
	}
	for i, node := range *urls {
		if !strings.Contains(node, "://") {
			node = "http://" + node
		}
		u, err := url.Parse(node)
		if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" || setInt(new(int), u.Port(), 1, math.MaxUint16) != nil ||
			u.Scheme+"://"+u.Host != strings.TrimSuffix(node, "/") {
			return fmt.Errorf("must be where %ss listen, with commas between them, like %s, and not like %q", kind, example, uri.Redact(node))
		}
		(*urls)[i] = u.Scheme + "://" + u.Host
		if slices.Contains((*urls)[:i], (*urls)[i]) {
			return fmt.Errorf("must name each %s once; %s is there twice", kind, u.Host)
		}
	}
	return nil
}

// settleCluster reads what ZooKeeper is asked for, and fits the rest to it. The error joins a *ValueError for each value that cannot be used.
func (c *Config) settleCluster() error {
	set := func(name string) bool { return c.settings[name].Value != "" }
	if err := c.settleWorkers(); err != nil {
		return err
	}
	wanted := set("druid.zk.service.host") || c.Cluster.discovery != ""
	if !c.Cluster.enabled || !wanted {
		if c.Runner.Type == HTTPRemote && len(c.Runner.Workers) == 0 {
			return &ValueError{c.settings["druid.indexer.runner.type"],
				"needs to know of workers: set druid.zk.service.host, and druid.zk.service.enabled to true, so that they are found through ZooKeeper, or name them with ovate.workers, or let tasks run in this process with local"}
		}
		return nil
	}
	zk, err := zookeeper.ParseConfig(func(name string) (string, bool) { return c.settings[name].Value, set(name) })
	if err != nil {
		return c.withOrigins(err)
	}
	c.Cluster.ZooKeeper = &zk
	// In a cluster tasks run on workers, as in Druid, and a Coordinator does what must not be done twice.
	const beside = "default, with ZooKeeper"
	if c.otherwise("druid.indexer.runner.type", HTTPRemote, beside) {
		c.Runner.Type = HTTPRemote
	}
	if c.otherwise("ovate.coordinatorDuties", "false", beside) {
		c.Retention.Coordinator = false
	}
	return nil
}

// settleWorkers has tasks run on the workers that are listed.
func (c *Config) settleWorkers() error {
	if len(c.Runner.Workers) == 0 {
		return nil
	}
	if c.otherwise("druid.indexer.runner.type", HTTPRemote, "default, with ovate.workers") {
		c.Runner.Type = HTTPRemote
	}
	if c.Runner.Type != HTTPRemote {
		return &ValueError{c.settings["ovate.workers"], "names workers that get no tasks, as druid.indexer.runner.type is " + c.Runner.Type + ": set that to httpRemote, or leave the workers out"}
	}
	return nil
}

// otherwise gives a property another default, and tells whether that holds.
func (c *Config) otherwise(name, value, origin string) bool {
	if c.Origin(name) != "default" {
		return false
	}
	c.settings[name] = Setting{name, value, origin}
	return true
}

// withOrigins makes errors of ZooKeeper's properties those of this package.
func (c *Config) withOrigins(err error) error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return err
	}
	var wrong []error
	for _, err := range joined.Unwrap() {
		if v := (*zookeeper.ValueError)(nil); errors.As(err, &v) {
			err = &ValueError{Setting{v.Property, v.Value, c.Origin(v.Property)}, v.Allowed}
		}
		wrong = append(wrong, err)
	}
	return errors.Join(wrong...)
}
