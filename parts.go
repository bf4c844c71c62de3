package ovate

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"time"

	"ovate/druid"
	"ovate/internal/auditlog"
	"ovate/internal/config"
	"ovate/internal/datadir"
	"ovate/internal/deepstorage"
	"ovate/internal/disk"
	"ovate/internal/engine"
	"ovate/internal/ingest"
	"ovate/internal/ingest/source"
	"ovate/internal/inventory"
	"ovate/internal/leadership"
	"ovate/internal/machine"
	"ovate/internal/queue"
	"ovate/internal/request"
	"ovate/internal/retention"
	"ovate/internal/runner"
	"ovate/internal/runner/inprocess"
	"ovate/internal/runs"
	"ovate/internal/spec"
	"ovate/internal/stores"
	client "ovate/internal/stream/kafka"
	"ovate/internal/supervisor"
	"ovate/internal/supervisor/kafka"
	"ovate/internal/supervisor/routine"
	"ovate/internal/supervisor/scheduled"
	"ovate/internal/supervisor/streaming"
	"ovate/internal/task"
	v1 "ovate/internal/v1"
)

// This file makes each part of a server of what the configuration says. What is opened is closed by release.

// claim takes the folder that this process has to itself, and makes it if it is missing.
func (s *Server) claim() (err error) {
	dir := s.config.Folder()
	if err := disk.MkdirAll(dir); err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	s.claimed, err = datadir.Acquire(dir)
	return err
}

func (s *Server) openMetadata(ctx context.Context) (err error) {
	begun := time.Now()
	if s.config.Metadata.Type != config.SQLite {
		s.log.Info("connecting to the metadata database", "type", s.config.Metadata.Type, "in", s.config.Metadata.Place())
	}
	if s.store, err = stores.Metadata(ctx, s.config, s.log, s.fail, s.telemetry.Committed); err == nil {
		s.store = s.telemetry.Store(s.store)
		if err := s.sealMetadata(ctx); err != nil {
			return err
		}
		s.log.Info("metadata opened", "type", s.config.Metadata.Type, "in", s.config.Metadata.Place(), "took", time.Since(begun))
	}
	return err
}

// openFolders opens deep storage and the logs of tasks.
func (s *Server) openFolders(ctx context.Context) (err error) {
	c := s.config
	if s.owner, err = ownerOf(ctx, s.store, s.log); err != nil {
		return err
	}
	if s.deep, err = stores.DeepStorage(c, s.owner); err != nil {
		return err
	}
	if s.logs, err = stores.TaskLogs(c, s.log); err != nil {
		return err
	}
	s.log.Info("folders opened", "segments", c.DeepStorage.Place(), "logs", c.TaskLogs.Place())
	return nil
}

// metadata tells which ones these are. A folder that another server, with its defaults, would work on alike is told.
func (s *Server) metadata() v1.Metadata {
	var m v1.Metadata
	if s.owner != (deepstorage.Owner{}) {
		m.ID = fmt.Sprintf("%x", s.owner)
	}
	if !s.config.InFolder() {
		return m
	}
	file, err := datadir.File(s.config.Metadata.Path)
	if err != nil {
		s.log.Warn("ovate ingest cannot tell that the data folder is that of this server, and looks for what was handed in by the address alone", "error", err)
		return m
	}
	m.Folder, m.File = s.config.Folder(), file
	return m
}

// openRuns opens the journal of what this process runs. Where the database is a file the two lie side by side and are moved together, as
// the journal tells of its tasks.
func (s *Server) openRuns() (err error) {
	s.runs, err = runs.Open(filepath.Join(s.config.Folder(), runs.File), s.log)
	return err
}

// openAudit opens the file of those who ask for changes, if one is wanted.
func (s *Server) openAudit() (err error) {
	c := s.config.Audit
	if c.Path == "" {
		return nil
	}
	if s.audit, err = auditlog.Open(c.Path, c.MaxSize, c.Keep); err != nil {
		return fmt.Errorf("audit log (ovate.audit.path): %w", err)
	}
	return nil
}

// newKit is what the tasks of this process work with.
func (s *Server) newKit(limitMemory bool) *task.Kit {
	c, stalls, own := s.config, new(source.Stalls), s.config.Own()
	kit := &task.Kit{
		Storage:   s.deep,
		Inventory: inventory.New(s.store, s.deep),
		Logs:      s.logs,
		Policy: source.Policy{
			AnyLocalFile: c.Ingest.AnyLocalFile, Roots: c.Ingest.LocalRoots, Own: own,
			AllowPrivateHTTP: c.Ingest.AllowPrivateHTTP, HTTPProtocols: c.Ingest.HTTPProtocols,
			AnyVariable: c.Ingest.AnyVariable, Variables: c.Ingest.PasswordVariables,
			Uploads: s.config.UploadFolder(), Stalls: stalls,
		},
		ProxiedPolicy: source.Policy{
			Uploads: s.config.UploadFolder(), Roots: c.Ingest.LocalRoots, Own: own, AllowPrivateHTTP: c.Ingest.PrivateHTTPGiven, HTTPProtocols: c.Ingest.HTTPProtocols,
			Variables: c.Ingest.PasswordVariables, Stalls: stalls,
		},
		Workers:   runtime.GOMAXPROCS(0),
		Memory:    memoryPerTask(c),
		MaxMemory: maxMemoryPerTask(c),
		Location:  druid.TaskLocation{Host: c.Host, Port: s.ports.plaintext(), TLSPort: s.ports.tls()},
		Meter:     meters{s.telemetry, s.trends.rates},
		Ingest:    ingest.Run,

		OmitEmptyColumns: !c.Tasks.StoreEmptyColumns,
	}
	if limitMemory {
		kit.Heap = new(task.Heap)
	}
	return kit
}

// newEngine is what the server does in one term of leadership.
func (s *Server) newEngine(lead *leadership.Lead) *engine.Engine {
	c := s.config
	tasks := queue.Options{
		MaxLostRuns:        c.Tasks.MaxLostRuns,
		MaxSize:            c.Queue.MaxSize,
		MaxPayload:         c.Queue.MaxTaskPayload,
		ForceTimeChunkLock: c.Tasks.ForceTimeChunkLock,
		DefaultContext:     c.Tasks.DefaultContext,
		Limits:             spec.Limits{HTTPProtocols: c.Ingest.HTTPProtocols, HTTPHeaders: c.Ingest.HTTPHeaders},
		RecentlyFinished:   c.Tasks.RecentlyFinished,
		Places:             s.places(),
		Runs:               s.runs,
		Meter:              s.telemetry.Tasks(),
	}
	s.traceTasks(&tasks)
	if c.Cluster.ZooKeeper != nil {
		tasks.SyncRate = c.Queue.SyncRate
	}
	run := s.inProcess
	if tasks.Places.Workers {
		run = s.onWorkers
	}
	return engine.New(engine.Options{
		Store: s.store, Lead: lead, Storage: s.deep, Logs: s.logs, Log: s.log, Retention: retentionRules(c), Runner: run, Queue: tasks, MayRead: s.kit.MayRead,
		AllowPrivateHooks: c.Webhooks.AllowPrivate,
		Thresholds:        thresholds(s.config),
		Supervised:        s.telemetry,
		Kinds:             []supervisor.Kind{scheduled.Queries(s.brokers), scheduled.Tasks(s.places(), s.kit.MayRead, tasks.Check), s.kafka()},
	})
}

// kafka is how supervisors run that read topics of Kafka.
func (s *Server) kafka() supervisor.Kind {
	policy := s.kit.ProxiedPolicy // nobody can tell by whom a spec has come that is stored
	o := kafka.Options{Policy: client.Policy{Roots: policy.Roots, Variable: policy.Variable}, Process: s.streams, MostTask: s.config.Queue.MaxTaskPayload, Workers: s.places().Workers}
	if c := s.config.Supervisors; c.Idle {
		o.Idle = &routine.Idle{Enabled: true, After: c.IdleAfter}
	}
	return kafka.Kind(o)
}

// newStreams is what supervisors of streams share.
func newStreams(c *config.Config, outgoing request.Outgoing) *streaming.Process {
	return streaming.NewProcess(request.NewClient(outgoing), thresholds(c))
}

// thresholds are by what supervisors count as healthy.
func thresholds(c *config.Config) supervisor.Thresholds {
	s := c.Supervisors
	return supervisor.Thresholds{
		Unhealthy: s.Unhealthy, Healthy: s.Healthy, TasksUnhealthy: s.TasksUnhealthy, TasksHealthy: s.TasksHealthy, Remembered: s.Remembered,
	}
}

// places are where tasks run: on Druid's own workers, if there are any, but for those that want it otherwise.
func (s *Server) places() task.Places {
	return task.Places{Workers: s.config.Runner.Type == config.HTTPRemote, Default: s.config.Tasks.DefaultContext[task.KeyRunner]}
}

// inProcess runs tasks in this process.
func (s *Server) inProcess(storage deepstorage.Storage, _ func() bool) queue.Runner {
	c, kit := s.config, *s.kit
	kit.Storage = storage
	return inprocess.New(inprocess.Options{
		Kit:    &kit,
		Within: s.tracing.Within(),
		Log:    s.log,
		Worker: runner.Worker{
			Scheme: s.node().Scheme(), Host: s.node().Address(), IP: c.Host,
			Capacity: c.Worker.Capacity, Version: c.Worker.Version, Category: c.Worker.Category,
		},
	})
}

// retentionRules has the duties without a period that are off.
func retentionRules(c *config.Config) retention.Rules {
	var rules retention.Rules
	if t := c.Retention.Tasks; t.On {
		rules.Tasks = retention.TaskRule{InitialDelay: t.InitialDelay, Period: t.Period, Retain: t.Retain}
		if t.InitialDelay == 0 {
			rules.Tasks.InitialDelay = time.Minute + rand.N(4*time.Minute) // as in Druid, for the sake of servers that start together
		}
	}
	rules.Orphans = c.Retention.Orphans
	if !c.Retention.Coordinator {
		return rules
	}
	rules.Overshadowed = c.Retention.Period
	if c.Retention.Pending {
		rules.Pending = c.Retention.IndexingPeriod
	}
	if a := c.Retention.Audit; a.On {
		rules.Audit = retention.AgeRule{Period: a.Period, Retain: a.Retain}
	}
	if s := c.Retention.Supervisors; s.On {
		rules.Supervisors = retention.AgeRule{Period: s.Period, Retain: s.Retain}
	}
	if u := c.Retention.Unused; u.On {
		rules.Unused = retention.UnusedRule{
			Period: u.Period, Retain: u.Retain, Everything: u.Everything, Buffer: u.Buffer, MaxSegments: u.MaxSegments, MaxInterval: u.MaxInterval,
		}
	}
	return rules
}

// memoryPerTask is the part of the memory for unwritten rows that one task gets when all slots are taken.
func memoryPerTask(c *config.Config) int64 {
	const unset = 384 << 20
	total := c.Ingest.Memory
	if total == 0 {
		total = unset
	}
	return max(16<<20, total/int64(max(1, c.Worker.Capacity)))
}

// maxMemoryPerTask is the most that one task gets when all slots are taken, whatever its spec says: unless it is set, of half of the memory that there is, so that no
// spec ends the process.
func maxMemoryPerTask(c *config.Config) int64 {
	total := c.Ingest.MaxMemory
	if total == 0 {
		total = machine.Memory() / 2
	}
	if total == 0 {
		return 0 // nobody knows
	}
	return max(memoryPerTask(c), total/int64(max(1, c.Worker.Capacity)))
}
