package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"golang.org/x/sys/unix"

	"ovate"
	"ovate/internal/config"
	"ovate/internal/datadir"
	"ovate/internal/disk"
	"ovate/internal/stores"
)

type serve struct {
	Listen    string            `placeholder:"HOST:PORT" help:"Address to listen on; port 0 takes any free one, :8090 is every interface. Default: 127.0.0.1:8090."`
	Insecure  bool              `help:"Let other machines connect, although nobody is asked who they are."`
	Data      string            `type:"path" placeholder:"DIR" help:"Folder for everything the server keeps. Default: ./var."`
	Config    []string          `type:"path" placeholder:"FILE" sep:"none" help:"Properties file with Druid's names; may be repeated, later files win."`
	Set       map[string]string `short:"D" placeholder:"NAME=VALUE" mapsep:"none" help:"One property, over files and environment."`
	DryRun    bool              `help:"Check the configuration, print every property with where its value comes from, and end."`
	LogLevel  string            `enum:",debug,info,warn,error" default:"" placeholder:"LEVEL" help:"debug, info, warn or error. Default: info."`
	LogFormat string            `enum:",text,json" default:"" placeholder:"FORMAT" help:"Log lines of text, or JSON objects with json. Default: text."`
}

// Help tells where properties come from, and gives the examples.
func (*serve) Help() string {
	return "Properties have Druid's names, as in an existing runtime.properties. Over the files stand environment variables, " +
		"named as in Druid's container images (druid_worker_capacity for druid.worker.capacity), and over those the flags. " +
		"What this version cannot honour stops the start; what has no effect here is named. --dry-run lists all properties.\n\n" +
		"Only this machine can connect unless --listen or druid.host says otherwise, which takes --insecure unless everybody is asked who they are (druid.auth.authenticatorChain; docs/security.md). " +
		"Once others can, tasks read local files only below ovate.ingest.localRoots, fetch from private addresses only with ovate.ingest.allowPrivateHttp=true, and take passwords only from the environment variables in ovate.ingest.passwordVariables. " +
		"SIGTERM and Ctrl-C stop the server cleanly; if it cannot go on, since its database was taken away or its disk loses writes, it says why and ends with exit code 1.\n\n" + examples(
		"on http://127.0.0.1:8090, with everything in ./var", "ovate serve",
		"with Druid's own files", "ovate serve --config common.runtime.properties --config runtime.properties",
		"for others, who may ingest what lies in /srv/in", "ovate serve --listen :8090 --insecure -D ovate.ingest.localRoots=/srv/in",
		"with TLS, on https://localhost:8290, as docs/security.md says", "ovate serve -D ovate.tls.certificate=cert.pem -D ovate.tls.key=key.pem -D druid.enablePlaintextPort=false",
		"elsewhere, with four tasks at a time", "ovate serve --data /srv/ovate -D druid.worker.capacity=4",
		"what would hold, and why", "ovate serve --config runtime.properties --dry-run",
	)
}

// Run serves until it is interrupted.
func (s *serve) Run(ctx context.Context, streams *Streams) (err error) {
	cfg, err := config.Load(s.sources(streams.Environ))
	if err != nil {
		return &inputError{err}
	}
	if err := stores.Check(cfg); err != nil {
		return &inputError{err}
	}
	if s.DryRun {
		return s.printSettings(cfg, streams)
	}
	log := logger(cfg, streams)
	warnOfProperties(cfg, log)
	warnOfLoopback(cfg, log)
	// Without this a log that nobody reads any more would end the process at its next line.
	signal.Ignore(syscall.SIGPIPE)
	defer signal.Reset(syscall.SIGPIPE)
	if os.Geteuid() == 0 && cfg.Ingest.AnyLocalFile && cfg.Runner.Type == config.InProcess {
		log.Warn("tasks can read every file of this machine, as the server runs as root: run it as another user, or name the folders that they may read", "property", "ovate.ingest.localRoots")
	}
	server, err := start(ctx, cfg, log)
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		log.Info("stopped before it had started")
		return nil // whoever stops a server stops it well, whenever that is
	}
	if err != nil {
		return err
	}
	withdraw, err := announce(server, cfg)
	if err != nil { // the server is needed all the same, most of all by those who find out why the disk is full
		log.Warn("commands do not find this server by its data folder: give them --url "+address(server, cfg), "error", err)
	} else {
		defer func() { err = errors.Join(err, withdraw()) }()
	}
	at := addresses(server, cfg)
	if cfg.Log.JSON { // of a container both outputs are read together
		slog.New(slog.NewJSONHandler(streams.Out, nil)).Info("listening", "at", at)
	} else {
		fmt.Fprintf(streams.Out, "listening on %s\nopen %s in a browser to see what it does\n", strings.Join(at, " and "), at[0])
	}
	select {
	case <-ctx.Done():
		return stop(server, cfg, log)
	case err := <-server.Failed():
		log.Error("the server cannot go on", "error", err)
		return errors.Join(fmt.Errorf("the server cannot go on: %w", err), stop(server, cfg, log))
	}
}

// warnOfProperties names those without effect, the ones that are probably misspelt one by one and all others together, and those that may not be
// meant as they are.
func warnOfProperties(cfg *config.Config, log *slog.Logger) {
	var others []string
	for _, p := range cfg.Unused() {
		if near := cfg.Nearest(p.Key); near != "" {
			log.Warn("there is no such property; did you mean "+near+"?", "property", p.Key, "from", p.Origin)
		} else {
			others = append(others, p.Key)
		}
	}
	if others != nil {
		log.Warn("these properties have no effect here", "properties", strings.Join(others, ", "))
	}
	for _, r := range cfg.Remarks() {
		log.Warn("a property may not be meant as it is given: "+r.What, "property", r.Key, "from", r.Origin)
	}
}

// warnOfLoopback tells that nobody beyond this machine finds a server of a cluster, unless that was asked for.
func warnOfLoopback(cfg *config.Config, log *slog.Logger) {
	if cfg.Cluster.ZooKeeper != nil && cfg.Origin("druid.host") == "default" && cfg.Host == "localhost" {
		log.Warn("druid.host is not set: nodes on other machines cannot reach this server, which is announced as localhost", "listen", cfg.Listen,
			"otherwise", "druid.host=NAME and --insecure; --insecure alone for this machine's own name")
	}
}

// sources are the flags over the environment over the files.
func (s *serve) sources(environ []string) config.Sources {
	from := config.Sources{Files: s.Config, Environ: environ}
	for _, name := range slices.Sorted(maps.Keys(s.Set)) {
		from.Flags = append(from.Flags, config.Setting{Key: name, Value: s.Set[name], Origin: "-D"})
	}
	if s.Data != "" {
		from.Flags = append(from.Flags, config.Setting{Key: "ovate.data", Value: s.Data, Origin: "--data"})
	}
	if s.Listen != "" {
		from.Flags = append(from.Flags, config.Setting{Key: "ovate.listen", Value: s.Listen, Origin: "--listen"})
	}
	if s.LogLevel != "" {
		from.Flags = append(from.Flags, config.Setting{Key: "ovate.log.level", Value: s.LogLevel, Origin: "--log-level"})
	}
	if s.LogFormat != "" {
		from.Flags = append(from.Flags, config.Setting{Key: "ovate.log.format", Value: s.LogFormat, Origin: "--log-format"})
	}
	if s.Insecure {
		from.Flags = append(from.Flags, config.Setting{Key: "ovate.insecure", Value: "true", Origin: "--insecure"})
	}
	return from
}

func (s *serve) printSettings(cfg *config.Config, streams *Streams) error {
	table := tabwriter.NewWriter(streams.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "PROPERTY\tFROM\tVALUE")
	for _, p := range cfg.Settings() {
		note := ""
		if slices.Contains(cfg.Unused(), p) {
			note = " (no effect here)"
			if near := cfg.Nearest(p.Key); near != "" {
				note = fmt.Sprintf(" (no effect here; did you mean %s?)", near)
			}
		}
		for _, r := range cfg.Remarks() {
			if r.Key == p.Key {
				note += fmt.Sprintf(" (%s)", r.What)
			}
		}
		fmt.Fprintf(table, "%s\t%s%s\t%s\n", p.Key, p.Origin, note, p.Value)
	}
	for _, name := range cfg.Unset() {
		fmt.Fprintf(table, "%s\tnot set\t\n", name)
	}
	return table.Flush()
}

// logger writes the server's own log. Lines about a task have its id as task.
func logger(cfg *config.Config, streams *Streams) *slog.Logger {
	options := &slog.HandlerOptions{Level: cfg.Log.Level}
	if cfg.Log.JSON {
		options.ReplaceAttr = durationAsText
		return slog.New(slog.NewJSONHandler(streams.Err, options))
	}
	return slog.New(slog.NewTextHandler(streams.Err, options))
}

// durationAsText has JSON tell durations with their unit, as text does.
func durationAsText(_ []string, a slog.Attr) slog.Attr {
	if a.Value.Kind() == slog.KindDuration {
		a.Value = slog.StringValue(a.Value.Duration().String())
	}
	return a
}

// start opens and starts a server and logs how long each step took.
func start(ctx context.Context, cfg *config.Config, log *slog.Logger) (*ovate.Server, error) {
	begun := time.Now()
	unix.Umask(cfg.Umask)
	server, err := ovate.New(ctx, ovate.Options{Config: cfg, Log: log, LimitMemory: true})
	if err != nil {
		return nil, err
	}
	opened := time.Now()
	if err := server.Start(ctx); err != nil {
		return nil, err
	}
	log.Info("started", "address", server.Addr(), "data", cfg.Data, "capacity", cfg.Worker.Capacity, "open", opened.Sub(begun), "start", time.Since(opened))
	return server, nil
}

// stop ends a server. Requests under way have the time of druid.server.http.gracefulShutdownTimeout.
func stop(server *ovate.Server, cfg *config.Config, log *slog.Logger) error {
	log.Info("stopping")
	begun := time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), cfg.HTTP.GracefulTimeout)
	defer cancel()
	if err := server.Stop(ctx); err != nil {
		return fmt.Errorf("stop: %w", err)
	}
	log.Info("stopped", "took", time.Since(begun))
	return nil
}

// announce leaves in the data folder where the server is reached from this machine, for the commands that its user gives.
func announce(server *ovate.Server, cfg *config.Config) (withdraw func() error, err error) {
	if err := disk.MkdirAll(cfg.Data); err != nil { // whatever is kept may be elsewhere
		return nil, err
	}
	url := address(server, cfg)
	if host, port, err := net.SplitHostPort(server.Addr()); err == nil && net.ParseIP(host).IsUnspecified() && cfg.TLS.Plaintext {
		url = "http://" + net.JoinHostPort("127.0.0.1", port) // whatever others call this machine
	}
	said, err := datadir.Announce(cfg.Data, url)
	if err != nil {
		return nil, err
	}
	return said.Withdraw, nil
}

// addresses are all at which a server listens.
func addresses(server *ovate.Server, cfg *config.Config) []string {
	all := []string{address(server, cfg)}
	if cfg.TLS.Plaintext && cfg.TLS.On {
		all = append(all, secureAddress(server, cfg))
	}
	return all
}

// secureAddress is where a server is reached with TLS: by the name that its certificate should have.
func secureAddress(server *ovate.Server, cfg *config.Config) string {
	_, port, err := net.SplitHostPort(server.TLSAddr())
	if err != nil {
		return "https://" + server.TLSAddr()
	}
	return "https://" + net.JoinHostPort(strings.Trim(cfg.Host, "[]"), port)
}

// address is where a server is reached from this machine, without TLS if it can be.
func address(server *ovate.Server, cfg *config.Config) string {
	if !cfg.TLS.Plaintext {
		return secureAddress(server, cfg)
	}
	host, port, err := net.SplitHostPort(server.Addr())
	if err != nil {
		return "http://" + server.Addr()
	}
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() {
		host = cfg.Host
	}
	return "http://" + net.JoinHostPort(strings.Trim(host, "[]"), port)
}
