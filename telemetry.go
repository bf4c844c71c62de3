package ovate

import (
	"context"
	"errors"
	"runtime/debug"

	"ovate/internal/compaction/scheduler"
	"ovate/internal/emitter"
	"ovate/internal/engine"
	"ovate/internal/metadata"
	"ovate/internal/queue"
	"ovate/internal/request"
	"ovate/internal/runner"
	"ovate/internal/supervisor"
	"ovate/internal/telemetry"
	"ovate/internal/tracing"
	"ovate/internal/tracing/otlp"
)

// makeTelemetry makes what counts, and what tells others of it. Nothing is sent yet.
func (s *Server) makeTelemetry() {
	c := s.config.Emitter
	var sinks []emitter.Sink
	if c.Logging {
		sinks = append(sinks, emitter.Logging{Log: s.log, Level: c.LogLevel})
	}
	if c.HTTP {
		sinks = append(sinks, emitter.NewHTTP(emitter.HTTPConfig{
			URL: c.URL, FlushPeriod: c.FlushPeriod, FlushCount: c.FlushCount, MaxBatch: int(c.MaxBatch), MaxQueue: c.MaxQueue, Timeout: c.Timeout,
			Lines: c.Lines, Gzip: c.Gzip, User: c.User, Password: c.Password,
		}, request.NewClient(request.Outgoing{TLS: s.outgoing.TLS}), s.log))
	}
	s.emitter = emitter.New(func() emitter.Service {
		return emitter.Service{Name: s.config.Service, Host: s.node().Address(), Version: DruidVersion}
	}, s.log, sinks...)
	s.telemetry = telemetry.New(telemetry.Options{
		Leading: func() telemetry.Leading {
			if e := s.leads.Engine(); e != nil {
				return leading{e}
			}
			return nil
		},
		ZooKeeper: s.zooKeeper(),
		Sessions:  s.access.loggedIn,
		Emitter:   s.emitter,
		Tracing:   s.tracing,
		Version:   version(),
		Druid:     DruidVersion,
	})
	s.monitors = s.telemetry.Monitors(c.Period, c.Monitors)
}

// makeTracing makes what tells a collector of requests and tasks, if one is wanted.
func (s *Server) makeTracing() (err error) {
	c := s.config.Tracing
	if c.URL == "" {
		return nil
	}
	s.tracing, err = tracing.New(tracing.Options{
		Collector: otlp.Config{URL: c.URL, Headers: c.Headers, Gzip: c.Gzip, Timeout: c.Timeout},
		Client:    request.NewClient(request.Outgoing{TLS: s.outgoing.TLS}),
		Service:   c.Service, Version: version(), Attributes: c.Attributes, Sampler: c.Sampler, Ratio: c.Ratio, Log: s.log,
	})
	return err
}

// traceTasks has a new queue followed for traces, if anybody traces.
func (s *Server) traceTasks(o *queue.Options) {
	if s.tracing != nil {
		tasks := s.tracing.Tasks(o.Meter)
		o.Meter, o.Within = tasks, tasks.Within
	}
}

// zooKeeper tells whether there is a connection to it; nil where none is wanted.
func (s *Server) zooKeeper() func() bool {
	if s.config.Cluster.ZooKeeper == nil {
		return nil
	}
	return func() bool { return s.cluster.client.Connected() }
}

// version is that of this program, as far as it was built with one.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		return info.Main.Version
	}
	return "unknown"
}

// leading is an engine, as telemetry asks for it.
type leading struct{ *engine.Engine }

func (l leading) Workers() []runner.Worker              { return l.Queue().Workers() }
func (l leading) Supervisors() []*supervisor.Supervisor { return l.Engine.Supervisors().All() }
func (l leading) Compaction() []*scheduler.Snapshot     { return l.Engine.Compaction().Snapshots() }
func (l leading) Locks() int                            { return l.Queue().Locks().Count() }

// otherLeader is the server that leads, unless it is this one.
func (s *Server) otherLeader() string {
	if leader := s.leads.Leader(); leader != s.node().URL() {
		return leader
	}
	return ""
}

// reachStore asks the metadata store for something small, which need not be there.
func (s *Server) reachStore(ctx context.Context) error {
	_, err := s.store.Config(ctx, ownerKey)
	if errors.Is(err, metadata.ErrNotFound) {
		return nil
	}
	return err
}
