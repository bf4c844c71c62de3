// Package ovate is Apache Druid's Overlord as a server that can be embedded: it takes ingestion tasks, runs them, hands out
// locks and segment ids, publishes segments, and answers for all of it over HTTP.
package ovate

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"time"

	"ovate/druid"
	"ovate/internal/api"
	"ovate/internal/config"
	"ovate/internal/datasource"
	"ovate/internal/deepstorage/local"
	"ovate/internal/ingest"
	"ovate/internal/ingest/source"
	"ovate/internal/inventory"
	"ovate/internal/metadata/sqlite"
	"ovate/internal/orphans"
	"ovate/internal/queue"
	"ovate/internal/retention"
	"ovate/internal/runner"
	"ovate/internal/runner/inprocess"
	"ovate/internal/runs"
	"ovate/internal/spec"
	"ovate/internal/task"
	"ovate/internal/tasklog"
)

// DruidVersion is the version of Druid whose Overlord this server stands for.
const DruidVersion = "33.0.0"

// Config is a configuration that has been checked. Configure makes one.
type Config = config.Config

// Configure lays properties over the defaults, and names in its error every value that cannot be used. The names are Druid's,
// and ovate.data, ovate.listen … for what Druid has no name for; `ovate serve --dry-run` lists them all.
func Configure(properties map[string]string) (*Config, error) {
	var given []config.Setting
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		given = append(given, config.Setting{Key: name, Value: properties[name], Origin: "Configure"})
	}
	return config.Load(config.Sources{Flags: given})
}

// Options are what a server is made of.
type Options struct {
	Config *Config      // nil is Configure(nil): everything in ./var, on http://127.0.0.1:8090
	Log    *slog.Logger // nil discards
	// LimitMemory says that the process is the server's alone: while tasks run, its memory limit (runtime/debug.SetMemoryLimit) follows
	// what they may take, unless it was set before.
	LimitMemory bool
}

// Server is an Overlord. Make one with New, let it run with Start, end it with Stop. These may be called from any goroutines.
type Server struct {
	config    *config.Config
	log       *slog.Logger
	store     *sqlite.Store
	deep      *local.Storage
	queue     *queue.Queue
	segments  *datasource.Marker
	retention *retention.Retention
	runs      *runs.Journal
	handler   http.Handler

	life        life
	listener    net.Listener // nil once it is closed
	addr        net.Addr
	connections *connections
	http        *http.Server
}

// New opens everything that the server keeps and takes hold of its folders, which a second server is then refused. Nothing runs
// yet. A server that is not started is released by Stop, too.
func New(o Options) (_ *Server, err error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Config == nil {
		if o.Config, err = Configure(nil); err != nil {
			return nil, err
		}
	}
	s := &Server{config: o.Config, log: o.Log, life: newLife()}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.release())
		}
	}()
	c, begun := o.Config, time.Now()
	if s.store, err = sqlite.Open(sqlite.Options{Path: c.Metadata.Path, TableBase: c.Metadata.TablesBase, Log: o.Log, Failed: s.fail}); err != nil {
		return nil, err
	}
	s.log.Info("metadata opened", "file", c.Metadata.Path, "took", time.Since(begun))
	owner, err := ownerOf(s.store, c.Metadata.Path, o.Log)
	if err != nil {
		return nil, err
	}
	if s.deep, err = local.Open(local.Options{Directory: c.DeepStorage.Directory, Zip: c.DeepStorage.Zip, Owner: owner}); err != nil {
		return nil, err
	}
	logs, err := tasklog.Open(c.TaskLogs.Directory, s.log)
	if err != nil {
		return nil, err
	}
	s.log.Info("folders opened", "segments", c.DeepStorage.Directory, "logs", c.TaskLogs.Directory)
	// The location of tasks is this server's own; with port 0 the port is known only once it listens.
	if s.listener, err = net.Listen("tcp", c.Listen); err != nil {
		return nil, fmt.Errorf("listen on %s: %w", c.Listen, err)
	}
	s.addr = s.listener.Addr()
	location := druid.TaskLocation{Host: c.Host, Port: s.port(), TLSPort: -1}
	kit := &task.Kit{
		Storage:   s.deep,
		Inventory: inventory.New(s.store, s.deep),
		Logs:      logs,
		Policy: source.Policy{
			AnyLocalFile: c.Ingest.AnyLocalFile, Roots: c.Ingest.LocalRoots,
			AllowPrivateHTTP: c.Ingest.AllowPrivateHTTP, HTTPProtocols: c.Ingest.HTTPProtocols,
			AnyVariable: c.Ingest.AnyVariable, Variables: c.Ingest.PasswordVariables,
		},
		ProxiedPolicy: source.Policy{
			Roots: c.Ingest.LocalRoots, AllowPrivateHTTP: c.Ingest.PrivateHTTPGiven, HTTPProtocols: c.Ingest.HTTPProtocols,
			Variables: c.Ingest.PasswordVariables,
		},
		Workers:  runtime.GOMAXPROCS(0),
		Memory:   memoryPerTask(c),
		Location: location,
		Ingest:   ingest.Run,

		OmitEmptyColumns: !c.Tasks.StoreEmptyColumns,
	}
	if o.LimitMemory {
		kit.Heap = new(task.Heap)
	}
	if s.runs, err = runs.Open(filepath.Join(filepath.Dir(c.Metadata.Path), "ovate.runs"), s.log); err != nil {
		return nil, err
	}
	s.queue = queue.New(queue.Options{
		Runs:        s.runs,
		MaxLostRuns: c.Tasks.MaxLostRuns,
		Store:       s.store,
		Runner: inprocess.New(inprocess.Options{
			Kit: kit,
			Log: o.Log,
			Worker: runner.Worker{
				Scheme: "http", Host: net.JoinHostPort(c.Host, strconv.Itoa(location.Port)), IP: c.Host,
				Capacity: c.Worker.Capacity, Version: c.Worker.Version, Category: c.Worker.Category,
			},
		}),
		Logs:               logs,
		Log:                o.Log,
		MaxSize:            c.Queue.MaxSize,
		MaxPayload:         c.Queue.MaxTaskPayload,
		ForceTimeChunkLock: c.Tasks.ForceTimeChunkLock,
		DefaultContext:     c.Tasks.DefaultContext,
		Limits:             spec.Limits{HTTPProtocols: c.Ingest.HTTPProtocols, HTTPHeaders: c.Ingest.HTTPHeaders},
		RecentlyFinished:   c.Tasks.RecentlyFinished,
		Published:          func(dataSource string, intervals []druid.Interval) { s.retention.Published(dataSource, intervals) },
	})
	s.segments = datasource.New(s.store, druid.Now, s.queue.Removing, s.deep)
	finder := orphans.New(s.store, s.deep, s.queue, druid.Now)
	s.handler = api.New(api.Options{
		Tasks:      s.queue,
		Segments:   s.segments,
		Locks:      s.queue.Locks(),
		Workers:    s.queue,
		Inventory:  kit.Inventory,
		Orphans:    finder,
		URL:        s.url,
		Service:    c.Service,
		Version:    DruidVersion,
		Properties: c.Properties(),
		Hosts:      c.HTTP.Hosts,
		Origins:    c.HTTP.Origins,
		BodyLimit:  c.HTTP.MaxBodySize,
		MayRead:    kit.MayRead,
		Log:        o.Log,
	})
	s.retention = retention.New(retention.Options{
		Store: s.store, Logs: logs, Tasks: s.queue, Segments: s.segments, Storage: s.deep, Orphans: finder, Log: o.Log, Rules: retentionRules(c),
	})
	return s, nil
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
		rules.Audit = retention.AuditRule{Period: a.Period, Retain: a.Retain}
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

// release closes what New opened, in reverse.
func (s *Server) release() error {
	var errs []error
	if s.runs != nil {
		errs = append(errs, s.runs.Stop())
	}
	if s.listener != nil {
		errs = append(errs, s.listener.Close())
	}
	if s.deep != nil {
		errs = append(errs, s.deep.Close())
	}
	if s.store != nil {
		errs = append(errs, s.store.Close())
	}
	return errors.Join(errs...)
}

// Addr is the host:port that the server listens on.
func (s *Server) Addr() string { return s.addr.String() }

func (s *Server) port() int {
	if addr, ok := s.addr.(*net.TCPAddr); ok {
		return addr.Port
	}
	return -1
}

// url is where others reach the server.
func (s *Server) url() string {
	return "http://" + net.JoinHostPort(s.config.Host, strconv.Itoa(s.port()))
}
