//go:build peer

package peer

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"ovate/client"
	"ovate/internal/metadata/sqldb/sqldbtest"
)

// site is what is around an Overlord: ZooKeeper, a database, and the folder of deep storage and of the logs of tasks. Services of Druid are
// started as a test needs them; all end with it, and what they said is shown if it fails.
type site struct {
	t        *testing.T
	ctx      context.Context
	conf     configuration
	keeper   *Keeper
	kind     database // PostgreSQL, unless a test chooses another
	database *sqldbtest.Server
	binary   string        // of ovate
	started  *atomic.Int32 // services
}

// newSite starts no service yet. A worker runs so many tasks at the same time.
func newSite(ctx context.Context, t *testing.T, slots int) *site {
	t.Helper()
	return newSiteIn(ctx, t, postgreSQL, sqldbtest.PostgreSQL(t), slots)
}

// newSiteIn is newSite with a database of that kind.
func newSiteIn(ctx context.Context, t *testing.T, kind database, server *sqldbtest.Server, slots int) *site {
	t.Helper()
	lib, err := Install(ctx, os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	keeper, err := StartKeeper(ctx, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(keeper.Stop)
	s := &site{t: t, ctx: ctx, keeper: keeper, kind: kind, database: server, binary: build(ctx, t), started: new(atomic.Int32)}
	s.conf = configuration{
		dir: t.TempDir(), lib: lib, ports: map[Role]int{}, quick: true, apart: true, session: 8 * time.Second,
		metadata: kind.properties(server.URI, server.User, server.Password),
	}
	if s.conf.ports[ZooKeeper], err = keeper.port(); err != nil {
		t.Fatal(err)
	}
	if s.conf.tasks, err = freePorts(slots); err != nil {
		t.Fatal(err)
	}
	return s
}

// start starts a service of Druid, and does not wait for it.
func (s *site) start(role Role) *process {
	s.t.Helper()
	if s.conf.classes == nil && (role == Overlord || role == Coordinator) {
		classes, err := s.kind.install(s.ctx, s.conf.lib, filepath.Join(s.conf.dir, "database"), os.Stderr)
		if err != nil {
			s.t.Fatal(err)
		}
		s.conf.classes = classes
	}
	p, err := s.conf.launch(fmt.Sprintf("%s-%d", role, s.started.Add(1)), role)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		p.kill()
		if s.t.Failed() {
			s.t.Logf("%s said:\n%s", p.name, p.tail(6000))
		}
	})
	return p
}

// url is where a service listens.
func (s *site) url(role Role) string { return fmt.Sprintf("http://127.0.0.1:%d", s.conf.ports[role]) }

// awaitHealth returns once the service answers.
func (s *site) awaitHealth(role Role, p *process) {
	s.t.Helper()
	began := time.Now()
	until(s.ctx, s.t, p.name+" answers", func() bool {
		if err := p.lives(); err != nil {
			s.t.Fatal(err)
		}
		return textOf(http.Get(s.url(role)+"/status/health")) == "true"
	})
	fmt.Fprintf(os.Stderr, "%s answers after %.1f s\n", p.name, time.Since(began).Seconds())
}

// overlord is one of those that may lead.
type overlord struct {
	*remoteHands
	*process
}

// java starts a Java Overlord.
func (s *site) java() *overlord {
	s.t.Helper()
	p := s.start(Overlord)
	s.awaitHealth(Overlord, p)
	c, err := client.New(s.url(Overlord))
	if err != nil {
		s.t.Fatal(err)
	}
	return &overlord{&remoteHands{s.t, s.ctx, c}, p}
}

// ovate starts ovate with the properties that a Java Overlord has.
func (s *site) ovate() *overlord {
	s.t.Helper()
	return s.ovateIn(s.t.TempDir())
}

// ovateIn is ovate with a folder of its own that may have been another's, which has ended.
func (s *site) ovateIn(data string) *overlord {
	s.t.Helper()
	c, p := launchBuilt(s.ctx, s.t, s.binary, data, s.ovateProperties()...)
	return &overlord{&remoteHands{s.t, s.ctx, c}, p}
}

// ovateProperties say where ovate finds the rest of the site.
func (s *site) ovateProperties() []string {
	properties := []string{"druid.host=127.0.0.1", "druid.zk.service.host=" + s.keeper.Address(),
		fmt.Sprint("druid.zk.service.sessionTimeoutMs=", s.conf.session.Milliseconds()),
		"druid.storage.storageDirectory=" + s.conf.path("segments"), "druid.indexer.logs.directory=" + s.conf.path("logs")}
	for key, value := range s.conf.metadata {
		properties = append(properties, key+"="+value)
	}
	return properties
}

// terminate asks the process to end, and returns when it has. One that has not after a minute is killed.
func (p *process) terminate() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return fmt.Errorf("ending %s: %w", p.name, err)
	}
	select {
	case <-p.ended:
		return nil
	case <-time.After(time.Minute):
		p.kill()
		return fmt.Errorf("%s did not end within a minute", p.name)
	}
}

// sql is the Broker's answer as lines of values with commas between them.
func (s *site) sql(query string) string {
	body := fmt.Sprintf(`{"query":%q,"resultFormat":"csv","context":{"useCache":false,"populateCache":false}}`, query)
	return strings.TrimSpace(textOf(http.Post(s.url(Broker)+"/druid/v2/sql", "application/json", strings.NewReader(body))))
}

// until returns once it is so.
func until(ctx context.Context, t *testing.T, what string, is func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, 4*time.Minute)
	defer cancel()
	if err := Poll(ctx, func() (bool, error) { return is(), nil }); err != nil {
		t.Fatalf("it does not come about that %s", what)
	}
}

// awaitLead returns once it leads.
func (s *site) awaitLead(o *overlord) {
	s.t.Helper()
	until(s.ctx, s.t, o.name+" leads", func() bool {
		if err := o.lives(); err != nil {
			s.t.Fatal(err)
		}
		return o.leads()
	})
}
