// Package ovate is Apache Druid's Overlord as a server that can be embedded: it takes ingestion tasks, runs them, hands out
// locks and segment ids, publishes segments, and answers for all of it over HTTP.
package ovate

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"

	"ovate/internal/audience"
	"ovate/internal/auditlog"
	"ovate/internal/broker"
	"ovate/internal/config"
	"ovate/internal/datadir"
	"ovate/internal/deepstorage"
	"ovate/internal/emitter"
	"ovate/internal/engine"
	"ovate/internal/metadata"
	"ovate/internal/preview"
	"ovate/internal/request"
	"ovate/internal/room"
	"ovate/internal/runs"
	"ovate/internal/stores"
	"ovate/internal/supervisor/streaming"
	"ovate/internal/task"
	"ovate/internal/telemetry"
	"ovate/internal/tracing"
	"ovate/internal/upload"
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
	// what they may take, and while it starts its GOGC is higher, unless these were set before.
	LimitMemory bool
}

// Server is an Overlord. Make one with New, let it run with Start, end it with Stop. These may be called from any goroutines.
//
// It holds what outlives a term of leadership; what exists only while it leads is the engine.
type Server struct {
	config  *config.Config
	log     *slog.Logger
	claimed *datadir.Lock
	store   metadata.Store
	owner   deepstorage.Owner // of the store; zero if it cannot be read
	deep    stores.Segments
	logs    stores.Logs
	runs    *runs.Journal
	audit   *auditlog.Log // nil: none is written
	uploads *upload.Store
	kit     *task.Kit
	preview *preview.Maker
	streams *streaming.Process
	leads   *engine.Holder

	telemetry *telemetry.Telemetry
	emitter   *emitter.Emitter
	monitors  *telemetry.Monitors
	tracing   *tracing.Tracing // nil: nobody traces anything
	trends    trends

	handler  http.Handler
	audience *audience.Audience
	bodies   *room.Room // what those of all requests under way may take

	life        life
	asked       func()      // ends asking for buckets; nil until it begins
	cluster     *membership // nil where there are no others
	brokers     *broker.Client
	access      access
	ports       ports
	outgoing    request.Outgoing // how other servers are asked
	connections *connections
	http        *http.Server
}

// New opens everything that the server keeps and takes hold of its folders, which a second server is then refused. Nothing runs
// yet. A server that is not started is released by Stop, too. Once ctx ends a database server is not waited for any more.
func New(ctx context.Context, o Options) (*Server, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Config == nil {
		var err error
		if o.Config, err = Configure(nil); err != nil {
			return nil, err
		}
	}
	s := &Server{config: o.Config, log: o.Log, life: newLife()}
	if err := s.openOutgoing(); err != nil {
		return nil, err
	}
	if err := s.makeTracing(); err != nil {
		return nil, err
	}
	s.makeTelemetry()
	s.makeTrends()
	for _, open := range []func() error{s.claim, func() error { return s.openMetadata(ctx) }, func() error { return s.openFolders(ctx) }, s.listen, s.openRuns, s.openAudit, s.openUploads, s.join, s.openAccess} {
		if err := open(); err != nil {
			return nil, errors.Join(err, s.release())
		}
	}
	s.kit, s.streams = s.newKit(o.LimitMemory), newStreams(s.config, s.outgoing)
	s.preview = s.newPreviews()
	s.brokers = s.knownBrokers()
	s.leads = engine.NewHolder(s.election(), s.newEngine, s.cluster.leads, o.Log)
	if s.cluster == nil {
		s.leads.Alone(func(err error) {
			s.fail(fmt.Errorf("%w. Nothing tells two servers without ZooKeeper which of them leads, so that this one ends; "+
				"give all servers on this database the same druid.zk.service.host, or let one alone use it", err))
		})
	}
	s.audience = audience.New(mostReaders)
	s.bodies = room.New(s.config.HTTP.MaxBodySize)
	s.handler = s.newHandler()
	return s, nil
}

// release closes what New opened, in reverse.
func (s *Server) release() error {
	if s.asked != nil {
		s.asked()
	}
	if s.uploads != nil {
		s.uploads.Stop()
	}
	s.access.stop()
	if s.brokers != nil {
		s.brokers.Stop()
	}
	s.trends.lags.Stop()
	s.monitors.Stop()
	s.emitter.Stop()
	s.tracing.Stop()
	errs := []error{s.cluster.close()}
	if s.audit != nil {
		errs = append(errs, s.audit.Close())
	}
	if s.runs != nil {
		errs = append(errs, s.runs.Stop())
	}
	errs = append(errs, s.ports.close())
	if s.logs != nil {
		errs = append(errs, s.logs.Close())
	}
	if s.deep != nil {
		errs = append(errs, s.deep.Close())
	}
	if s.store != nil {
		errs = append(errs, s.store.Close())
	}
	if s.claimed != nil {
		errs = append(errs, s.claimed.Release())
	}
	return errors.Join(errs...)
}
