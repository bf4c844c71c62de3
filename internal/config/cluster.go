package config

import (
	"errors"
	"strings"
	"time"

	"ovate/internal/cluster/zookeeper"
)

// Cluster is how this server takes part in a Druid cluster.
type Cluster struct {
	ZooKeeper *zookeeper.Config // where the others are; nil: there are none

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
	Type string // InProcess or HTTPRemote

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

// settleCluster reads what ZooKeeper is asked for, and fits the rest to it. The error joins a *ValueError for each value that cannot be used.
func (c *Config) settleCluster() error {
	set := func(name string) bool { return c.settings[name].Value != "" }
	wanted := set("druid.zk.service.host") || c.Cluster.discovery != ""
	if !c.Cluster.enabled || !wanted {
		if c.Runner.Type == HTTPRemote {
			return &ValueError{c.settings["druid.indexer.runner.type"],
				"needs ZooKeeper, through which workers are found: set druid.zk.service.host, and druid.zk.service.enabled to true, or let tasks run in this process with local"}
		}
		return nil
	}
	zk, err := zookeeper.ParseConfig(func(name string) (string, bool) { return c.settings[name].Value, set(name) })
	if err != nil {
		return c.withOrigins(err)
	}
	c.Cluster.ZooKeeper = &zk
	// In a cluster tasks run on workers, as in Druid, and a Coordinator does what must not be done twice.
	if c.inCluster("druid.indexer.runner.type", HTTPRemote) {
		c.Runner.Type = HTTPRemote
	}
	if c.inCluster("ovate.coordinatorDuties", "false") {
		c.Retention.Coordinator = false
	}
	return nil
}

// inCluster gives a property another default, and tells whether that holds.
func (c *Config) inCluster(name, value string) bool {
	if c.Origin(name) != "default" {
		return false
	}
	c.settings[name] = Setting{name, value, "default, with ZooKeeper"}
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
