package ovate

import (
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"path/filepath"
	"runtime"
	"strconv"
	"time"

	"ovate/druid"
	"ovate/internal/api"
	"ovate/internal/config"
	"ovate/internal/deepstorage/local"
	"ovate/internal/engine"
	"ovate/internal/ingest"
	"ovate/internal/ingest/source"
	"ovate/internal/inventory"
	"ovate/internal/metadata/sqlite"
	"ovate/internal/queue"
	"ovate/internal/retention"
	"ovate/internal/runner"
	"ovate/internal/runner/inprocess"
	"ovate/internal/runs"
	"ovate/internal/spec"
	"ovate/internal/task"
	"ovate/internal/tasklog"
)

// This file makes each part of a server of what the configuration says. What is opened is closed by release.

func (s *Server) openMetadata() (err error) {
	c, begun := s.config.Metadata, time.Now()
	s.store, err = sqlite.Open(sqlite.Options{Path: c.Path, TableBase: c.TablesBase, Log: s.log, Failed: s.fail})
	if err == nil {
		s.log.Info("metadata opened", "file", c.Path, "took", time.Since(begun))
	}
	return err
}

// openFolders opens deep storage and the logs of tasks.
func (s *Server) openFolders() error {
	c := s.config
	owner, err := ownerOf(s.store, c.Metadata.Path, s.log)
	if err != nil {
		return err
	}
	if s.deep, err = local.Open(local.Options{Directory: c.DeepStorage.Directory, Zip: c.DeepStorage.Zip, Owner: owner}); err != nil {
		return err
	}
	if s.logs, err = tasklog.Open(c.TaskLogs.Directory, s.log); err != nil {
		return err
	}
	s.log.Info("folders opened", "segments", c.DeepStorage.Directory, "logs", c.TaskLogs.Directory)
	return nil
}

// listen takes the address. With port 0 the port is known only from then on, and others need it: it is part of where tasks are.
func (s *Server) listen() (err error) {
	if s.listener, err = net.Listen("tcp", s.config.Listen); err != nil {
		return fmt.Errorf("listen on %s: %w", s.config.Listen, err)
	}
	s.addr = s.listener.Addr()
	return nil
}

func (s *Server) openRuns() (err error) {
	s.runs, err = runs.Open(filepath.Join(filepath.Dir(s.config.Metadata.Path), "ovate.runs"), s.log)
	return err
}

// newKit is what the tasks of this process work with.
func (s *Server) newKit(limitMemory bool) *task.Kit {
	c, stalls := s.config, new(source.Stalls)
	kit := &task.Kit{
		Storage:   s.deep,
		Inventory: inventory.New(s.store, s.deep),
		Logs:      s.logs,
		Policy: source.Policy{
			AnyLocalFile: c.Ingest.AnyLocalFile, Roots: c.Ingest.LocalRoots,
			AllowPrivateHTTP: c.Ingest.AllowPrivateHTTP, HTTPProtocols: c.Ingest.HTTPProtocols,
			AnyVariable: c.Ingest.AnyVariable, Variables: c.Ingest.PasswordVariables,
			Stalls: stalls,
		},
		ProxiedPolicy: source.Policy{
			Roots: c.Ingest.LocalRoots, AllowPrivateHTTP: c.Ingest.PrivateHTTPGiven, HTTPProtocols: c.Ingest.HTTPProtocols,
			Variables: c.Ingest.PasswordVariables, Stalls: stalls,
		},
		Workers:  runtime.GOMAXPROCS(0),
		Memory:   memoryPerTask(c),
		Location: druid.TaskLocation{Host: c.Host, Port: s.port(), TLSPort: -1},
		Ingest:   ingest.Run,

		OmitEmptyColumns: !c.Tasks.StoreEmptyColumns,
	}
	if limitMemory {
		kit.Heap = new(task.Heap)
	}
	return kit
}

// newEngine is what the server does in one term of leadership.
func (s *Server) newEngine() *engine.Engine {
	c := s.config
	return engine.New(engine.Options{
		Store: s.store, Storage: s.deep, Logs: s.logs, Log: s.log, Retention: retentionRules(c),
		Runner: inprocess.New(inprocess.Options{
			Kit: s.kit,
			Log: s.log,
			Worker: runner.Worker{
				Scheme: "http", Host: net.JoinHostPort(c.Host, strconv.Itoa(s.port())), IP: c.Host,
				Capacity: c.Worker.Capacity, Version: c.Worker.Version, Category: c.Worker.Category,
			},
		}),
		Queue: queue.Options{
			Runs:               s.runs,
			MaxLostRuns:        c.Tasks.MaxLostRuns,
			MaxSize:            c.Queue.MaxSize,
			MaxPayload:         c.Queue.MaxTaskPayload,
			ForceTimeChunkLock: c.Tasks.ForceTimeChunkLock,
			DefaultContext:     c.Tasks.DefaultContext,
			Limits:             spec.Limits{HTTPProtocols: c.Ingest.HTTPProtocols, HTTPHeaders: c.Ingest.HTTPHeaders},
			RecentlyFinished:   c.Tasks.RecentlyFinished,
		},
	})
}

// newHandler answers requests with the engine that there is at the time of each.
func (s *Server) newHandler() http.Handler {
	c := s.config
	return api.New(api.Options{
		Engine: func() *api.Engine {
			e := s.leads.Engine()
			if e == nil {
				return nil
			}
			return &api.Engine{Tasks: e.Queue(), Locks: e.Queue().Locks(), Workers: e.Queue(), Segments: e.Segments(), Orphans: e}
		},
		Leader:     s.leads.Leader,
		Inventory:  s.kit.Inventory,
		URL:        s.url,
		Service:    c.Service,
		Version:    DruidVersion,
		Properties: c.Properties(),
		Hosts:      c.HTTP.Hosts,
		Origins:    c.HTTP.Origins,
		BodyLimit:  c.HTTP.MaxBodySize,
		MaxWaits:   mostWaits,
		Serving:    s.life.serving,
		MayRead:    s.kit.MayRead,
		Log:        s.log,
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
